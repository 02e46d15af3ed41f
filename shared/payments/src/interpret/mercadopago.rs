//! Mercado Pago. See <https://www.mercadopago.com/developers/en/docs/your-integrations/notifications/webhooks>.
//!
//! It only notifies, and signs no more than the object's id: something happened to it, and what must be asked for.

use super::rules::{How, JSON, Line, Provider, Shape, on, whole};
use crate::Kind;

pub(super) const MERCADOPAGO: Provider = Provider { names: &["mercadopago"], lines: LINES, ..JSON };

const OBJECT: Shape = whole(&["/data/id"]);

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payment.created"]).is(Kind::PaymentCreated, &OBJECT, How::Unstated),
    on(&["payment.updated", "updated", "created", "payment"]).is(Kind::Other, &OBJECT, How::Unstated),
];
