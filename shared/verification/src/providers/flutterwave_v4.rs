use super::prelude::*;

/// Flutterwave v4. See <https://developer.flutterwave.com/docs/webhooks>.
pub(crate) const FLUTTERWAVE_V4: Provider = Provider {
    name: "flutterwave_v4",
    title: "Flutterwave v4",
    page: "https://developer.flutterwave.com/docs/webhooks",
    scheme: Scheme::Signed(Signed::body_in(
        "flutterwave-signature",
        &[Method::hmac(Algorithm::HmacSha256, Encoding::Base64)],
    )),
    names: Names {
        event_id: &[json("/webhook_id"), json("/id")],
        event_type: &[json("/type")],
        occurred_at: &[Place::Milliseconds("/timestamp")],
        ..Names::NONE
    },

    identity_paths: &["/webhook_id", "/id", "/type", "/timestamp", "/data/id", "/data/reference"],
    timeout_seconds: 60,
    retry_hours: 2,
    retries: "3 times, 30 minutes apart, if enabled",
    ..Provider::BASE
};
