//! Writing an event once.

use crate::{Event, Ledger, PutEvent};

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is in the ledger now, and was not before.
    New,
    /// It was in the ledger before. No effect.
    Duplicate,
    /// Another event has its id. It is kept beside the first and not published; somebody must look.
    Conflict,
}

impl Recorded {
    /// The stable name, for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Recorded::New => "recorded",
            Recorded::Duplicate => "duplicate",
            Recorded::Conflict => "conflict",
        }
    }
}

/// Writes the event's link, if it has one, and then the event, with one conditional put. It may be repeated after any
/// failure and from any number of places at once: one of them meets a free key. The link goes first, so that an event
/// that is there can be found.
pub async fn record(ledger: &impl Ledger, event: &Event) -> anyhow::Result<Recorded> {
    if let Some(link) = event.link() {
        ledger.put_link(&link).await?;
    }
    match ledger.put_event(event).await? {
        PutEvent::New => Ok(Recorded::New),
        PutEvent::Exists(first) if first.agrees_with(event) => Ok(Recorded::Duplicate),
        PutEvent::Exists(_) => {
            let beside = Event { conflict: true, announce: false, ..event.clone() };
            ledger.put_conflict(&beside).await?;
            Ok(Recorded::Conflict)
        }
    }
}

#[cfg(test)]
mod tests;
