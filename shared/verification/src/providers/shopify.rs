use super::prelude::*;

/// Shopify. Newer deliveries leave the `X-` out. The headers that name the event are not signed. See
/// <https://shopify.dev/docs/apps/build/webhooks/verify-deliveries>.
pub(crate) const SHOPIFY: Provider = Provider {
    name: "shopify",
    title: "Shopify",
    page: "https://shopify.dev/docs/apps/build/webhooks/verify-deliveries",
    scheme: Scheme::Signed(Signed {
        header_prefixes: &["x-shopify-", "shopify-"],
        ..Signed::body_in("*hmac-sha256", &[Method::hmac(Algorithm::HmacSha256, Encoding::Base64)])
    }),
    names: Names {
        event_id: &[beside("*webhook-id")],
        event_type: &[beside("*topic")],
        occurred_at: &[beside("*triggered-at")],
        ..Names::NONE
    },

    identity_paths: &["/id", "/order_id", "/admin_graphql_api_id"],
    timeout_seconds: 5,
    retry_hours: 4,
    retries: "8 times over 4 hours",
    ..Provider::BASE
};
