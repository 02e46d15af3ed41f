use super::prelude::*;

/// Adyen. Standard payment notifications: each item of the body carries its own signature over eight of its
/// fields. See
/// <https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures>.
pub(crate) const ADYEN: Provider = Provider {
    name: "adyen",
    title: "Adyen",
    page: "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
    scheme: Scheme::Items(Items {
        at: "/notificationItems",
        signature: "/NotificationRequestItem/additionalData/hmacSignature",
        signed: &[
            "/NotificationRequestItem/pspReference",
            "/NotificationRequestItem/originalReference",
            "/NotificationRequestItem/merchantAccountCode",
            "/NotificationRequestItem/merchantReference",
            "/NotificationRequestItem/amount/value",
            "/NotificationRequestItem/amount/currency",
            "/NotificationRequestItem/eventCode",
            "/NotificationRequestItem/success",
        ],
        by: ":",
        methods: &[Method {
            key: Key::of(KeyEncoding::Hex),
            ..Method::hmac(Algorithm::HmacSha256, Encoding::Base64)
        }],
    }),
    names: Names {
        live: &[Place::Scalar("/live")],
        account: &[json("/notificationItems/0/NotificationRequestItem/merchantAccountCode")],
        ..Names::NONE
    },
    coverage: Coverage::Fields,
    events: Some(Events {
        at: "/notificationItems",
        names: Names {
            event_id: &[Place::Joined {
                of: &["/NotificationRequestItem/pspReference", "/NotificationRequestItem/eventCode"],
                by: ":",
            }],
            event_type: &[json("/NotificationRequestItem/eventCode")],
            occurred_at: &[json("/NotificationRequestItem/eventDate")],
            ..Names::NONE
        },
    }),
    answer: Answer { body: "[accepted]", ..Answer::OK },
    identity_paths: &[
        "/live",
        "/notificationItems/*/NotificationRequestItem/pspReference",
        "/notificationItems/*/NotificationRequestItem/originalReference",
        "/notificationItems/*/NotificationRequestItem/merchantAccountCode",
        "/notificationItems/*/NotificationRequestItem/merchantReference",
        "/notificationItems/*/NotificationRequestItem/eventCode",
        "/notificationItems/*/NotificationRequestItem/eventDate",
        "/notificationItems/*/NotificationRequestItem/success",
        "/notificationItems/*/NotificationRequestItem/amount/value",
        "/notificationItems/*/NotificationRequestItem/amount/currency",
    ],
    timeout_seconds: 10,
    retry_hours: 720,
    retries: "3 times at once, then after 2, 5, 10, 15, 30 min, 1, 2, 4, 8 h … up to 30 days, in order",
    ..Provider::BASE
};
