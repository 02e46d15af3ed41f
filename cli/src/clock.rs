//! The one place of this crate that reads a clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The time of day.
#[expect(clippy::disallowed_methods, reason = "a command line tool starts from the time at which it is run")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// A point to measure from.
#[expect(clippy::disallowed_methods, reason = "durations are shown to the person who waits")]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// `840 ms`, `12.3 s`.
pub(crate) fn spent(since: Instant) -> String {
    let spent = since.elapsed();
    if spent.as_secs() == 0 {
        format!("{} ms", spent.as_millis())
    } else {
        format!("{:.1} s", spent.as_secs_f64())
    }
}

/// A number of seconds since 1970 as a time.
pub(crate) fn from_seconds(seconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds.try_into().unwrap_or_default())
}

/// A number of milliseconds since 1970 as a time.
pub(crate) fn from_milliseconds(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(milliseconds.try_into().unwrap_or_default())
}

/// RFC 3339 in UTC, to the second.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    let whole = time.replace_nanosecond(0).unwrap_or(time);
    whole.format(&Rfc3339).unwrap_or_default()
}

/// The time that an RFC 3339 text says, if it says one.
pub(crate) fn parsed(text: Option<&str>) -> Option<SystemTime> {
    OffsetDateTime::parse(text?, &Rfc3339).ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use super::{from_milliseconds, rfc3339};

    #[test]
    fn a_time_is_shown_in_utc() {
        assert_eq!(rfc3339(from_milliseconds(1_800_000_000_999)), "2027-01-15T08:00:00Z");
    }
}
