//! Plaid. See <https://plaid.com/docs/api/webhooks/>.
//!
//! It only notifies, and a message has no id: its content is its id. Transfers only say that there are new events to
//! ask for.

use super::rules::{How, JSON, Line, Provider, Shape, on, whole};
use crate::Kind;

pub(super) const PLAID: Provider = Provider { names: &["plaid"], content_is_id: true, lines: LINES, ..JSON };

const PAYMENT: Shape = whole(&["/payment_id"]);
const NONE: How = How::Unstated;

const UPDATE: &[&str] = &["PAYMENT_INITIATION.PAYMENT_STATUS_UPDATE"];
const STATUS: &str = "/new_payment_status";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(UPDATE).when(STATUS, &["PAYMENT_STATUS_INPUT_NEEDED"]).is(Kind::PaymentRequiresAction, &PAYMENT, NONE),
    on(UPDATE).when(STATUS, &["PAYMENT_STATUS_AUTHORISING", "PAYMENT_STATUS_INITIATED"]).is(Kind::PaymentProcessing, &PAYMENT, NONE),
    on(UPDATE).when(STATUS, &["PAYMENT_STATUS_EXECUTED", "PAYMENT_STATUS_SETTLED"]).is(Kind::PaymentCaptured, &PAYMENT, NONE),
    on(UPDATE).when(STATUS, &["PAYMENT_STATUS_INSUFFICIENT_FUNDS", "PAYMENT_STATUS_FAILED", "PAYMENT_STATUS_BLOCKED", "PAYMENT_STATUS_REJECTED"])
        .is(Kind::PaymentFailed, &PAYMENT, NONE),
    on(UPDATE).when(STATUS, &["PAYMENT_STATUS_CANCELLED"]).is(Kind::PaymentCancelled, &PAYMENT, NONE),
    on(UPDATE).is(Kind::Other, &PAYMENT, NONE),
];
