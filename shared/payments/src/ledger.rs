//! The ledger as a port.

use std::ops::Range;

use crate::{BodyDigest, Event, EventKey, PaymentKey};

/// The table of events: it only grows. `aws` has it on DynamoDB, [`crate::MemoryLedger`] in memory; one contract test
/// holds both to the same promises.
#[expect(async_fn_in_trait, reason = "the runtime has one thread: futures need not be Send")]
pub trait Ledger {
    /// Puts an event's row if its key is free; else leaves the row as it is and returns it. One call, atomic.
    async fn put_event(&self, event: &Event) -> anyhow::Result<PutEvent>;

    /// Puts an event whose key is taken beside the first, under its digest. Again is no effect.
    async fn put_conflict(&self, event: &Event) -> anyhow::Result<()>;

    /// Puts a link. Again is no effect.
    async fn put_link(&self, link: &Link) -> anyhow::Result<()>;

    /// Puts a proof if its transmission is new, and says whether what is there then is the same.
    async fn put_proof(&self, proof: &Proof) -> anyhow::Result<PutProof>;

    /// Overwrites an event's row if the row's interpretation is older and was read from the same body. Says whether
    /// it did.
    async fn replace_event(&self, event: &Event) -> anyhow::Result<bool>;

    /// The event under this key.
    async fn event(&self, key: &EventKey) -> anyhow::Result<Option<Event>>;

    /// What is kept beside the event under this key.
    async fn conflicts(&self, key: &EventKey) -> anyhow::Result<Vec<Event>>;

    /// The events and conflicts that are filed under this payment, in the order of [`Event::at`].
    async fn payment_events(&self, key: &PaymentKey) -> anyhow::Result<Vec<Event>>;

    /// The objects that this one belongs to, as links say.
    async fn parents(&self, child: &PaymentKey) -> anyhow::Result<Vec<PaymentKey>>;

    /// Reads all events whose deliveries arrived in this time (milliseconds since 1970), without conflicts and in no
    /// order, and hands them over in parts; an error of `visit` ends it. It reads the whole table: for an operator.
    async fn received(
        &self,
        within: Range<i64>,
        visit: impl AsyncFnMut(Vec<Event>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()>;
}

/// What became of an event's put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutEvent {
    /// The key was free.
    New,
    /// The key was taken, by this.
    Exists(Box<Event>),
}

/// An object belongs to another one, so that events that only name the first are found from the second.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// A capture, a charge.
    pub child: PaymentKey,
    /// Its order, its intent.
    pub parent: PaymentKey,
}

/// The event that a transmission brought, where the signature does not cover the event's id: see [`prove`](crate::prove).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// `provider#mode#account#transmission id`, or the digest of the signed content in place of that id.
    pub transmission: EventKey,
    /// The event that came with it.
    pub event: EventKey,
    /// The screened body that came with it.
    pub body: BodyDigest,
}

/// What became of a proof's put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutProof {
    /// New, or the same as before.
    Holds,
    /// The transmission brought another event or another body before.
    Differs,
}
