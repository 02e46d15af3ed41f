use super::prelude::*;

/// Wise. The secret is the public key in PEM that it publishes for each environment. The header that names
/// the delivery is not signed. See
/// <https://docs.wise.com/api-docs/features/webhooks-notifications/event-handling>.
pub(crate) const WISE: Provider = Provider {
    name: "wise",
    title: "Wise",
    page: "https://docs.wise.com/api-docs/features/webhooks-notifications/event-handling",
    scheme: Scheme::Signed(Signed::body_in(
        "x-signature-sha256",
        &[Method {
            tag: "",
            algorithm: Algorithm::RsaSha256,
            encoding: Encoding::Base64,
            key: Key::of(KeyEncoding::Pem),
        }],
    )),
    names: Names {
        event_id: &[named("x-delivery-id")],
        event_type: &[json("/event_type")],
        occurred_at: &[json("/data/occurred_at"), json("/sent_at")],
        test: &[named("x-test-notification")],
        ..Names::NONE
    },

    identity_paths: &[
        "/event_type",
        "/sent_at",
        "/subscription_id",
        "/data/occurred_at",
        "/data/resource/id",
    ],
    timeout_seconds: 5,
    retry_hours: 336,
    retries: "up to 25 times over two weeks",
    ..Provider::BASE
};
