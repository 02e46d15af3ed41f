//! What happened to the money. [`interpret`] turns a verified, screened delivery into [`Event`]s, [`record`] writes
//! each of them to the [`Ledger`] exactly once in effect, and [`fold`] joins the events of one payment into its
//! state, in whatever order and however often they came. A provider is one file with one table under `interpret/`.
//!
//! The crate computes: the ledger and the event bus are traits, with versions in memory for tests. The row format is
//! in [`item`] alone and the format on the bus in [`BusEvent`] alone.

mod bus;
pub mod contract;
mod event;
mod fault;
mod fold;
mod history;
mod instant;
mod interpret;
pub mod item;
mod json;
mod key;
mod kind;
mod ledger;
mod memory;
mod money;
#[cfg(test)]
mod properties;
mod record;
#[cfg(test)]
mod testing;

pub use bus::{Bus, BusEvent};
pub use event::{BodyDigest, Event, Origin};
pub use fault::{Fault, FaultyBus, FaultyLedger};
pub use fold::{Flag, Object, Payment, Status, Sum, fold};
pub use history::{History, history};
pub use interpret::{INTERPRETATION, Received, Uninterpretable, interpret};
pub use key::{EventKey, Id, PaymentKey};
pub use kind::{Class, Kind};
pub use ledger::{Ledger, Link, Proof, PutEvent, PutProof};
pub use memory::{Calls, Change, MemoryBus, MemoryLedger};
pub use money::{Amount, Currency, Money, MoneyError};
pub use record::{Bound, Recorded, Reinterpreted, proof, prove, record, reinterpret};
