//! Stripe. See <https://docs.stripe.com/api/events/types> and, for the minor units,
//! <https://docs.stripe.com/currencies#special-cases>.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, part, whole};
use crate::Kind;

pub(super) const STRIPE: Provider =
    Provider { names: &["stripe"], minor_units: MINOR_UNITS, lines: LINES, ..JSON };

/// ISK and UGX have two decimals in the API for old times' sake, and MGA has none. (HUF and TWD are whole only in
/// payouts, and still written with two decimals.)
const MINOR_UNITS: &[(&str, u8)] = &[("ISK", 2), ("UGX", 2), ("MGA", 0)];

const INTENT: Shape = whole(ID);
const CHARGE: Shape = part(ID, INTENT_ID);
/// A refund or a dispute belongs to its charge; both are filed under the intent, if there is one.
const OF_CHARGE: Shape = Shape {
    object: ID,
    parent: &["/data/object/charge", "/data/object/charge/id", "/data/object/payment_intent"],
    payment: &["/data/object/payment_intent", "/data/object/payment_intent/id", "/data/object/charge"],
};
const ALONE: Shape = whole(ID);
const INVOICE: Shape = Shape {
    object: ID,
    parent: &["/data/object/subscription", "/data/object/parent/subscription_details/subscription"],
    payment: ID,
};
const SESSION: Shape = Shape { object: &["/data/object/payment_intent"], parent: &[], payment: INTENT_ID };

const ID: Paths = &["/data/object/id"];
/// An id, or the whole object if the endpoint expands it.
const INTENT_ID: Paths = &["/data/object/payment_intent", "/data/object/payment_intent/id"];
const CURRENCY: Paths = &["/data/object/currency"];
const AMOUNT: How = minor(&["/data/object/amount"], CURRENCY);
const CAPTURABLE: How = minor(&["/data/object/amount_capturable"], CURRENCY);
const RECEIVED: How = minor(&["/data/object/amount_received"], CURRENCY);
const CAPTURED: How = minor(&["/data/object/amount_captured", "/data/object/amount"], CURRENCY);
const REFUNDED: How = minor(&["/data/object/amount_refunded"], CURRENCY);
const DUE: How = minor(&["/data/object/amount_due"], CURRENCY);
const PAID: How = minor(&["/data/object/amount_paid"], CURRENCY);

const STATUS: &str = "/data/object/status";
const REFUND: &[&str] =
    &["refund.created", "refund.updated", "refund.failed", "charge.refund.created", "charge.refund.updated"];
