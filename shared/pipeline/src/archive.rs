//! The archive's format, version 0: many deliveries an object. Golden file: `tests/golden/archive-v0.ndjson.zst`.
//!
//! A segment is one zstd frame with checksum and content size. Its lines are JSON objects, one a delivery, sorted by
//! delivery id: every field of the envelope, then `source`, `sha256` (of the screened body, hex) and the body's exact
//! bytes: `body` where they are UTF-8, else `body_base64`. A delivery whose body was withheld has none of the last
//! three. The object's key comes from the time of writing and from the lines, so that a batch that is written twice
//! makes one object. A delivery may stand in more than one segment: readers drop it by its id.

use std::{
    io::{BufRead, BufReader, Read},
    time::SystemTime,
};

use anyhow::{Context, bail, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zstd::zstd_safe::CParameter;

use crate::{BODY_LIMIT, Envelope, Opened, Source};

mod proof;
mod reader;

pub use proof::{Archived, Flaw};
pub use reader::{Reader, Reading, Span};

/// What the keys of all segments begin with.
const PREFIX: &str = "archive/v0/";
const LEVEL: i32 = 3;
/// The longest line: a body whose every byte is escaped as six, and its envelope.
const LINE_LIMIT: u64 = 6 * BODY_LIMIT as u64 + 64 * 1024;
/// Frames that need more memory than 8 MiB to read are not ours: level 3 needs 2 MiB.
const WINDOW_LOG_LIMIT: u32 = 23;

/// One object of the archive.
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
    /// How many lines it has.
    pub deliveries: usize,
}

impl Segment {
    /// Builds a segment of at least one delivery, written at `now`. A delivery that comes twice makes one line.
    pub fn build(deliveries: &[&Opened], now: SystemTime) -> anyhow::Result<Self> {
        ensure!(!deliveries.is_empty(), "a segment of no delivery");
        let mut lines = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            let line = serde_json::to_vec(&Line::of(delivery)).context("write a line")?;
            lines.push((delivery.envelope.delivery_id.as_str(), line));
        }
        lines.sort_unstable();
        lines.dedup();
        let mut text = Vec::with_capacity(lines.iter().map(|(_, line)| line.len() + 1).sum());
        for (_, line) in &lines {
            text.extend_from_slice(line);
            text.push(b'\n');
        }

        let mut compressor = zstd::bulk::Compressor::new(LEVEL).context("set up compression")?;
        compressor.set_parameter(CParameter::ChecksumFlag(true)).context("set up compression")?;
        compressor.set_parameter(CParameter::ContentSizeFlag(true)).context("set up compression")?;
        let bytes = compressor.compress(&text).context("compress a segment")?;
        Ok(Self { key: key(&text, now), digest: sha256(&bytes), bytes, mac: None, deliveries: lines.len() })
    }
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

fn key(text: &[u8], now: SystemTime) -> String {
    format!("{}{}", hour(now), name(&sha256(text)))
}

/// What the keys of the segments begin with that were written in the hour of `at`.
fn hour(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    let (year, month, day) = at.to_calendar_date();
    format!("{PREFIX}date={year:04}-{:02}-{day:02}/hour={:02}/", u8::from(month), at.hour())
}

/// The name of a segment whose lines have this digest.
fn name(text: &[u8; 32]) -> String {
    format!("{}.ndjson.zst", hex::encode(text.first_chunk::<16>().unwrap_or(&[0; 16])))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}

#[cfg(test)]
mod tests;
