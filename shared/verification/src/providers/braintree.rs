use super::prelude::*;

/// Braintree. The body is a form whose payload is XML in base64; the public key is the kid, the private key
/// the secret. See <https://developer.paypal.com/braintree/docs/guides/webhooks/parse>.
pub(crate) const BRAINTREE: Provider = Provider {
    name: "braintree",
    title: "Braintree",
    page: "https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            between: Some('&'),
            assign: '|',
            fields: &[Field::KeyId, Field::Signature],
            ..Signature::bare(Slot::Form("bt_signature"))
        },
        methods: &[Method {
            key: Key::of(KeyEncoding::Sha1),
            ..Method::hmac(Algorithm::HmacSha1, Encoding::Hex)
        }],
        signed: &[PAYLOAD],
        also_signed: &[Content(&[PAYLOAD, text("\n")])],
        ..Signed::BASE
    }),
    names: Names {
        event_type: &[Place::FormXml { field: "bt_payload", path: "notification/kind" }],
        occurred_at: &[Place::FormXml { field: "bt_payload", path: "notification/timestamp" }],
        ..Names::NONE
    },
    greeting: Some(Greeting { parameter: "bt_challenge", lengths: 20..=32 }),
    media_types: FORM,
    identity_paths: &[],
    timeout_seconds: 30,
    retry_hours: 24,
    retries: "hourly; production 24 hours, sandbox 3 hours",
    ..Provider::BASE
};

/// The payload as it is signed: still in base64.
const PAYLOAD: Part = Part::Base64Text(Slot::Form("bt_payload"));
