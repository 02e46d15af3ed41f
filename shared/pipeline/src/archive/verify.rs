//! Whether the archive is as it was written: every segment against its MAC, its name and its day's manifest, and every
//! manifest against its MAC and the one before.

use std::{
    collections::BTreeMap,
    mem,
    ops::Range,
    time::{Duration, SystemTime},
};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use time::Date;

use super::{
    layout::{self, SEGMENTS, manifest_of, segments_of},
    manifest::{self, Entry, Manifest, Previous, manifests},
    proof::{Fetched, Flaw, Outcome, examine, fetch},
    reader::list,
    report::{Fault, Report},
};
use crate::{Archive, Listed, Macs};

/// A day's manifest is written soon after midnight, and tried again for some hours.
const DUE: Duration = Duration::from_hours(6);
/// Segments that are fetched ahead.
const FETCHED_AHEAD: usize = 4;

/// Which days are verified, and from when on everything must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// A moment of the first day (UTC).
    pub since: SystemTime,
    /// A moment of the last day.
    pub until: SystemTime,
    /// What was written on the day of this moment or later has not expired yet. Of older days a part may be gone.
    pub kept_since: SystemTime,
}

/// Proves what was written on some days, and that no manifest is gone from the beginning of the chain. Memory is that of
/// one day's listing. `progress` is told after each segment.
///
/// What it cannot find: a segment that was removed before its day had a manifest, which is until the morning after; and
/// one that was removed with its day's manifest and all later ones, after the archiver has made those anew.
pub async fn verify_archive(
    archive: &impl Archive,
    macs: &impl Macs,
    days: Days,
    now: SystemTime,
    mut progress: impl FnMut(&Report),
) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut there = BTreeMap::new();
    for listed in manifests(archive).await? {
        match manifest_of(&listed.key) {
            Some(day) => drop(there.insert(day, listed)),
            None => report.finding(&listed.key, Fault::Added),
        }
    }
    for stray in strays(archive).await? {
        report.finding(&stray.key, Fault::Added);
    }
    let kept_since = layout::day(days.kept_since);
    let due = now.checked_sub(DUE).map(layout::day);
    let first = there.keys().next().copied();
    let mut removed = None;
    if let Some((first, listed)) = there.first_key_value()
        && let Some(previous) = previous_of(fetch(listed, archive, macs).await?, *first)
    {
        removed = first.previous_day().filter(|day| *day >= kept_since);
        if removed.is_some() {
            report.finding(&previous.key, Fault::NoManifest);
        }
    }

    let (mut day, last) = (layout::day(days.since), layout::day(days.until));
    let mut before = match day.previous_day().and_then(|day| there.get(&day)) {
        Some(listed) => Before::of(&fetch(listed, archive, macs).await?),
        None => Before::Absent,
    };
    while day <= last {
        let is_kept = day >= kept_since;
        let fetched = match there.get(&day) {
            Some(listed) => Some(fetch(listed, archive, macs).await?),
            None => None,
        };
        let after = mem::replace(&mut before, fetched.as_ref().map_or(Before::Absent, Before::of));
        let manifest = fetched.and_then(|fetched| match read(fetched, day) {
            Ok(manifest) => {
                if first != Some(day) && !after.precedes(&manifest, day, kept_since) {
                    report.finding(&layout::manifest(day), Fault::Chain);
                }
                Some(manifest)
            }
            Err(flaw) => {
                report.unproven(&layout::manifest(day), flaw);
                None
            }
        });
        report.manifests += u64::from(manifest.is_some());
        let mut segments = listed(archive, day).await?;
        let folder = segments_of(day);
        segments.retain(|listed| {
            let is_inside = listed.key.starts_with(&folder);
            if !is_inside {
                report.finding(&listed.key, Fault::Added);
            }
            is_inside
        });
        let expected = is_kept && (!segments.is_empty() || first.is_some_and(|first| first < day));
        if expected && due.is_some_and(|due| day < due) && !there.contains_key(&day) && removed != Some(day) {
            report.finding(&layout::manifest(day), Fault::NoManifest);
        }
        let left = check_day(archive, macs, segments, manifest, &mut report, &mut progress).await?;
        for key in left.into_iter().filter(|_| is_kept) {
            report.finding(&key, Fault::Missing);
        }
        let Some(next) = day.next_day() else { break };
        day = next;
    }
    Ok(report)
}

