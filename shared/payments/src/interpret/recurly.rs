//! Recurly. See <https://docs.recurly.com/docs/webhooks>. It only notifies: `id` is the object's, and no message states
//! an amount.

use super::rules::{How, JSON, Line, Provider, Shape, on, whole};
use crate::Kind;

pub(super) const RECURLY: Provider =
    Provider { names: &["recurly"], content_is_id: true, lines: LINES, ..JSON };

const OBJECT: Shape = whole(&["/id"]);
const NONE: How = How::Unstated;

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payment.processing", "payment.scheduled"]).is(Kind::PaymentProcessing, &OBJECT, NONE),
    on(&["payment.authorized"]).is(Kind::PaymentAuthorised, &OBJECT, NONE),
    on(&["payment.succeeded"]).is(Kind::PaymentCaptured, &OBJECT, NONE),
    on(&["payment.failed"]).is(Kind::PaymentFailed, &OBJECT, NONE),
    on(&["payment.voided"]).is(Kind::PaymentCancelled, &OBJECT, NONE),
    // A refund is a transaction of its own, and the message does not name the one that it refunds.
    on(&["payment.refunded"]).is(Kind::RefundSucceeded, &OBJECT, NONE),

    on(&["charge_invoice.created"]).is(Kind::InvoiceCreated, &OBJECT, NONE),
    on(&["charge_invoice.paid"]).is(Kind::InvoicePaid, &OBJECT, NONE),
    on(&["charge_invoice.past_due", "charge_invoice.failed"]).is(Kind::InvoiceFailed, &OBJECT, NONE),
    on(&["charge_invoice.voided"]).is(Kind::InvoiceVoided, &OBJECT, NONE),
    on(&["charge_invoice.processing", "charge_invoice.reopened", "charge_invoice.updated"]).is(Kind::Other, &OBJECT, NONE),

    on(&["subscription.created"]).is(Kind::SubscriptionCreated, &OBJECT, NONE),
    on(&["subscription.renewed"]).is(Kind::SubscriptionRenewed, &OBJECT, NONE),
    on(&["subscription.expired"]).is(Kind::SubscriptionCancelled, &OBJECT, NONE),
    on(&["subscription.canceled", "subscription.paused", "subscription.resumed", "subscription.reactivated", "subscription.updated"])
        .is(Kind::Other, &OBJECT, NONE),
];
