//! The state of a payment: a join of what its events say.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Amount, Currency, Event, Id, Kind, PaymentKey};

/// What is known of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Payment {
    /// The payment; `None` if no event is filed under one.
    pub key: Option<PaymentKey>,
    /// Where it stands.
    pub status: Status,
    /// Reserved.
    pub authorised: Sum,
    /// Taken.
    pub captured: Sum,
    /// Given back.
    pub refunded: Sum,
    /// Returned by the bank or the provider, outside of refunds and disputes.
    pub reversed: Sum,
    /// In disputes that are open or lost.
    pub disputed: Sum,
    /// What it consists of, by the provider's ids.
    pub objects: BTreeMap<Id, Object>,
    /// What does not fit together.
    pub flags: BTreeSet<Flag>,
    /// How many events it is made of.
    pub events: usize,
    /// Whether signatures cover all of it.
    pub proven: bool,
}

/// One object of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is now.
    pub kind: Kind,
    /// The amount of that.
    pub amount: Amount,
    /// What it belongs to.
    pub parent: Option<Id>,
}

/// Minor units by currency.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Sum {
    /// Minor units by currency; more than one currency is flagged.
    pub minor: BTreeMap<Currency, i64>,
    /// Whether an amount that belongs in it is not stated.
    pub incomplete: bool,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Status {
    /// No event says.
    #[default]
    Unknown,
}

/// What does not fit together. It is shown and never mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// More was refunded than captured.
    RefundedMoreThanCaptured,
}

/// Joins events into the state of their payment. Order and repetition change nothing.
pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Payment {
    let _ = events.into_iter();
    todo!()
}
