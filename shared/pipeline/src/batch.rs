//! A batch of messages: each is handled by itself, and what failed is settled.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::{
    FutureExt,
    stream::{self, StreamExt},
};
use serde::Serialize;
use tracing::{error, warn};

use crate::{DeadLetter, Queue};

const PANIC: Failure = Failure::permanent("panic");
const FIRST_DELAY: Duration = Duration::from_secs(30);
const LONGEST_DELAY: Duration = Duration::from_mins(15);
/// Calls in flight: a whole batch in practice, and a bound on connections when ten thousand messages fail.
const SETTLED_AT_ONCE: usize = 64;

/// A message as the queue gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The queue's id of it, which the reply to the mapping names.
    pub id: String,
    /// The handle of this receipt.
    pub receipt: String,
    /// The sealed text.
    pub body: String,
    /// How often it was received, this time included.
    pub attempts: u32,
    /// The trace that it came with.
    pub trace_id: Option<String>,
}

/// What can be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Nothing: it goes to the dead-letter queue at once.
    Permanent,
    /// Try again later.
    Transient,
}

impl Class {
    /// Its name in attributes, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Transient => "transient",
        }
    }
}

/// Why a message could not be handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What can be done about it.
    pub class: Class,
    /// The reason in `snake_case`.
    pub reason: &'static str,
}

impl Failure {
    /// A failure that comes again however often it is tried.
    pub const fn permanent(reason: &'static str) -> Self {
        Self { class: Class::Permanent, reason }
    }

    /// A failure that may be gone later.
    pub const fn transient(reason: &'static str) -> Self {
        Self { class: Class::Transient, reason }
    }
}

/// Runs `f`; a panic in it becomes the permanent failure `panic`, so that one bad message never fails its batch.
pub async fn guarded<T>(f: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    // Safe to go on: what a panic may leave half done belongs to its message, which is not handled again.
    AssertUnwindSafe(f).catch_unwind().await.unwrap_or_else(|_| {
        // What the panic says is not logged: it may quote the payload.
        error!(reason = PANIC.reason, "a panic was caught");
        Err(PANIC)
    })
}

/// Settles a batch, all its messages at the same time, and gives back the ids of those that must come again: all
/// others are done. Permanent failures go to the dead-letter queue with their reason; where that cannot be written,
/// they come again. Transient failures are hidden for 30 s × 2^n, at most 15 min, and come again.
pub async fn settle<T>(queue: &impl Queue, results: Vec<(Message, Result<T, Failure>)>) -> Vec<String> {
    let failed = results.into_iter().filter_map(|(message, result)| Some((message, result.err()?)));
    stream::iter(failed)
        .map(async |(message, failure)| {
            let settled = guarded(async { Ok(settle_one(queue, &message, failure).await) }).await;
            let comes_again = settled.unwrap_or(true);
            comes_again.then_some(message.id)
        })
        .buffered(SETTLED_AT_ONCE)
        .filter_map(async |id| id)
        .collect()
        .await
}

/// Whether the message comes again.
async fn settle_one(queue: &impl Queue, message: &Message, failure: Failure) -> bool {
    let Failure { class, reason } = failure;
    if class == Class::Permanent {
        let letter = DeadLetter {
            body: &message.body,
            class: class.as_str(),
            reason,
            attempts: message.attempts,
            trace_id: message.trace_id.as_deref(),
        };
        match queue.dead_letter(&letter).await {
            Ok(()) => {
                error!(
                    message.id,
                    trace.id = message.trace_id,
                    class = class.as_str(),
                    reason,
                    attempts = message.attempts,
                    "dead-lettered"
                );
                return false;
            }
            Err(error) => {
                error!(message.id, reason, error = format!("{error:#}"), "not dead-lettered");
            }
        }
    }
    warn!(
        message.id,
        trace.id = message.trace_id,
        class = class.as_str(),
        reason,
        attempts = message.attempts,
        "comes again"
    );
    // Without the delay it comes again when its visibility ends.
    if let Err(error) = queue.delay(&message.receipt, back_off(message.attempts)).await {
        error!(message.id, error = format!("{error:#}"), "not delayed");
    }
    true
}

/// How long a message is hidden after it was received `attempts` times.
fn back_off(attempts: u32) -> Duration {
    let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
    FIRST_DELAY.saturating_mul(factor).min(LONGEST_DELAY)
}

/// The reply to the event source mapping. The list is always there, also when it is empty.
#[derive(Serialize, Debug, PartialEq, Eq)]
pub struct BatchReply {
    #[serde(rename = "batchItemFailures")]
    failures: Vec<ItemFailure>,
}

#[derive(Serialize, Debug, PartialEq, Eq)]
struct ItemFailure {
    #[serde(rename = "itemIdentifier")]
    id: String,
}

impl BatchReply {
    /// A reply that names these messages as failed; all others of the batch are done.
    pub fn new(failed: Vec<String>) -> Self {
        Self { failures: failed.into_iter().map(|id| ItemFailure { id }).collect() }
    }
}

#[cfg(test)]
mod tests;
