//! The publisher's dead letters: no queue sent them. What is in one only names an event; what is announced comes from
//! the ledger, so that nobody who can write to this queue can announce anything of their own.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use payments::{Bus, BusEvent, EventKey, Ledger};
use pipeline::{DeadLetters, Letter};
use serde::{Deserialize, Serialize};

/// What a message of this queue is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// `not_announced`: an event that the bus did not take, whole.
    Event(Box<BusEvent>, EventKey),
    /// `unreadable_row`: the key of a row that could not be read.
    Row(EventKey),
    /// From Lambda itself, which gave a batch up: its place in the stream.
    Place(Place),
    /// None of ours.
    Unknown,
}

/// Where in the stream a batch was given up. The stream forgets it after 24 hours. Format:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
pub(crate) struct Place {
    pub(crate) shard_id: String,
    pub(crate) start_sequence_number: String,
    pub(crate) end_sequence_number: String,
    pub(crate) approximate_arrival_of_first_record: String,
    pub(crate) approximate_arrival_of_last_record: String,
    pub(crate) batch_size: u64,
}

#[derive(Deserialize)]
struct GivenUp {
    #[serde(rename = "DDBStreamBatchInfo")]
    batch: Place,
}

impl Content {
    /// Reads a message.
    pub(crate) fn read(text: &str) -> Self {
        if let Some(key) = EventKey::parse(text) {
            return Self::Row(key);
        }
        if let Ok(event) = serde_json::from_str::<BusEvent>(text) {
            let key = EventKey::parse(&event.id);
            return key.map_or(Self::Unknown, |key| Self::Event(Box::new(event), key));
        }
        serde_json::from_str::<GivenUp>(text).map_or(Self::Unknown, |given_up| Self::Place(given_up.batch))
    }

    /// The event that it names.
    pub(crate) fn key(&self) -> Option<&EventKey> {
        match self {
            Self::Event(_, key) | Self::Row(key) => Some(key),
            Self::Place(_) | Self::Unknown => None,
        }
    }
}

/// The publisher's dead-letter queue, from which messages go back as announcements.
#[derive(Debug)]
pub(crate) struct Announcements<D, L, B> {
    pub(crate) letters: D,
    pub(crate) ledger: L,
    pub(crate) bus: B,
}

impl<D: DeadLetters, L: Ledger, B: Bus> DeadLetters for Announcements<D, L, B> {
    async fn take(&self, hidden: Duration) -> anyhow::Result<Vec<Letter>> {
        self.letters.take(hidden).await
    }

    async fn give_back(&self, receipts: &[&str]) -> anyhow::Result<()> {
        self.letters.give_back(receipts).await
    }

    /// Announces the event as the ledger has it.
    async fn send_back(&self, letter: &Letter) -> anyhow::Result<()> {
        let content = Content::read(&letter.body);
        let key = content.key().context("it names no event")?;
        let event = self.ledger.event(key).await.with_context(|| format!("read {key} from the ledger"))?;
        let event = event.with_context(|| format!("the ledger has no event {key}"))?;
        ensure!(event.announce && !event.conflict, "{key} is not to be announced");
        let taken = self.bus.publish(&[BusEvent::from(&event)]).await?;
        ensure!(taken.first() == Some(&true), "the bus does not take {key}");
        Ok(())
    }

    async fn delete(&self, receipt: &str) -> anyhow::Result<()> {
        self.letters.delete(receipt).await
    }
}

#[cfg(test)]
mod tests;
