//! Times as messages write them, and as rows and the bus write them. Milliseconds since 1970, UTC.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// Years 1970 to 9999: what a time in a message may be.
const LAST_MS: i64 = 253_402_300_799_999;

/// Reads RFC 3339 (also with `+0200`, a blank for the `T`, or without a zone, which is UTC then), or a unix number of
/// seconds (up to 11 digits) or milliseconds. `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        let ms = if text.len() <= 11 { number.checked_mul(1000)? } else { number };
        return (0..=LAST_MS).contains(&ms).then_some(ms);
    }
    let instant = OffsetDateTime::parse(&strict(text)?, &Rfc3339).ok()?;
    let ms = i64::try_from(instant.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
    (0..=LAST_MS).contains(&ms).then_some(ms)
}

/// The same time as RFC 3339 wants it.
fn strict(text: &str) -> Option<String> {
    let (date, clock) = text.split_once(['T', 't', ' '])?;
    let (clock, zone) = match clock.find(['Z', 'z', '+', '-']) {
        Some(at) => clock.split_at_checked(at)?,
        None => (clock, "Z"),
    };
    let zone = match zone.split_at_checked(3) {
        Some((hours, "")) => format!("{hours}:00"),
        Some((hours, minutes)) if !minutes.starts_with(':') => format!("{hours}:{minutes}"),
        _ => zone.to_owned(),
    };
    Some(format!("{date}T{}{zone}", clock.trim_end()))
}

/// `2026-11-23T03:48:44.000Z`: always the same length, so that texts sort like times.
pub(crate) fn text(ms: i64) -> String {
    let nanos = i128::from(ms.clamp(0, LAST_MS)) * 1_000_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .to_offset(UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, expected: Option<&str>) {
        assert_eq!(parse(given).map(text).as_deref(), expected, "{given}");
    }

    #[test]
    fn times_are_read_in_the_forms_that_providers_use() {
        check("1700000000", Some("2023-11-14T22:13:20.000Z"));
        check("1700000000123", Some("2023-11-14T22:13:20.123Z"));
        check("2023-11-14T22:13:20Z", Some("2023-11-14T22:13:20.000Z"));
        check("2023-11-14T22:13:20.0080095Z", Some("2023-11-14T22:13:20.008Z"));
        check("2023-11-14T23:13:20+01:00", Some("2023-11-14T22:13:20.000Z"));
        check("2023-11-14T23:13:20.5+0100", Some("2023-11-14T22:13:20.500Z"));
        check("2023-11-14 22:13:20", Some("2023-11-14T22:13:20.000Z"));
        check("2023-11-14 22:13:20 +00", Some("2023-11-14T22:13:20.000Z"));
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "now",
            "-5",
            "2023-11-14",
            "2023-13-14T22:13:20Z",
            "99999999999999999999",
            "T",
            "é T+é",
            "1960-01-01T00:00:00Z",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn every_time_has_the_same_length() {
        for ms in [i64::MIN, -1, 0, 1, 1_700_000_000_123, LAST_MS, i64::MAX] {
            assert_eq!(text(ms).len(), 24);
        }
    }
}
