//! What happens to a proven delivery between the front door and the ledger or the archive.
//!
//! A `Verified` delivery is screened ([`screen()`]): what must never be stored is replaced, and a body that cannot be
//! screened is withheld. [`Sealer`] encrypts and authenticates the [`Screened`] delivery; only that, [`Sealed`], is
//! what a [`Queue`] takes. The consumers open a batch with [`Keyring`], handle each message by itself ([`guarded`])
//! and [`settle`] what failed; the archiver writes what opened as one [`Segment`]. [`Directory`] holds the
//! endpoint documents that the front door verifies with. The world is behind the traits of [`ports`]:
//! [`memory`] has them without any, [`fault`] makes them fail on purpose. Time is an argument everywhere.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use pipeline::{Arrival, Keyring, Queue, Sealer, Source, memory::{MemoryKeys, MemoryQueue}, screen, settle};
//! use verification::{Delivery, Endpoint, sign, verify};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> anyhow::Result<()> {
//! let (queue, keys) = (MemoryQueue::default(), MemoryKeys::new());
//! let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000);
//! let document = br#"{"provider": "stripe", "mode": "test", "account": "acct_1",
//!     "secrets": [{"kid": "2026-11", "secret": "whsec_4ZQm0Zl8Xw3yP1vKc7Nn"}]}"#;
//! let endpoint = Endpoint::parse("shop", document)?;
//!
//! // The front door.
//! let (url, body) = ("https://example.com/v1/webhooks/shop", br#"{"id":"evt_1","card":4242424242424242}"#);
//! let delivery = Delivery::new(url, sign(&endpoint, url, "evt_1", body, now)?, body.to_vec());
//! let verified = verify(&endpoint, delivery, now).map_err(|rejection| anyhow::anyhow!(rejection.reason()))?;
//! let arrival = Arrival { delivery_id: "d-1".into(), received_at_ms: 1_795_000_000_000, trace_id: None };
//! let sealed = Sealer::new("stack", Source::Webhook).seal(&screen(verified, arrival), &keys, now).await?;
//! queue.send(&sealed).await?;
//!
//! // A consumer.
//! let opened = Keyring::new("stack").open_all(queue.receive(10), &keys).await;
//! for (_, delivery) in &opened {
//!     let body = delivery.as_ref().ok().and_then(|delivery| delivery.body.as_deref());
//!     assert_eq!(body, Some(&br#"{"id":"evt_1","card":"[card-number]"}"#[..]));
//! }
//! assert!(settle(&queue, opened).await.is_empty());
//! # Ok(()) }
//! ```
//!
//! What was not proven cannot be sent, because nothing makes a `Screened` or a `Sealed` but these functions:
//!
//! ```compile_fail,E0451
//! fn forge(envelope: pipeline::Envelope) -> pipeline::Screened {
//!     pipeline::Screened { envelope, body: None }
//! }
//! ```
//!
//! To change a format, read `wire` or `archive` and their golden files first: a reader of the new version ships one
//! release before its writer.

mod archive;
mod batch;
mod directory;
mod envelope;
pub mod fault;
mod key;
pub mod memory;
mod open;
pub mod ports;
#[cfg(test)]
mod samples;
mod screen;
mod seal;
mod wire;

pub use archive::{
    ArchiveFault, Archived, Closed, Days, Draft, Finding, Flaw, Reader, Reading, Report, Segment, Span,
    archive_line, close_days, read_segment, verify_archive,
};
pub use batch::{BatchReply, Class, Failure, Message, guarded, settle};
pub use directory::{Directory, Found};
pub use envelope::{Arrival, Envelope, Redaction, Replay, Withheld, unix_ms};
pub use key::{DataKey, Source};
pub use open::{Keyring, Opened};
pub use ports::{
    Archive, DataKeys, DeadLetter, DeadLetters, Document, EndpointDocuments, FetchError, Head, KeyContext,
    KeyError, Letter, Listed, Macs, Put, Queue, StoredSegment,
};
pub use screen::{BODY_LIMIT, DataClass, Policy, Screened, screen, screen_by, screened_body};
pub use seal::{Sealed, Sealer};
pub use wire::Label;
