//! What the verifier promises, tested from outside: one binary, since each costs a link.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a failure is a failed test"
)]

mod common;
mod crc;
mod custom;
mod endpoint;
mod explain;
mod failures;
mod hostile;
mod identity;
mod mutations;
mod paypal;
mod pki;
mod providers;
mod signing;
mod vectors;
