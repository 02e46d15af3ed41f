//! Adyen, payments. See <https://docs.adyen.com/development-resources/webhooks/webhook-types> and, for the minor
//! units, <https://docs.adyen.com/development-resources/currency-codes>.
//!
//! A modification (capture, refund, dispute) has a `pspReference` of its own and names the payment's as
//! `originalReference`. The signature covers these, the amount, the code and whether it succeeded: all facts but the
//! time. With immediate capture no message says that money was taken: the payment stays authorised.

use super::rules::{Batch, How, JSON, Line, Paths, Provider, Shape, minor, on, part, whole};
use crate::Kind;

pub(super) const ADYEN: Provider = Provider {
    names: &["adyen"],
    batch: Some(Batch {
        list: "/notificationItems",
        event: "/NotificationRequestItem",
        id: &["/pspReference", "/eventCode"],
        event_type: &["/eventCode"],
        occurred_at: "/eventDate",
    }),
    state_in_id: Some("/success"),
    minor_units: MINOR_UNITS,
    fields_prove_facts: true,
    lines: LINES,
    ..JSON
};

/// Where Adyen's list of currencies says that it differs from ISO 4217.
pub(super) const MINOR_UNITS: &[(&str, u8)] = &[("CLP", 2), ("CVE", 0), ("IDR", 0), ("ISK", 2)];

const OWN: Paths = &["/pspReference"];
const ORIGINAL: Paths = &["/originalReference"];
const PAYMENT: Shape = whole(OWN);
/// A capture, a refund or a dispute of a payment.
const PART: Shape = part(OWN, ORIGINAL);
/// A message about the payment itself under another reference.
const CHANGE: Shape = whole(EITHER);
const EITHER: Paths = &["/originalReference", "/pspReference"];

const AMOUNT: How = minor(&["/amount/value"], &["/amount/currency"]);

const SUCCESS: &str = "/success";
const YES: &[&str] = &["true"];
const NO: &[&str] = &["false"];
/// Not covered by the signature.
const ACTION: &str = "/additionalData/modification.action";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["AUTHORISATION"]).when(SUCCESS, YES).is(Kind::PaymentAuthorised, &PAYMENT, AMOUNT),
    on(&["AUTHORISATION"]).when(SUCCESS, NO).is(Kind::PaymentFailed, &PAYMENT, AMOUNT),
    on(&["AUTHORISATION_ADJUSTMENT"]).when(SUCCESS, YES).is(Kind::PaymentAuthorised, &CHANGE, AMOUNT),
    on(&["PENDING"]).when(SUCCESS, YES).is(Kind::PaymentProcessing, &PAYMENT, AMOUNT),
    on(&["CANCELLATION", "TECHNICAL_CANCEL"]).when(SUCCESS, YES).is(Kind::PaymentCancelled, &CHANGE, How::Unstated),
    on(&["EXPIRE", "OFFER_CLOSED"]).when(SUCCESS, YES).is(Kind::PaymentExpired, &CHANGE, AMOUNT),

    on(&["CAPTURE"]).when(SUCCESS, YES).is(Kind::PaymentCaptured, &PART, AMOUNT),
    on(&["CAPTURE"]).when(SUCCESS, NO).is(Kind::PaymentFailed, &PART, AMOUNT),
    on(&["CAPTURE_FAILED"]).when(SUCCESS, YES).is(Kind::PaymentReversed, &PART, AMOUNT),

    on(&["REFUND", "REFUND_WITH_DATA"]).when(SUCCESS, YES).is(Kind::RefundSucceeded, &PART, AMOUNT),
    on(&["REFUND", "REFUND_WITH_DATA"]).when(SUCCESS, NO).is(Kind::RefundFailed, &PART, AMOUNT),
    on(&["REFUND_FAILED", "REFUNDED_REVERSED"]).when(SUCCESS, YES).is(Kind::RefundFailed, &PART, AMOUNT),
    on(&["POSTPONED_REFUND"]).when(SUCCESS, YES).is(Kind::RefundCreated, &PART, AMOUNT),
    on(&["VOID_PENDING_REFUND"]).when(SUCCESS, YES).is(Kind::Other, &PART, How::Unstated),
    on(&["CANCEL_OR_REFUND"]).when(SUCCESS, YES).when(ACTION, &["cancel"])
        .is(Kind::PaymentCancelled, &CHANGE, How::Unstated).hinted(),
    on(&["CANCEL_OR_REFUND"]).when(SUCCESS, YES).when(ACTION, &["refund"]).is(Kind::RefundSucceeded, &PART, AMOUNT).hinted(),
    on(&["CANCEL_OR_REFUND"]).is(Kind::Other, &PART, How::Unstated),

    on(&["REQUEST_FOR_INFORMATION", "NOTIFICATION_OF_CHARGEBACK", "CHARGEBACK"]).when(SUCCESS, YES)
        .is(Kind::DisputeOpened, &PART, AMOUNT),
    on(&["INFORMATION_SUPPLIED"]).when(SUCCESS, YES).is(Kind::DisputeUnderReview, &PART, AMOUNT),
    // The money is back, and stays unless a second chargeback follows, which is later and then holds.
    on(&["CHARGEBACK_REVERSED", "PREARBITRATION_WON", "ISSUER_RESPONSE_TIMEFRAME_EXPIRED"]).when(SUCCESS, YES)
        .is(Kind::DisputeWon, &PART, AMOUNT),
    on(&["SECOND_CHARGEBACK", "PREARBITRATION_LOST", "DISPUTE_DEFENSE_PERIOD_ENDED"]).when(SUCCESS, YES)
        .is(Kind::DisputeLost, &PART, AMOUNT),
    on(&["NOTIFICATION_OF_FRAUD", "ISSUER_COMMENTS"]).is(Kind::Other, &PART, How::Unstated),

    on(&["PAYOUT_THIRDPARTY"]).when(SUCCESS, YES).is(Kind::PayoutPaid, &PAYMENT, AMOUNT),
    on(&["PAYOUT_THIRDPARTY"]).when(SUCCESS, NO).is(Kind::PayoutFailed, &PAYMENT, AMOUNT),
    on(&["PAYOUT_DECLINE", "PAYOUT_EXPIRE", "PAIDOUT_REVERSED"]).when(SUCCESS, YES).is(Kind::PayoutFailed, &CHANGE, AMOUNT),
];