/// Checks the segments of a day against its manifest, if it has one that holds. Returns what only the manifest has.
async fn check_day(
    archive: &impl Archive,
    macs: &impl Macs,
    segments: Vec<Listed>,
    manifest: Option<Manifest>,
    report: &mut Report,
    progress: &mut impl FnMut(&Report),
) -> anyhow::Result<Vec<String>> {
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
            Some(Some(entry)) if entry.length != examined.length => Some(Fault::Changed),
            Some(Some(entry)) if digest.is_some() && entry.sha256 != digest => Some(Fault::Changed),
            _ => None,
        };
        match (examined.outcome, listed) {
            (Outcome::Flawed(Flaw::Cold, _) | Outcome::Proven(_), Some(fault)) => {
                report.finding(&examined.key, fault);
            }
            (Outcome::Flawed(flaw, _), _) => report.unproven(&examined.key, flaw),
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
    Ok(entries.unwrap_or_default().into_keys().collect())
}

/// What lies in the folder of a day or between it and that of the day before.
async fn listed(archive: &impl Archive, day: Date) -> anyhow::Result<Vec<Listed>> {
    let before = day.previous_day().map(segments_of).unwrap_or_default();
    // The start of a listing is not part of it.
    let keys = format!("{before}~")..layout::all(&segments_of(day)).end;
    let mut listed = objects(archive, keys).await?;
    listed.retain(|listed| !listed.key.starts_with(&before));
    Ok(listed)
}

/// What lies before and after the folders of all days.
async fn strays(archive: &impl Archive) -> anyhow::Result<Vec<Listed>> {
    let Range { start, end } = layout::all(SEGMENTS);
    let mut strays = objects(archive, start..format!("{SEGMENTS}date=0")).await?;
    strays.extend(objects(archive, format!("{SEGMENTS}date=9999-12-31/~")..end).await?);
    Ok(strays)
}

async fn objects(archive: &impl Archive, keys: Range<String>) -> anyhow::Result<Vec<Listed>> {
    list(archive, SEGMENTS, keys).try_collect().await
}

/// The manifest of this day out of an object, if it is one and its MAC holds.
fn read(fetched: Fetched, day: Date) -> Result<Manifest, Flaw> {
    if let Some(flaw) = fetched.flaw {
        return Err(flaw);
    }
    let manifest = manifest::read(&fetched.bytes.unwrap_or_default()).map_err(|_| Flaw::Unreadable)?;
    if manifest.head.date == day.to_string() { Ok(manifest) } else { Err(Flaw::Name) }
}

/// What the manifest of this day names as the one before.
fn previous_of(fetched: Fetched, day: Date) -> Option<Previous> {
    read(fetched, day).ok()?.head.previous
}

/// The manifest of the day before.
enum Before {
    Absent,
    /// It is there, and cannot be read now.
    Cold,
    /// SHA-256 of its bytes.
    Digest([u8; 32]),
}

impl Before {
    fn of(fetched: &Fetched) -> Self {
        match fetched {
            Fetched { flaw: Some(Flaw::Cold), .. } => Self::Cold,
            Fetched { digest, .. } => digest.map_or(Self::Absent, Self::Digest),
        }
    }

    /// Whether a manifest of `day` names it, so far as can be told.
    fn precedes(&self, manifest: &Manifest, day: Date, kept_since: Date) -> bool {
        let Some((previous, before)) = manifest.head.previous.as_ref().zip(day.previous_day()) else {
            return false;
        };
        previous.key == layout::manifest(before)
            && match self {
                Self::Absent => before < kept_since,
                Self::Cold => true,
                Self::Digest(digest) => previous.sha256 == hex::encode(digest),
            }
    }
}

#[cfg(test)]
mod tests;
