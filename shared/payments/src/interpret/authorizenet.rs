//! Authorize.net. See <https://developer.authorize.net/api/reference/features/webhooks.html>.
//!
//! No message states a currency, so amounts are kept as they are and never summed; and a refund does not name the
//! transaction that it refunds.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, decimal, on, whole};
use crate::Kind;

pub(super) const AUTHORIZENET: Provider = Provider { names: &["authorizenet"], lines: LINES, ..JSON };

const ID: Paths = &["/payload/id"];
const TRANSACTION: Shape = whole(ID);
const AMOUNT: How = decimal(&["/payload/authAmount"], &[]);

const RESPONSE: &str = "/payload/responseCode";
const APPROVED: &[&str] = &["1"];
const DECLINED: &[&str] = &["2", "3"];
const HELD: &[&str] = &["4"];

const AUTHORISED: &[&str] = &["net.authorize.payment.authorization.created"];
const CAPTURED: &[&str] = &[
    "net.authorize.payment.authcapture.created",
    "net.authorize.payment.capture.created",
    "net.authorize.payment.priorAuthCapture.created",
];
const REFUNDED: &[&str] = &["net.authorize.payment.refund.created"];

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(AUTHORISED).when(RESPONSE, APPROVED).is(Kind::PaymentAuthorised, &TRANSACTION, AMOUNT),
    on(AUTHORISED).when(RESPONSE, DECLINED).is(Kind::PaymentFailed, &TRANSACTION, AMOUNT),
    on(AUTHORISED).when(RESPONSE, HELD).is(Kind::PaymentProcessing, &TRANSACTION, AMOUNT),
    on(CAPTURED).when(RESPONSE, APPROVED).is(Kind::PaymentCaptured, &TRANSACTION, AMOUNT),
    on(CAPTURED).when(RESPONSE, DECLINED).is(Kind::PaymentFailed, &TRANSACTION, AMOUNT),
    on(CAPTURED).when(RESPONSE, HELD).is(Kind::PaymentProcessing, &TRANSACTION, AMOUNT),
    on(&["net.authorize.payment.void.created"]).when(RESPONSE, APPROVED).is(Kind::PaymentCancelled, &TRANSACTION, AMOUNT),
    on(&["net.authorize.payment.fraud.held"]).is(Kind::PaymentProcessing, &TRANSACTION, AMOUNT),
    on(&["net.authorize.payment.fraud.declined"]).is(Kind::PaymentFailed, &TRANSACTION, AMOUNT),
    on(&["net.authorize.payment.fraud.approved"]).is(Kind::Other, &TRANSACTION, How::Unstated),

    on(REFUNDED).when(RESPONSE, APPROVED).is(Kind::RefundSucceeded, &TRANSACTION, AMOUNT),
    on(REFUNDED).when(RESPONSE, DECLINED).is(Kind::RefundFailed, &TRANSACTION, AMOUNT),
    on(REFUNDED).when(RESPONSE, HELD).is(Kind::RefundCreated, &TRANSACTION, AMOUNT),

    on(&["net.authorize.customer.subscription.created"]).is(Kind::SubscriptionCreated, &TRANSACTION, How::Unstated),
    on(&["net.authorize.customer.subscription.failed", "net.authorize.customer.subscription.suspended"])
        .is(Kind::SubscriptionPastDue, &TRANSACTION, How::Unstated),
    on(&["net.authorize.customer.subscription.cancelled", "net.authorize.customer.subscription.expired",
         "net.authorize.customer.subscription.terminated"]).is(Kind::SubscriptionCancelled, &TRANSACTION, How::Unstated),
    on(&["net.authorize.customer.subscription.updated", "net.authorize.customer.subscription.expiring"])
        .is(Kind::Other, &TRANSACTION, How::Unstated),
];
