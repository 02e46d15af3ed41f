//! The state of a payment: a join of what its events say, by object. Whatever is computed here is a function of a
//! *set* of facts, so that the order and the number of deliveries cannot change it.

mod node;
mod status;
mod sum;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use node::Node;
pub use status::Status;
pub use sum::Sum;
use tree::Tree;

use crate::{Amount, Class, Event, EventKey, Id, Kind, PaymentKey};

/// What is known of a payment. Sums are gross: a refund does not lower what was captured.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Payment {
    /// The payment that the others belong to; `None` if no event is filed under one.
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
    /// What it consists of. One id may name objects of two classes.
    pub objects: BTreeMap<(Class, Id), Object>,
    /// What does not fit together.
    pub flags: BTreeSet<Flag>,
    /// How many events it is made of.
    pub events: usize,
    /// Whether signatures cover all that is said here.
    pub proven: bool,
}

/// One object of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is now.
    pub kind: Kind,
    /// Its amount.
    pub amount: Amount,
    /// What it belongs to.
    pub parent: Option<Id>,
    /// Whether signatures cover this.
    pub proven: bool,
}

/// What does not fit together. It is shown and never mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// More was refunded than was taken.
    RefundedMoreThanCaptured,
    /// Its amounts are in two currencies.
    TwoCurrencies,
    /// A refund or a dispute belongs to a payment that no event is about.
    UnknownParent,
    /// Two events have one id.
    Conflict,
    /// An event states an amount that cannot be taken as one.
    UnreadableAmount,
    /// A sum is more than can be held.
    Overflow,
}

impl Flag {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Flag::RefundedMoreThanCaptured => "refunded_more_than_captured",
            Flag::TwoCurrencies => "two_currencies",
            Flag::UnknownParent => "unknown_parent",
            Flag::Conflict => "conflict",
            Flag::UnreadableAmount => "unreadable_amount",
            Flag::Overflow => "overflow",
        }
    }
}

/// Joins events into the state of their payment. Order and repetition change nothing.
///
/// ```
/// # fn show(events: &[payments::Event]) {
/// let payment = payments::fold(events);
/// println!("{} {}", payment.status, payment.captured);
/// # }
/// ```
pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Payment {
    let mut nodes: BTreeMap<(Class, Id), Node> = BTreeMap::new();
    let mut filed_under: BTreeSet<PaymentKey> = BTreeSet::new();
    let mut seen: BTreeSet<&EventKey> = BTreeSet::new();
    let mut flags = BTreeSet::new();
    for event in events {
        filed_under.extend(event.payment.clone());
        if event.conflict {
            flags.insert(Flag::Conflict);
            continue;
        }
        seen.insert(&event.key);
        let object = event.object.clone().or_else(|| event.payment.as_ref().map(PaymentKey::id));
        if let (Some(class), Some(object)) = (event.kind.class(), object) {
            nodes.entry((class, object)).or_default().add(event);
        }
    }
    let events = seen.len();
    let Some(key) = root(&filed_under, &nodes) else {
        return Payment { flags, events, proven: true, ..Payment::default() };
    };
    let tree = Tree::new(key.id(), &nodes);
    let (authorised, captured) = (tree.total(Kind::PaymentAuthorised), tree.total(Kind::PaymentCaptured));
    let (refunded, reversed) = (tree.refunded(), tree.total(Kind::PaymentReversed));
    let disputed = tree.disputed();
    let payment =
        Payment { authorised, captured, refunded, reversed, disputed, flags, events, ..Payment::default() };
    Payment {
        status: status::of(&key.id(), &nodes, &payment),
        flags: flags_of(&key.id(), &nodes, &payment),
        proven: nodes.values().all(Node::is_proven),
        objects: nodes.iter().filter_map(|(id, node)| Some((id.clone(), node.object()?))).collect(),
        key: Some(key),
        ..payment
    }
}

/// The payment that no other one contains.
fn root(filed_under: &BTreeSet<PaymentKey>, nodes: &BTreeMap<(Class, Id), Node>) -> Option<PaymentKey> {
    // A refund, too, may have events that do not name its payment and are filed under itself.
    let is_part = |key: &PaymentKey| {
        let own = key.id();
        nodes.iter().any(|((_, id), node)| *id == own && node.is_part_of_another(&own))
    };
    filed_under.iter().find(|key| !is_part(key)).or_else(|| filed_under.first()).cloned()
}

fn flags_of(root: &Id, nodes: &BTreeMap<(Class, Id), Node>, payment: &Payment) -> BTreeSet<Flag> {
    let mut flags = payment.flags.clone();
    let sums =
        [&payment.authorised, &payment.captured, &payment.refunded, &payment.reversed, &payment.disputed];
    let currencies: BTreeSet<_> = nodes.values().flat_map(Node::currencies).collect();
    let known = |id: &Id| nodes.keys().any(|(_, known)| known == id);
    if currencies.len() > 1 {
        flags.insert(Flag::TwoCurrencies);
    }
    if sums.iter().any(|sum| sum.overflow) {
        flags.insert(Flag::Overflow);
    }
    if nodes.values().any(Node::is_unreadable) {
        flags.insert(Flag::UnreadableAmount);
    }
    if payment.refunded.exceeds(payment.taken()) {
        flags.insert(Flag::RefundedMoreThanCaptured);
    }
    let hangs = |((class, _), node): (&(Class, Id), &Node)| {
        matches!(class, Class::Refund | Class::Dispute) && !node.parent().is_some_and(known)
    };
    if !known(root) && nodes.iter().any(hangs) {
        flags.insert(Flag::UnknownParent);
    }
    flags
}

impl Payment {
    /// What a refund is measured by: what was captured, or, with a provider that captures without a word, what was
    /// authorised.
    pub fn taken(&self) -> &Sum {
        if self.captured.is_empty() { &self.authorised } else { &self.captured }
    }
}

/// `partially_refunded: captured USD 10.00, refunded USD 4.00 [conflict]`: one line of what there is.
impl fmt::Display for Payment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status.as_str())?;
        let sums = [
            ("authorised", &self.authorised),
            ("captured", &self.captured),
            ("refunded", &self.refunded),
            ("reversed", &self.reversed),
            ("disputed", &self.disputed),
        ];
        let known = sums.iter().filter(|(_, sum)| !sum.is_empty());
        for (at, (name, sum)) in known.enumerate() {
            write!(f, "{} {name} {sum}", if at == 0 { ":" } else { "," })?;
        }
        if !self.flags.is_empty() {
            let flags: Vec<_> = self.flags.iter().map(|flag| flag.as_str()).collect();
            write!(f, " [{}]", flags.join(", "))?;
        }
        Ok(())
    }
}
