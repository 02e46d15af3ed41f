//! Sending archived deliveries through the processor again: what would be sent, and sending it.
//!
//! Only what a segment proves is sent, and of several deliveries of an event first the one that came first. Memory is
//! bounded: a few segments, 16 deliveries at a time, and short hashes of the last million events. A state file says
//! after each segment how far it is; what is sent twice is a duplicate to the ledger.

mod claims;
mod plan;
mod send;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use payments::{Event, Origin};
use pipeline::{Archived, Envelope, Replay, Span};
use serde::{Deserialize, Serialize};

pub(crate) use plan::{Cold, Count, Plan, plan};
pub(crate) use send::Sending;

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
    /// Which of its deliveries are sent now.
    pub(crate) turn: Turn,
    /// The last segment that is done in this turn; empty at first.
    pub(crate) after: String,
    /// Deliveries that are done.
    pub(crate) sent: u64,
}

/// Which deliveries are sent; each turn goes through all segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Turn {
    /// Those that were the first to bring their events.
    First,
    /// Those that bring an event again.
    Repeat,
}

impl Order {
    /// Of all that was received in eleven days on the stack `dev`.
    #[cfg(test)]
    pub(crate) fn of_test(how: How) -> Self {
        Self {
            stack: "dev".to_owned(),
            since_ms: 1_795_000_000_000,
            until_ms: 1_796_000_000_000,
            provider: None,
            endpoint: None,
            event: None,
            event_type: None,
            how,
            oldest_ms: 0,
        }
    }

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

impl State {
    /// At the beginning of an order.
    pub(crate) fn new(order: Order) -> Self {
        Self { order, turn: Turn::First, after: String::new(), sent: 0 }
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
