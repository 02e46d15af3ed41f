use super::prelude::*;

/// Flutterwave v3. A shared token: it proves the sender, and nothing of the body. See
/// <https://developer.flutterwave.com/v3.0/docs/webhooks>.
pub(crate) const FLUTTERWAVE_V3: Provider = Provider {
    name: "flutterwave_v3",
    title: "Flutterwave v3",
    page: "https://developer.flutterwave.com/v3.0/docs/webhooks",
    scheme: Scheme::Signed(Signed::token_in("verif-hash")),
    names: Names {
        event_id: &[
            Place::Joined { of: &["/event", "/data/id"], by: ":" },
            Place::Joined { of: &["/event.type", "/data/id"], by: ":" },
        ],
        event_type: &[json("/event"), json("/event.type")],
        occurred_at: &[json("/data/created_at")],
        ..Names::NONE
    },
    coverage: Coverage::Sender,
    identity_paths: &[
        "/event",
        "/event.type",
        "/data/id",
        "/data/tx_ref",
        "/data/flw_ref",
        "/data/created_at",
    ],
    timeout_seconds: 60,
    retry_hours: 2,
    retries: "3 times, 30 minutes apart, if enabled",
    ..Provider::BASE
};
