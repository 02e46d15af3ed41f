use super::prelude::*;

/// Lemon Squeezy. It sends no id. See <https://docs.lemonsqueezy.com/help/webhooks/signing-requests>.
pub(crate) const LEMONSQUEEZY: Provider = Provider {
    name: "lemonsqueezy",
    title: "Lemon Squeezy",
    page: "https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
    scheme: Scheme::Signed(Signed::body_in(
        "x-signature",
        &[Method::hmac(Algorithm::HmacSha256, Encoding::Hex)],
    )),
    names: Names { event_type: &[json("/meta/event_name")], ..Names::NONE },

    identity_paths: &[
        "/meta/event_name",
        "/data/id",
        "/data/type",
        "/data/attributes/order_id",
        "/data/attributes/identifier",
    ],
    timeout_seconds: 0,
    retry_hours: 1,
    retries: "3 times: after 5, 25, 125 seconds",
    ..Provider::BASE
};
