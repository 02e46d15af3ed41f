use super::prelude::*;

/// Checkout.com. See <https://www.checkout.com/docs/developer-resources/webhooks/manage-webhooks>.
pub(crate) const CHECKOUT: Provider = Provider {
    name: "checkout",
    title: "Checkout.com",
    page: "https://www.checkout.com/docs/developer-resources/webhooks/manage-webhooks",
    scheme: Scheme::Signed(Signed::body_in(
        "cko-signature",
        &[Method::hmac(Algorithm::HmacSha256, Encoding::Hex)],
    )),
    names: Names {
        event_id: &[json("/id")],
        event_type: &[json("/type")],
        occurred_at: &[json("/created_on")],
        ..Names::NONE
    },

    identity_paths: &["/id", "/type", "/created_on", "/data/id", "/data/payment_id", "/data/action_id"],
    timeout_seconds: 10,
    retry_hours: 26,
    retries: "8 times: after 5, 10, 15, 30 min, 1, 4, 12, 12 h",
    ..Provider::BASE
};
