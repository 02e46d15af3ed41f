//! Square. See <https://developer.squareup.com/reference/square/webhooks>.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, part, whole};
use crate::Kind;

pub(super) const SQUARE: Provider = Provider { names: &["square"], lines: LINES, ..JSON };

const PAYMENT: Shape = whole(PAYMENT_ID);
const PAYMENT_ID: Paths = &["/data/object/payment/id"];
const REFUND: Shape = part(&["/data/object/refund/id"], REFUNDED);
const REFUNDED: Paths = &["/data/object/refund/payment_id"];
const DISPUTE: Shape = part(&["/data/object/dispute/id", "/data/object/dispute/dispute_id"], DISPUTED);
const DISPUTED: Paths = &["/data/object/dispute/disputed_payment/payment_id"];
const PAYOUT: Shape = whole(PAYOUT_ID);
const PAYOUT_ID: Paths = &["/data/object/payout/id"];
const INVOICE: Shape = whole(INVOICE_ID);
const INVOICE_ID: Paths = &["/data/object/invoice/id"];
const SUBSCRIPTION: Shape = whole(SUBSCRIPTION_ID);
const SUBSCRIPTION_ID: Paths = &["/data/object/subscription/id"];

/// With the tip; a delayed capture may take less than was approved.
const TOTAL: How = minor(
    &["/data/object/payment/total_money/amount", "/data/object/payment/amount_money/amount"],
    &["/data/object/payment/total_money/currency", "/data/object/payment/amount_money/currency"],
);
const APPROVED: How = minor(
    &[
        "/data/object/payment/approved_money/amount",
        "/data/object/payment/total_money/amount",
        "/data/object/payment/amount_money/amount",
    ],
    &[
        "/data/object/payment/approved_money/currency",
        "/data/object/payment/total_money/currency",
        "/data/object/payment/amount_money/currency",
    ],
);
const REFUND_AMOUNT: How =
    minor(&["/data/object/refund/amount_money/amount"], &["/data/object/refund/amount_money/currency"]);
const DISPUTE_AMOUNT: How =
    minor(&["/data/object/dispute/amount_money/amount"], &["/data/object/dispute/amount_money/currency"]);
const PAYOUT_AMOUNT: How =
    minor(&["/data/object/payout/amount_money/amount"], &["/data/object/payout/amount_money/currency"]);

const PAYMENTS: &[&str] = &["payment.created", "payment.updated"];
const PAYMENT_STATUS: &str = "/data/object/payment/status";
const REFUNDS: &[&str] = &["refund.created", "refund.updated"];
const REFUND_STATUS: &str = "/data/object/refund/status";
const DISPUTES: &[&str] =
    &["dispute.created", "dispute.state.updated", "dispute.state.changed", "dispute.updated"];
const DISPUTE_STATE: &str = "/data/object/dispute/state";
const SUBSCRIPTION_STATUS: &str = "/data/object/subscription/status";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(PAYMENTS).when(PAYMENT_STATUS, &["APPROVED"]).is(Kind::PaymentAuthorised, &PAYMENT, APPROVED),
    on(PAYMENTS).when(PAYMENT_STATUS, &["PENDING"]).is(Kind::PaymentProcessing, &PAYMENT, TOTAL),
    on(PAYMENTS).when(PAYMENT_STATUS, &["COMPLETED"]).is(Kind::PaymentCaptured, &PAYMENT, TOTAL),
    on(PAYMENTS).when(PAYMENT_STATUS, &["CANCELED"]).is(Kind::PaymentCancelled, &PAYMENT, TOTAL),
    on(PAYMENTS).when(PAYMENT_STATUS, &["FAILED"]).is(Kind::PaymentFailed, &PAYMENT, TOTAL),
    on(PAYMENTS).is(Kind::Other, &PAYMENT, How::Unstated),

    on(REFUNDS).when(REFUND_STATUS, &["PENDING"]).is(Kind::RefundCreated, &REFUND, REFUND_AMOUNT),
    on(REFUNDS).when(REFUND_STATUS, &["COMPLETED", "APPROVED"]).is(Kind::RefundSucceeded, &REFUND, REFUND_AMOUNT),
    on(REFUNDS).when(REFUND_STATUS, &["REJECTED", "FAILED"]).is(Kind::RefundFailed, &REFUND, REFUND_AMOUNT),
    on(REFUNDS).is(Kind::Other, &REFUND, How::Unstated),

    on(DISPUTES).when(DISPUTE_STATE, &["INQUIRY_EVIDENCE_REQUIRED", "EVIDENCE_REQUIRED"])
        .is(Kind::DisputeOpened, &DISPUTE, DISPUTE_AMOUNT),
    on(DISPUTES).when(DISPUTE_STATE, &["INQUIRY_PROCESSING", "PROCESSING"])
        .is(Kind::DisputeUnderReview, &DISPUTE, DISPUTE_AMOUNT),
    on(DISPUTES).when(DISPUTE_STATE, &["INQUIRY_CLOSED"]).is(Kind::DisputeClosed, &DISPUTE, DISPUTE_AMOUNT),
    on(DISPUTES).when(DISPUTE_STATE, &["WON"]).is(Kind::DisputeWon, &DISPUTE, DISPUTE_AMOUNT),
    on(DISPUTES).when(DISPUTE_STATE, &["LOST", "ACCEPTED"]).is(Kind::DisputeLost, &DISPUTE, DISPUTE_AMOUNT),
    on(DISPUTES).is(Kind::Other, &DISPUTE, How::Unstated),

    on(&["payout.sent"]).is(Kind::PayoutCreated, &PAYOUT, PAYOUT_AMOUNT),
    on(&["payout.paid"]).is(Kind::PayoutPaid, &PAYOUT, PAYOUT_AMOUNT),
    on(&["payout.failed"]).is(Kind::PayoutFailed, &PAYOUT, PAYOUT_AMOUNT),

    on(&["invoice.created", "invoice.published"]).is(Kind::InvoiceCreated, &INVOICE, How::Unstated),
    on(&["invoice.scheduled_charge_failed"]).is(Kind::InvoiceFailed, &INVOICE, How::Unstated),
    on(&["invoice.payment_made"]).when("/data/object/invoice/status", &["PAID"]).is(Kind::InvoicePaid, &INVOICE, How::Unstated),
    on(&["invoice.canceled"]).is(Kind::InvoiceVoided, &INVOICE, How::Unstated),
    on(&["invoice.payment_made", "invoice.updated", "invoice.refunded"]).is(Kind::Other, &INVOICE, How::Unstated),

    on(&["subscription.created"]).is(Kind::SubscriptionCreated, &SUBSCRIPTION, How::Unstated),
    on(&["subscription.updated"]).when(SUBSCRIPTION_STATUS, &["CANCELED", "DEACTIVATED"])
        .is(Kind::SubscriptionCancelled, &SUBSCRIPTION, How::Unstated),
    on(&["subscription.updated"]).is(Kind::Other, &SUBSCRIPTION, How::Unstated),
];
