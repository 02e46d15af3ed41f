//! Where things are in the archive: keys by day and hour, in UTC.

use std::{ops::Range, time::SystemTime};

use time::{Date, Month, OffsetDateTime};

/// What the keys of all segments begin with.
pub(super) const SEGMENTS: &str = "archive/v0/";
/// What the keys of all manifests begin with.
pub(super) const MANIFESTS: &str = "archive/manifests/v0/";

/// The day of a moment.
pub(super) fn day(at: SystemTime) -> Date {
    OffsetDateTime::from(at).date()
}

/// What the keys of the segments begin with that were written on this day.
pub(super) fn segments_of(day: Date) -> String {
    format!("{SEGMENTS}{}", partition(day))
}

/// All keys that begin with `prefix`, which ends with a slash: '0' is the character after it. An object with the name of
/// the folder itself is among them.
pub(super) fn all(prefix: &str) -> Range<String> {
    let folder = prefix.strip_suffix('/').unwrap_or(prefix);
    folder.to_owned()..format!("{folder}0")
}

/// What the keys of the segments begin with that were written in the hour of `at`.
pub(super) fn hour(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    format!("{}hour={:02}/", segments_of(at.date()), at.hour())
}

/// The name of a segment whose lines have this digest.
pub(super) fn name(text: &[u8; 32]) -> String {
    format!("{}.ndjson.zst", hex::encode(text.first_chunk::<16>().unwrap_or(&[0; 16])))
}

/// The key of a day's manifest.
pub(super) fn manifest(day: Date) -> String {
    format!("{MANIFESTS}{}manifest.ndjson.zst", partition(day))
}

/// The day whose manifest has this key, if one has.
pub(super) fn manifest_of(key: &str) -> Option<Date> {
    day_of(key).filter(|day| key == manifest(*day))
}

/// The name of the segment whose key this is; none if no segment has such a key.
pub(super) fn segment_name(key: &str) -> Option<&str> {
    let inside = key.strip_prefix(&segments_of(day_of(key)?))?;
    let (hour, name) = inside.strip_prefix("hour=")?.split_once('/')?;
    let is_hour = hour.parse::<u8>().is_ok_and(|number| number < 24 && format!("{number:02}") == hour);
    let digest = name.strip_suffix(".ndjson.zst")?;
    let is_digest =
        digest.len() == 32 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (is_hour && is_digest).then_some(name)
}

/// The day that a key of a segment or of a manifest names.
pub(super) fn day_of(key: &str) -> Option<Date> {
    let rest = key.strip_prefix(SEGMENTS).or_else(|| key.strip_prefix(MANIFESTS))?;
    let mut date = rest.strip_prefix("date=")?.split_once('/')?.0.splitn(3, '-');
    let year = date.next()?.parse().ok()?;
    let month = Month::try_from(date.next()?.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year, month, date.next()?.parse().ok()?).ok()
}

fn partition(day: Date) -> String {
    let (year, month, day) = day.to_calendar_date();
    format!("date={year:04}-{:02}-{day:02}/", u8::from(month))
}
