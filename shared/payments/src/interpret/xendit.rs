//! Xendit. See <https://docs.xendit.co/docs/payments-api-webhooks>. Amounts are of the major unit.
//! A token proves the sender, not the body: all facts are unproven.

use super::rules::{ANYTHING, How, JSON, Line, Paths, Provider, Shape, decimal, on, part, whole};
use crate::Kind;

pub(super) const XENDIT: Provider =
    Provider { names: &["xendit"], content_is_id: true, lines: LINES, ..JSON };

const PAYMENT: Shape = whole(&["/data/payment_id", "/data/id"]);
const REQUEST: Shape = whole(&["/data/payment_request_id", "/data/id"]);
const REFUND: Shape = part(&["/data/id"], REFUNDED);
const REFUNDED: Paths = &["/data/payment_id", "/data/payment_request_id", "/data/invoice_id"];
const PAYOUT: Shape = whole(&["/data/id"]);

const CURRENCY: Paths = &["/data/currency"];
const AMOUNT: How = decimal(
    &["/data/amount", "/data/request_amount", "/data/capture_amount", "/data/charge_amount"],
    CURRENCY,
);
/// A payment may be captured in parts; the message about each lists them all. The first is the whole, if it is one.
const CAPTURED: How = decimal(
    &["/data/capture_amount", "/data/captures[0]/capture_amount", "/data/amount", "/data/request_amount"],
    CURRENCY,
);

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payment.authorization"]).is(Kind::PaymentAuthorised, &PAYMENT, AMOUNT),
    // Several captures in one message: their sum is not stated.
    on(&["payment.capture"]).when("/data/captures[1]/capture_id", ANYTHING).is(Kind::PaymentCaptured, &PAYMENT, How::Unstated),
    on(&["payment.succeeded", "payment.capture", "capture.succeeded"]).is(Kind::PaymentCaptured, &PAYMENT, CAPTURED),
    on(&["ewallet.capture"]).when("/data/status", &["SUCCEEDED"]).is(Kind::PaymentCaptured, &PAYMENT, CAPTURED),
    on(&["ewallet.capture"]).when("/data/status", &["FAILED"]).is(Kind::PaymentFailed, &PAYMENT, AMOUNT),
    on(&["payment.pending", "payment.awaiting_capture"]).is(Kind::PaymentProcessing, &PAYMENT, AMOUNT),
    on(&["payment.failed", "payment.failure", "capture.failed"]).is(Kind::PaymentFailed, &PAYMENT, AMOUNT),
    on(&["payment.expiry"]).is(Kind::PaymentExpired, &PAYMENT, AMOUNT),
    on(&["payment_request.expiry", "payment_session.expired"]).is(Kind::PaymentExpired, &REQUEST, AMOUNT),

    on(&["refund.succeeded"]).is(Kind::RefundSucceeded, &REFUND, AMOUNT),
    on(&["refund.failed"]).is(Kind::RefundFailed, &REFUND, AMOUNT),

    on(&["payout.succeeded"]).is(Kind::PayoutPaid, &PAYOUT, AMOUNT),
    on(&["payout.failed", "payout.expired", "payout.reversed"]).is(Kind::PayoutFailed, &PAYOUT, AMOUNT),
];
