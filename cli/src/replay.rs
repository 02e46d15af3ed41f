//! Sending archived deliveries through the processor again: what would be sent, and sending it.
//!
//! Only what a segment proves is sent. Memory does not grow with the archive: a few segments and 16 deliveries at a time.
//! A state file says after each segment how far it is; what is sent twice is a duplicate to the ledger.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::future::try_join_all;
use payments::{Event, Ledger, Origin};
use pipeline::{Archived, Envelope, Flaw, Reader, Reading, Replay, Span};
use serde::{Deserialize, Serialize};

use crate::archive::received;
use crate::clock;

/// Deliveries that are sent, and events that are looked up, at the same time.
const AT_ONCE: usize = 16;

/// What is to be sent again, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The stack, for which nothing else may go on with it.
    pub(crate) stack: String,
    /// Received from then on, in milliseconds of Unix time,
    pub(crate) since_ms: i64,
    /// and before then.
    pub(crate) until_ms: i64,
    /// Of this provider only.
    pub(crate) provider: Option<String>,
    /// By this endpoint only.
    pub(crate) endpoint: Option<String>,
    /// Of the event with this id at the provider only.
    pub(crate) event: Option<String>,
    /// Of events of this type only, in the provider's words.
    pub(crate) event_type: Option<String>,
    /// How.
    pub(crate) how: How,
    /// Deliveries that were received before then are refused: the ledger may have forgotten their events.
    pub(crate) oldest_ms: i64,
}

/// What becomes of a delivery that is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// Recorded if it is new, and announced.
    Announce,
    /// Recorded if it is new.
    Silent,
    /// Recorded as part of a lost ledger.
    Rebuild,
    /// Not sent: the ledger's row is read again by newer rules.
    Reinterpret,
}

impl How {
    /// What the processor is told; none if it is told nothing.
    pub(crate) fn replay(self) -> Option<Replay> {
        match self {
            How::Announce => Some(Replay::Announce),
            How::Silent => Some(Replay::Silent),
            How::Rebuild => Some(Replay::Rebuild),
            How::Reinterpret => None,
        }
    }
}

/// How far it is. Kept in a file while it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// What is being done.
    pub(crate) order: Order,
    /// The last segment that is done; empty at first.
    pub(crate) after: String,
    /// Deliveries that are done.
    pub(crate) sent: u64,
}

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
    pub(crate) cold: Vec<String>,
}

/// Of one kind, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    /// Deliveries.
    pub(crate) deliveries: u64,
    /// Their events.
    pub(crate) events: u64,
    /// Deliveries with an event that the ledger does not have.
    pub(crate) new: u64,
    /// Bytes of the bodies.
    pub(crate) bytes: u64,
}

impl Order {
    /// When the deliveries were received.
    pub(crate) fn span(&self) -> Span {
        let at = clock::from_milliseconds;
        Span { since: at(self.since_ms), until: at(self.until_ms) }
    }

    /// The events of a delivery that is to be sent; else why it is not.
    fn events(&self, delivery: &Archived) -> Result<Vec<Event>, &'static str> {
        let envelope = delivery.envelope();
        if !self.may_want(envelope) {
            return Err("filtered");
        }
        if envelope.received_at_ms < self.oldest_ms {
            return Err("too_old");
        }
        let body = delivery.body().ok_or("withheld")?;
        if let Some(reason) = envelope.ignored() {
            return Err(reason);
        }
        let events = payments::interpret(&received(envelope, body, Origin::Replay))
            .map_err(payments::Uninterpretable::reason)?;
        let of_event = |id: &String| {
            envelope.identity.event_id.as_ref() == Some(id)
                || events.iter().any(|event| event.key.event_id() == *id)
        };
        let of_type = |name: &String| {
            envelope.identity.event_type.as_ref() == Some(name)
                || events.iter().any(|event| event.provider_type.as_ref() == Some(name))
        };
        if self.event.as_ref().is_none_or(of_event) && self.event_type.as_ref().is_none_or(of_type) {
            Ok(events)
        } else {
            Err("filtered")
        }
    }

    fn may_want(&self, envelope: &Envelope) -> bool {
        self.provider.as_ref().is_none_or(|provider| *provider == envelope.provider)
            && self.endpoint.as_ref().is_none_or(|endpoint| *endpoint == envelope.endpoint)
    }
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
                    Ok(events) => asked.push(Asked::new(delivery.envelope(), delivery.body(), events)),
                    Err(reason) => plan.skip(reason),
                }
            }
            Reading::Flawed { key, flaw: Flaw::Cold } => plan.cold.push(key.to_string()),
            Reading::Flawed { key, flaw } => plan.flawed.push((key.to_string(), flaw.as_str())),
            Reading::Unproven(_) => {}
        }
        if asked.len() >= AT_ONCE {
            count(&mut plan, &mut asked, ledger).await?;
        }
    }
    count(&mut plan, &mut asked, ledger).await?;
    Ok(plan)
}

