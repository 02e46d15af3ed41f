//! A function's real binary under a Lambda Runtime API of our own, for the bench and for tests that need no stack.
//!
//! Begin at [`Running::start`]: the process runs until it asks for its first event; [`Running::invoke`] hands one over
//! and brings back what it answered.

mod environment;
mod events;
pub mod http;
mod running;

pub use environment::{environment, queue};
pub use events::{TRACE, batch, inserted};
pub use running::{Reply, Running};
