//! One object of a payment: all that events say about it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Object, Sum};
use crate::{Amount, Class, Currency, Event, EventKey, Id, Kind, Money, PaymentKey};

/// All that events say about one object.
#[derive(Default)]
pub(super) struct Node {
    facts: BTreeMap<Kind, BTreeSet<Fact>>,
    parents: BTreeSet<Id>,
    unproven: bool,
    filed_under: BTreeSet<Id>,
}

/// What one event says. The order is that of time; the event's id breaks a tie.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Fact {
    occurred_at_ms: Option<i64>,
    amount: Amount,
    event: EventKey,
}

impl Node {
    pub(super) fn add(&mut self, event: &Event) {
        self.unproven |= !event.proven;
        self.filed_under.extend(event.payment.as_ref().map(PaymentKey::id));
        self.parents.extend(event.parent.clone());
        let fact = Fact {
            occurred_at_ms: event.occurred_at_ms,
            amount: event.amount.clone(),
            event: event.key.clone(),
        };
        self.facts.entry(event.kind).or_default().insert(fact);
    }

    /// What the object belongs to; of several the first, so that the answer is always the same.
    pub(super) fn parent(&self) -> Option<&Id> {
        self.parents.first()
    }

    /// Whether an event files this object under a payment of another id.
    pub(super) fn is_part_of_another(&self, own: &Id) -> bool {
        self.filed_under.iter().any(|payment| payment != own)
    }

    pub(super) fn is_proven(&self) -> bool {
        !self.unproven
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        self.facts.contains_key(&kind)
    }

    /// What the object is now, and since when.
    pub(super) fn state(&self) -> Option<(Option<i64>, Kind, &EventKey)> {
        let last = self.facts.iter().filter_map(|(kind, facts)| Some((*kind, facts.last()?)));
        let (kind, fact) =
            last.max_by_key(|(kind, fact)| (tier(*kind), fact.occurred_at_ms, *kind, &fact.event))?;
        Some((fact.occurred_at_ms, kind, &fact.event))
    }

    pub(super) fn object(&self) -> Option<Object> {
        let (_, kind, _) = self.state()?;
        let parent = self.parent().cloned();
        Some(Object { kind, amount: self.amount(kind), parent, proven: self.is_proven() })
    }

    /// What this object itself says of `kind`; empty if no event says it.
    pub(super) fn sum(&self, kind: Kind) -> Sum {
        let mut sum = Sum::default();
        if self.has(kind) {
            match self.amount(kind) {
                // A total of nothing is no refund.
                Amount::Stated(money) if money.minor() == 0 => {}
                amount => sum.add(&amount),
            }
        }
        sum
    }

    /// The amount of `kind`: the greatest of a total that only grows, else the last that was stated. If none is
    /// stated there, the last that is stated at all: an object has one amount unless events say otherwise.
    pub(super) fn amount(&self, kind: Kind) -> Amount {
        let facts = || self.facts.get(&kind).into_iter().flatten();
        let stated = || facts().filter_map(|fact| fact.amount.money());
        let of_kind = match kind {
            Kind::PaymentCaptured | Kind::PaymentRefunded => stated().max_by_key(|money| money.minor()),
            _ => stated().next_back(),
        };
        let any = || {
            let elsewhere =
                self.facts.values().flatten().filter_map(|fact| Some((fact, fact.amount.money()?)));
            elsewhere.max_by_key(|(fact, money)| (fact.occurred_at_ms, *money)).map(|(_, money)| money)
        };
        // What was taken or given back so far is not told by what was asked for.
        let borrows = matches!(kind.class(), Some(Class::Refund | Class::Dispute));
        let money: Option<Money> = of_kind.or_else(|| if borrows { any() } else { None });
        let unstated = || facts().map(|fact| &fact.amount).max().cloned().unwrap_or(Amount::Unstated);
        money.map_or_else(unstated, Amount::Stated)
    }

    pub(super) fn currencies(&self) -> impl Iterator<Item = Currency> {
        self.facts.values().flatten().filter_map(|fact| fact.amount.money().map(Money::currency))
    }

    pub(super) fn is_unreadable(&self) -> bool {
        self.facts.values().flatten().any(|fact| fact.amount == Amount::Unreadable)
    }
}

/// How final a kind is among those of its class: the more final one holds, whenever it arrives. Within one tier the
/// later one holds.
#[rustfmt::skip]
fn tier(kind: Kind) -> u8 {
    match kind {
        Kind::Other => 0,
        Kind::PaymentCreated | Kind::PaymentRequiresAction | Kind::PaymentProcessing | Kind::PaymentFailed
        | Kind::SubscriptionCreated | Kind::SubscriptionRenewed | Kind::SubscriptionPastDue
        | Kind::RefundCreated | Kind::DisputeOpened | Kind::PayoutCreated | Kind::InvoiceCreated => 1,
        Kind::PaymentAuthorised | Kind::SubscriptionCancelled
        | Kind::RefundSucceeded | Kind::DisputeUnderReview | Kind::PayoutPaid | Kind::InvoiceFailed => 2,
        Kind::PaymentCancelled | Kind::PaymentExpired
        | Kind::RefundFailed | Kind::PayoutFailed | Kind::InvoiceVoided
        | Kind::DisputeClosed | Kind::DisputeWon | Kind::DisputeLost => 3,
        Kind::PaymentCaptured | Kind::InvoicePaid => 4,
        Kind::PaymentRefunded => 5,
        Kind::PaymentReversed => 6,
    }
}
