//! Announces each newly recorded event on the event bus, at least once and always under the ledger's id.
//!
//! Begin at [`Publisher::handle`]: rows of the table's stream become bus events, ten a call. What the bus does not
//! take is tried again with the stream, in order; after an hour it goes whole to the dead-letter queue, so that
//! one event cannot hold up its shard until the stream forgets.

use std::{
    cell::RefCell,
    time::{Duration, SystemTime},
};

use aws::metrics::{Metric, Metrics};
use aws_lambda_events::dynamodb::EventRecord;
use payments::{
    Bus, BusEvent, Event,
    item::{self, Attribute, Item},
};
use pipeline::{Class, DeadLetter, Queue};
use serde_dynamo::AttributeValue;
use tracing::{error, info, warn};

/// Entries of one `PutEvents` call. Source: EventBridge quotas.
const ENTRIES: usize = 10;

/// How long an event may hold up its shard.
const PATIENCE: Duration = Duration::from_hours(1);

/// The services that the function uses.
pub struct Ports<B, Q> {
    /// The event bus.
    pub bus: B,
    /// Where events go that cannot be announced.
    pub dead_letters: Q,
}

/// The function between two batches.
pub struct Publisher<B, Q> {
    ports: Ports<B, Q>,
    metrics: RefCell<Metrics>,
}

/// An event to announce and its place in the stream.
struct Entry {
    sequence: String,
    event: BusEvent,
    given_up: bool,
}

impl<B: Bus, Q: Queue> Publisher<B, Q> {
    /// A publisher of the stack of this name.
    pub fn new(stack: &str, ports: Ports<B, Q>) -> Self {
        Self { ports, metrics: RefCell::new(Metrics::new(stack)) }
    }

    /// The services that it uses.
    pub fn ports(&self) -> &Ports<B, Q> {
        &self.ports
    }

    /// Writes what was measured since the last time.
    pub fn flush(&self, now: SystemTime) {
        self.metrics.borrow_mut().flush(now);
    }

    /// Handles a batch of the stream, in its order. Returns the sequence number to start again from, if any.
    pub async fn handle(&self, records: Vec<EventRecord>, now: SystemTime) -> Option<String> {
        let mut entries = Vec::with_capacity(records.len());
        for record in records {
            let sequence = record.change.sequence_number.clone().unwrap_or_default();
            let given_up = too_old(&record, now);
            match announced(record) {
                Ok(Some(event)) => entries.push(Entry { sequence, event, given_up }),
                Ok(None) => {}
                Err(key) => {
                    if !self.bury(&key, "unreadable_row", None).await {
                        // All before it are announced first, so that the stream can start at this one.
                        return self.announce(&entries).await.or(Some(sequence));
                    }
                }
            }
        }
        self.announce(&entries).await
    }

    async fn announce(&self, entries: &[Entry]) -> Option<String> {
        for chunk in entries.chunks(ENTRIES) {
            let events: Vec<BusEvent> = chunk.iter().map(|entry| entry.event.clone()).collect();
            let accepted = self.ports.bus.publish(&events).await.unwrap_or_else(|error| {
                error!(error = format!("{error:#}"), "bus not reached");
                Vec::new()
            });
            let outcomes = chunk.iter().zip(accepted.into_iter().chain(std::iter::repeat(false)));
            for (entry, accepted) in outcomes {
                if accepted {
                    info!(event.key = entry.event.id, event.kind = entry.event.kind, "announced");
                    self.metrics.borrow_mut().count(Metric::Published);
                } else if !(entry.given_up && self.bury_event(&entry.event).await) {
                    warn!(event.key = entry.event.id, "not announced, comes again");
                    return Some(entry.sequence.clone());
                }
            }
        }
        None
    }

    async fn bury_event(&self, event: &BusEvent) -> bool {
        match event.detail() {
            Ok(body) => self.bury(&body, "not_announced", event.trace_id.as_deref()).await,
            Err(_) => false,
        }
    }

    async fn bury(&self, body: &str, reason: &str, trace_id: Option<&str>) -> bool {
        let letter = DeadLetter { body, class: Class::Permanent.as_str(), reason, attempts: 1, trace_id };
        match self.ports.dead_letters.dead_letter(&letter).await {
            Ok(()) => {
                error!(reason, trace.id = trace_id, "dead-lettered");
                self.metrics.borrow_mut().count(Metric::DeadLettered(letter.class));
                true
            }
            Err(error) => {
                error!(reason, error = format!("{error:#}"), "dead-letter queue not reached");
                false
            }
        }
    }
}

/// The bus event of a new row that is to be announced. The mapping's filter lets only such rows through; a filter
/// is configuration, so the rule stands here as well. `Err` has the key of a row that cannot be read.
fn announced(record: EventRecord) -> Result<Option<BusEvent>, String> {
    let row = row(record.change.new_image);
    let is = |name: &str, value: &Attribute| row.get(name) == Some(value);
    let new_event = record.event_name == "INSERT"
        && is(item::SK, &Attribute::Text(item::EVENT.to_owned()))
        && is(item::ANNOUNCE, &Attribute::Flag(true));
    if !new_event {
        return Ok(None);
    }
    match Event::from_item(&row) {
        Ok(event) => Ok(Some(BusEvent::from(&event))),
        Err(error) => {
            error!(error = %error, "row not read");
            Err(match row.get(item::PK) {
                Some(Attribute::Text(key)) => key.clone(),
                _ => String::new(),
            })
        }
    }
}

/// The attributes of a row as the ledger writes them.
fn row(image: serde_dynamo::Item) -> Item {
    image
        .into_inner()
        .into_iter()
        .filter_map(|(name, value)| {
            let value = match value {
                AttributeValue::S(text) => Attribute::Text(text),
                AttributeValue::N(number) => Attribute::Number(number.parse().ok()?),
                AttributeValue::Bool(flag) => Attribute::Flag(flag),
                _ => return None,
            };
            Some((name, value))
        })
        .collect()
}

/// Whether an event has waited longer than its shard should for it.
fn too_old(record: &EventRecord, now: SystemTime) -> bool {
    let created: SystemTime = record.change.approximate_creation_date_time.into();
    created != SystemTime::UNIX_EPOCH && now.duration_since(created).unwrap_or_default() > PATIENCE
}
