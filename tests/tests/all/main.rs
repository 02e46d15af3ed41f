//! The stack end to end, on the local emulator: the real template, the real binaries.
//!
//! Each test is a sentence about what a team relies on. They run in parallel over one stack, each with an endpoint
//! and an account of its own; a test that breaks a part of the stack on purpose asks for it alone.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test reads the clock, and fails by panicking"
)]

mod accepted;
mod archive;
mod canary;
mod cards;
mod contract;
mod dead_letters;
mod doctor;
mod down;
mod endpoints;
mod failures;
mod lives;
mod network;
mod pages;
#[path = "../../../shared/verification/tests/all/pki/mod.rs"]
mod pki;
mod privacy;
mod providers;
mod queries;
mod refused;
mod roll;
mod stack;
mod tamper;
mod tool;
mod trust;
