//! Chargebee. See <https://apidocs.chargebee.com/docs/api/events>. A password proves the sender, not the body: all
//! facts are unproven.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, part, whole};
use crate::Kind;

pub(super) const CHARGEBEE: Provider = Provider { names: &["chargebee"], lines: LINES, ..JSON };

const TRANSACTION: Shape = whole(TRANSACTION_ID);
const TRANSACTION_ID: Paths = &["/content/transaction/id"];
const REFUND: Shape = part(TRANSACTION_ID, REFUNDED);
const REFUNDED: Paths = &[
    "/content/transaction/reference_transaction_id",
    "/content/transaction/refunded_txn_id",
    "/content/transaction/linked_payments[0]/id",
];
const INVOICE: Shape = whole(&["/content/invoice/id"]);
const SUBSCRIPTION: Shape = whole(&["/content/subscription/id"]);

const AMOUNT: How = minor(&["/content/transaction/amount"], &["/content/transaction/currency_code"]);
const TOTAL: How = minor(&["/content/invoice/total"], &["/content/invoice/currency_code"]);
const NONE: How = How::Unstated;

const STATUS: &str = "/content/transaction/status";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payment_initiated"]).is(Kind::PaymentProcessing, &TRANSACTION, AMOUNT),
    on(&["authorization_succeeded"]).is(Kind::PaymentAuthorised, &TRANSACTION, AMOUNT),
    on(&["authorization_voided"]).is(Kind::PaymentCancelled, &TRANSACTION, AMOUNT),
    on(&["payment_succeeded"]).is(Kind::PaymentCaptured, &TRANSACTION, AMOUNT),
    on(&["payment_failed"]).is(Kind::PaymentFailed, &TRANSACTION, AMOUNT),

    on(&["refund_initiated"]).is(Kind::RefundCreated, &REFUND, AMOUNT),
    on(&["payment_refunded"]).when(STATUS, &["failure", "voided"]).is(Kind::RefundFailed, &REFUND, AMOUNT),
    on(&["payment_refunded"]).is(Kind::RefundSucceeded, &REFUND, AMOUNT),

    on(&["invoice_generated"]).is(Kind::InvoiceCreated, &INVOICE, TOTAL),
    on(&["invoice_updated"]).when("/content/invoice/status", &["paid"]).is(Kind::InvoicePaid, &INVOICE, TOTAL),
    on(&["invoice_updated"]).when("/content/invoice/status", &["not_paid"]).is(Kind::InvoiceFailed, &INVOICE, TOTAL),
    on(&["invoice_updated"]).when("/content/invoice/status", &["voided"]).is(Kind::InvoiceVoided, &INVOICE, TOTAL),
    on(&["invoice_updated"]).is(Kind::Other, &INVOICE, NONE),
    on(&["invoice_deleted"]).is(Kind::InvoiceVoided, &INVOICE, TOTAL),

    on(&["subscription_created", "subscription_activated", "subscription_started"]).is(Kind::SubscriptionCreated, &SUBSCRIPTION, NONE),
    on(&["subscription_renewed"]).is(Kind::SubscriptionRenewed, &SUBSCRIPTION, NONE),
    on(&["subscription_cancelled"]).is(Kind::SubscriptionCancelled, &SUBSCRIPTION, NONE),
    on(&["subscription_changed", "subscription_paused", "subscription_resumed", "subscription_reactivated"])
        .is(Kind::Other, &SUBSCRIPTION, NONE),
];
