//! What was in the archive at the end of a day: a manifest a day, each with the digest of the one before.
//!
//! `archive/manifests/v0/date=YYYY-MM-DD/manifest.ndjson.zst`, in the form of a segment, MAC included. Its first line is
//! [`Head`], then comes one [`Entry`] a segment that was written on that day (UTC), by key. A manifest is made of what the
//! archive holds and of nothing else, and created once: to make it again has no effect.
//!
//! A segment is named by the hour in which the function was called, which runs for a minute at most. So 15 minutes after
//! midnight a day is complete, and a segment that appears in it later is not the archiver's.

use std::{
    io::{BufRead, BufReader},
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::stream::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use time::Date;

use super::{
    LINE_LIMIT, Segment, compress, decompressed,
    layout::{self, day_of},
    reader::list,
    sha256,
};
use crate::{Archive, Listed, Macs, Put};

/// When a day is complete after its end.
const SETTLED: Duration = Duration::from_mins(15);
/// Days that are closed in one run.
const DAYS_AT_ONCE: usize = 10;
/// Segments that are looked at at the same time.
const HEADS_AT_ONCE: usize = 16;

/// A day that has its manifest now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The manifest's key.
    pub key: String,
    /// How many segments it lists.
    pub segments: usize,
    /// Whether another object had its name, which is left as it is.
    pub taken: bool,
    /// Whether a run on an earlier day should have written it: that failed, or what it wrote was removed.
    pub late: bool,
}

/// The first line of a manifest.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// `YYYY-MM-DD`.
    pub(super) date: String,
    /// The manifest of the day before; none in the first.
    pub(super) previous: Option<Previous>,
    /// How many entries follow.
    pub(super) segments: usize,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub(super) struct Previous {
    pub(super) key: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub(super) sha256: String,
}

/// One segment.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    /// In bytes.
    pub(super) length: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub(super) sha256: Option<String>,
    /// Its MAC, in base64.
    pub(super) mac: Option<String>,
}

/// A manifest that was read.
pub(super) struct Manifest {
    pub(super) head: Head,
    pub(super) entries: Vec<Entry>,
}

/// Writes the manifests that are due: of the days since the last one, up to yesterday, at most ten. Fit for a schedule:
/// what is there already is left as it is.
pub async fn close_days(
    archive: &impl Archive,
    macs: &impl Macs,
    now: SystemTime,
) -> anyhow::Result<Vec<Closed>> {
    let Some(yesterday) = now.checked_sub(SETTLED).and_then(|settled| layout::day(settled).previous_day())
    else {
        return Ok(Vec::new());
    };
    let (mut day, mut before) = match last_manifest(archive, macs, yesterday).await? {
        Some((day, before)) => (day.next_day(), Some(before)),
        None => (first_day(archive).await?, None),
    };
    let mut closed = Vec::new();
    while let Some(due) = day.filter(|day| *day <= yesterday)
        && closed.len() < DAYS_AT_ONCE
    {
        let (manifest, mut made) = close(archive, macs, due, before).await?;
        made.late = due < yesterday;
        closed.push(made);
        before = Some(manifest);
        day = due.next_day();
    }
    Ok(closed)
}

/// A manifest that is there: its key and its bytes.
type Written = (String, Vec<u8>);

async fn close(
    archive: &impl Archive,
    macs: &impl Macs,
    day: Date,
    before: Option<Written>,
) -> anyhow::Result<(Written, Closed)> {
    let listed = segments_of(archive, day).await?;
    let entries: Vec<Entry> = futures_util::stream::iter(listed)
        .map(|listed| entry(archive, listed))
        .buffered(HEADS_AT_ONCE)
        .try_collect()
        .await?;
    let key = layout::manifest(day);
    let head = Head {
        date: day.to_string(),
        previous: before.map(|(key, bytes)| Previous { key, sha256: hex::encode(sha256(&bytes)) }),
        segments: entries.len(),
    };
    let mut closed = Closed { key: key.clone(), segments: entries.len(), taken: false, late: false };
    let mut manifest = write(key.clone(), &head, &entries)?;
    manifest.mac = Some(macs.mac(&manifest.digest).await.context("sign a manifest")?);
    match archive.put(&manifest).await.context("write a manifest")? {
        Put::Created | Put::AlreadyThere => Ok(((key, manifest.bytes), closed)),
        // The same day gives the same bytes, so somebody else wrote it. The chain goes on from what is there.
        Put::Differs => {
            closed.taken = true;
            let there = archive.get(&key).await?.context("a manifest is there and is not there")?;
            Ok(((key, there.bytes), closed))
        }
    }
}

