//! The ledger and the bus in memory, with the semantics that AWS documents: conditional puts that return the old row,
//! an index in the order of its sort key, a stream that has a record for each row that changed and none for a
//! condition that failed. Rows are kept as items, so that all tests pass through the row format.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;

use crate::item::{AT, Attribute, CONFLICT, EVENT, Item, LINK, PAYMENT, PK, SK};
use crate::{Bus, BusEvent, Event, EventKey, Ledger, Link, PaymentKey, Proof, PutEvent, PutProof};

/// A ledger in memory.
#[derive(Default)]
pub struct MemoryLedger(Mutex<Table>);

#[derive(Default)]
struct Table {
    rows: BTreeMap<(String, String), Item>,
    changes: Vec<Change>,
    calls: Calls,
}

/// How often a ledger was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Calls {
    /// Conditional puts of events.
    pub put_event: usize,
    /// Puts of conflicts.
    pub put_conflict: usize,
    /// Puts of links.
    pub put_link: usize,
    /// Puts of proofs.
    pub put_proof: usize,
    /// Overwrites.
    pub replace_event: usize,
    /// Reads of the table.
    pub reads: usize,
    /// Queries of the index.
    pub queries: usize,
}

/// A record of the table's stream: the row as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The row is new.
    Insert(Item),
    /// The row was overwritten.
    Modify(Item),
}

impl MemoryLedger {
    /// What changed since the last call, in order.
    pub fn take_changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.table().changes)
    }

    /// How often it was called.
    pub fn calls(&self) -> Calls {
        self.table().calls
    }

    /// All rows, in the order of their keys.
    pub fn rows(&self) -> Vec<Item> {
        self.table().rows.values().cloned().collect()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Puts a row if its key is free; else returns the row that is there.
    fn put_new(&mut self, item: Item) -> anyhow::Result<Option<Item>> {
        let key = (text(&item, PK)?, text(&item, SK)?);
        if let Some(there) = self.rows.get(&key) {
            return Ok(Some(there.clone()));
        }
        self.rows.insert(key, item.clone());
        self.changes.push(Change::Insert(item));
        Ok(None)
    }

    /// The rows of one partition whose sort key begins so.
    fn partition(&self, pk: &str, prefix: &str) -> Vec<Item> {
        let from = (pk.to_owned(), prefix.to_owned());
        let rows = self.rows.range(from..).take_while(|((p, s), _)| p == pk && s.starts_with(prefix));
        rows.map(|(_, item)| item.clone()).collect()
    }
}

fn text(item: &Item, name: &str) -> anyhow::Result<String> {
    match item.get(name) {
        Some(Attribute::Text(text)) => Ok(text.clone()),
        _ => anyhow::bail!("a row without {name}"),
    }
}

impl Ledger for MemoryLedger {
    async fn put_event(&self, event: &Event) -> anyhow::Result<PutEvent> {
        let mut table = self.table();
        table.calls.put_event += 1;
        Ok(match table.put_new(event.to_item())? {
            None => PutEvent::New,
            Some(there) => PutEvent::Exists(Box::new(Event::from_item(&there)?)),
        })
    }

    async fn put_conflict(&self, event: &Event) -> anyhow::Result<()> {
        let mut table = self.table();
        table.calls.put_conflict += 1;
        table.put_new(event.to_item())?;
        Ok(())
    }

    async fn put_link(&self, link: &Link) -> anyhow::Result<()> {
        let mut table = self.table();
        table.calls.put_link += 1;
        table.put_new(link.to_item())?;
        Ok(())
    }

    async fn put_proof(&self, proof: &Proof) -> anyhow::Result<PutProof> {
        let mut table = self.table();
        table.calls.put_proof += 1;
        Ok(match table.put_new(proof.to_item())? {
            Some(there) if Proof::from_item(&there)? != *proof => PutProof::Differs,
            _ => PutProof::Holds,
        })
    }

    async fn replace_event(&self, event: &Event) -> anyhow::Result<bool> {
        let mut table = self.table();
        table.calls.replace_event += 1;
        let item = event.to_item();
        let Some(row) = table.rows.get_mut(&(text(&item, PK)?, text(&item, SK)?)) else { return Ok(false) };
        let there = Event::from_item(row)?;
        let replaces = there.interpretation < event.interpretation && there.body == event.body;
        if replaces {
            *row = item.clone();
            table.changes.push(Change::Modify(item));
        }
        Ok(replaces)
    }

    async fn event(&self, key: &EventKey) -> anyhow::Result<Option<Event>> {
        let mut table = self.table();
        table.calls.reads += 1;
        let row = table.rows.get(&(key.to_string(), EVENT.to_owned()));
        Ok(row.map(Event::from_item).transpose()?)
    }

    async fn conflicts(&self, key: &EventKey) -> anyhow::Result<Vec<Event>> {
        let mut table = self.table();
        table.calls.reads += 1;
        let rows = table.partition(key.as_str(), CONFLICT);
        rows.iter().map(|row| Event::from_item(row).context("reading a conflict")).collect()
    }

    async fn payment_events(&self, key: &PaymentKey) -> anyhow::Result<Vec<Event>> {
        let mut table = self.table();
        table.calls.queries += 1;
        let filed =
            |row: &&Item| matches!(row.get(PAYMENT), Some(Attribute::Text(text)) if text == key.as_str());
        let mut rows: Vec<_> = table.rows.values().filter(filed).collect();
        rows.sort_by_cached_key(|row| text(row, AT).unwrap_or_default());
        rows.into_iter().map(|row| Event::from_item(row).context("reading an event")).collect()
    }

    async fn parents(&self, child: &PaymentKey) -> anyhow::Result<Vec<PaymentKey>> {
        let mut table = self.table();
        table.calls.reads += 1;
        let rows = table.partition(child.as_str(), LINK);
        rows.iter().map(|row| Ok(Link::from_item(row)?.parent)).collect()
    }

    async fn received(
        &self,
        within: Range<i64>,
        mut visit: impl AsyncFnMut(Vec<Event>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let rows: Vec<_> = {
            let mut table = self.table();
            table.calls.reads += 1;
            let rows = table.rows.iter().filter(|((_, sk), _)| sk == EVENT);
            rows.map(|(_, row)| Event::from_item(row)).collect::<Result<_, _>>()?
        };
        visit(rows.into_iter().filter(|event| within.contains(&event.received_at_ms)).collect()).await
    }
}

/// A bus in memory: it takes everything, unless it is told to refuse.
#[derive(Default)]
pub struct MemoryBus(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    published: Vec<BusEvent>,
    calls: usize,
    refused: Vec<String>,
}

impl MemoryBus {
    /// What was published, in order.
    pub fn published(&self) -> Vec<BusEvent> {
        self.entries().published.clone()
    }

    /// How often it was called.
    pub fn calls(&self) -> usize {
        self.entries().calls
    }

    /// From now on the event with this id is refused, as the bus refuses single entries of a call.
    pub fn refuse(&self, id: &str) {
        self.entries().refused.push(id.to_owned());
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bus for MemoryBus {
    async fn publish(&self, events: &[BusEvent]) -> anyhow::Result<Vec<bool>> {
        anyhow::ensure!(events.len() <= 10, "more than ten events in one call");
        let mut entries = self.entries();
        entries.calls += 1;
        let taken: Vec<_> = events.iter().map(|event| !entries.refused.contains(&event.id)).collect();
        let published =
            events.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(event, _)| event.clone());
        entries.published.extend(published);
        Ok(taken)
    }
}
