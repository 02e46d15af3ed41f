//! Checkout.com. See <https://www.checkout.com/docs/workflows/webhook-event-types>.
//!
//! `data.id` is the payment; a capture and a refund are actions of it with ids of their own.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, part, whole};
use crate::Kind;

pub(super) const CHECKOUT: Provider =
    Provider { names: &["checkout"], minor_units: MINOR_UNITS, lines: LINES, ..JSON };

/// Amounts are in hundredths but for the currencies that the list names; of ISO 4217's exceptions it lacks these.
/// See <https://www.checkout.com/docs/payments/accept-payments/format-the-payment-amount>.
const MINOR_UNITS: &[(&str, u8)] = &[("CLP", 2), ("CLF", 2)];

const ID: Paths = &["/data/id"];
const PAYMENT: Shape = whole(ID);
const ACTION: Shape = part(&["/data/action_id", "/data/id"], ID);
const DISPUTE: Shape = part(ID, DISPUTED);
const DISPUTED: Paths = &["/data/payment_id"];

const AMOUNT: How = minor(&["/data/amount"], &["/data/currency"]);

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payment_pending", "payment_authentication_pending"]).is(Kind::PaymentRequiresAction, &PAYMENT, AMOUNT),
    on(&["payment_approved", "payment_authorization_incremented"]).is(Kind::PaymentAuthorised, &PAYMENT, AMOUNT),
    on(&["payment_declined"]).is(Kind::PaymentFailed, &PAYMENT, AMOUNT),
    on(&["payment_canceled", "payment_voided"]).is(Kind::PaymentCancelled, &PAYMENT, How::Unstated),
    on(&["payment_expired"]).is(Kind::PaymentExpired, &PAYMENT, How::Unstated),
    on(&["payment_capture_pending"]).is(Kind::PaymentProcessing, &ACTION, AMOUNT),
    on(&["payment_captured"]).is(Kind::PaymentCaptured, &ACTION, AMOUNT),
    on(&["payment_capture_declined"]).is(Kind::PaymentFailed, &ACTION, AMOUNT),
    on(&["payment_returned"]).is(Kind::PaymentReversed, &PAYMENT, AMOUNT),
    on(&["payment_void_declined", "payment_retry_scheduled", "payment_authorization_increment_declined"])
        .is(Kind::Other, &PAYMENT, How::Unstated),

    on(&["payment_refund_pending"]).is(Kind::RefundCreated, &ACTION, AMOUNT),
    on(&["payment_refunded"]).is(Kind::RefundSucceeded, &ACTION, AMOUNT),
    on(&["payment_refund_declined"]).is(Kind::RefundFailed, &ACTION, AMOUNT),

    on(&["dispute_received", "dispute_evidence_required"]).is(Kind::DisputeOpened, &DISPUTE, AMOUNT),
    on(&["dispute_evidence_submitted", "dispute_evidence_acknowledged_by_scheme", "dispute_arbitration_sent_to_scheme"])
        .is(Kind::DisputeUnderReview, &DISPUTE, AMOUNT),
    // The issuer withdrew it: what was taken is back.
    on(&["dispute_canceled"]).is(Kind::DisputeWon, &DISPUTE, AMOUNT),
    // It was refunded before.
    on(&["dispute_resolved"]).is(Kind::DisputeClosed, &DISPUTE, AMOUNT),
    on(&["dispute_won", "dispute_arbitration_won"]).is(Kind::DisputeWon, &DISPUTE, AMOUNT),
    on(&["dispute_lost", "dispute_arbitration_lost", "dispute_accepted", "dispute_expired"])
        .is(Kind::DisputeLost, &DISPUTE, AMOUNT),

    on(&["payment_paid"]).is(Kind::PayoutPaid, &PAYMENT, AMOUNT),
];
