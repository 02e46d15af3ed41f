//! Worldpay, Access events. See <https://developer.worldpay.com/products/events>.
//!
//! `transactionReference` is the payment; a partial settlement or refund has a `reference` of its own.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, part, whole};
use crate::Kind;

pub(super) const WORLDPAY: Provider = Provider { names: &["worldpay"], lines: LINES, ..JSON };

const ID: Paths = &["/eventDetails/transactionReference"];
const PAYMENT: Shape = whole(ID);
const PART: Shape = part(&["/eventDetails/reference", "/eventDetails/transactionReference"], ID);
const AMOUNT: How = minor(&["/eventDetails/amount/value"], &["/eventDetails/amount/currencyCode"]);

const CLASS: &str = "/eventDetails/classification";
const CHARGEBACK: &[&str] = &["chargeback"];
const PAYOUT: &[&str] = &["payout"];

#[rustfmt::skip]
const LINES: &[Line] = &[
    // A payout by Fast Access has words of its own; a basic one goes by the words of a refund.
    on(&["requested", "pending", "approved", "sentForRefund"]).when(CLASS, PAYOUT).is(Kind::PayoutCreated, &PAYMENT, AMOUNT),
    on(&["disbursed", "refunded"]).when(CLASS, PAYOUT).is(Kind::PayoutPaid, &PAYMENT, AMOUNT),
    on(&["refused", "error", "refundFailed"]).when(CLASS, PAYOUT).is(Kind::PayoutFailed, &PAYMENT, AMOUNT),

    on(&["sentForAuthorization"]).is(Kind::PaymentProcessing, &PAYMENT, AMOUNT),
    on(&["authorized"]).is(Kind::PaymentAuthorised, &PAYMENT, AMOUNT),
    on(&["sentForSettlement"]).is(Kind::PaymentCaptured, &PART, AMOUNT),
    on(&["settlementFailed"]).is(Kind::PaymentReversed, &PART, AMOUNT),
    on(&["cancelled", "cancelledByCustomer"]).is(Kind::PaymentCancelled, &PAYMENT, AMOUNT),
    on(&["refused", "error"]).is(Kind::PaymentFailed, &PAYMENT, AMOUNT),
    on(&["expired", "requestExpired"]).is(Kind::PaymentExpired, &PAYMENT, AMOUNT),

    on(&["sentForRefund"]).is(Kind::RefundCreated, &PART, AMOUNT),
    on(&["refunded"]).is(Kind::RefundSucceeded, &PART, AMOUNT),
    on(&["refundFailed"]).is(Kind::RefundFailed, &PART, AMOUNT),

    // Of a card's dispute only this is described: the money is held until it ends, and nothing says how.
    on(&["informationRequested"]).when(CLASS, CHARGEBACK).is(Kind::DisputeOpened, &PAYMENT, AMOUNT),
    // Of payments by other means, as Klarna.
    on(&["chargedBack"]).is(Kind::DisputeLost, &PAYMENT, AMOUNT),
];
