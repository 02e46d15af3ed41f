//! Times as providers write them.

use std::{
    fmt::Write,
    time::{SystemTime, UNIX_EPOCH},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::scheme::Unit;

/// Milliseconds since 1970; before it, negative.
pub(crate) fn milliseconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => {
            let seconds = i64::try_from(after.as_secs()).unwrap_or(i64::MAX);
            seconds.saturating_mul(1000).saturating_add(i64::from(after.subsec_millis()))
        }
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}

/// Milliseconds since 1970 of a signed time: ASCII digits only, no sign, no blank, no fraction.
pub(crate) fn signed_time(text: &str, unit: Unit) -> Option<i64> {
    if let Unit::Rfc3339 = unit {
        return rfc3339(text);
    }
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    match unit {
        Unit::Milliseconds => Some(number),
        Unit::ByLength if text.len() >= 13 => Some(number),
        _ => Some(number.saturating_mul(1000)),
    }
}

/// Milliseconds since 1970 of an RFC 3339 time.
pub(crate) fn rfc3339(text: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok()
}

/// RFC 3339 in UTC of a number of milliseconds since 1970, with three decimals or none.
pub(crate) fn to_rfc3339(milliseconds: i64, decimals: bool) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000)).ok()?;
    let mut text = time.format(&Rfc3339).ok()?;
    if decimals {
        let end = text.pop()?;
        write!(text, ".{:03}{end}", milliseconds.rem_euclid(1000)).ok()?;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_time_is_ascii_digits_only() {
        let check = |text: &str, unit, expected| assert_eq!(signed_time(text, unit), expected, "{text}");
        check("1767225600", Unit::Seconds, Some(1_767_225_600_000));
        check("1767225600123", Unit::Milliseconds, Some(1_767_225_600_123));
        check("1767225600123", Unit::ByLength, Some(1_767_225_600_123));
        check("176722560012", Unit::ByLength, Some(176_722_560_012_000));
        check("0001767225600", Unit::Seconds, Some(1_767_225_600_000));
        check("9223372036854775807", Unit::Seconds, Some(i64::MAX));
        for bad in
            ["", "+1", "-1", " 1", "1 ", "1.0", "1_0", "1e3", "0x1", "９", "NaN", "9223372036854775808"]
        {
            check(bad, Unit::Seconds, None);
        }
        check("2026-01-01T00:00:00Z", Unit::Rfc3339, Some(1_767_225_600_000));
        check("2026-01-01T01:00:00.5+01:00", Unit::Rfc3339, Some(1_767_225_600_500));
        check("1767225600", Unit::Rfc3339, None);
    }

    #[test]
    fn a_number_becomes_rfc3339_in_utc() {
        assert_eq!(to_rfc3339(1_767_225_600_000, false).as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(to_rfc3339(1_767_225_600_750, true).as_deref(), Some("2026-01-01T00:00:00.750Z"));
        assert_eq!(to_rfc3339(-1, true).as_deref(), Some("1969-12-31T23:59:59.999Z"));
        assert_eq!(to_rfc3339(i64::MAX, true), None);
    }
}
