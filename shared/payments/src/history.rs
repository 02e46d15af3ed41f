//! Finding the events of a payment.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Event, Ledger, Payment, PaymentKey, fold};

/// How many objects are followed, up or down, before the search ends.
const OBJECTS: usize = 256;

/// The events of a payment and the state that they make.
#[derive(Clone, Debug)]
pub struct History {
    /// The payment that the object belongs to.
    pub key: PaymentKey,
    /// Its events and conflicts, in the order of [`Event::at`].
    pub events: Vec<Event>,
    /// What they make.
    pub payment: Payment,
    /// Whether all of its objects were asked for: a payment of very many parts is not followed to its end.
    pub complete: bool,
}

/// Finds the payment that an object belongs to, by following links up, and all its events, by following its parts
/// down. An object that no event names gives an empty history.
pub async fn history(ledger: &impl Ledger, object: &PaymentKey) -> anyhow::Result<History> {
    let (mut to_ask, mut complete) = upwards(ledger, object).await?;
    let mut asked: BTreeSet<PaymentKey> = BTreeSet::new();
    let mut events: BTreeMap<(String, String), Event> = BTreeMap::new();
    while let Some(key) = to_ask.pop() {
        if asked.contains(&key) {
            continue;
        }
        if asked.len() >= OBJECTS {
            complete = false;
            break;
        }
        for event in ledger.payment_events(&key).await? {
            // A part may have events that did not name the payment.
            to_ask.extend(event.object.as_ref().map(|part| key.sibling(part)));
            events.insert((event.at(), event.key.to_string() + &event.sort_key()), event);
        }
        asked.insert(key);
    }
    let events: Vec<_> = events.into_values().collect();
    let payment = fold(&events);
    Ok(History { key: payment.key.clone().unwrap_or_else(|| object.clone()), events, payment, complete })
}

/// The object and all that it belongs to, and whether that is all.
async fn upwards(ledger: &impl Ledger, object: &PaymentKey) -> anyhow::Result<(Vec<PaymentKey>, bool)> {
    let mut chain = vec![object.clone()];
    let mut at = 0;
    while let Some(child) = chain.get(at).cloned() {
        if at >= OBJECTS {
            return Ok((chain, false));
        }
        for parent in ledger.parents(&child).await? {
            if !chain.contains(&parent) {
                chain.push(parent);
            }
        }
        at += 1;
    }
    Ok((chain, true))
}

#[cfg(test)]
mod tests;
