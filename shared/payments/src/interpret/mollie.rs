//! Mollie, webhooks that are signed. See <https://docs.mollie.com/reference/webhooks-new>.
//!
//! The entity is in the message if the endpoint asks for the full payload; else nothing states an amount, and a refund
//! does not name its payment.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, decimal, on, part, whole};
use crate::Kind;

pub(super) const MOLLIE: Provider = Provider { names: &["mollie"], lines: LINES, ..JSON };

const ID: Paths = &["/entityId", "/_embedded/entity/id"];
const WHOLE: Shape = whole(ID);
/// A capture, a refund or a chargeback.
const PART: Shape = part(ID, PAYMENT_ID);
const PAYMENT_ID: Paths = &["/_embedded/entity/paymentId"];

const AMOUNT: How = decimal(&["/_embedded/entity/amount/value"], &["/_embedded/entity/amount/currency"]);

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payment.created", "payment.open"]).is(Kind::PaymentCreated, &WHOLE, AMOUNT),
    on(&["payment.pending"]).is(Kind::PaymentProcessing, &WHOLE, AMOUNT),
    on(&["payment.authorized"]).is(Kind::PaymentAuthorised, &WHOLE, AMOUNT),
    on(&["payment.paid"]).is(Kind::PaymentCaptured, &WHOLE, AMOUNT),
    on(&["payment.failed"]).is(Kind::PaymentFailed, &WHOLE, AMOUNT),
    on(&["payment.canceled"]).is(Kind::PaymentCancelled, &WHOLE, AMOUNT),
    on(&["payment.expired"]).is(Kind::PaymentExpired, &WHOLE, AMOUNT),

    on(&["capture.succeeded"]).is(Kind::PaymentCaptured, &PART, AMOUNT),
    on(&["capture.failed"]).is(Kind::PaymentFailed, &PART, AMOUNT),

    on(&["refund.queued", "refund.pending", "refund.processing"]).is(Kind::RefundCreated, &PART, AMOUNT),
    on(&["refund.refunded"]).is(Kind::RefundSucceeded, &PART, AMOUNT),
    on(&["refund.failed", "refund.canceled"]).is(Kind::RefundFailed, &PART, AMOUNT),

    // The money is gone when a chargeback is received; some can be reversed.
    on(&["chargeback.received"]).is(Kind::DisputeLost, &PART, AMOUNT),
    on(&["chargeback.reversed"]).is(Kind::DisputeWon, &PART, AMOUNT),

    // A link is a bill; its payment has events of its own.
    on(&["payment-link.paid", "sales-invoice.paid"]).is(Kind::InvoicePaid, &WHOLE, AMOUNT),
    on(&["sales-invoice.created", "sales-invoice.issued"]).is(Kind::InvoiceCreated, &WHOLE, AMOUNT),
    on(&["sales-invoice.canceled"]).is(Kind::InvoiceVoided, &WHOLE, AMOUNT),
];
