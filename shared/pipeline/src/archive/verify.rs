//! Whether the archive is as it was written: every segment against its MAC, its name and its day's manifest, and every
//! manifest against its MAC and the one before.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
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
    let (mut day, last) = (layout::day(days.since), layout::day(days.until));
    let today = layout::day(now);
    let mut there = BTreeMap::new();
    for listed in manifests(archive).await? {
        match manifest_of(&listed.key).filter(|day| *day <= today) {
            Some(day) => drop(there.insert(day, listed)),
            None => report.finding(&listed.key, Fault::Added),
        }
    }
    let kept_since = layout::day(days.kept_since);
    let due = now.checked_sub(DUE).map(layout::day);
    let Beginning { first, previous, flawed } = beginning(&there, archive, macs).await?;
    for (of, flaw) in flawed.into_iter().filter(|(of, _)| !(day..=last).contains(of)) {
        report.unproven(&layout::manifest(of), flaw);
    }
    let mut removed = None;
    if let Some(previous) = previous {
        let before = first.and_then(Date::previous_day);
        removed = before.filter(|before| *before >= kept_since && !there.contains_key(before));
        if removed.is_some() {
            report.finding(&previous.key, Fault::NoManifest);
        }
    }
    // A day more than today: two clocks.
    let latest = last.max(today.next_day().unwrap_or(today));
    for key in strays(archive, first.unwrap_or(day).min(day), latest).await? {
        report.finding(&key, Fault::Added);
    }

    let mut before = match day.previous_day().and_then(|day| there.get(&day)) {
        Some(listed) => Before::of(&fetch(listed, archive, macs).await?),
        None => Before::Absent,
    };
    while day <= last {
        let is_kept = day >= kept_since;
        report.expired += u64::from(!is_kept);
        let fetched = match there.get(&day) {
            Some(listed) => Some(fetch(listed, archive, macs).await?),
            None => None,
        };
        let after = mem::replace(&mut before, fetched.as_ref().map_or(Before::Absent, Before::of));
        let manifest = fetched.and_then(|fetched| match read(fetched, day) {
            Ok(manifest) => {
                let follows = match &manifest.head.previous {
                    None => first == Some(day),
                    Some(previous) => {
                        after.is(previous, day, |before| before < kept_since || removed == Some(before))
                    }
                };
                if !follows {
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
        let strays = segments.extract_if(.., |listed| layout::segment_name(&listed.key).is_none());
        let strays: BTreeSet<String> = strays.map(|listed| listed.key).collect();
        for key in &strays {
            report.finding(key, Fault::Added);
        }
        let expected = is_kept && (!segments.is_empty() || first.is_some_and(|first| first < day));
        if expected && due.is_some_and(|due| day < due) && !there.contains_key(&day) && removed != Some(day) {
            report.finding(&layout::manifest(day), Fault::NoManifest);
        }
        let left = check_day(archive, macs, segments, manifest, &mut report, &mut progress).await?;
        for key in left.into_iter().filter(|key| is_kept && !strays.contains(key)) {
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
        report.bytes += examined.digest.map_or(0, |_| examined.length);
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
    let keys = behind(&before)..layout::all(&segments_of(day)).end;
    let mut listed: Vec<Listed> = list(archive, SEGMENTS, keys).try_collect().await?;
    listed.retain(|listed| !listed.key.starts_with(&before));
    Ok(listed)
}

/// What lies before the days from `first` on and is no segment of an earlier day, and all that lies after `latest`.
async fn strays(archive: &impl Archive, first: Date, latest: Date) -> anyhow::Result<Vec<String>> {
    let Range { start, end } = layout::all(SEGMENTS);
    let before = first.previous_day().map(segments_of).unwrap_or_default();
    let latest = segments_of(latest);
    let early = list(archive, SEGMENTS, start..behind(&before))
        .try_filter(|listed| ready(layout::segment_name(&listed.key).is_none()));
    let late = list(archive, SEGMENTS, behind(&latest)..end)
        .try_filter(|listed| ready(!listed.key.starts_with(&latest)));
    early.chain(late).map_ok(|listed| listed.key).try_collect().await
}

/// Where a listing begins that has everything after a folder, and of what is in it at most names of other characters
/// than ours. The start of a listing is not part of it, so the key after the folder's last cannot be named.
fn behind(folder: &str) -> String {
    format!("{folder}~")
}

/// Where the chain of manifests begins.
#[derive(Default)]
struct Beginning {
    /// The day of the oldest manifest that holds, or cannot be read now.
    first: Option<Date>,
    /// What it names as the one before.
    previous: Option<Previous>,
    /// What has the name of an older one.
    flawed: Vec<(Date, Flaw)>,
}

async fn beginning(
    there: &BTreeMap<Date, Listed>,
    archive: &impl Archive,
    macs: &impl Macs,
) -> anyhow::Result<Beginning> {
    let mut beginning = Beginning::default();
    for (day, listed) in there {
        match read(fetch(listed, archive, macs).await?, *day) {
            Ok(manifest) => {
                beginning.previous = manifest.head.previous;
                beginning.first = Some(*day);
                break;
            }
            Err(Flaw::Cold) => {
                beginning.first = Some(*day);
                break;
            }
            Err(flaw) => beginning.flawed.push((*day, flaw)),
        }
    }
    Ok(beginning)
}

/// The manifest of this day out of an object, if it is one and its MAC holds.
fn read(fetched: Fetched, day: Date) -> Result<Manifest, Flaw> {
    if let Some(flaw) = fetched.flaw {
        return Err(flaw);
    }
    let manifest = manifest::read(&fetched.bytes.unwrap_or_default()).map_err(|_| Flaw::Unreadable)?;
    if manifest.head.date == day.to_string() { Ok(manifest) } else { Err(Flaw::Name) }
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

    /// Whether it is what the manifest of `day` names as the one before, so far as can be told.
    fn is(&self, named: &Previous, day: Date, may_be_absent: impl Fn(Date) -> bool) -> bool {
        let Some(before) = day.previous_day().filter(|before| named.key == layout::manifest(*before)) else {
            return false;
        };
        match self {
            Self::Absent => may_be_absent(before),
            Self::Cold => true,
            Self::Digest(digest) => named.sha256 == hex::encode(digest),
        }
    }
}

#[cfg(test)]
mod tests;
