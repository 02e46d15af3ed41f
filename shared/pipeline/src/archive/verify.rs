//! Whether the archive is as it was written: every segment against its MAC, its name and its day's manifest, and every
//! manifest against its MAC and the one before.

use std::{
    collections::BTreeMap,
    mem,
    time::{Duration, SystemTime},
};

use futures_util::stream::{self, StreamExt};
use time::Date;

use super::{
    layout::{self, day_of},
    manifest::{self, Entry, Manifest, manifests, segments_of},
    proof::{Fetched, Flaw, Outcome, examine, fetch},
};
use crate::{Archive, Listed, Macs};

/// A day's manifest is written soon after midnight, and tried again for some hours.
const DUE: Duration = Duration::from_hours(6);
/// Segments that are fetched ahead.
const FETCHED_AHEAD: usize = 4;

/// What was found of some days of the archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Segments that were read.
    pub segments: u64,
    /// Lines in those that are proven.
    pub deliveries: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Manifests that hold.
    pub manifests: u64,
    /// What is not as it was written. Empty: the archive is intact.
    pub findings: Vec<Finding>,
}

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The object.
    pub key: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with an object of the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be proven.
    Unproven(Flaw),
    /// It is another object than the one that its manifest lists, though the archiver wrote it.
    Changed,
    /// Its manifest lists it, and it is not there.
    Missing,
    /// It is there, and its manifest does not list it.
    Added,
    /// The day ended hours ago and has no manifest.
    NoManifest,
    /// It does not follow the manifest before it.
    Chain,
}

impl Fault {
    /// One word for people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unproven(Flaw::Cold) => "cold",
            Self::Unproven(Flaw::Absent) | Self::Missing => "missing",
            Self::Unproven(Flaw::NoMac | Flaw::TooLarge) | Self::Added => "added",
            Self::Unproven(Flaw::Mac | Flaw::Unreadable | Flaw::Name) | Self::Changed => "changed",
            Self::NoManifest => "no-manifest",
            Self::Chain => "chain",
        }
    }

    /// A sentence for people.
    pub fn says(self) -> &'static str {
        match self {
            Self::Unproven(flaw) => flaw.as_str(),
            Self::Changed => "it is not the object that its day's manifest lists",
            Self::Missing => "its day's manifest lists it, and it is not there",
            Self::Added => "its day's manifest does not list it",
            Self::NoManifest => "its day has no manifest",
            Self::Chain => "it does not follow the manifest of the day before",
        }
    }
}

/// Proves what was written from the day of `since` to the day of `until` (UTC), both included. Memory is that of one
/// day's listing. `progress` is told after each segment.
///
/// What it cannot find: a segment that was removed before its day had a manifest, which is until the morning after.
pub async fn verify_archive(
    archive: &impl Archive,
    macs: &impl Macs,
    since: SystemTime,
    until: SystemTime,
    now: SystemTime,
    mut progress: impl FnMut(&Report),
) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut there = BTreeMap::new();
    for listed in manifests(archive).await? {
        match day_of(&listed.key).filter(|day| listed.key == layout::manifest(*day)) {
            Some(day) => drop(there.insert(day, listed)),
            None => report.finding(&listed.key, Fault::Added),
        }
    }
    let first = there.keys().next().copied();
    let due = now.checked_sub(DUE).map(layout::day);

    let (mut day, last) = (layout::day(since), layout::day(until));
    let mut before = match day.previous_day().and_then(|day| there.get(&day)) {
        Some(listed) => fetch(listed, archive, macs).await?.digest,
        None => None,
    };
    while day <= last {
        let manifest = match there.get(&day) {
            Some(listed) => {
                let fetched = fetch(listed, archive, macs).await?;
                // The first of all has none before it, or one that has expired.
                let before = mem::replace(&mut before, fetched.digest);
                let manifest = read(fetched, day);
                match &manifest {
                    Ok(manifest) if first != Some(day) && !follows(manifest, day, before) => {
                        report.finding(&listed.key, Fault::Chain);
                    }
                    Ok(_) => {}
                    Err(flaw) => report.finding(&listed.key, Fault::Unproven(*flaw)),
                }
                manifest.ok()
            }
            None => mem::take(&mut before).and(None),
        };
        report.manifests += u64::from(manifest.is_some());
        let segments = segments_of(archive, day).await?;
        let expected = !segments.is_empty() || first.is_some_and(|first| first < day);
        if expected && due.is_some_and(|due| day < due) && !there.contains_key(&day) {
            report.finding(&layout::manifest(day), Fault::NoManifest);
        }
        check_day(archive, macs, segments, manifest, &mut report, &mut progress).await?;
        let Some(next) = day.next_day() else { break };
        day = next;
    }
    Ok(report)
}

/// Checks the segments of a day against its manifest, if it has one that holds.
async fn check_day(
    archive: &impl Archive,
    macs: &impl Macs,
    segments: Vec<Listed>,
    manifest: Option<Manifest>,
    report: &mut Report,
    progress: &mut impl FnMut(&Report),
) -> anyhow::Result<()> {
    let mut entries: Option<BTreeMap<String, Entry>> = manifest
        .map(|manifest| manifest.entries.into_iter().map(|entry| (entry.key.clone(), entry)).collect());
    let mut segments =
        stream::iter(segments).map(|listed| examine(listed, archive, macs)).buffered(FETCHED_AHEAD);
    while let Some(examined) = segments.next().await {
        let examined = examined?;
        report.segments += 1;
        report.bytes += examined.length;
        let entry = entries.as_mut().map(|entries| entries.remove(&*examined.key));
        let digest = examined.digest.map(hex::encode);
        let listed = match entry {
            Some(None) => Some(Fault::Added),
            Some(Some(entry)) if entry.sha256 != digest => Some(Fault::Changed),
            _ => None,
        };
        match (examined.outcome, listed) {
            (Outcome::Flawed(flaw, _), _) => report.finding(&examined.key, Fault::Unproven(flaw)),
            (Outcome::Proven(_), Some(fault)) => report.finding(&examined.key, fault),
            (Outcome::Proven(lines), None) => {
                let mut unreadable = false;
                for line in lines {
                    unreadable |= line.is_err();
                    report.deliveries += u64::from(line.is_ok());
                }
                if unreadable {
                    report.finding(&examined.key, Fault::Unproven(Flaw::Unreadable));
                }
            }
        }
        progress(report);
    }
    for key in entries.unwrap_or_default().into_keys() {
        report.finding(&key, Fault::Missing);
    }
    Ok(())
}

/// The manifest of this day out of an object, if it is one and its MAC holds.
fn read(fetched: Fetched, day: Date) -> Result<Manifest, Flaw> {
    if let Some(flaw) = fetched.flaw {
        return Err(flaw);
    }
    let manifest = manifest::read(&fetched.bytes.unwrap_or_default()).map_err(|_| Flaw::Unreadable)?;
    if manifest.head.date == day.to_string() { Ok(manifest) } else { Err(Flaw::Name) }
}

/// Whether a manifest names the one of the day before, which has this digest.
fn follows(manifest: &Manifest, day: Date, before: Option<[u8; 32]>) -> bool {
    let key = day.previous_day().map(layout::manifest);
    manifest.head.previous.as_ref().is_some_and(|previous| {
        Some(&previous.key) == key.as_ref() && Some(&previous.sha256) == before.map(hex::encode).as_ref()
    })
}

impl Report {
    /// Whether everything is as it was written.
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }

    fn finding(&mut self, key: &str, fault: Fault) {
        self.findings.push(Finding { key: key.to_owned(), fault });
    }
}

#[cfg(test)]
mod tests;
