use super::prelude::*;

/// Slack style (v0). See <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
pub(crate) const SLACK: Provider = Provider {
    name: "slack",
    title: "Slack style (v0)",
    page: "https://docs.slack.dev/authentication/verifying-requests-from-slack",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            fields: &[Field::Tag, Field::Signature],
            any_case: true,
            ..Signature::bare(header("x-slack-signature"))
        },
        methods: &[Method { tag: "v0", ..Method::hmac(Algorithm::HmacSha256, Encoding::Hex) }],
        timestamp: Some(Timestamp {
            at: header("x-slack-request-timestamp"),
            unit: Unit::Seconds,
            tolerance_seconds: Some(300),
        }),
        signed: &[text("v0:"), Part::At(header("x-slack-request-timestamp")), text(":"), Part::Body],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[json("/event_id")],
        event_type: &[json("/event/type")],
        occurred_at: &[Place::Seconds("/event_time")],
        ..Names::NONE
    },
    challenge: Some(Challenge { at: "/type", is: "url_verification", echo: "/challenge" }),
    media_types: &["application/json", "application/x-www-form-urlencoded"],
    identity_paths: &["/event_id", "/event/type", "/event_time", "/type", "/challenge", "/team_id"],
    timeout_seconds: 3,
    retry_hours: 1,
    retries: "3 times within the hour",
    ..Provider::BASE
};
