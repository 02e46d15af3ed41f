//! Where a payment stands: a function of its sums and of its objects.

use std::collections::BTreeMap;
use std::fmt;

use super::node::Node;
use super::{Payment, Sum};
use crate::{Class, Id, Kind};

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Status {
    /// No event says.
    #[default]
    Unknown,
    /// What the kind says, before anything was taken (`created`, `failed`, `authorised` …), or where a payout, a
    /// subscription or an invoice stands.
    Is(Kind),
    /// Taken.
    Captured,
    /// Taken, and a part given back.
    PartiallyRefunded,
    /// Given back.
    Refunded,
    /// Returned by the bank or the provider.
    Reversed,
    /// A dispute is open.
    Disputed,
    /// A dispute was lost.
    ChargedBack,
}

impl Status {
    /// The stable name: `captured`, `failed`, `payout_paid` …
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Unknown => "unknown",
            Status::Is(kind) => kind.as_str().strip_prefix("payment_").unwrap_or(kind.as_str()),
            Status::Captured => "captured",
            Status::PartiallyRefunded => "partially_refunded",
            Status::Refunded => "refunded",
            Status::Reversed => "reversed",
            Status::Disputed => "disputed",
            Status::ChargedBack => "charged_back",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

pub(super) fn of(root: &Id, nodes: &BTreeMap<(Class, Id), Node>, payment: &Payment) -> Status {
    let has = |kind: Kind| nodes.values().any(|node| node.has(kind));
    let is = |wanted: &[Kind]| {
        nodes.values().any(|node| node.state().is_some_and(|(_, kind, _)| wanted.contains(&kind)))
    };
    if is(&[Kind::DisputeOpened, Kind::DisputeUnderReview]) {
        return Status::Disputed;
    }
    if is(&[Kind::DisputeLost]) {
        return Status::ChargedBack;
    }
    // An amount that is not stated is taken for the whole.
    let whole = |sum: &Sum| sum.minor.is_empty() || sum.covers(payment.taken());
    if has(Kind::PaymentReversed) && whole(&payment.reversed) {
        return Status::Reversed;
    }
    if !payment.refunded.is_empty() {
        return if whole(&payment.refunded) { Status::Refunded } else { Status::PartiallyRefunded };
    }
    if has(Kind::PaymentCaptured) {
        return Status::Captured;
    }
    before_capture(root, nodes)
}

fn before_capture(root: &Id, nodes: &BTreeMap<(Class, Id), Node>) -> Status {
    let payments = || nodes.iter().filter(|((class, _), _)| *class == Class::Payment);
    let whole = nodes.get(&(Class::Payment, root.clone())).and_then(Node::state);
    if let Some((_, kind @ (Kind::PaymentCancelled | Kind::PaymentExpired), _)) = whole {
        return Status::Is(kind);
    }
    if payments().filter_map(|(_, node)| node.state()).any(|(_, kind, _)| kind == Kind::PaymentAuthorised) {
        return Status::Is(Kind::PaymentAuthorised);
    }
    let last = payments().filter_map(|(_, node)| node.state()).max();
    let another = || {
        let of_root = nodes.iter().find(|((_, id), _)| id == root).or_else(|| nodes.iter().next_back());
        of_root.and_then(|(_, node)| node.state())
    };
    last.or_else(another).map_or(Status::Unknown, |(_, kind, _)| Status::Is(kind))
}
