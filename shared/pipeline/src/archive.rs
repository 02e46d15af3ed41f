//! The archive's format, version 0: many deliveries an object. Golden file: `tests/golden/archive-v0.ndjson.zst`.
//!
//! A segment is one zstd frame with checksum. Its lines are JSON objects, one a delivery, sorted by
//! delivery id: every field of the envelope, then `source`, `sha256` (of the screened body, hex) and the body's exact
//! bytes: `body` where they are UTF-8, else `body_base64`. A delivery whose body was withheld has none of the last
//! three. The object's key comes from the time of writing and from the lines, so that a batch that is written twice
//! makes one object. A delivery may stand in more than one segment: readers drop it by its id.

use std::{
    io::{BufRead, BufReader, Read, Write},
    time::SystemTime,
};

use anyhow::{Context, bail, ensure};
use aws_lc_rs::digest::{Context as Digest, SHA256};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use crate::{BODY_LIMIT, Envelope, Opened, Source};
use layout::{hour, name};

mod layout;
mod manifest;
mod proof;
mod reader;
mod report;
#[cfg(test)]
mod testing;
mod verify;

pub use manifest::{Closed, close_days};
pub use proof::{Archived, Flaw};
pub use reader::{Reader, Reading, Span};
pub use report::{Fault as ArchiveFault, Finding, Report};
pub use verify::{Days, verify_archive};

const LEVEL: i32 = 3;
/// Lines of this length together are a segment's fill: what one batch of messages holds is less, unless it compresses
/// better than anything that is no attack on our memory.
const DRAFT_LIMIT: usize = 32 << 20;
/// The longest line: a body whose every byte is escaped as six, and its envelope.
const LINE_LIMIT: u64 = 6 * BODY_LIMIT as u64 + 64 * 1024;
/// Frames that need more memory than 8 MiB to read are not ours: level 3 needs 2 MiB.
const WINDOW_LOG_LIMIT: u32 = 23;

/// One object of the archive: a segment of deliveries, or in the same form a day's manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// `archive/v0/date=YYYY-MM-DD/hour=HH/<first 32 hex of SHA-256 of the lines>.ndjson.zst`, by the UTC time of writing.
    pub key: String,
    /// The object: zstd-compressed lines.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`.
    pub digest: [u8; 32],
    /// HMAC of `digest`, kept with the object.
    pub mac: Option<Vec<u8>>,
    /// How many lines it has; in a segment, one a delivery.
    pub lines: usize,
}

impl Segment {
    /// Builds a segment of at least one delivery, written at `now`. A delivery that comes twice makes one line.
    pub fn build(deliveries: &[&Opened], now: SystemTime) -> anyhow::Result<Self> {
        let mut draft = Draft::default();
        for delivery in deliveries {
            draft.add(delivery)?;
        }
        draft.finish(now)
    }
}

/// The lines of a segment that is not written yet.
#[derive(Default)]
pub struct Draft {
    /// With the delivery's id, by which they are sorted.
    lines: Vec<(String, Vec<u8>)>,
    length: usize,
}

impl Draft {
    /// Adds a delivery. When it cannot be written, nothing is added.
    pub fn add(&mut self, delivery: &Opened) -> anyhow::Result<()> {
        let mut line = archive_line(delivery)?.into_bytes();
        line.push(b'\n');
        self.length += line.len();
        self.lines.push((delivery.envelope.delivery_id.clone(), line));
        Ok(())
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether it is large enough to be written: 32 MiB of lines.
    pub fn is_full(&self) -> bool {
        self.length >= DRAFT_LIMIT
    }

    /// The segment of at least one delivery, written at `now`. A delivery that was added twice makes one line.
    pub fn finish(mut self, now: SystemTime) -> anyhow::Result<Segment> {
        ensure!(!self.is_empty(), "a segment of no delivery");
        self.lines.sort_unstable();
        self.lines.dedup();
        let (bytes, text) = compress(self.lines.iter().map(|(_, line)| line.as_slice()))?;
        let digest = sha256(&bytes);
        let key = format!("{}{}", hour(now), name(&text));
        Ok(Segment { key, bytes, digest, mac: None, lines: self.lines.len() })
    }
}

/// One zstd frame of the lines, and the SHA-256 of the lines.
fn compress<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> anyhow::Result<(Vec<u8>, [u8; 32])> {
    let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL).context("set up compression")?;
    encoder.include_checksum(true).context("set up compression")?;
    let mut digest = Digest::new(&SHA256);
    for line in lines {
        digest.update(line);
        encoder.write_all(line).context("compress a segment")?;
    }
    Ok((encoder.finish().context("compress a segment")?, finished(digest)))
}

