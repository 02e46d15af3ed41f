//! What happens to a proven delivery between the front door and the ledger or the archive.
//!
//! A `Verified` delivery is screened ([`screen()`]): what must never be stored is replaced, and a body that cannot be
//! screened is withheld. [`Sealer`] encrypts and authenticates the [`Screened`] delivery; only that, [`Sealed`], is
//! what a [`Queue`] takes. The consumers open a batch with [`Keyring`], handle each message by itself ([`guarded`])
//! and [`settle`] what failed; the archiver writes what opened as one [`Segment`]. [`Directory`] holds the
//! endpoint documents that the front door verifies with. The world is behind the traits of [`ports`]:
//! [`memory`] has them without any, [`fault`] makes them fail on purpose. Time is an argument everywhere.
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

pub use archive::{Segment, read_segment};
pub use batch::{BatchReply, Class, Failure, Message, guarded, settle};
pub use directory::{Directory, Found};
pub use envelope::{Arrival, Envelope, Redaction, Withheld};
pub use key::{DataKey, Source};
pub use open::{Keyring, Opened};
pub use ports::{
    Archive, DataKeys, DeadLetter, EndpointDocuments, FetchError, KeyContext, KeyError, Macs, Put, Queue,
};
pub use screen::{BODY_LIMIT, Screened, screen};
pub use seal::{Sealed, Sealer};
