//! Molam Connect. The names of its events are those that its webhook dispatcher is given (`payment.*`) and those that its
//! SDK's examples expect (`payment_intent.*`). Those of another of its services (`payment.charge.captured`) are not read.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, whole};
use crate::Kind;

pub(super) const MOLAM: Provider = Provider { names: &["molam"], lines: LINES, ..JSON };

const ID: Paths = &["/data/id", "/data/object/id"];
const OBJECT: Shape = whole(ID);
/// A refund or a dispute that does not name its payment is filed under itself.
const PART: Shape = Shape { object: ID, parent: PAYMENT_ID, payment: PAYMENT_ID };
const PAYMENT_ID: Paths = &["/data/payment_intent", "/data/payment_intent_id", "/data/payment_id"];
const AMOUNT: How =
    minor(&["/data/amount", "/data/object/amount"], &["/data/currency", "/data/object/currency"]);
const STATUS: &str = "/data/status";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payment_intent.created", "payment.created"]).is(Kind::PaymentCreated, &OBJECT, AMOUNT),
    on(&["payment_intent.requires_action"]).is(Kind::PaymentRequiresAction, &OBJECT, AMOUNT),
    on(&["payment_intent.processing"]).is(Kind::PaymentProcessing, &OBJECT, AMOUNT),
    on(&["payment_intent.succeeded", "payment.succeeded"]).is(Kind::PaymentCaptured, &OBJECT, AMOUNT),
    on(&["payment_intent.failed", "payment_intent.payment_failed", "payment.failed"]).is(Kind::PaymentFailed, &OBJECT, AMOUNT),
    on(&["payment_intent.canceled"]).is(Kind::PaymentCancelled, &OBJECT, AMOUNT),

    on(&["refund.created"]).is(Kind::RefundCreated, &PART, AMOUNT),
    on(&["refund.processed", "refund.succeeded"]).is(Kind::RefundSucceeded, &PART, AMOUNT),
    on(&["refund.failed"]).is(Kind::RefundFailed, &PART, AMOUNT),

    on(&["dispute.created", "dispute.opened"]).is(Kind::DisputeOpened, &PART, AMOUNT),
    on(&["dispute.under_review"]).is(Kind::DisputeUnderReview, &PART, AMOUNT),
    on(&["dispute.resolved"]).when(STATUS, &["won"]).is(Kind::DisputeWon, &PART, AMOUNT),
    on(&["dispute.resolved"]).when(STATUS, &["lost"]).is(Kind::DisputeLost, &PART, AMOUNT),
    on(&["dispute.resolved"]).is(Kind::DisputeClosed, &PART, AMOUNT),
    on(&["dispute.won"]).is(Kind::DisputeWon, &PART, AMOUNT),
    on(&["dispute.lost"]).is(Kind::DisputeLost, &PART, AMOUNT),
    on(&["dispute.closed"]).is(Kind::DisputeClosed, &PART, AMOUNT),

    on(&["payout.created", "payout.processing"]).is(Kind::PayoutCreated, &OBJECT, AMOUNT),
    on(&["payout.succeeded", "payout.paid", "payout.settled"]).is(Kind::PayoutPaid, &OBJECT, AMOUNT),
    on(&["payout.failed", "payout.reversed"]).is(Kind::PayoutFailed, &OBJECT, AMOUNT),

    on(&["subscription.created"]).is(Kind::SubscriptionCreated, &OBJECT, How::Unstated),
    on(&["subscription.cancelled"]).is(Kind::SubscriptionCancelled, &OBJECT, How::Unstated),
];