const DISPUTE: &[&str] = &["charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"];

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payment_intent.created"]).is(Kind::PaymentCreated, &INTENT, AMOUNT),
    on(&["payment_intent.requires_action"]).is(Kind::PaymentRequiresAction, &INTENT, AMOUNT),
    on(&["payment_intent.processing"]).is(Kind::PaymentProcessing, &INTENT, AMOUNT),
    on(&["payment_intent.amount_capturable_updated"]).is(Kind::PaymentAuthorised, &INTENT, CAPTURABLE),
    on(&["payment_intent.succeeded"]).is(Kind::PaymentCaptured, &INTENT, RECEIVED),
    on(&["payment_intent.partially_funded"]).is(Kind::PaymentProcessing, &INTENT, AMOUNT),
    on(&["payment_intent.payment_failed"]).is(Kind::PaymentFailed, &INTENT, AMOUNT),
    on(&["payment_intent.canceled"]).is(Kind::PaymentCancelled, &INTENT, AMOUNT),

    on(&["charge.pending"]).is(Kind::PaymentProcessing, &CHARGE, AMOUNT),
    on(&["charge.succeeded"]).when("/data/object/captured", &["true"]).is(Kind::PaymentCaptured, &CHARGE, CAPTURED),
    on(&["charge.succeeded"]).is(Kind::PaymentAuthorised, &CHARGE, AMOUNT),
    on(&["charge.captured"]).is(Kind::PaymentCaptured, &CHARGE, CAPTURED),
    on(&["charge.failed"]).is(Kind::PaymentFailed, &CHARGE, AMOUNT),
    on(&["charge.expired"]).is(Kind::PaymentExpired, &CHARGE, AMOUNT),
    on(&["charge.refunded"]).is(Kind::PaymentRefunded, &CHARGE, REFUNDED),
    on(&["charge.updated"]).is(Kind::Other, &CHARGE, How::Unstated),

    on(REFUND).when(STATUS, &["pending", "requires_action"]).is(Kind::RefundCreated, &OF_CHARGE, AMOUNT),
    on(REFUND).when(STATUS, &["succeeded"]).is(Kind::RefundSucceeded, &OF_CHARGE, AMOUNT),
    on(REFUND).when(STATUS, &["failed", "canceled"]).is(Kind::RefundFailed, &OF_CHARGE, AMOUNT),
    on(REFUND).is(Kind::Other, &OF_CHARGE, How::Unstated),

    on(DISPUTE).when(STATUS, &["warning_needs_response", "needs_response"]).is(Kind::DisputeOpened, &OF_CHARGE, AMOUNT),
    on(DISPUTE).when(STATUS, &["warning_under_review", "under_review"]).is(Kind::DisputeUnderReview, &OF_CHARGE, AMOUNT),
    on(DISPUTE).when(STATUS, &["warning_closed", "prevented"]).is(Kind::DisputeClosed, &OF_CHARGE, AMOUNT),
    on(DISPUTE).when(STATUS, &["won"]).is(Kind::DisputeWon, &OF_CHARGE, AMOUNT),
    on(DISPUTE).when(STATUS, &["lost"]).is(Kind::DisputeLost, &OF_CHARGE, AMOUNT),
    on(DISPUTE).is(Kind::Other, &OF_CHARGE, How::Unstated),
    on(&["charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"]).is(Kind::Other, &OF_CHARGE, How::Unstated),

    on(&["checkout.session.completed"]).when("/data/object/payment_status", &["unpaid"])
        .is(Kind::PaymentProcessing, &SESSION, How::Unstated),
    on(&["checkout.session.completed", "checkout.session.async_payment_succeeded",
         "checkout.session.async_payment_failed", "checkout.session.expired"]).is(Kind::Other, &SESSION, How::Unstated),

    on(&["payout.created"]).is(Kind::PayoutCreated, &ALONE, AMOUNT),
    on(&["payout.paid"]).is(Kind::PayoutPaid, &ALONE, AMOUNT),
    on(&["payout.failed", "payout.canceled"]).is(Kind::PayoutFailed, &ALONE, AMOUNT),
    on(&["payout.updated", "payout.reconciliation_completed"]).is(Kind::Other, &ALONE, How::Unstated),

    on(&["customer.subscription.created"]).is(Kind::SubscriptionCreated, &ALONE, How::Unstated),
    on(&["customer.subscription.updated"]).when(STATUS, &["past_due", "unpaid"])
        .is(Kind::SubscriptionPastDue, &ALONE, How::Unstated),
    on(&["customer.subscription.deleted"]).is(Kind::SubscriptionCancelled, &ALONE, How::Unstated),
    on(&["customer.subscription.updated", "customer.subscription.paused", "customer.subscription.resumed"])
        .is(Kind::Other, &ALONE, How::Unstated),

    on(&["invoice.created", "invoice.finalized"]).is(Kind::InvoiceCreated, &INVOICE, DUE),
    on(&["invoice.paid", "invoice.payment_succeeded"]).is(Kind::InvoicePaid, &INVOICE, PAID),
    on(&["invoice.payment_failed", "invoice.payment_action_required"]).is(Kind::InvoiceFailed, &INVOICE, DUE),
    on(&["invoice.voided", "invoice.marked_uncollectible"]).is(Kind::InvoiceVoided, &INVOICE, DUE),
];
