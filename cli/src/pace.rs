//! No more than so many a second.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// So many a second, evenly.
#[derive(Debug)]
pub(crate) struct Pace {
    period: Duration,
    due: Cell<Option<Instant>>,
}

impl Pace {
    /// As fast as it goes.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self { period: Duration::ZERO, due: Cell::default() }
    }

    /// So many a second; at least one.
    pub(crate) fn new(a_second: u32) -> Self {
        Self { period: Duration::from_secs(1) / a_second.max(1), due: Cell::default() }
    }

    /// Waits until the next one may begin.
    pub(crate) async fn wait(&self) {
        sleep_until(self.next(Instant::now())).await;
    }

    /// When the next one may begin. What was missed is not made up for.
    fn next(&self, now: Instant) -> Instant {
        let next = self.due.get().map_or(now, |due| due.max(now));
        self.due.set(Some(next + self.period));
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_more_begin_in_a_second_than_was_said() {
        let (pace, start) = (Pace::new(100), Instant::now());
        for _ in 0..54 {
            pace.wait().await;
        }
        assert_eq!(start.elapsed(), Duration::from_millis(530));
    }

    #[test]
    fn a_pace_is_even_and_does_not_make_up_for_what_was_missed() {
        let (pace, start) = (Pace::new(50), Instant::now());
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        assert_eq!(pace.next(start), start);
        assert_eq!(pace.next(start), at(20));
        assert_eq!(pace.next(at(5)), at(40));
        assert_eq!(pace.next(at(500)), at(500));
        assert_eq!(pace.next(at(500)), at(520));
    }
}
