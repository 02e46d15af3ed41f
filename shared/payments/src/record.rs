//! Writing an event once.

use anyhow::Context as _;

use crate::{BodyDigest, Event, EventKey, Ledger, Proof, PutEvent, PutProof, Received};

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

/// For a provider whose signature binds a transmission and not the body (PayPal): writes, before the events, which
/// event and which body this transmission brought. `false` if it brought others before: then this delivery is forged,
/// and none of it may be recorded. For all other providers nothing is written, and it holds.
pub async fn prove(ledger: &impl Ledger, received: &Received<'_>, events: &[Event]) -> anyhow::Result<bool> {
    let Some(transmission) = &received.identity.proof_id else { return Ok(true) };
    let key = EventKey::new(received.provider, received.mode, received.account, transmission);
    let transmission = key.context("a transmission without a name")?;
    let Some(event) = events.first() else { return Ok(true) };
    let proof = Proof { transmission, event: event.key.clone(), body: BodyDigest::of(received.body) };
    Ok(ledger.put_proof(&proof).await? == PutProof::Holds)
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
