use super::prelude::*;

/// Mollie. Next-generation webhooks; the older ones are not signed and not taken. See
/// <https://docs.mollie.com/reference/webhooks-new>.
pub(crate) const MOLLIE: Provider = Provider {
    name: "mollie",
    title: "Mollie",
    page: "https://docs.mollie.com/reference/webhooks-new",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            fields: &[Field::Tag, Field::Signature],
            tag_optional: true,
            ..Signature::bare(header("x-mollie-signature"))
        },
        methods: &[Method { tag: "sha256", ..Method::hmac(Algorithm::HmacSha256, Encoding::Hex) }],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[json("/id")],
        event_type: &[json("/type")],
        occurred_at: &[json("/createdAt")],
        ..Names::NONE
    },

    identity_paths: &["/id", "/type", "/createdAt", "/entityId"],
    timeout_seconds: 15,
    retry_hours: 26,
    retries: "with growing distance over about a day",
    ..Provider::BASE
};
