//! Shopify. See <https://shopify.dev/docs/api/webhooks>.
//!
//! The topic is a header and not signed. So each line asks for something that only the body of that topic says: what
//! is read is what the body says, whatever the header claims.

use super::rules::{ANYTHING, How, JSON, Line, Paths, Provider, Shape, decimal, on, part, whole};
use crate::Kind;

pub(super) const SHOPIFY: Provider =
    Provider { names: &["shopify"], body_tells_type: true, lines: LINES, ..JSON };

const ID: Paths = &["/id"];
const ORDER_ID: Paths = &["/order_id"];
const ORDER: Shape = whole(ID);
/// A transaction belongs to the one it continues (a capture to its authorisation), and to the order.
const TRANSACTION: Shape = Shape { object: ID, parent: &["/parent_id", "/order_id"], payment: ORDER_ID };
const VOIDED: Shape = Shape { object: &["/parent_id"], parent: ORDER_ID, payment: ORDER_ID };
const REFUND: Shape = part(ID, ORDER_ID);
/// The refund's money is a transaction; the two topics tell of the same one.
const REFUND_OF_ORDER: Shape = part(&["/transactions[kind=refund]/id"], ORDER_ID);
const DISPUTE: Shape = part(ID, ORDER_ID);

const TOTAL: How = decimal(&["/total_price"], &["/currency"]);
const AMOUNT: How = decimal(&["/amount"], &["/currency"]);
const REFUNDED: How =
    decimal(&["/transactions[kind=refund]/amount"], &["/transactions[kind=refund]/currency"]);

const ORDERS: &[&str] = &["orders/create", "orders/paid", "orders/cancelled"];
const ORDER_STATUS: &str = "/financial_status";
const TRANSACTIONS: &[&str] = &["order_transactions/create"];
const KIND: &str = "/kind";
const STATUS: &str = "/status";
const DONE: &[&str] = &["success"];
const FAILED: &[&str] = &["failure", "error"];
const DISPUTES: &[&str] = &["disputes/create", "disputes/update"];
/// Only a dispute has one.
const REASON: &str = "/reason";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(ORDERS).when(ORDER_STATUS, &["paid", "partially_refunded", "refunded"]).is(Kind::PaymentCaptured, &ORDER, TOTAL),
    on(ORDERS).when(ORDER_STATUS, ANYTHING).when("/cancelled_at", ANYTHING).is(Kind::PaymentCancelled, &ORDER, TOTAL),
    on(ORDERS).when(ORDER_STATUS, &["authorized"]).is(Kind::PaymentAuthorised, &ORDER, TOTAL),
    on(ORDERS).when(ORDER_STATUS, &["voided"]).is(Kind::PaymentCancelled, &ORDER, TOTAL),
    on(ORDERS).when(ORDER_STATUS, ANYTHING).is(Kind::PaymentCreated, &ORDER, TOTAL),
    on(&["orders/updated", "orders/edited", "orders/fulfilled"]).when(ORDER_STATUS, ANYTHING).is(Kind::Other, &ORDER, How::Unstated),

    on(TRANSACTIONS).when(KIND, &["authorization"]).when(STATUS, DONE).is(Kind::PaymentAuthorised, &TRANSACTION, AMOUNT),
    on(TRANSACTIONS).when(KIND, &["sale", "capture"]).when(STATUS, DONE).is(Kind::PaymentCaptured, &TRANSACTION, AMOUNT),
    on(TRANSACTIONS).when(KIND, &["authorization", "sale", "capture"]).when(STATUS, FAILED).is(Kind::PaymentFailed, &TRANSACTION, AMOUNT),
    on(TRANSACTIONS).when(KIND, &["authorization", "sale", "capture"]).when(STATUS, &["pending"]).is(Kind::PaymentProcessing, &TRANSACTION, AMOUNT),
    on(TRANSACTIONS).when(KIND, &["void"]).when(STATUS, DONE).is(Kind::PaymentCancelled, &VOIDED, AMOUNT),
    on(TRANSACTIONS).when(KIND, &["refund"]).when(STATUS, DONE).is(Kind::RefundSucceeded, &REFUND, AMOUNT),
    on(TRANSACTIONS).when(KIND, &["refund"]).when(STATUS, FAILED).is(Kind::RefundFailed, &REFUND, AMOUNT),
    on(TRANSACTIONS).when(KIND, &["refund"]).is(Kind::RefundCreated, &REFUND, AMOUNT),

    on(&["refunds/create"]).when("/transactions[kind=refund]/status", DONE).is(Kind::RefundSucceeded, &REFUND_OF_ORDER, REFUNDED),
    on(&["refunds/create"]).when("/transactions[kind=refund]/status", ANYTHING).is(Kind::RefundCreated, &REFUND_OF_ORDER, REFUNDED),

    on(DISPUTES).when(REASON, ANYTHING).when(STATUS, &["needs_response"]).is(Kind::DisputeOpened, &DISPUTE, AMOUNT),
    on(DISPUTES).when(REASON, ANYTHING).when(STATUS, &["under_review"]).is(Kind::DisputeUnderReview, &DISPUTE, AMOUNT),
    on(DISPUTES).when(REASON, ANYTHING).when(STATUS, &["charge_refunded"]).is(Kind::DisputeClosed, &DISPUTE, AMOUNT),
    on(DISPUTES).when(REASON, ANYTHING).when(STATUS, &["won"]).is(Kind::DisputeWon, &DISPUTE, AMOUNT),
    on(DISPUTES).when(REASON, ANYTHING).when(STATUS, &["lost", "accepted"]).is(Kind::DisputeLost, &DISPUTE, AMOUNT),
];
