use super::prelude::*;

/// Plaid. A token that names the body's digest. The secret is the JSON web key of that kid. See
/// <https://plaid.com/docs/api/webhooks/webhook-verification/>.
pub(crate) const PLAID: Provider = Provider {
    name: "plaid",
    title: "Plaid",
    page: "https://plaid.com/docs/api/webhooks/webhook-verification/",
    scheme: Scheme::Jwt(Jwt {
        at: header("plaid-verification"),
        body_digest: "request_body_sha256",
        tolerance_seconds: 300,
        methods: &[Method {
            tag: "ES256",
            algorithm: Algorithm::EcdsaP256,
            encoding: Encoding::Base64Url,
            key: Key::of(KeyEncoding::Jwk),
        }],
    }),
    names: Names {
        event_type: &[Place::Joined { of: &["/webhook_type", "/webhook_code"], by: "." }],
        ..Names::NONE
    },

    identity_paths: &["/webhook_type", "/webhook_code", "/item_id", "/transfer_id", "/payment_id"],
    timeout_seconds: 10,
    retry_hours: 24,
    retries: "up to 24 hours",
    ..Provider::BASE
};
