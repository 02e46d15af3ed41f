//! A token bucket.

use std::time::SystemTime;

/// Tokens a second, and the most that are kept.
const RATE: u128 = 10;
/// A token, in parts.
const TOKEN: u128 = 1_000;

/// Holds the look-ups that may still be made. Begins full.
pub(super) struct Bucket {
    parts: u128,
    filled: Option<SystemTime>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { parts: RATE * TOKEN, filled: None }
    }
}

impl Bucket {
    /// Whether there was a token to take.
    pub(super) fn take(&mut self, now: SystemTime) -> bool {
        let passed = self.filled.and_then(|then| now.duration_since(then).ok()).unwrap_or_default();
        // Parts of a token a millisecond: `RATE * TOKEN / 1000`.
        self.parts = passed.as_millis().saturating_mul(RATE).saturating_add(self.parts).min(RATE * TOKEN);
        self.filled = Some(now);
        let there = self.parts >= TOKEN;
        self.parts -= if there { TOKEN } else { 0 };
        there
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn ten_a_second_and_ten_at_once() {
        let mut bucket = Bucket::default();
        for (ms, takes) in
            [(0, 10), (50, 0), (100, 1), (150, 0), (200, 1), (1_200, 10), (900, 0), (86_400_000, 10)]
        {
            let now = UNIX_EPOCH + Duration::from_millis(ms);
            let taken = (0..100).filter(|_| bucket.take(now)).count();
            assert_eq!(taken, takes, "at {ms} ms");
        }
    }
}
