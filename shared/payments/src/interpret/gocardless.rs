//! GoCardless. See <https://developer.gocardless.com/api-reference/#core-endpoints-events>.
//!
//! It only notifies: no message states an amount, and a refund does not name its payment.

use super::rules::{Batch, How, JSON, Line, Paths, Provider, Shape, on, whole};
use crate::Kind;

pub(super) const GOCARDLESS: Provider = Provider {
    names: &["gocardless"],
    batch: Some(Batch {
        list: "/events",
        event: "",
        id: &["/id"],
        event_type: &["/resource_type", "/action"],
        occurred_at: "/created_at",
    }),
    lines: LINES,
    ..JSON
};

const PAYMENT: Shape = whole(PAYMENT_ID);
const PAYMENT_ID: Paths = &["/links/payment"];
const REFUND: Shape =
    Shape { object: &["/links/refund"], parent: PAYMENT_ID, payment: &["/links/payment", "/links/refund"] };
const PAYOUT: Shape = whole(&["/links/payout"]);
const SUBSCRIPTION: Shape = whole(&["/links/subscription"]);

const NONE: How = How::Unstated;

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payments.created"]).is(Kind::PaymentCreated, &PAYMENT, NONE),
    on(&["payments.customer_approval_granted", "payments.submitted", "payments.resubmission_requested"])
        .is(Kind::PaymentProcessing, &PAYMENT, NONE),
    on(&["payments.customer_approval_denied", "payments.cancelled"]).is(Kind::PaymentCancelled, &PAYMENT, NONE),
    on(&["payments.confirmed"]).is(Kind::PaymentCaptured, &PAYMENT, NONE),
    on(&["payments.failed"]).is(Kind::PaymentFailed, &PAYMENT, NONE),
    // The bank took a confirmed payment back.
    on(&["payments.late_failure_settled"]).is(Kind::PaymentReversed, &PAYMENT, NONE),
    on(&["payments.paid_out"]).is(Kind::Other, &PAYMENT, NONE),
    // A payment has one chargeback, known by the payment's id.
    on(&["payments.charged_back", "payments.chargeback_settled"]).is(Kind::DisputeLost, &PAYMENT, NONE),
    on(&["payments.chargeback_cancelled"]).is(Kind::DisputeWon, &PAYMENT, NONE),

    on(&["refunds.created"]).is(Kind::RefundCreated, &REFUND, NONE),
    on(&["refunds.paid"]).is(Kind::RefundSucceeded, &REFUND, NONE),
    on(&["refunds.failed", "refunds.bounced", "refunds.funds_returned"]).is(Kind::RefundFailed, &REFUND, NONE),
    on(&["refunds.refund_settled"]).is(Kind::Other, &REFUND, NONE),

    on(&["payouts.paid"]).is(Kind::PayoutPaid, &PAYOUT, NONE),
    on(&["payouts.fx_rate_confirmed", "payouts.tax_exchange_rates_confirmed"]).is(Kind::Other, &PAYOUT, NONE),

    on(&["subscriptions.created", "subscriptions.customer_approval_granted"]).is(Kind::SubscriptionCreated, &SUBSCRIPTION, NONE),
    on(&["subscriptions.payment_created"]).is(Kind::SubscriptionRenewed, &SUBSCRIPTION, NONE),
    on(&["subscriptions.cancelled", "subscriptions.finished", "subscriptions.customer_approval_denied"])
        .is(Kind::SubscriptionCancelled, &SUBSCRIPTION, NONE),
    on(&["subscriptions.amended", "subscriptions.paused", "subscriptions.resumed"]).is(Kind::Other, &SUBSCRIPTION, NONE),
];
