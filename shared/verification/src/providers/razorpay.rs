use super::prelude::*;

/// Razorpay. The header that names the event is not signed. See
/// <https://razorpay.com/docs/webhooks/validate-test/>.
pub(crate) const RAZORPAY: Provider = Provider {
    name: "razorpay",
    title: "Razorpay",
    page: "https://razorpay.com/docs/webhooks/validate-test/",
    scheme: Scheme::Signed(Signed::body_in(
        "x-razorpay-signature",
        &[Method::hmac(Algorithm::HmacSha256, Encoding::Hex)],
    )),
    names: Names {
        event_id: &[beside("x-razorpay-event-id")],
        event_type: &[json("/event")],
        occurred_at: &[Place::Seconds("/created_at")],
        account: &[json("/account_id")],
        ..Names::NONE
    },

    identity_paths: &[
        "/event",
        "/created_at",
        "/account_id",
        "/payload/payment/entity/id",
        "/payload/payment/entity/order_id",
        "/payload/refund/entity/id",
        "/payload/refund/entity/payment_id",
        "/payload/order/entity/id",
    ],
    timeout_seconds: 5,
    retry_hours: 24,
    retries: "for 24 hours with growing distance, then the webhook is disabled",
    ..Provider::BASE
};
