//! What the pipeline needs from the world: small traits, each with one implementation on AWS and one in [`memory`].
//!
//! The runtime has one thread, so no future needs to be `Send`. A caller that can only give up and be retried gets
//! an [`anyhow::Error`]; where the kind of failure decides what happens next, it is an enum.
//!
//! [`memory`]: crate::memory

#![expect(async_fn_in_trait, reason = "the runtime has one thread: no future needs to be Send")]

use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::{DataKey, Sealed, Segment, Source};

/// A queue with its dead-letter queue.
pub trait Queue {
    /// Puts one sealed delivery into the queue. When it returns `Ok`, the queue holds it.
    async fn send(&self, message: &Sealed) -> anyhow::Result<()>;

    /// Hides a received message for `by`, at most 12 hours, from now on.
    async fn delay(&self, receipt: &str, by: Duration) -> anyhow::Result<()>;

    /// Puts a message that cannot be handled into the dead-letter queue.
    async fn dead_letter(&self, letter: &DeadLetter<'_>) -> anyhow::Result<()>;
}

/// A message on its way to the dead-letter queue: the sealed text as it came, and why, as message attributes.
#[derive(Clone, Copy, Debug)]
pub struct DeadLetter<'a> {
    /// The message's body as it was received.
    pub body: &'a str,
    /// Attribute `tollgate.class`.
    pub class: &'static str,
    /// Attribute `tollgate.reason`.
    pub reason: &'a str,
    /// Attribute `tollgate.attempts`: how often it was received.
    pub attempts: u32,
    /// Attribute `tollgate.trace`.
    pub trace_id: Option<&'a str>,
}

/// A dead-letter queue in the hands of its operator: messages are looked at, sent back or deleted.
pub trait DeadLetters {
    /// Takes at most ten messages in hand, which hides them from everyone else for `hidden`. None: there is none that
    /// can be seen now.
    async fn take(&self, hidden: Duration) -> anyhow::Result<Vec<Letter>>;

    /// Gives messages back, by their receipts, so that they can be seen again at once. One that can be seen already is
    /// no error.
    async fn give_back(&self, receipts: &[&str]) -> anyhow::Result<()>;

    /// Sends a message to where it came from: its text and its trace, without class, reason and attempts. It stays in
    /// the dead-letter queue as well until it is deleted.
    async fn send_back(&self, letter: &Letter) -> anyhow::Result<()>;

    /// Deletes a message in hand, by its receipt.
    async fn delete(&self, receipt: &str) -> anyhow::Result<()>;
}

/// A message of a dead-letter queue, taken in hand. Nothing of it is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The queue's id of it.
    pub id: String,
    /// The handle of this receipt.
    pub receipt: String,
    /// Its text, which nobody has opened yet.
    pub body: String,
    /// Attribute `tollgate.class`; none if the queue moved it by itself.
    pub class: Option<String>,
    /// Attribute `tollgate.reason`.
    pub reason: Option<String>,
    /// Attribute `tollgate.attempts`.
    pub attempts: Option<u32>,
    /// The trace that it came with.
    pub trace_id: Option<String>,
    /// Since when the queue keeps it, in milliseconds of Unix time.
    pub sent_at_ms: i64,
}

/// Data keys, wrapped by a key that never leaves its service.
pub trait DataKeys {
    /// A new data key, wrapped under `context`.
    async fn generate(&self, context: KeyContext<'_>) -> anyhow::Result<DataKey>;

    /// The data key that was wrapped under exactly this `context`.
    async fn unwrap(&self, wrapped: &[u8], context: KeyContext<'_>) -> Result<DataKey, KeyError>;
}

/// What a data key is for: the encryption context `{"tollgate:stack": stack, "tollgate:source": source}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyContext<'a> {
    /// The stack's name.
    pub stack: &'a str,
    /// Who seals.
    pub source: Source,
}

/// Why a data key was not unwrapped.
#[derive(Debug)]
pub enum KeyError {
    /// It was not wrapped under this key and context, or is no wrapped key: asking again cannot help.
    Refused,
    /// The service could not be asked, or did not answer.
    Unavailable(anyhow::Error),
}

/// Where segments are kept. An object is created once and never changed.
pub trait Archive {
    /// Creates the segment's object, unless there is one under its key.
    async fn put(&self, segment: &Segment) -> anyhow::Result<Put>;

    /// The first objects, at most 1,000, whose keys begin with `prefix` and come after `after`, in the order of their
    /// keys as bytes. An empty list is the end.
    async fn list(&self, prefix: &str, after: &str) -> anyhow::Result<Vec<Listed>>;

    /// What is kept with the object under this key, without its bytes. None if there is none.
    async fn head(&self, key: &str) -> anyhow::Result<Option<Head>>;

