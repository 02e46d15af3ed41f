//! Reading the archive: what was received in a span of time, each delivery once, in memory that does not grow with it.

use std::{
    collections::HashSet,
    io::Cursor,
    mem,
    ops::Range,
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::stream::{self, LocalBoxStream, StreamExt, TryStreamExt};

use super::{
    Lines,
    layout::{self, hour},
    proof::{Archived, Examined, Flaw, Outcome, archived, examine},
    sha256,
};
use crate::{Archive, Listed, Macs, Opened, envelope::unix_ms};

/// Segments that are fetched ahead. Each is of some megabytes.
const FETCHED_AHEAD: usize = 4;
/// How much later than received a delivery is written: what fails comes again for about a day.
const LATE: Duration = Duration::from_hours(25);
/// How much earlier: two clocks.
const EARLY: Duration = Duration::from_mins(5);
/// Delivery ids that are remembered at least, 16 bytes each.
const IDS_KEPT: usize = 1 << 18;

/// From when to when deliveries were received: `since` is within, `until` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment within.
    pub since: SystemTime,
    /// The first moment after it.
    pub until: SystemTime,
}

impl Span {
    /// The keys of the segments that can hold what was received in it: those written from the hour of `since` to a
    /// day after `until`. A delivery that came back from a dead-letter queue later than that stands in a later one.
    pub fn keys(&self) -> Range<String> {
        let first = self.since.checked_sub(EARLY).unwrap_or(UNIX_EPOCH);
        let last = self.until.checked_add(LATE).unwrap_or(self.until);
        // '0' is the character after '/'.
        let end = hour(last);
        hour(first)..format!("{}0", end.strip_suffix('/').unwrap_or(&end))
    }

    /// Whether it has this moment, in milliseconds of Unix time.
    pub fn holds(&self, received_at_ms: i64) -> bool {
        (unix_ms(self.since)..unix_ms(self.until)).contains(&received_at_ms)
    }
}

/// What a reader meets.
pub enum Reading {
    /// A delivery whose segment is proven.
    Delivery(Archived),
    /// A segment that is not believed. Nothing of it follows, unless the unproven was asked for.
    Flawed {
        /// Its key.
        key: Rc<str>,
        /// Why not.
        flaw: Flaw,
        /// Its length in bytes.
        length: u64,
    },
    /// A delivery of such a segment.
    Unproven(Opened),
}

/// Reads the deliveries that were received in a span of time, in the order of their segments.
///
/// A segment is listed by its hour, fetched, proven (SHA-256, the MAC, its name) and only then decompressed, line by
/// line. A delivery that stands in several segments is given once, unless they lie more than 250,000 deliveries apart.
pub struct Reader<'a> {
    segments: LocalBoxStream<'a, anyhow::Result<Examined>>,
    span: Span,
    unproven: bool,
    open: Option<Segment>,
    seen: Seen,
}

impl<'a> Reader<'a> {
    /// A reader of what was received in `span`.
    pub fn new(archive: &'a impl Archive, macs: &'a impl Macs, span: Span) -> Self {
        Self::resumed(archive, macs, span, "")
    }

    /// A reader that goes on after the segment `after`.
    pub fn resumed(archive: &'a impl Archive, macs: &'a impl Macs, span: Span, after: &str) -> Self {
        let keys = span.keys();
        let start = keys.start.as_str().max(after).to_owned();
        let segments = list(archive, layout::SEGMENTS, start..keys.end)
            .map(move |listed| async move { examine(listed?, archive, macs).await })
            .buffered(FETCHED_AHEAD)
            .boxed_local();
        Self { segments, span, unproven: false, open: None, seen: Seen::default() }
    }

    /// Gives the deliveries of segments that are not believed as well, for a person to look at: they cannot be sealed.
    #[must_use]
    pub fn with_unproven(mut self) -> Self {
        self.unproven = true;
        self
    }

    /// What comes next; none at the end.
    pub async fn next(&mut self) -> anyhow::Result<Option<Reading>> {
        loop {
            if let Some(found) = self.next_line() {
                return Ok(Some(found));
            }
            match self.segments.try_next().await? {
                None => return Ok(None),
                Some(Examined { key, length, outcome: Outcome::Proven(lines), .. }) => {
                    self.open = Some(Segment { key, length, proven: true, lines });
                }
                Some(Examined { key, length, outcome: Outcome::Flawed(flaw, bytes), .. }) => {
                    self.open = bytes.filter(|_| self.unproven).map(|bytes| Segment {
                        key: Rc::clone(&key),
                        length,
                        proven: false,
                        lines: Lines::of(Cursor::new(bytes)),
                    });
                    return Ok(Some(Reading::Flawed { key, flaw, length }));
                }
            }
        }
    }

    fn next_line(&mut self) -> Option<Reading> {
        let segment = self.open.as_mut()?;
        for line in &mut segment.lines {
            let Ok(line) = line else {
                // Of a segment that is not believed, all is said already.
                let flaw = Flaw::Unreadable;
                let flaw = Reading::Flawed { key: Rc::clone(&segment.key), flaw, length: segment.length };
                let flaw = segment.proven.then_some(flaw);
                self.open = None;
                return flaw;
            };
            if !self.span.holds(line.envelope.received_at_ms) {
                continue;
            }
            if !segment.proven {
                return Some(Reading::Unproven(line));
            }
            if self.seen.first_time(&line.envelope.delivery_id) {
                return Some(Reading::Delivery(archived(&segment.key, line)));
            }
        }
        self.open = None;
        None
    }
}

/// The segment that is being read.
struct Segment {
    key: Rc<str>,
    length: u64,
    proven: bool,
    lines: Lines<Cursor<Vec<u8>>>,
}

/// The objects that begin with `prefix` and whose keys are within `keys`, in order, a page at a time.
pub(super) fn list<'a>(
    archive: &'a impl Archive,
    prefix: &'a str,
    keys: Range<String>,
) -> impl stream::Stream<Item = anyhow::Result<Listed>> + 'a {
    let pages = stream::try_unfold(keys, async move |keys| {
        let mut page = archive.list(prefix, &keys.start).await?;
        page.retain(|listed| listed.key < keys.end);
        let next = page.last().map(|last| last.key.clone()..keys.end);
        anyhow::Ok(next.map(|next| (page, next)))
    });
    pages.map_ok(|page| stream::iter(page).map(anyhow::Ok)).try_flatten()
}

/// The delivery ids met last: of two sets, the older is forgotten when the newer is full.
#[derive(Default)]
struct Seen {
    newer: HashSet<[u8; 16]>,
    older: HashSet<[u8; 16]>,
}

impl Seen {
    fn first_time(&mut self, id: &str) -> bool {
        let id = *sha256(id.as_bytes()).first_chunk().unwrap_or(&[0; 16]);
        if self.newer.contains(&id) || self.older.contains(&id) {
            return false;
        }
        if self.newer.len() >= IDS_KEPT {
            self.older = mem::take(&mut self.newer);
        }
        self.newer.insert(id)
    }
}

#[cfg(test)]
mod tests;
