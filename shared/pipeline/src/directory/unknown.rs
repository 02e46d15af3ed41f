//! Names that do not exist.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

use super::within;

/// Names that are remembered; beyond, the oldest is forgotten.
const NAMES: usize = 1_000;
/// For so long.
const LIFE: Duration = Duration::from_secs(30);

/// Names that lately did not exist, oldest first.
#[derive(Default)]
pub(super) struct Unknown {
    names: VecDeque<(String, SystemTime)>,
}

impl Unknown {
    pub(super) fn has(&mut self, name: &str, now: SystemTime) -> bool {
        while self.names.pop_front_if(|(_, at)| !within(LIFE, *at, now)).is_some() {}
        self.names.iter().any(|(known, _)| known == name)
    }

    pub(super) fn remember(&mut self, name: &str, now: SystemTime) {
        self.names.retain(|(known, _)| known != name);
        if self.names.len() >= NAMES {
            self.names.pop_front();
        }
        self.names.push_back((name.to_owned(), now));
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_thousand_names_are_remembered_for_half_a_minute() {
        let mut unknown = Unknown::default();
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        for number in 0..=NAMES {
            unknown.remember(&number.to_string(), at(10));
        }
        unknown.remember("late", at(20));
        unknown.remember("late", at(21));
        for (name, seconds, expected) in [
            ("0", 10, false),
            ("1", 10, false),
            ("2", 10, true),
            ("1000", 39, true),
            ("1000", 40, false),
            ("late", 50, true),
            ("late", 51, false),
            ("other", 10, false),
        ] {
            assert_eq!(unknown.has(name, at(seconds)), expected, "{name} at {seconds} s");
        }
        assert!(unknown.names.is_empty());
    }
}
