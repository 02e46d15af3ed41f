use super::prelude::*;

/// Authorize.net. Its pages disagree whether the key is text or hexadecimal: `settings.key_encoding`, by
/// default text. See <https://developer.authorize.net/api/reference/features/webhooks.html>.
pub(crate) const AUTHORIZENET: Provider = Provider {
    name: "authorizenet",
    title: "Authorize.net",
    page: "https://developer.authorize.net/api/reference/features/webhooks.html",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            fields: &[Field::Tag, Field::Signature],
            any_case: true,
            ..Signature::bare(header("x-anet-signature"))
        },
        methods: &[Method { tag: "sha512", ..Method::hmac(Algorithm::HmacSha512, Encoding::HexAnyCase) }],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[json("/notificationId")],
        event_type: &[json("/eventType")],
        occurred_at: &[json("/eventDate")],
        ..Names::NONE
    },

    identity_paths: &["/notificationId", "/eventType", "/eventDate", "/webhookId", "/payload/id"],
    timeout_seconds: 0,
    retry_hours: 0,
    retries: "about 10 times",
    ..Provider::BASE
};
