use super::prelude::*;

/// Xendit. A shared token: it proves the sender, and nothing of the body. See
/// <https://docs.xendit.co/docs/handling-webhooks>.
pub(crate) const XENDIT: Provider = Provider {
    name: "xendit",
    title: "Xendit",
    page: "https://docs.xendit.co/docs/handling-webhooks",
    scheme: Scheme::Signed(Signed::token_in("x-callback-token")),
    names: Names {
        event_id: &[named("webhook-id")],
        event_type: &[json("/event")],
        occurred_at: &[json("/created")],
        account: &[json("/business_id")],
        ..Names::NONE
    },
    coverage: Coverage::Sender,
    identity_paths: &[
        "/event",
        "/created",
        "/business_id",
        "/id",
        "/external_id",
        "/data/id",
        "/data/reference_id",
        "/data/payment_request_id",
    ],
    timeout_seconds: 30,
    retry_hours: 24,
    retries: "6 times: after 15, 45 min, 2, 3, 6, 12 h",
    ..Provider::BASE
};
