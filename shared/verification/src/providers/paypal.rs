use super::prelude::*;

/// PayPal. It signs a CRC-32 of the body, which anyone with one delivery can match with another body: the
/// signature proves the transmission id, not the event. See
/// <https://developer.paypal.com/api/rest/webhooks/>.
pub(crate) const PAYPAL: Provider = Provider {
    name: "paypal",
    title: "PayPal",
    page: "https://developer.paypal.com/api/rest/webhooks/",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            tag_at: Some(header("paypal-auth-algo")),
            ..Signature::bare(header("paypal-transmission-sig"))
        },
        methods: &[Method {
            tag: "SHA256withRSA",
            algorithm: Algorithm::RsaSha256,
            encoding: Encoding::Base64,
            key: Key::of(KeyEncoding::Pem),
        }],
        timestamp: Some(Timestamp {
            at: header("paypal-transmission-time"),
            unit: Unit::Rfc3339,
            tolerance_seconds: Some(259_200),
        }),
        signed: &[
            Part::At(header("paypal-transmission-id")),
            text("|"),
            Part::At(header("paypal-transmission-time")),
            text("|"),
            Part::At(Slot::Setting(Setting::WebhookId)),
            text("|"),
            Part::Crc32,
        ],
        certificate: Some(Certificate {
            url: header("paypal-cert-url"),
            hosts: &["api.paypal.com", "api.sandbox.paypal.com"],
            path: "/v1/notifications/certs/",
            domain: "paypal.com",
        }),
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[json("/id")],
        event_type: &[json("/event_type")],
        occurred_at: &[json("/create_time")],
        proof_id: &[named("paypal-transmission-id")],
        ..Names::NONE
    },
    coverage: Coverage::Sender,
    identity_paths: &[
        "/id",
        "/event_type",
        "/create_time",
        "/resource/id",
        "/resource/supplementary_data/related_ids/order_id",
        "/resource/supplementary_data/related_ids/capture_id",
    ],
    timeout_seconds: 0,
    retry_hours: 72,
    retries: "up to 25 times over 3 days",
    ..Provider::BASE
};
