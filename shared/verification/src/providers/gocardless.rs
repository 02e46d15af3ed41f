use super::prelude::*;

/// GoCardless. One delivery holds up to 250 events; its own id is that of the delivery. See
/// <https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks/>.
pub(crate) const GOCARDLESS: Provider = Provider {
    name: "gocardless",
    title: "GoCardless",
    page: "https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks/",
    scheme: Scheme::Signed(Signed::body_in(
        "webhook-signature",
        &[Method::hmac(Algorithm::HmacSha256, Encoding::Hex)],
    )),
    names: Names { event_id: &[json("/meta/webhook_id")], ..Names::NONE },
    events: Some(Events {
        at: "/events",
        names: Names {
            event_id: &[json("/id")],
            event_type: &[Place::Joined { of: &["/resource_type", "/action"], by: "." }],
            occurred_at: &[json("/created_at")],
            ..Names::NONE
        },
    }),
    media_types: &["application/json", "application/vnd.api+json"],
    identity_paths: &[
        "/meta/webhook_id",
        "/events/*/id",
        "/events/*/resource_type",
        "/events/*/action",
        "/events/*/created_at",
        "/events/*/links/payment",
        "/events/*/links/refund",
        "/events/*/links/mandate",
    ],
    timeout_seconds: 10,
    retry_hours: 0,
    retries: "up to 8 times",
    ..Provider::BASE
};
