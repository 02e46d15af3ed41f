use super::prelude::*;

/// Recurly. It sends no id of the event: `id` is the object's, so four fields make one. JSON endpoints
/// only. See <https://docs.recurly.com/recurly-engagement/docs/signature-verification>.
pub(crate) const RECURLY: Provider = Provider {
    name: "recurly",
    title: "Recurly",
    page: "https://docs.recurly.com/recurly-engagement/docs/signature-verification",
    scheme: Scheme::Signed(Signed {
        signature: Signature { between: Some(','), ..Signature::bare(header("recurly-signature")) },
        methods: &[Method::hmac(Algorithm::HmacSha256, Encoding::Hex)],
        timestamp: Some(Timestamp {
            at: Slot::First,
            unit: Unit::Milliseconds,
            tolerance_seconds: Some(300),
        }),
        signed: &[Part::At(Slot::First), text("."), Part::Body],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[Place::Joined { of: &["/object_type", "/event_type", "/id", "/event_time"], by: ":" }],
        event_type: &[Place::Joined { of: &["/object_type", "/event_type"], by: "." }],
        occurred_at: &[json("/event_time")],
        account: &[json("/site_id")],
        ..Names::NONE
    },

    identity_paths: &["/id", "/object_type", "/event_type", "/event_time", "/site_id", "/account_code"],
    timeout_seconds: 5,
    retry_hours: 24,
    retries: "10 times, about 10 + x·2^(x+5) seconds apart",
    ..Provider::BASE
};
