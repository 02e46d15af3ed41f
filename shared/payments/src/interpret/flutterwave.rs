//! Flutterwave, both versions. See <https://developer.flutterwave.com/docs/webhooks>. Amounts are of the major unit.
//! A token that v3 sends proves the sender, not the body: its facts are unproven. Refunds and transfers of v4 state no
//! currency.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, decimal, on, part, whole};
use crate::Kind;

/// It sends no id of the event.
pub(super) const FLUTTERWAVE_V3: Provider = Provider {
    names: &["flutterwave_v3"],
    content_is_id: true,
    state_in_id: Some("/data/status"),
    lines: LINES,
    ..JSON
};
pub(super) const FLUTTERWAVE_V4: Provider = Provider { names: &["flutterwave_v4"], lines: LINES, ..JSON };

const ID: Paths = &["/data/id"];
const CHARGE: Shape = whole(ID);
const REFUND: Shape = part(ID, CHARGED);
const CHARGED: Paths = &["/data/charge_id", "/data/charge/id", "/data/TransactionId", "/data/tx_id"];

const AMOUNT: How = decimal(&["/data/amount"], &["/data/currency"]);
const REFUNDED: How = decimal(
    &["/data/amount_refunded", "/data/AmountRefunded", "/data/amount"],
    &["/data/currency", "/data/charge/currency"],
);

const CHARGES: &[&str] = &["charge.completed"];
const REFUNDS: &[&str] = &["refund.completed"];
const TRANSFERS: &[&str] = &["transfer.completed", "transfer.disburse"];
const STATUS: &str = "/data/status";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(CHARGES).when(STATUS, &["successful", "succeeded"]).is(Kind::PaymentCaptured, &CHARGE, AMOUNT),
    on(CHARGES).when(STATUS, &["failed"]).is(Kind::PaymentFailed, &CHARGE, AMOUNT),
    on(CHARGES).when(STATUS, &["pending"]).is(Kind::PaymentProcessing, &CHARGE, AMOUNT),
    on(REFUNDS).when(STATUS, &["completed", "succeeded", "successful", "completed-momo", "completed-bank-transfer"])
        .is(Kind::RefundSucceeded, &REFUND, REFUNDED),
    on(REFUNDS).when(STATUS, &["failed"]).is(Kind::RefundFailed, &REFUND, REFUNDED),
    on(REFUNDS).is(Kind::RefundCreated, &REFUND, REFUNDED),
    on(TRANSFERS).when(STATUS, &["SUCCESSFUL", "successful", "succeeded"]).is(Kind::PayoutPaid, &CHARGE, AMOUNT),
    on(TRANSFERS).when(STATUS, &["FAILED", "failed"]).is(Kind::PayoutFailed, &CHARGE, AMOUNT),
    on(TRANSFERS).is(Kind::PayoutCreated, &CHARGE, AMOUNT),
    on(&["transfer.reversal"]).is(Kind::PayoutFailed, &CHARGE, AMOUNT),
];
