//! Klarna. See <https://docs.klarna.com/api/webhooks/>. Messages about payments state no amount.

use super::rules::{How, JSON, Line, Provider, Shape, minor, on, part, whole};
use crate::Kind;

pub(super) const KLARNA: Provider = Provider { names: &["klarna"], lines: LINES, ..JSON };

const REQUEST: Shape = whole(&["/payload/payment_request_id"]);
const DISPUTE: Shape = part(&["/payload/payment_dispute_id"], &["/payload/payment_transaction_id"]);
const NONE: How = How::Unstated;
/// Stated when the dispute is opened.
const AMOUNT: How =
    minor(&["/payload/dispute_details/dispute_amount"], &["/payload/dispute_details/currency"]);

const CLOSED: &[&str] = &["payment.dispute.state-change.closed"];
const OUTCOME: &str = "/payload/dispute_outcome";

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["payment.request.state-change.submitted"]).is(Kind::PaymentCreated, &REQUEST, NONE),
    on(&["payment.request.state-change.in-progress"]).is(Kind::PaymentRequiresAction, &REQUEST, NONE),
    on(&["payment.request.state-change.authorized", "payment.request.state-change.completed"])
        .is(Kind::PaymentAuthorised, &REQUEST, NONE),
    on(&["payment.request.state-change.declined"]).is(Kind::PaymentFailed, &REQUEST, NONE),
    on(&["payment.request.state-change.canceled"]).is(Kind::PaymentCancelled, &REQUEST, NONE),
    on(&["payment.request.state-change.expired"]).is(Kind::PaymentExpired, &REQUEST, NONE),

    on(&["payment.dispute.state-change.initiated", "payment.dispute.state-change.pre-arbitration"])
        .is(Kind::DisputeOpened, &DISPUTE, AMOUNT),
    on(&["payment.dispute.state-change.representment", "payment.dispute.state-change.arbitration"])
        .is(Kind::DisputeUnderReview, &DISPUTE, AMOUNT),
    on(CLOSED).when(OUTCOME, &["WON"]).is(Kind::DisputeWon, &DISPUTE, AMOUNT),
    on(CLOSED).when(OUTCOME, &["LOST"]).is(Kind::DisputeLost, &DISPUTE, AMOUNT),
    on(CLOSED).is(Kind::DisputeClosed, &DISPUTE, AMOUNT),
    on(&["payment.dispute.updated"]).is(Kind::Other, &DISPUTE, NONE),
];