async fn entry(archive: &impl Archive, listed: Listed) -> anyhow::Result<Entry> {
    let head = archive.head(&listed.key).await?.with_context(|| format!("{} is gone", listed.key))?;
    Ok(Entry {
        key: listed.key,
        length: listed.length,
        sha256: head.digest.map(hex::encode),
        mac: head.mac.map(|mac| BASE64_STANDARD.encode(mac)),
    })
}

async fn segments_of(archive: &impl Archive, day: Date) -> anyhow::Result<Vec<Listed>> {
    let prefix = layout::segments_of(day);
    list(archive, &prefix, layout::all(&prefix)).try_collect().await
}

/// The keys of all manifests, by day.
pub(super) async fn manifests(archive: &impl Archive) -> anyhow::Result<Vec<Listed>> {
    list(archive, layout::MANIFESTS, layout::all(layout::MANIFESTS)).try_collect().await
}

/// The last manifest up to this day. What has another name, the name of a day to come or no MAC of ours is none; nor is
/// something else that the archiver wrote, such as a segment or the manifest of an earlier day, under this name.
async fn last_manifest(
    archive: &impl Archive,
    macs: &impl Macs,
    until: Date,
) -> anyhow::Result<Option<(Date, Written)>> {
    for listed in manifests(archive).await?.into_iter().rev() {
        let Some(day) = layout::manifest_of(&listed.key).filter(|day| *day <= until) else { continue };
        let there = archive.get(&listed.key).await?.with_context(|| format!("{} is gone", listed.key))?;
        // A MAC is made anew and compared: the archiver has no right to ask whether one holds.
        let is_ours = there.mac == Some(macs.mac(&sha256(&there.bytes)).await.context("check a manifest")?);
        if is_ours && read(&there.bytes).is_ok_and(|manifest| manifest.head.date == day.to_string()) {
            return Ok(Some((day, (listed.key, there.bytes))));
        }
    }
    Ok(None)
}

async fn first_day(archive: &impl Archive) -> anyhow::Result<Option<Date>> {
    let page = archive.list(layout::SEGMENTS, "").await?;
    Ok(page.iter().find_map(|listed| day_of(&listed.key)))
}

fn write(key: String, head: &Head, entries: &[Entry]) -> anyhow::Result<Segment> {
    let mut lines = Vec::with_capacity(entries.len() + 1);
    lines.push(line(head)?);
    for entry in entries {
        lines.push(line(entry)?);
    }
    let (bytes, _) = compress(lines.iter().map(Vec::as_slice))?;
    Ok(Segment { key, digest: sha256(&bytes), bytes, mac: None, lines: lines.len() })
}

fn line(value: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value).context("write a line")?;
    line.push(b'\n');
    Ok(line)
}

/// Reads a manifest. Nothing is proven of it by that.
pub(super) fn read(bytes: &[u8]) -> anyhow::Result<Manifest> {
    let mut text = BufReader::new(decompressed(bytes)?);
    let mut next = || -> anyhow::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let read = std::io::Read::take(&mut text, LINE_LIMIT).read_until(b'\n', &mut line);
        read.context("decompress a manifest")?;
        ensure!(line.is_empty() || line.ends_with(b"\n"), "a manifest that is cut off");
        Ok(Some(line).filter(|line| !line.is_empty()))
    };
    let Some(first) = next()? else { bail!("an empty manifest") };
    let head: Head = serde_json::from_slice(&first).context("read a manifest")?;
    let mut entries = Vec::new();
    while let Some(line) = next()? {
        entries.push(serde_json::from_slice(&line).context("read a manifest")?);
    }
    ensure!(entries.len() == head.segments, "a manifest of another length than it says");
    Ok(Manifest { head, entries })
}

#[cfg(test)]
mod tests;