/// A delivery of the plan, while the ledger is asked.
struct Asked {
    provider: String,
    event_type: String,
    bytes: u64,
    events: Vec<Event>,
}

impl Asked {
    fn new(envelope: &Envelope, body: Option<&[u8]>, events: Vec<Event>) -> Self {
        let named = events.first().and_then(|event| event.provider_type.clone());
        let event_type = named.or_else(|| envelope.identity.event_type.clone());
        Self {
            provider: envelope.provider.clone(),
            event_type: event_type.unwrap_or_else(|| "-".to_owned()),
            bytes: body.map_or(0, <[u8]>::len) as u64,
            events,
        }
    }

    async fn is_new(&self, ledger: &impl Ledger) -> anyhow::Result<bool> {
        for event in &self.events {
            if ledger.event(&event.key).await?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

async fn count(plan: &mut Plan, asked: &mut Vec<Asked>, ledger: &impl Ledger) -> anyhow::Result<()> {
    let new = try_join_all(asked.iter().map(|asked| asked.is_new(ledger))).await?;
    for (asked, new) in asked.drain(..).zip(new) {
        let count = plan.kinds.entry(asked.provider).or_default().entry(asked.event_type).or_default();
        count.deliveries += 1;
        count.events += asked.events.len() as u64;
        count.new += u64::from(new);
        count.bytes += asked.bytes;
    }
    Ok(())
}

/// Hands every delivery of the order to `deliver`, at most `rate` a second, and keeps the state in `file` after each segment.
/// An error ends it; the state says where to go on.
pub(crate) async fn send(
    mut reader: Reader<'_>,
    state: &mut State,
    file: &Path,
    rate: u32,
    deliver: impl AsyncFn(Archived, Vec<Event>) -> anyhow::Result<()>,
    mut told: impl FnMut(&State),
) -> anyhow::Result<()> {
    let mut pace = Pace { start: clock::start(), sent: 0, rate };
    let (mut batch, mut segment) = (Vec::with_capacity(AT_ONCE), state.after.clone());
    state.keep(file)?;
    while let Some(reading) = reader.next().await? {
        let Reading::Delivery(delivery) = reading else { continue };
        if *delivery.segment() != *segment {
            flush(&mut batch, state, &mut pace, &deliver).await?;
            state.after = std::mem::replace(&mut segment, delivery.segment().to_owned());
            state.keep(file)?;
            told(state);
        }
        if let Ok(events) = state.order.events(&delivery) {
            batch.push((delivery, events));
        }
        if batch.len() >= AT_ONCE {
            flush(&mut batch, state, &mut pace, &deliver).await?;
            told(state);
        }
    }
    flush(&mut batch, state, &mut pace, &deliver).await?;
    state.after = segment;
    state.keep(file)?;
    told(state);
    Ok(())
}

async fn flush(
    batch: &mut Vec<(Archived, Vec<Event>)>,
    state: &mut State,
    pace: &mut Pace,
    deliver: &impl AsyncFn(Archived, Vec<Event>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let count = batch.len();
    pace.wait().await;
    try_join_all(batch.drain(..).map(|(delivery, events)| deliver(delivery, events))).await?;
    pace.sent += count as u64;
    state.sent += count as u64;
    Ok(())
}

/// So many a second, on average since the start.
struct Pace {
    start: Instant,
    sent: u64,
    rate: u32,
}

impl Pace {
    async fn wait(&self) {
        let due = Duration::from_micros(self.sent.saturating_mul(1_000_000) / u64::from(self.rate.max(1)));
        tokio::time::sleep(due.saturating_sub(self.start.elapsed())).await;
    }
}

impl State {
    /// At the beginning of an order.
    pub(crate) fn new(order: Order) -> Self {
        Self { order, after: String::new(), sent: 0 }
    }

    /// What a file says.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = fs::read(file).with_context(|| format!("read {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is no state of a replay", file.display()))
    }

    /// Replaces the file at once: after a kill it is the old or the new one.
    fn keep(&self, file: &Path) -> anyhow::Result<()> {
        let mut next = file.as_os_str().to_owned();
        next.push(".next");
        let next = PathBuf::from(next);
        let written = fs::write(&next, serde_json::to_vec(self)?).and_then(|()| fs::rename(&next, file));
        written.with_context(|| format!("write {}", file.display()))
    }
}

#[cfg(test)]
mod tests;
