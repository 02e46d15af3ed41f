//! Moments as a person writes them: a date, a time, or how long ago.

use std::time::{Duration, SystemTime};

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

use crate::clock;

/// Reads `2026-11-20` (its first moment, UTC), `2026-11-20T10:00:00Z`, `now`, or `45m`, `36h`, `7d` ago.
pub(crate) fn moment(text: &str) -> Result<SystemTime, String> {
    at(text, clock::now()).ok_or_else(|| {
        "a date (2026-11-20), a time (2026-11-20T10:00:00Z), now, or an age (45m, 36h, 7d) is expected"
            .to_owned()
    })
}

fn at(text: &str, now: SystemTime) -> Option<SystemTime> {
    if text == "now" {
        return Some(now);
    }
    let units = [("m", 60), ("h", 3600), ("d", 86_400)];
    if let Some((number, seconds)) =
        units.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))
    {
        let seconds = number.parse::<u64>().ok()?.checked_mul(seconds)?;
        return now.checked_sub(Duration::from_secs(seconds));
    }
    if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(time.into());
    }
    let mut parts = text.splitn(3, '-');
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let month = Month::try_from(parts.next()?.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year, month, parts.next()?.parse().ok()?).ok()?;
    Some(date.midnight().assume_utc().into())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_moment_is_a_date_a_time_or_an_age() {
        // 2026-11-20T10:00:00Z
        let now = UNIX_EPOCH + Duration::from_hours(498_658);
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(at(text, now).map(clock::rfc3339).as_deref(), expected, "{text}");
        };
        check("now", Some("2026-11-20T10:00:00Z"));
        check("2026-11-20", Some("2026-11-20T00:00:00Z"));
        check("2026-11-20T12:30:00+01:00", Some("2026-11-20T11:30:00Z"));
        check("45m", Some("2026-11-20T09:15:00Z"));
        check("36h", Some("2026-11-18T22:00:00Z"));
        check("7d", Some("2026-11-13T10:00:00Z"));
        for wrong in [
            "",
            "d",
            "7",
            "-7d",
            "7 d",
            "20-11-2026",
            "2026-13-01",
            "2026-02-30",
            "yesterday",
            "99999999999999999999d",
        ] {
            check(wrong, None);
        }
    }
}
