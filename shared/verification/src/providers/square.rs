use super::prelude::*;

/// Square. The URL is signed exactly as it is registered, so it is a setting. See
/// <https://developer.squareup.com/docs/webhooks/step3validate>.
pub(crate) const SQUARE: Provider = Provider {
    name: "square",
    title: "Square",
    page: "https://developer.squareup.com/docs/webhooks/step3validate",
    scheme: Scheme::Signed(Signed {
        signed: &[Part::At(Slot::Setting(Setting::NotificationUrl)), Part::Body],
        ..Signed::body_in(
            "x-square-hmacsha256-signature",
            &[Method::hmac(Algorithm::HmacSha256, Encoding::Base64)],
        )
    }),
    names: Names {
        event_id: &[json("/event_id")],
        event_type: &[json("/type")],
        occurred_at: &[json("/created_at")],
        account: &[json("/merchant_id")],
        ..Names::NONE
    },

    identity_paths: &[
        "/event_id",
        "/type",
        "/created_at",
        "/merchant_id",
        "/data/id",
        "/data/object/payment/id",
        "/data/object/refund/id",
        "/data/object/refund/payment_id",
    ],
    timeout_seconds: 10,
    retry_hours: 24,
    retries: "up to 24 hours",
    ..Provider::BASE
};
