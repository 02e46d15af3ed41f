//! Writing an event once.

use anyhow::Context as _;

use verification::Coverage;

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

/// What the ledger knows of a delivery whose signature does not bind the event's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// It is the first of its kind, or the same again: its events may be recorded.
    Holds,
    /// The signed content came before under another id, in a header that anyone can write. No effect.
    Repeated,
    /// The transmission brought another event or another body before. None of it may be recorded.
    Forged,
}

/// Writes, before the events, what the signature binds to the event's id where it does not cover that id: PayPal's
/// transmission, or the signed content of a provider that names the event in a header (Razorpay, Shopify, Wise). A
/// captured delivery has no second effect under another id. For all other providers nothing is written, and it holds.
pub async fn prove(ledger: &impl Ledger, received: &Received<'_>, events: &[Event]) -> anyhow::Result<Bound> {
    let Some((proof, otherwise)) = proof(received, events)? else { return Ok(Bound::Holds) };
    Ok(if ledger.put_proof(&proof).await? == PutProof::Holds { Bound::Holds } else { otherwise })
}

/// What [`prove`] writes of a delivery, and what it says of one that does not agree with it; none if it writes nothing.
pub fn proof(received: &Received<'_>, events: &[Event]) -> anyhow::Result<Option<(Proof, Bound)>> {
    let Some(event) = events.first() else { return Ok(None) };
    let identity = received.identity;
    let (bound, otherwise) = match &identity.proof_id {
        Some(transmission) => (transmission.clone(), Bound::Forged),
        None if received.coverage == Coverage::Body
            && identity.id().is_some()
            && !identity.proven.event_id =>
        {
            (signed_content(received, event), Bound::Repeated)
        }
        None => return Ok(None),
    };
    let key = EventKey::new(received.provider, received.mode, received.account, &bound);
    let transmission = key.context("a transmission without a name")?;
    Ok(Some((Proof { transmission, event: event.key.clone(), body: event.body.clone() }, otherwise)))
}

/// The name of what was signed. The type is part of it, for a body may be sent for several of them (Shopify's topics).
fn signed_content(received: &Received<'_>, event: &Event) -> String {
    let event_type = received.identity.event_type.as_deref().unwrap_or_default();
    let content = [event.body.as_str(), event_type].concat();
    format!("sha256:{}", BodyDigest::of(content.as_bytes()).as_str())
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

/// What became of reading an event again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reinterpreted {
    /// The row says now what these rules read.
    Overwritten,
    /// The row was read by these rules or by newer ones. No effect.
    Current,
    /// The row was read from another body: another delivery of the event. No effect.
    OtherBody,
    /// The ledger has no such event. No effect: recording is [`record`]'s.
    Absent,
}

/// Overwrites the facts of an event that is recorded with those of newer rules: the only overwrite that there is. The
/// row must be of older rules and from the same body. It keeps what does not depend on rules: which delivery brought it,
/// when, by which road, and whether it was to be announced; so the order and number of readings cannot change its end. It is not
/// announced again.
pub async fn reinterpret(ledger: &impl Ledger, event: &Event) -> anyhow::Result<Reinterpreted> {
    let Some(row) = ledger.event(&event.key).await? else { return Ok(Reinterpreted::Absent) };
    if row.body != event.body {
        return Ok(Reinterpreted::OtherBody);
    }
    if row.interpretation >= event.interpretation {
        return Ok(Reinterpreted::Current);
    }
    let reading = Event {
        received_at_ms: row.received_at_ms,
        recorded_at_ms: row.recorded_at_ms,
        delivery_id: row.delivery_id,
        trace_id: row.trace_id,
        origin: row.origin,
        announce: row.announce,
        conflict: false,
        ..event.clone()
    };
    if let Some(link) = reading.link() {
        ledger.put_link(&link).await?;
    }
    // The condition is asked again with the write: another reading may have come in between.
    let overwritten = ledger.replace_event(&reading).await?;
    Ok(if overwritten { Reinterpreted::Overwritten } else { Reinterpreted::Current })
}

#[cfg(test)]
mod tests;
