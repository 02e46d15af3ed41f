use super::prelude::*;

/// Klarna. The delivery names its key. See <https://docs.klarna.com/api/webhooks/>.
pub(crate) const KLARNA: Provider = Provider {
    name: "klarna",
    title: "Klarna",
    page: "https://docs.klarna.com/api/webhooks/",
    scheme: Scheme::Signed(Signed {
        key_id: Some(header("klarna-signing-key-id")),
        ..Signed::body_in("klarna-signature", &[Method::hmac(Algorithm::HmacSha256, Encoding::Hex)])
    }),
    names: Names {
        event_id: &[json("/metadata/event_id")],
        event_type: &[json("/metadata/event_type")],
        occurred_at: &[json("/metadata/occurred_at")],
        ..Names::NONE
    },

    identity_paths: &[
        "/metadata/event_id",
        "/metadata/event_type",
        "/metadata/occurred_at",
        "/payload/payment_request_id",
        "/payload/payment_id",
    ],
    timeout_seconds: 0,
    retry_hours: 12,
    retries: "with growing distance up to 12 hours",
    ..Provider::BASE
};
