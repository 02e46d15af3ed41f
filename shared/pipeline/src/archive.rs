//! One object of the archive: many deliveries.

use std::time::SystemTime;

use crate::Opened;

/// One object of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// `archive/v0/date=YYYY-MM-DD/hour=HH/<content>.ndjson.zst`.
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
    /// Builds a segment of at least one delivery, written at `now`.
    pub fn build(deliveries: &[&Opened], now: SystemTime) -> anyhow::Result<Self> {
        let _ = (deliveries, now);
        todo!()
    }
}

/// Reads the deliveries of a segment.
pub fn read_segment(bytes: &[u8]) -> impl Iterator<Item = anyhow::Result<Opened>> {
    let _ = bytes;
    std::iter::empty()
}
