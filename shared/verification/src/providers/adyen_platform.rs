use super::prelude::*;

/// Adyen platforms. Platform, management and tokenisation webhooks. Only the last send an id; else type,
/// object and time make one. See
/// <https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures>.
pub(crate) const ADYEN_PLATFORM: Provider = Provider {
    name: "adyen_platform",
    title: "Adyen platforms",
    page: "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
    scheme: Scheme::Signed(Signed::body_in(
        "hmacsignature",
        &[Method { key: Key::of(KeyEncoding::Hex), ..Method::hmac(Algorithm::HmacSha256, Encoding::Base64) }],
    )),
    names: Names {
        event_id: &[json("/eventId")],
        event_type: &[json("/type")],
        occurred_at: &[json("/timestamp"), json("/createdAt")],
        derived_id: &[Place::Joined { of: &["/type", "/data/id", "/timestamp"], by: ":" }],
        live: &[json("/environment")],
        ..Names::NONE
    },
    answer: Answer { body: "[accepted]", ..Answer::OK },
    identity_paths: &[
        "/eventId",
        "/type",
        "/timestamp",
        "/createdAt",
        "/environment",
        "/data/id",
        "/data/balancePlatform",
    ],
    timeout_seconds: 10,
    retry_hours: 720,
    retries: "3 times at once, then with growing distance up to 30 days",
    ..Provider::BASE
};
