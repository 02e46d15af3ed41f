use super::prelude::*;

/// Chargebee. Basic authentication, the secret is `user:password`: it proves the sender, and nothing of the
/// body. See <https://www.chargebee.com/docs/2.0/webhook_settings.html>.
pub(crate) const CHARGEBEE: Provider = Provider {
    name: "chargebee",
    title: "Chargebee",
    page: "https://www.chargebee.com/docs/2.0/webhook_settings.html",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            assign: ' ',
            fields: &[Field::Tag, Field::Signature],
            any_case: true,
            ..Signature::bare(header("authorization"))
        },
        methods: &[Method {
            tag: "Basic",
            algorithm: Algorithm::Token,
            encoding: Encoding::Base64,
            key: Key::UTF8,
        }],
        signed: &[],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[json("/id")],
        event_type: &[json("/event_type")],
        occurred_at: &[Place::Seconds("/occurred_at")],
        ..Names::NONE
    },
    coverage: Coverage::Sender,
    secret_prefix: "tollgate:",
    identity_paths: &[
        "/id",
        "/event_type",
        "/occurred_at",
        "/content/transaction/id",
        "/content/invoice/id",
        "/content/customer/id",
        "/content/subscription/id",
    ],
    timeout_seconds: 20,
    retry_hours: 74,
    retries: "7 times: after 2 minutes to 2 days",
    ..Provider::BASE
};
