use super::prelude::*;

/// Paystack. It sends no id: event and object make one. The secret is the API key. See
/// <https://paystack.com/docs/payments/webhooks/>.
pub(crate) const PAYSTACK: Provider = Provider {
    name: "paystack",
    title: "Paystack",
    page: "https://paystack.com/docs/payments/webhooks/",
    scheme: Scheme::Signed(Signed::body_in(
        "x-paystack-signature",
        &[Method::hmac(Algorithm::HmacSha512, Encoding::Hex)],
    )),
    names: Names {
        event_id: &[Place::Joined { of: &["/event", "/data/id"], by: ":" }],
        event_type: &[json("/event")],
        occurred_at: &[json("/data/paid_at"), json("/data/created_at")],
        live: &[json("/data/domain")],
        ..Names::NONE
    },

    identity_paths: &[
        "/event",
        "/data/id",
        "/data/reference",
        "/data/domain",
        "/data/paid_at",
        "/data/created_at",
    ],
    timeout_seconds: 0,
    retry_hours: 72,
    retries: "every 3 minutes 4 times, then hourly for 72 hours",
    ..Provider::BASE
};
