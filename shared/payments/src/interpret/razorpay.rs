//! Razorpay. See <https://razorpay.com/docs/webhooks/payloads/payments/>.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, part, whole};
use crate::Kind;

pub(super) const RAZORPAY: Provider = Provider { names: &["razorpay"], lines: LINES, ..JSON };

const PAYMENT: Shape = whole(PAYMENT_ID);
const PAYMENT_ID: Paths = &["/payload/payment/entity/id"];
const REFUND: Shape = part(&["/payload/refund/entity/id"], REFUNDED);
const REFUNDED: Paths = &["/payload/refund/entity/payment_id", "/payload/payment/entity/id"];
const DISPUTE: Shape = part(&["/payload/dispute/entity/id"], DISPUTED);
const DISPUTED: Paths = &["/payload/dispute/entity/payment_id", "/payload/payment/entity/id"];
const SETTLEMENT: Shape = whole(SETTLEMENT_ID);
const SETTLEMENT_ID: Paths = &["/payload/settlement/entity/id"];
const PAYOUT: Shape = whole(PAYOUT_ID);
const PAYOUT_ID: Paths = &["/payload/payout/entity/id"];
const INVOICE: Shape = whole(INVOICE_ID);
const INVOICE_ID: Paths = &["/payload/invoice/entity/id"];
const LINK: Shape = whole(LINK_ID);
const LINK_ID: Paths = &["/payload/payment_link/entity/id"];
const SUBSCRIPTION: Shape = whole(SUBSCRIPTION_ID);
const SUBSCRIPTION_ID: Paths = &["/payload/subscription/entity/id"];

const AMOUNT: How = minor(&["/payload/payment/entity/amount"], &["/payload/payment/entity/currency"]);
const REFUND_AMOUNT: How = minor(
    &["/payload/refund/entity/amount"],
    &["/payload/refund/entity/currency", "/payload/payment/entity/currency"],
);
const DISPUTE_AMOUNT: How = minor(&["/payload/dispute/entity/amount"], &["/payload/dispute/entity/currency"]);
const PAYOUT_AMOUNT: How = minor(&["/payload/payout/entity/amount"], &["/payload/payout/entity/currency"]);
const INVOICE_AMOUNT: How = minor(&["/payload/invoice/entity/amount"], &["/payload/invoice/entity/currency"]);
const LINK_AMOUNT: How =
    minor(&["/payload/payment_link/entity/amount"], &["/payload/payment_link/entity/currency"]);

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payment.pending"]).is(Kind::PaymentProcessing, &PAYMENT, AMOUNT),
    on(&["payment.authorized"]).is(Kind::PaymentAuthorised, &PAYMENT, AMOUNT),
    on(&["payment.captured"]).is(Kind::PaymentCaptured, &PAYMENT, AMOUNT),
    on(&["payment.failed"]).is(Kind::PaymentFailed, &PAYMENT, AMOUNT),
    on(&["order.paid"]).is(Kind::PaymentCaptured, &PAYMENT, AMOUNT),

    on(&["refund.created"]).is(Kind::RefundCreated, &REFUND, REFUND_AMOUNT),
    on(&["refund.processed"]).is(Kind::RefundSucceeded, &REFUND, REFUND_AMOUNT),
    on(&["refund.failed"]).is(Kind::RefundFailed, &REFUND, REFUND_AMOUNT),
    on(&["refund.speed_changed", "refund.arn_updated"]).is(Kind::Other, &REFUND, How::Unstated),

    on(&["payment.dispute.created", "payment.dispute.action_required"]).is(Kind::DisputeOpened, &DISPUTE, DISPUTE_AMOUNT),
    on(&["payment.dispute.under_review"]).is(Kind::DisputeUnderReview, &DISPUTE, DISPUTE_AMOUNT),
    on(&["payment.dispute.won"]).is(Kind::DisputeWon, &DISPUTE, DISPUTE_AMOUNT),
    on(&["payment.dispute.lost"]).is(Kind::DisputeLost, &DISPUTE, DISPUTE_AMOUNT),
    on(&["payment.dispute.closed"]).is(Kind::DisputeClosed, &DISPUTE, DISPUTE_AMOUNT),

    // A settlement states no currency: it is in the account's.
    on(&["settlement.processed"]).is(Kind::PayoutPaid, &SETTLEMENT, How::Unstated),
    on(&["payout.pending", "payout.queued", "payout.initiated"]).is(Kind::PayoutCreated, &PAYOUT, PAYOUT_AMOUNT),
    on(&["payout.processed"]).is(Kind::PayoutPaid, &PAYOUT, PAYOUT_AMOUNT),
    on(&["payout.failed", "payout.reversed", "payout.rejected"]).is(Kind::PayoutFailed, &PAYOUT, PAYOUT_AMOUNT),
    on(&["payout.updated"]).is(Kind::Other, &PAYOUT, How::Unstated),

    on(&["invoice.paid"]).is(Kind::InvoicePaid, &INVOICE, INVOICE_AMOUNT),
    on(&["invoice.partially_paid"]).is(Kind::Other, &INVOICE, How::Unstated),
    on(&["invoice.expired"]).is(Kind::InvoiceVoided, &INVOICE, INVOICE_AMOUNT),
    on(&["payment_link.paid"]).is(Kind::InvoicePaid, &LINK, LINK_AMOUNT),
    on(&["payment_link.partially_paid"]).is(Kind::Other, &LINK, How::Unstated),
    on(&["payment_link.expired", "payment_link.cancelled"]).is(Kind::InvoiceVoided, &LINK, LINK_AMOUNT),

    on(&["subscription.authenticated", "subscription.activated"]).is(Kind::SubscriptionCreated, &SUBSCRIPTION, How::Unstated),
    on(&["subscription.charged"]).is(Kind::SubscriptionRenewed, &SUBSCRIPTION, AMOUNT),
    on(&["subscription.pending", "subscription.halted"]).is(Kind::SubscriptionPastDue, &SUBSCRIPTION, How::Unstated),
    on(&["subscription.cancelled", "subscription.completed"]).is(Kind::SubscriptionCancelled, &SUBSCRIPTION, How::Unstated),
    on(&["subscription.updated", "subscription.paused", "subscription.resumed"]).is(Kind::Other, &SUBSCRIPTION, How::Unstated),
];
