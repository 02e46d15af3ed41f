//! What would be sent.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use payments::{Event, Ledger, Origin};
use pipeline::{Archived, Flaw, Reader, Reading};
use serde::Serialize;

use super::{AT_ONCE, Order, claims::Claims};
use crate::archive::received;

/// What would be sent.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Plan {
    /// By provider and type, in the provider's words.
    pub(crate) kinds: BTreeMap<String, BTreeMap<String, Count>>,
    /// Deliveries that are not sent, by the reason.
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    /// Segments that are not believed, and why.
    pub(crate) flawed: Vec<(String, &'static str)>,
    /// Segments that must be restored first.
    pub(crate) cold: Vec<Cold>,
    /// Which of several deliveries of an event came first.
    #[serde(skip)]
    pub(crate) claims: Claims,
}

/// A segment in cold storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Cold {
    /// Its key.
    pub(crate) segment: String,
    /// Its length.
    pub(crate) bytes: u64,
}

/// Of one kind, or of all. At most: what is found to be a repetition of something that was received before, but stands
/// behind it in the archive, was counted already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    /// Deliveries.
    pub(crate) deliveries: u64,
    /// Their events.
    pub(crate) events: u64,
    /// Events that the ledger does not have, each once, or again if it was delivered again after some hundred thousand
    /// others.
    pub(crate) new: u64,
    /// Bytes of the bodies.
    pub(crate) bytes: u64,
}

impl Plan {
    /// Of all kinds together.
    pub(crate) fn total(&self) -> Count {
        self.kinds.values().flat_map(BTreeMap::values).fold(Count::default(), |sum, count| Count {
            deliveries: sum.deliveries + count.deliveries,
            events: sum.events + count.events,
            new: sum.new + count.new,
            bytes: sum.bytes + count.bytes,
        })
    }

    fn skip(&mut self, reason: &'static str) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Takes note of a delivery that is to be sent; gives what the ledger must be asked of it.
    fn enter(&mut self, delivery: &Archived, events: Vec<Event>) -> anyhow::Result<Option<Asked>> {
        let envelope = delivery.envelope();
        let body = delivery.body().unwrap_or_default();
        let Some(first) = self.claims.enter(&received(envelope, body, Origin::Replay), &events)? else {
            return Ok(None);
        };
        let named = events.first().and_then(|event| event.provider_type.clone());
        let event_type = named.or_else(|| envelope.identity.event_type.clone());
        Ok(Some(Asked {
            provider: envelope.provider.clone(),
            event_type: event_type.unwrap_or_else(|| "-".to_owned()),
            bytes: body.len() as u64,
            events: events.into_iter().zip(first).collect(),
        }))
    }

    async fn count(&mut self, asked: &mut Vec<Asked>, ledger: &impl Ledger) -> anyhow::Result<()> {
        let new = try_join_all(asked.iter().map(|asked| asked.new_events(ledger))).await?;
        for (asked, new) in asked.drain(..).zip(new) {
            let count = self.kinds.entry(asked.provider).or_default().entry(asked.event_type).or_default();
            count.deliveries += 1;
            count.events += asked.events.len() as u64;
            count.new += new;
            count.bytes += asked.bytes;
        }
        Ok(())
    }
}

/// A delivery of the plan, while the ledger is asked.
struct Asked {
    provider: String,
    event_type: String,
    bytes: u64,
    /// With each, whether it was not met before.
    events: Vec<(Event, bool)>,
}

impl Asked {
    async fn new_events(&self, ledger: &impl Ledger) -> anyhow::Result<u64> {
        let mut new = 0;
        for (event, _) in self.events.iter().filter(|(_, is_first)| *is_first) {
            new += u64::from(ledger.event(&event.key).await?.is_none());
        }
        Ok(new)
    }
}

/// Reads all that is to be sent, and asks the ledger what of it is new. `told` hears of each delivery.
pub(crate) async fn plan(
    mut reader: Reader<'_>,
    order: &Order,
    ledger: &impl Ledger,
    mut told: impl FnMut(u64),
) -> anyhow::Result<Plan> {
    let mut plan = Plan::default();
    let (mut asked, mut read) = (Vec::with_capacity(AT_ONCE), 0);
    while let Some(reading) = reader.next().await? {
        match reading {
            Reading::Delivery(delivery) => {
                read += 1;
                told(read);
                match order.events(&delivery) {
                    Ok(events) => asked.extend(plan.enter(&delivery, events)?),
                    Err(reason) => plan.skip(reason),
                }
            }
            Reading::Flawed { key, flaw: Flaw::Cold, length } => {
                plan.cold.push(Cold { segment: key.to_string(), bytes: length });
            }
            Reading::Flawed { key, flaw, .. } => plan.flawed.push((key.to_string(), flaw.as_str())),
            Reading::Unproven(_) => {}
        }
        if asked.len() >= AT_ONCE {
            plan.count(&mut asked, ledger).await?;
        }
    }
    plan.count(&mut asked, ledger).await?;
    if plan.claims.unsent() > 0 {
        plan.skipped.insert("repeated", plan.claims.unsent());
    }
    Ok(plan)
}
