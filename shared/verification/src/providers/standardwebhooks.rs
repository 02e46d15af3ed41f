use super::prelude::*;

/// Standard Webhooks. See
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
pub(crate) const STANDARD_WEBHOOKS: Provider = Provider {
    name: "standardwebhooks",
    title: "Standard Webhooks",
    page: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    scheme: Scheme::Signed(Signed { header_prefixes: &["webhook-"], ..SIGNED }),
    ..PROVIDER
};

/// The scheme of Standard Webhooks without its header prefix.
pub(super) const SIGNED: Signed = Signed {
    signature: Signature {
        between: Some(' '),
        assign: ',',
        fields: &[Field::Tag, Field::Signature],
        ..Signature::bare(header("*signature"))
    },
    methods: &[
        Method {
            tag: "v1",
            algorithm: Algorithm::HmacSha256,
            encoding: Encoding::Base64,
            key: Key { prefix: "whsec_", prefix_optional: true, encoding: KeyEncoding::Base64 },
        },
        Method {
            tag: "v1a",
            algorithm: Algorithm::Ed25519,
            encoding: Encoding::Base64,
            key: Key { prefix: "whpk_", prefix_optional: false, encoding: KeyEncoding::Base64 },
        },
    ],
    timestamp: Some(Timestamp {
        at: header("*timestamp"),
        unit: Unit::Seconds,
        tolerance_seconds: Some(300),
    }),
    signed: &[Part::At(header("*id")), text("."), Part::At(header("*timestamp")), text("."), Part::Body],
    ..Signed::BASE
};

/// What Standard Webhooks and Svix have in common.
pub(super) const PROVIDER: Provider = Provider {
    names: Names {
        event_id: &[named("*id")],
        event_type: &[json("/type")],
        occurred_at: &[json("/timestamp")],
        ..Names::NONE
    },
    identity_paths: &["/type", "/timestamp", "/data/id"],
    timeout_seconds: 15,
    retry_hours: 76,
    retries: "at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h",
    ..Provider::BASE
};
