use super::prelude::*;

/// Coinbase Commerce. The `id` at the top is the delivery's. See
/// <https://docs.cdp.coinbase.com/commerce/docs/webhooks-security>.
pub(crate) const COINBASE_COMMERCE: Provider = Provider {
    name: "coinbase_commerce",
    title: "Coinbase Commerce",
    page: "https://docs.cdp.coinbase.com/commerce/docs/webhooks-security",
    scheme: Scheme::Signed(Signed::body_in(
        "x-cc-webhook-signature",
        &[Method::hmac(Algorithm::HmacSha256, Encoding::Hex)],
    )),
    names: Names {
        event_id: &[json("/event/id")],
        event_type: &[json("/event/type")],
        occurred_at: &[json("/event/created_at")],
        ..Names::NONE
    },

    identity_paths: &[
        "/id",
        "/event/id",
        "/event/type",
        "/event/created_at",
        "/event/data/id",
        "/event/data/code",
    ],
    timeout_seconds: 0,
    retry_hours: 72,
    retries: "for 3 days with growing distance, hourly at most",
    ..Provider::BASE
};
