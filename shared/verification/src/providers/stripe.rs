use super::prelude::*;

/// Stripe. See <https://docs.stripe.com/webhooks/signature>.
pub(crate) const STRIPE: Provider = Provider {
    name: "stripe",
    title: "Stripe",
    page: "https://docs.stripe.com/webhooks/signature",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            between: Some(','),
            fields: &[Field::Tag, Field::Signature],
            ..Signature::bare(header("stripe-signature"))
        },
        methods: &[Method {
            tag: "v1",
            algorithm: Algorithm::HmacSha256,
            encoding: Encoding::Hex,
            key: Key::UTF8,
        }],
        timestamp: Some(Timestamp { at: tagged("t"), unit: Unit::Seconds, tolerance_seconds: Some(300) }),
        signed: &[Part::At(tagged("t")), text("."), Part::Body],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[json("/id")],
        event_type: &[json("/type")],
        occurred_at: &[Place::Seconds("/created")],
        live: &[Place::Scalar("/livemode")],
        account: &[json("/account")],
        ..Names::NONE
    },
    secret_prefix: "whsec_",
    identity_paths: &[
        "/id",
        "/type",
        "/created",
        "/livemode",
        "/account",
        "/data/object/id",
        "/data/object/payment_intent",
        "/data/object/charge",
        "/data/object/invoice",
        "/data/object/subscription",
    ],
    timeout_seconds: 10,
    retry_hours: 72,
    retries: "live: up to 3 days with exponential backoff; sandbox: 3 times over a few hours",
    ..Provider::BASE
};
