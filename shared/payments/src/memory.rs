//! The ledger and the bus in memory, with the semantics that AWS documents.

use crate::{
    Bus, BusEvent, Event, EventKey, Ledger, Link, PaymentKey, Proof, PutEvent, PutProof, item::Item,
};

/// A ledger in memory.
#[derive(Default)]
pub struct MemoryLedger;

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
    /// Reads of one partition of the table.
    pub reads: usize,
    /// Queries of the index.
    pub queries: usize,
}

/// A record of the table's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A row is new.
    Insert(Item),
    /// A row was overwritten.
    Modify(Item),
}

impl MemoryLedger {
    /// What changed since the last call, in order.
    pub fn take_changes(&self) -> Vec<Change> {
        todo!()
    }

    /// How often it was called.
    pub fn calls(&self) -> Calls {
        todo!()
    }

    /// All rows, in the order of their keys.
    pub fn rows(&self) -> Vec<Item> {
        todo!()
    }
}

impl Ledger for MemoryLedger {
    async fn put_event(&self, _: &Event) -> anyhow::Result<PutEvent> {
        todo!()
    }

    async fn put_conflict(&self, _: &Event) -> anyhow::Result<()> {
        todo!()
    }

    async fn put_link(&self, _: &Link) -> anyhow::Result<()> {
        todo!()
    }

    async fn put_proof(&self, _: &Proof) -> anyhow::Result<PutProof> {
        todo!()
    }

    async fn replace_event(&self, _: &Event) -> anyhow::Result<bool> {
        todo!()
    }

    async fn event(&self, _: &EventKey) -> anyhow::Result<Option<Event>> {
        todo!()
    }

    async fn conflicts(&self, _: &EventKey) -> anyhow::Result<Vec<Event>> {
        todo!()
    }

    async fn payment_events(&self, _: &PaymentKey) -> anyhow::Result<Vec<Event>> {
        todo!()
    }

    async fn parents(&self, _: &PaymentKey) -> anyhow::Result<Vec<PaymentKey>> {
        todo!()
    }
}

/// A bus in memory.
#[derive(Default)]
pub struct MemoryBus;

impl MemoryBus {
    /// What was published, in order.
    pub fn published(&self) -> Vec<BusEvent> {
        todo!()
    }
}

impl Bus for MemoryBus {
    async fn publish(&self, _: &[BusEvent]) -> anyhow::Result<Vec<bool>> {
        todo!()
    }
}