/// A delivery as a segment has it: one line of JSON, without its end.
pub fn archive_line(delivery: &Opened) -> anyhow::Result<String> {
    serde_json::to_string(&Line::of(delivery)).context("write a line")
}

/// Reads the deliveries of a segment one by one, in bounded memory. An error ends it: what came before is not to be
/// used then, since the checksum stands at the end. Nothing is proven of what it reads: see [`Reader`] for that.
pub fn read_segment(bytes: &[u8]) -> impl Iterator<Item = anyhow::Result<Opened>> {
    Lines::of(bytes)
}

/// The deliveries of a segment whose bytes are `R`.
struct Lines<R: BufRead> {
    /// None when it has ended, by an error among others.
    text: Option<anyhow::Result<BufReader<zstd::Decoder<'static, R>>>>,
    number: usize,
}

impl<R: BufRead> Lines<R> {
    fn of(bytes: R) -> Self {
        Self { text: Some(decompressed(bytes).map(BufReader::new)), number: 0 }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = anyhow::Result<Opened>;

    fn next(&mut self) -> Option<Self::Item> {
        let Ok(text) = self.text.as_mut()? else {
            return self.text.take().and_then(Result::err).map(Err);
        };
        self.number += 1;
        let delivery =
            next_line(text).with_context(|| format!("line {} of a segment", self.number)).transpose();
        if !matches!(delivery, Some(Ok(_))) {
            self.text = None;
        }
        delivery
    }
}

fn decompressed<R: BufRead>(bytes: R) -> anyhow::Result<zstd::Decoder<'static, R>> {
    let mut decoder = zstd::Decoder::with_buffer(bytes).context("read a segment")?;
    decoder.window_log_max(WINDOW_LOG_LIMIT).context("read a segment")?;
    Ok(decoder)
}

fn next_line(text: &mut impl BufRead) -> anyhow::Result<Option<Opened>> {
    let mut line = Vec::new();
    text.by_ref().take(LINE_LIMIT + 1).read_until(b'\n', &mut line).context("decompress")?;
    if line.is_empty() {
        return Ok(None);
    }
    ensure!(line.ends_with(b"\n"), "it is cut off, or longer than {LINE_LIMIT} bytes");
    // What serde_json says of a line may quote it.
    let Ok(line) = serde_json::from_slice::<LineRead>(&line) else { bail!("it is not what this format has") };
    line.opened().map(Some)
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    envelope: &'a Envelope,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

impl<'a> Line<'a> {
    fn of(delivery: &'a Opened) -> Self {
        let bytes = delivery.body.as_deref();
        let body = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
        Self {
            envelope: &delivery.envelope,
            source: delivery.source.as_str(),
            sha256: bytes.map(|bytes| hex::encode(sha256(bytes))),
            body,
            body_base64: bytes.filter(|_| body.is_none()).map(|bytes| BASE64_STANDARD.encode(bytes)),
        }
    }
}

#[derive(Deserialize)]
struct LineRead {
    #[serde(flatten)]
    envelope: Envelope,
    source: String,
    sha256: Option<String>,
    body: Option<String>,
    body_base64: Option<String>,
}

impl LineRead {
    fn opened(self) -> anyhow::Result<Opened> {
        let source = Source::named(self.source.as_bytes()).context("an unknown source")?;
        let body = match (self.body, self.body_base64, &self.envelope.withheld) {
            (Some(text), None, None) => Some(text.into_bytes()),
            (None, Some(base64), None) => Some(BASE64_STANDARD.decode(base64).ok().context("not base64")?),
            (None, None, Some(_)) => None,
            _ => bail!("neither one body nor a body that was withheld"),
        };
        let sum = body.as_deref().map(|body| hex::encode(sha256(body)));
        ensure!(sum == self.sha256, "the body does not have its digest");
        Ok(Opened { envelope: self.envelope, body, source })
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = Digest::new(&SHA256);
    digest.update(bytes);
    finished(digest)
}

fn finished(digest: Digest) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest.finish().as_ref());
    sum
}

#[cfg(test)]
mod tests;
