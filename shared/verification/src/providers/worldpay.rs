use super::prelude::*;

/// Worldpay (Access events). Each signature counts for its own key only. See
/// <https://developer.worldpay.com/products/events>.
pub(crate) const WORLDPAY: Provider = Provider {
    name: "worldpay",
    title: "Worldpay (Access events)",
    page: "https://developer.worldpay.com/products/events",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            between: Some(','),
            assign: '/',
            fields: &[Field::KeyId, Field::Tag, Field::Signature],
            trim: true,
            ..Signature::bare(header("event-signature"))
        },
        methods: &[Method { tag: "SHA256", ..Method::hmac(Algorithm::HmacSha256, Encoding::Hex) }],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[json("/eventId")],
        event_type: &[json("/eventDetails/type")],
        occurred_at: &[json("/eventTimestamp")],
        ..Names::NONE
    },

    identity_paths: &[
        "/eventId",
        "/eventDetails/type",
        "/eventTimestamp",
        "/eventDetails/transactionReference",
        "/eventDetails/downstreamReference",
    ],
    timeout_seconds: 0,
    retry_hours: 0,
    retries: "not stated",
    ..Provider::BASE
};
