//! Wise. See <https://docs.wise.com/api-docs/webhooks-notifications/event-types>. A transfer states no amount.

use super::rules::{How, JSON, Line, Provider, Shape, on, whole};
use crate::Kind;

pub(super) const WISE: Provider = Provider { names: &["wise"], lines: LINES, ..JSON };

const TRANSFER: Shape = whole(&["/data/resource/id", "/data/transfer_id"]);
const NONE: How = How::Unstated;

const CHANGE: &[&str] = &["transfers#state-change"];
const STATE: &str = "/data/current_state";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(CHANGE).when(STATE, &["incoming_payment_waiting", "incoming_payment_initiated", "processing", "funds_converted"])
        .is(Kind::PayoutCreated, &TRANSFER, NONE),
    on(CHANGE).when(STATE, &["outgoing_payment_sent"]).is(Kind::PayoutPaid, &TRANSFER, NONE),
    on(CHANGE).when(STATE, &["cancelled", "funds_refunded", "bounced_back", "charged_back"]).is(Kind::PayoutFailed, &TRANSFER, NONE),
    on(&["transfers#payout-failure"]).is(Kind::PayoutFailed, &TRANSFER, NONE),
    on(&["transfers#state-change", "transfers#active-cases"]).is(Kind::Other, &TRANSFER, NONE),
];
