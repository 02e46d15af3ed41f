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

pub mod logging;
pub mod metrics;
mod sdk;
mod trace;

pub use sdk::Sdk;
pub use trace::trace_id;
