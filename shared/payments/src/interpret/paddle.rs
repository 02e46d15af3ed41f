//! Paddle Billing. See <https://developer.paddle.com/webhooks/overview>. Amounts are strings of minor units.
//!
//! A refund and a chargeback are adjustments of a transaction. A transaction has one chargeback, known by the
//! transaction's id: what reverses it is an adjustment of its own.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, part, whole};
use crate::Kind;

pub(super) const PADDLE: Provider = Provider { names: &["paddle"], lines: LINES, ..JSON };

const ID: Paths = &["/data/id"];
const TRANSACTION: Shape = whole(ID);
const REFUND: Shape = part(ID, TRANSACTION_ID);
const CHARGEBACK: Shape = whole(TRANSACTION_ID);
const TRANSACTION_ID: Paths = &["/data/transaction_id"];

const TOTAL: How =
    minor(&["/data/details/totals/grand_total", "/data/details/totals/total"], &["/data/currency_code"]);
const ADJUSTED: How = minor(&["/data/totals/total"], &["/data/totals/currency_code", "/data/currency_code"]);
const PAYOUT_AMOUNT: How = minor(&["/data/amount"], &["/data/currency_code"]);

const ADJUSTMENT: &[&str] = &["adjustment.created", "adjustment.updated"];
const ACTION: &str = "/data/action";
const STATUS: &str = "/data/status";
const BACK: &[&str] = &["refund"];

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["transaction.created", "transaction.ready", "transaction.billed"]).is(Kind::PaymentCreated, &TRANSACTION, TOTAL),
    on(&["transaction.payment_failed", "transaction.past_due"]).is(Kind::PaymentFailed, &TRANSACTION, TOTAL),
    on(&["transaction.paid", "transaction.completed"]).is(Kind::PaymentCaptured, &TRANSACTION, TOTAL),
    on(&["transaction.canceled"]).is(Kind::PaymentCancelled, &TRANSACTION, TOTAL),
    on(&["transaction.updated", "transaction.revised"]).is(Kind::Other, &TRANSACTION, How::Unstated),

    on(ADJUSTMENT).when(ACTION, BACK).when(STATUS, &["pending_approval"]).is(Kind::RefundCreated, &REFUND, ADJUSTED),
    on(ADJUSTMENT).when(ACTION, BACK).when(STATUS, &["approved"]).is(Kind::RefundSucceeded, &REFUND, ADJUSTED),
    on(ADJUSTMENT).when(ACTION, BACK).when(STATUS, &["rejected", "reversed"]).is(Kind::RefundFailed, &REFUND, ADJUSTED),
    on(ADJUSTMENT).when(ACTION, &["chargeback_warning"]).is(Kind::DisputeOpened, &CHARGEBACK, ADJUSTED),
    on(ADJUSTMENT).when(ACTION, &["chargeback"]).is(Kind::DisputeLost, &CHARGEBACK, ADJUSTED),
    on(ADJUSTMENT).when(ACTION, &["chargeback_reverse", "chargeback_warning_reverse"]).is(Kind::DisputeWon, &CHARGEBACK, ADJUSTED),
    on(ADJUSTMENT).is(Kind::Other, &REFUND, How::Unstated),

    on(&["payout.created"]).is(Kind::PayoutCreated, &TRANSACTION, PAYOUT_AMOUNT),
    on(&["payout.paid"]).is(Kind::PayoutPaid, &TRANSACTION, PAYOUT_AMOUNT),

    on(&["subscription.created", "subscription.activated"]).is(Kind::SubscriptionCreated, &TRANSACTION, How::Unstated),
    on(&["subscription.past_due"]).is(Kind::SubscriptionPastDue, &TRANSACTION, How::Unstated),
    on(&["subscription.canceled"]).is(Kind::SubscriptionCancelled, &TRANSACTION, How::Unstated),
    on(&["subscription.updated", "subscription.paused", "subscription.resumed", "subscription.trialing"])
        .is(Kind::Other, &TRANSACTION, How::Unstated),
];
