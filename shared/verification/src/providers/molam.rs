use super::prelude::*;

/// Molam. The delivery names its key; `settings.default_kid` is for senders that do not. See
/// <https://github.com/Molam-git/molam-connect>.
pub(crate) const MOLAM: Provider = Provider {
    name: "molam",
    title: "Molam",
    page: "https://github.com/Molam-git/molam-connect",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            between: Some(','),
            fields: &[Field::Tag, Field::Signature],
            trim: true,
            ..Signature::bare(header("molam-signature"))
        },
        methods: &[Method { tag: "v1", ..Method::hmac(Algorithm::HmacSha256, Encoding::Hex) }],
        key_id: Some(tagged("kid")),
        timestamp: Some(Timestamp {
            at: tagged("t"),
            unit: Unit::Milliseconds,
            tolerance_seconds: Some(300),
        }),
        signed: &[Part::At(tagged("t")), text("."), Part::Body],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[json("/id")],
        event_type: &[json("/type")],
        occurred_at: &[json("/created")],
        ..Names::NONE
    },

    secret_prefix: "whsec_",
    identity_paths: &["/id", "/type", "/created", "/data/id", "/data/payment_intent"],
    timeout_seconds: 10,
    retry_hours: 32,
    retries: "after 1, 5, 15 min, 1, 6, 24 h; not after 4xx but 408, 409, 425, 429",
    ..Provider::BASE
};
