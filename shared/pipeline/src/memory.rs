//! The ports in memory, with the semantics that the real ones document, for tests and dry runs.
//!
//! A reference to one is a port too, so that a test can hand it out and look at it afterwards. Each counts its calls:
//! a test asserts what a delivery costs. [`fault`](crate::fault) makes any of them fail.

mod archive;
mod documents;
mod keys;
mod macs;
mod queue;

pub use archive::MemoryArchive;
pub use documents::MemoryDocuments;
pub use keys::MemoryKeys;
pub use macs::MemoryMacs;
pub use queue::{MemoryQueue, QueueCalls, StoredLetter};

#[cfg(test)]
mod tests;
