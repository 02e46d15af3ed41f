//! Paystack. See <https://paystack.com/docs/payments/webhooks/>.
//!
//! Refunds and disputes name the transaction by its reference, so that is the payment's id. A message has no id: the
//! object's id, type and status are one, or else its content.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, part, whole};
use crate::Kind;

pub(super) const PAYSTACK: Provider = Provider {
    names: &["paystack"],
    content_is_id: true,
    state_in_id: Some("/data/status"),
    lines: LINES,
    ..JSON
};

const CHARGE: Shape = whole(&["/data/reference"]);
const REFUND: Shape = part(&["/data/refund_reference", "/data/id"], REFUNDED);
const REFUNDED: Paths = &["/data/transaction_reference", "/data/transaction/reference"];
const DISPUTE: Shape = part(&["/data/id"], &["/data/transaction/reference"]);
const TRANSFER: Shape = whole(&["/data/transfer_code", "/data/reference"]);
const INVOICE: Shape = whole(&["/data/invoice_code"]);
const SUBSCRIPTION: Shape = whole(&["/data/subscription_code"]);

const AMOUNT: How = minor(&["/data/amount"], &["/data/currency"]);
const DISPUTED: How = minor(
    &["/data/refund_amount", "/data/transaction/amount"],
    &["/data/currency", "/data/transaction/currency"],
);

const RESOLVED: &[&str] = &["charge.dispute.resolve"];
const RESOLUTION: &str = "/data/resolution";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["charge.success"]).is(Kind::PaymentCaptured, &CHARGE, AMOUNT),
    on(&["charge.failed"]).is(Kind::PaymentFailed, &CHARGE, AMOUNT),

    on(&["refund.pending", "refund.processing", "refund.needs-attention"]).is(Kind::RefundCreated, &REFUND, AMOUNT),
    on(&["refund.processed"]).is(Kind::RefundSucceeded, &REFUND, AMOUNT),
    on(&["refund.failed"]).is(Kind::RefundFailed, &REFUND, AMOUNT),

    on(&["charge.dispute.create"]).is(Kind::DisputeOpened, &DISPUTE, DISPUTED),
    on(&["charge.dispute.remind"]).is(Kind::Other, &DISPUTE, How::Unstated),
    on(RESOLVED).when(RESOLUTION, &["declined"]).is(Kind::DisputeWon, &DISPUTE, DISPUTED),
    on(RESOLVED).when(RESOLUTION, &["merchant-accepted", "auto-accepted"]).is(Kind::DisputeLost, &DISPUTE, DISPUTED),
    on(RESOLVED).is(Kind::DisputeClosed, &DISPUTE, DISPUTED),

    on(&["transfer.success"]).is(Kind::PayoutPaid, &TRANSFER, AMOUNT),
    on(&["transfer.failed", "transfer.reversed"]).is(Kind::PayoutFailed, &TRANSFER, AMOUNT),

    on(&["invoice.create"]).is(Kind::InvoiceCreated, &INVOICE, AMOUNT),
    on(&["invoice.update"]).when("/data/paid", &["true", "1"]).is(Kind::InvoicePaid, &INVOICE, AMOUNT),
    on(&["invoice.payment_failed"]).is(Kind::InvoiceFailed, &INVOICE, AMOUNT),
    on(&["subscription.create"]).is(Kind::SubscriptionCreated, &SUBSCRIPTION, How::Unstated),
    on(&["subscription.disable"]).is(Kind::SubscriptionCancelled, &SUBSCRIPTION, How::Unstated),
    on(&["subscription.not_renew"]).is(Kind::Other, &SUBSCRIPTION, How::Unstated),
];
