//! Adyen, platforms. See <https://docs.adyen.com/api-explorer/transfer-webhooks/latest/overview>.
//!
//! Transfers to bank accounts are payouts. What a platform's payments are split into are transfers too; the payments
//! themselves come through the payments webhook ([`super::adyen`]), so that nothing is counted twice.

use super::adyen::MINOR_UNITS;
use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, signed, whole};
use crate::Kind;

pub(super) const ADYEN_PLATFORM: Provider = Provider {
    names: &["adyen_platform"],
    content_is_id: true,
    minor_units: MINOR_UNITS,
    lines: LINES,
    ..JSON
};

const ID: Paths = &["/data/id"];
const TRANSFER: Shape = whole(ID);
const AMOUNT: How = signed(&minor(&["/data/amount/value"], &["/data/amount/currency"]));

const EVENTS: &[&str] = &["balancePlatform.transfer.created", "balancePlatform.transfer.updated"];
const OLD: &[&str] =
    &["balancePlatform.outgoingTransfer.created", "balancePlatform.outgoingTransfer.updated"];
const BANK: &[&str] = &["bank"];
const CATEGORY: &str = "/data/category";
const DIRECTION: &str = "/data/direction";
const STATUS: &str = "/data/status";
const OUT: &[&str] = &["outgoing"];

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(EVENTS).when(CATEGORY, BANK).when(DIRECTION, OUT).when(STATUS, &["received", "authorised", "pending"])
        .is(Kind::PayoutCreated, &TRANSFER, AMOUNT),
    on(EVENTS).when(CATEGORY, BANK).when(DIRECTION, OUT).when(STATUS, &["booked"])
        .is(Kind::PayoutPaid, &TRANSFER, AMOUNT),
    on(EVENTS).when(CATEGORY, BANK).when(DIRECTION, OUT).when(STATUS, &["refused", "failed", "returned", "cancelled", "error"])
        .is(Kind::PayoutFailed, &TRANSFER, AMOUNT),
    on(EVENTS).is(Kind::Other, &TRANSFER, How::Unstated),
    on(OLD).is(Kind::Other, &TRANSFER, How::Unstated),
    on(&["balancePlatform.transaction.created"]).is(Kind::Other, &TRANSFER, How::Unstated),
];
