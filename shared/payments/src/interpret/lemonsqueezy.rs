//! Lemon Squeezy. See <https://docs.lemonsqueezy.com/help/webhooks/event-types>. A message has no id: its content is
//! its id.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, minor, on, whole};
use crate::Kind;

pub(super) const LEMONSQUEEZY: Provider =
    Provider { names: &["lemonsqueezy"], content_is_id: true, lines: LINES, ..JSON };

const OBJECT: Shape = whole(&["/data/id"]);
/// The payment for a period of a subscription.
const PERIOD: Shape =
    Shape { object: &["/data/id"], parent: &["/data/attributes/subscription_id"], payment: &["/data/id"] };

const CURRENCY: Paths = &["/data/attributes/currency"];
const TOTAL: How = minor(&["/data/attributes/total"], CURRENCY);
const REFUNDED: How = minor(&["/data/attributes/refunded_amount", "/data/attributes/total"], CURRENCY);
const NONE: How = How::Unstated;

const STATUS: &str = "/data/attributes/status";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["order_created"]).when(STATUS, &["pending"]).is(Kind::PaymentProcessing, &OBJECT, TOTAL),
    on(&["order_created"]).when(STATUS, &["failed"]).is(Kind::PaymentFailed, &OBJECT, TOTAL),
    on(&["order_created"]).when(STATUS, &["paid"]).is(Kind::PaymentCaptured, &OBJECT, TOTAL),
    on(&["order_created"]).is(Kind::PaymentCreated, &OBJECT, TOTAL),
    on(&["order_refunded"]).is(Kind::PaymentRefunded, &OBJECT, REFUNDED),

    on(&["subscription_payment_success", "subscription_payment_recovered"]).is(Kind::InvoicePaid, &PERIOD, TOTAL),
    on(&["subscription_payment_failed"]).is(Kind::InvoiceFailed, &PERIOD, TOTAL),
    on(&["subscription_payment_refunded"]).is(Kind::Other, &PERIOD, NONE),

    on(&["subscription_created"]).is(Kind::SubscriptionCreated, &OBJECT, NONE),
    on(&["subscription_updated"]).when(STATUS, &["past_due", "unpaid"]).is(Kind::SubscriptionPastDue, &OBJECT, NONE),
    on(&["subscription_expired"]).is(Kind::SubscriptionCancelled, &OBJECT, NONE),
    on(&["subscription_updated", "subscription_cancelled", "subscription_resumed", "subscription_paused", "subscription_unpaused"])
        .is(Kind::Other, &OBJECT, NONE),
];
