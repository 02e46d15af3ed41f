//! Coinbase Commerce. See <https://docs.cdp.coinbase.com/commerce/introduction/webhooks-events>.
//!
//! What counts is the price in local money; what was paid in crypto may differ, and a charge that was paid short or
//! late is only resolved by hand.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, decimal, on, whole};
use crate::Kind;

pub(super) const COINBASE_COMMERCE: Provider =
    Provider { names: &["coinbase_commerce"], lines: LINES, ..JSON };

const ID: Paths = &["/event/data/code", "/event/data/id"];
const CHARGE: Shape = whole(ID);

/// A charge without a price is worth what was paid: in local money if that is stated, else in crypto.
const PRICE: How = decimal(
    &[
        "/event/data/pricing/local/amount",
        "/event/data/payments[0]/value/local/amount",
        "/event/data/payments[0]/value/crypto/amount",
    ],
    &[
        "/event/data/pricing/local/currency",
        "/event/data/payments[0]/value/local/currency",
        "/event/data/payments[0]/value/crypto/currency",
    ],
);

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["charge:created"]).is(Kind::PaymentCreated, &CHARGE, PRICE),
    on(&["charge:pending", "charge:delayed"]).is(Kind::PaymentProcessing, &CHARGE, PRICE),
    on(&["charge:confirmed"]).is(Kind::PaymentCaptured, &CHARGE, PRICE),
    on(&["charge:resolved"]).is(Kind::PaymentCaptured, &CHARGE, How::Unstated),
    on(&["charge:failed"]).is(Kind::PaymentFailed, &CHARGE, PRICE),
];
