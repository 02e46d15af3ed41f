use super::prelude::*;

/// GitHub. The headers that name the event are not signed. See
/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>.
pub(crate) const GITHUB: Provider = Provider {
    name: "github",
    title: "GitHub",
    page: "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            fields: &[Field::Tag, Field::Signature],
            ..Signature::bare(header("x-hub-signature-256"))
        },
        methods: &[Method { tag: "sha256", ..Method::hmac(Algorithm::HmacSha256, Encoding::Hex) }],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[beside("x-github-delivery")],
        event_type: &[beside("x-github-event")],
        ..Names::NONE
    },
    identity_paths: &[],
    timeout_seconds: 10,
    retry_hours: 0,
    retries: "none of its own; a manual redelivery keeps the id",
    ..Provider::BASE
};
