//! From an object of the archive to deliveries that the archiver wrote.

use std::{
    io::{Cursor, Read},
    rc::Rc,
};

use anyhow::Context;
use aws_lc_rs::digest::{Context as Digest, SHA256};

use super::{
    Lines, decompressed, finished,
    layout::{name, segment_name},
    sha256,
};
use crate::{Archive, Envelope, Listed, Macs, Opened, Replay, Screened, Source};

/// The largest object that is read: the archiver writes no larger one than a batch of messages, 6 MB.
const SEGMENT_LIMIT: u64 = 32 << 20;

/// A delivery out of a segment whose MAC holds: what it has was verified and screened before it was kept, so it may be
/// sealed again. Only a [`Reader`](super::Reader) makes one.
pub struct Archived {
    screened: Screened,
    source: Source,
    segment: Rc<str>,
}

impl Archived {
    /// The delivery, to be sent again in this way.
    pub fn replayed(self, how: Replay) -> Screened {
        self.screened.replayed(how)
    }

    /// What is known of the delivery.
    pub fn envelope(&self) -> &Envelope {
        self.screened.envelope()
    }

    /// The screened body; none if it was withheld.
    pub fn body(&self) -> Option<&[u8]> {
        self.screened.body()
    }

    /// Who sealed it for the archive.
    pub fn source(&self) -> Source {
        self.source
    }

    /// The key of the segment that it stands in.
    pub fn segment(&self) -> &str {
        &self.segment
    }
}

/// Why a segment is not believed, or could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It was listed, and is not there.
    Absent,
    /// It is in a class of storage from which it must be restored first.
    Cold,
    /// It is larger than any segment of ours.
    TooLarge,
    /// It has no MAC.
    NoMac,
    /// Its MAC was not made of these bytes by the archiver.
    Mac,
    /// Its MAC holds, and it cannot be read.
    Unreadable,
    /// Its MAC holds, and its name is that of another segment.
    Name,
}

impl Flaw {
    /// What a person reads.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "it is gone",
            Self::Cold => "it must be restored from cold storage first",
            Self::TooLarge => "it is larger than any segment",
            Self::NoMac => "it has no MAC: the archiver did not write it",
            Self::Mac => "its MAC does not hold: it was changed or forged",
            Self::Unreadable => "it cannot be read",
            Self::Name => "it has the name of another segment",
        }
    }
}

/// An object after the attempt to prove it.
pub(super) struct Examined {
    pub(super) key: Rc<str>,
    /// SHA-256 of its bytes, if they were fetched.
    pub(super) digest: Option<[u8; 32]>,
    pub(super) length: u64,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    Proven(Lines<Cursor<Vec<u8>>>),
    /// With what it holds, if it was fetched.
    Flawed(Flaw, Option<Vec<u8>>),
}

/// Fetches a segment and proves it: SHA-256 of its bytes, their MAC, and its name.
pub(super) async fn examine(
    listed: Listed,
    archive: &impl Archive,
    macs: &impl Macs,
) -> anyhow::Result<Examined> {
    let key: Rc<str> = listed.key.as_str().into();
    let length = listed.length;
    let (digest, outcome) = match fetch(&listed, archive, macs).await? {
        Fetched { digest, flaw: Some(flaw), bytes } => (digest, Outcome::Flawed(flaw, bytes)),
        Fetched { digest, bytes, .. } => {
            let bytes = bytes.unwrap_or_default();
            let outcome = match digest_of_lines(&bytes) {
                Err(_) => Outcome::Flawed(Flaw::Unreadable, Some(bytes)),
                Ok(text) if segment_name(&key) != Some(&name(&text)) => {
                    Outcome::Flawed(Flaw::Name, Some(bytes))
                }
                Ok(_) => Outcome::Proven(Lines::of(Cursor::new(bytes))),
            };
            (digest, outcome)
        }
    };
    Ok(Examined { key, digest, length, outcome })
}

/// What was fetched of an object, and what keeps it from being believed.
#[derive(Default)]
pub(super) struct Fetched {
    pub(super) digest: Option<[u8; 32]>,
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) flaw: Option<Flaw>,
}

/// Fetches an object and checks its MAC.
pub(super) async fn fetch(
    listed: &Listed,
    archive: &impl Archive,
    macs: &impl Macs,
) -> anyhow::Result<Fetched> {
    let key = &listed.key;
    let unread = |flaw| Fetched { flaw: Some(flaw), ..Fetched::default() };
    if listed.cold {
        return Ok(unread(Flaw::Cold));
    }
    if listed.length > SEGMENT_LIMIT {
        return Ok(unread(Flaw::TooLarge));
    }
    let Some(stored) = archive.get(key).await.with_context(|| format!("read {key}"))? else {
        return Ok(unread(Flaw::Absent));
    };
    let digest = sha256(&stored.bytes);
    let flaw = match stored.mac {
        None => Some(Flaw::NoMac),
        Some(mac) => {
            let holds = macs.holds(&digest, &mac).await.with_context(|| format!("check the MAC of {key}"))?;
            (!holds).then_some(Flaw::Mac)
        }
    };
    Ok(Fetched { digest: Some(digest), bytes: Some(stored.bytes), flaw })
}

/// SHA-256 of the decompressed lines, in bounded memory.
fn digest_of_lines(bytes: &[u8]) -> anyhow::Result<[u8; 32]> {
    let mut text = decompressed(bytes)?;
    let mut digest = Digest::new(&SHA256);
    let mut part = vec![0; 64 << 10];
    loop {
        let length = text.read(&mut part)?;
        let Some(read) = part.get(..length).filter(|read| !read.is_empty()) else { break };
        digest.update(read);
    }
    Ok(finished(digest))
}

/// One line of a proven segment.
pub(super) fn archived(segment: &Rc<str>, line: Opened) -> Archived {
    let Opened { envelope, body, source } = line;
    Archived { screened: Screened::of_proven(envelope, body), source, segment: Rc::clone(segment) }
}
