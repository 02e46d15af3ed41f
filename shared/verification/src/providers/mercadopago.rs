use super::prelude::*;

/// Mercado Pago. It signs the id in the URL and nothing of the body. Pages and libraries disagree whether
/// that id is lower-cased: both are taken. See
/// <https://www.mercadopago.com/developers/en/docs/your-integrations/notifications/webhooks>.
pub(crate) const MERCADOPAGO: Provider = Provider {
    name: "mercadopago",
    title: "Mercado Pago",
    page: "https://www.mercadopago.com/developers/en/docs/your-integrations/notifications/webhooks",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            between: Some(','),
            fields: &[Field::Tag, Field::Signature],
            trim: true,
            any_case: true,
            ..Signature::bare(header("x-signature"))
        },
        methods: &[Method { tag: "v1", ..Method::hmac(Algorithm::HmacSha256, Encoding::Hex) }],
        timestamp: Some(Timestamp { at: tagged("ts"), unit: Unit::ByLength, tolerance_seconds: None }),
        signed: &[labelled("id:", query("data.id")), REQUEST_ID, TIME],
        also_signed: &[Content(&[labelled("id:", Slot::QueryLower("data.id")), REQUEST_ID, TIME])],
        ..Signed::BASE
    }),
    names: Names {
        event_id: &[Place::Scalar("/id")],
        event_type: &[json("/action"), json("/type")],
        occurred_at: &[json("/date_created")],
        live: &[Place::Scalar("/live_mode")],
        account: &[Place::Scalar("/user_id")],
        ..Names::NONE
    },
    coverage: Coverage::Fields,
    identity_paths: &["/id", "/action", "/type", "/date_created", "/live_mode", "/user_id", "/data/id"],
    timeout_seconds: 22,
    retry_hours: 96,
    retries: "every 15 minutes",
    ..Provider::BASE
};

const REQUEST_ID: Part = labelled("request-id:", header("x-request-id"));
const TIME: Part = labelled("ts:", tagged("ts"));

const fn labelled(before: &'static str, at: Slot) -> Part {
    Part::Labelled { before, at, after: ";" }
}
