use super::prelude::*;

/// Paddle Billing. Its libraries allow 5 seconds, which a skewed clock exceeds; here it is 30. See
/// <https://developer.paddle.com/webhooks/signature-verification>.
pub(crate) const PADDLE: Provider = Provider {
    name: "paddle",
    title: "Paddle Billing",
    page: "https://developer.paddle.com/webhooks/signature-verification",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            between: Some(';'),
            fields: &[Field::Tag, Field::Signature],
            ..Signature::bare(header("paddle-signature"))
        },
        methods: &[Method { tag: "h1", ..Method::hmac(Algorithm::HmacSha256, Encoding::Hex) }],
        timestamp: Some(Timestamp { at: tagged("ts"), unit: Unit::Seconds, tolerance_seconds: Some(30) }),
        signed: &[Part::At(tagged("ts")), text(":"), Part::Body],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[json("/event_id")],
        event_type: &[json("/event_type")],
        occurred_at: &[json("/occurred_at")],
        ..Names::NONE
    },

    secret_prefix: "pdl_ntfset_",
    identity_paths: &[
        "/event_id",
        "/event_type",
        "/occurred_at",
        "/notification_id",
        "/data/id",
        "/data/transaction_id",
        "/data/subscription_id",
    ],
    timeout_seconds: 5,
    retry_hours: 72,
    retries: "live: 60 times over 3 days; sandbox: 3 times in 15 minutes",
    ..Provider::BASE
};
