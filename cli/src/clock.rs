//! The one place of this crate that reads a clock.

use std::time::{Instant, SystemTime};

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
