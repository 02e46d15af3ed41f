//! A batch of messages: each is handled by itself, and what failed is settled.

use serde::Serialize;

use crate::Queue;

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
    pub fn permanent(reason: &'static str) -> Self {
        Self { class: Class::Permanent, reason }
    }

    /// A failure that may be gone later.
    pub fn transient(reason: &'static str) -> Self {
        Self { class: Class::Transient, reason }
    }
}

/// Runs `f`; a panic in it becomes the permanent failure `panic`.
pub async fn guarded<T>(f: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    f.await
}

/// Settles a batch: gives back the ids of the messages that must come again.
pub async fn settle<T>(queue: &impl Queue, results: Vec<(Message, Result<T, Failure>)>) -> Vec<String> {
    let _ = (queue, results);
    todo!()
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
