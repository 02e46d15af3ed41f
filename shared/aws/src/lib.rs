//! The ports on AWS, and what every function shares: client set-up, log lines, metrics, the trace id.
//!
//! Start at [`Sdk`]: it reads the environment once and holds the one HTTP client that all service clients use. Each port is a
//! small type made from it, behind a Cargo feature that turns on the port's SDK, so a function links only what it calls:
//! `queue` (SQS), `keys` (KMS), `documents` (Secrets Manager), `archive` (S3), `ledger` (DynamoDB), `bus` (EventBridge).
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! aws::logging::init();
//! let sdk = aws::Sdk::from_env()?;
//! # Ok(()) }
//! ```

#[cfg(feature = "archive")]
mod archive;
#[cfg(feature = "batches")]
mod batch;
#[cfg(feature = "bus")]
mod bus;
#[cfg(test)]
mod canned;
#[cfg(feature = "documents")]
mod documents;
mod environment;
#[cfg(any(
    feature = "archive",
    feature = "bus",
    feature = "documents",
    feature = "keys",
    feature = "ledger",
    feature = "queue"
))]
mod failure;
#[cfg(feature = "keys")]
mod keys;
#[cfg(feature = "ledger")]
mod ledger;
#[cfg(feature = "queue")]
mod letters;
pub mod logging;
pub mod metrics;
mod patience;
#[cfg(feature = "queue")]
mod queue;
mod sdk;
mod trace;

#[cfg(feature = "archive")]
pub use archive::S3Archive;
#[cfg(feature = "batches")]
pub use batch::messages;
#[cfg(feature = "bus")]
pub use bus::EventBridgeBus;
#[cfg(feature = "documents")]
pub use documents::SecretsDocuments;
pub use environment::env;
#[cfg(feature = "keys")]
pub use keys::{KmsDataKeys, KmsMacs};
#[cfg(feature = "ledger")]
pub use ledger::DynamoLedger;
#[cfg(feature = "queue")]
pub use letters::{Depth, SqsDeadLetters};
pub use patience::Patience;
#[cfg(feature = "queue")]
pub use queue::SqsQueue;
pub use sdk::Sdk;
pub use trace::trace_id;