    /// The object under this key as it is now: nothing of it is proven. None if there is none.
    async fn get(&self, key: &str) -> anyhow::Result<Option<StoredSegment>>;
}

/// One object of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    pub length: u64,
    /// It is in a class of storage from which it must be restored before it can be read.
    pub cold: bool,
}

/// What an object says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// SHA-256 of its bytes when it was written.
    pub digest: Option<[u8; 32]>,
    /// HMAC of that digest.
    pub mac: Option<Vec<u8>>,
}

/// An object of the archive, and what is kept with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSegment {
    /// The object.
    pub bytes: Vec<u8>,
    /// HMAC of its digest.
    pub mac: Option<Vec<u8>>,
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// There was none; now there is.
    Created,
    /// The same bytes are there already: a repeated batch.
    AlreadyThere,
    /// Other bytes are there under this key. That is an incident.
    Differs,
}

/// Message authentication by a key that only the archiver may use, and that operators may check with.
pub trait Macs {
    /// HMAC-SHA-256 of `digest`.
    async fn mac(&self, digest: &[u8; 32]) -> anyhow::Result<Vec<u8>>;

    /// Whether `mac` was made of `digest` by this key.
    async fn holds(&self, digest: &[u8; 32], mac: &[u8]) -> anyhow::Result<bool>;
}

/// A document as it is kept.
pub struct Document {
    /// What it says, wiped when dropped.
    pub bytes: Zeroizing<Vec<u8>>,
    /// When this version of it was written, if that is known.
    pub written: Option<SystemTime>,
}

/// Where endpoint documents are kept, and the trust documents that some of them need.
pub trait EndpointDocuments {
    /// The current document of the endpoint `name`.
    async fn fetch(&self, name: &str) -> Result<Document, FetchError>;

    /// The current trust document `name`, `<provider>-<mode>`: roots and certificates that endpoints share.
    async fn fetch_trust(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, FetchError>;
}

/// Why there is no document.
#[derive(Debug)]
pub enum FetchError {
    /// Not found, deleted, or denied to us: an answer, which ends a cached copy at once.
    Absent,
    /// Timed out, failed or throttled: nothing is known.
    Unavailable(anyhow::Error),
}

impl<T: Queue> Queue for &T {
    async fn send(&self, message: &Sealed) -> anyhow::Result<()> {
        T::send(self, message).await
    }

    async fn delay(&self, receipt: &str, by: Duration) -> anyhow::Result<()> {
        T::delay(self, receipt, by).await
    }

    async fn dead_letter(&self, letter: &DeadLetter<'_>) -> anyhow::Result<()> {
        T::dead_letter(self, letter).await
    }
}

impl<T: DeadLetters> DeadLetters for &T {
    async fn take(&self, hidden: Duration) -> anyhow::Result<Vec<Letter>> {
        T::take(self, hidden).await
    }

    async fn give_back(&self, receipts: &[&str]) -> anyhow::Result<()> {
        T::give_back(self, receipts).await
    }

    async fn send_back(&self, letter: &Letter) -> anyhow::Result<()> {
        T::send_back(self, letter).await
    }

    async fn delete(&self, receipt: &str) -> anyhow::Result<()> {
        T::delete(self, receipt).await
    }
}

impl<T: DataKeys> DataKeys for &T {
    async fn generate(&self, context: KeyContext<'_>) -> anyhow::Result<DataKey> {
        T::generate(self, context).await
    }

    async fn unwrap(&self, wrapped: &[u8], context: KeyContext<'_>) -> Result<DataKey, KeyError> {
        T::unwrap(self, wrapped, context).await
    }
}

impl<T: Archive> Archive for &T {
    async fn put(&self, segment: &Segment) -> anyhow::Result<Put> {
        T::put(self, segment).await
    }

    async fn list(&self, prefix: &str, after: &str) -> anyhow::Result<Vec<Listed>> {
        T::list(self, prefix, after).await
    }

    async fn head(&self, key: &str) -> anyhow::Result<Option<Head>> {
        T::head(self, key).await
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<StoredSegment>> {
        T::get(self, key).await
    }
}

impl<T: Macs> Macs for &T {
    async fn mac(&self, digest: &[u8; 32]) -> anyhow::Result<Vec<u8>> {
        T::mac(self, digest).await
    }

    async fn holds(&self, digest: &[u8; 32], mac: &[u8]) -> anyhow::Result<bool> {
        T::holds(self, digest, mac).await
    }
}

impl<T: EndpointDocuments> EndpointDocuments for &T {
    async fn fetch(&self, name: &str) -> Result<Document, FetchError> {
        T::fetch(self, name).await
    }

    async fn fetch_trust(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, FetchError> {
        T::fetch_trust(self, name).await
    }
}
