//! A span of time as a command is given it: `--since 6h`, `--since 2026-11-01 --until 2026-11-02`.

use std::fmt;
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::Args;
use pipeline::Span;

use crate::clock::rfc3339;
use crate::moment::moment;
use crate::problem::Problem;

/// From when until when something arrived.
#[derive(Args, Clone, Debug)]
pub(crate) struct Period {
    /// From when: a date, a time, or an age such as 6h.
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: SystemTime,

    /// Until when.
    #[arg(long, value_name = "WHEN", value_parser = moment, default_value = "now")]
    until: SystemTime,
}

impl Period {
    /// The span, if there is any.
    pub(crate) fn span(&self) -> anyhow::Result<Span> {
        if self.since < self.until {
            return Ok(Span { since: self.since, until: self.until });
        }
        Err(Problem::usage("--since is not before --until").into())
    }

    /// The same in milliseconds since 1970.
    pub(crate) fn milliseconds(&self) -> anyhow::Result<Range<i64>> {
        let Span { since, until } = self.span()?;
        let ms = |time: SystemTime| -> anyhow::Result<i64> {
            let since_1970 = time.duration_since(UNIX_EPOCH).context("a time before 1970")?;
            Ok(i64::try_from(since_1970.as_millis())?)
        };
        Ok(ms(since)?..ms(until)?)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", rfc3339(self.since), rfc3339(self.until))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// 2027-01-15T08:00:00Z.
    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    #[test]
    fn a_span_begins_before_it_ends() {
        let hour = Period { since: at(0), until: at(3600) };
        assert_eq!(hour.milliseconds().unwrap(), 1_800_000_000_000..1_800_003_600_000);
        assert_eq!(hour.to_string(), "2027-01-15T08:00:00Z to 2027-01-15T09:00:00Z");
        for since in [0, 1] {
            assert!(Period { since: at(since), until: at(0) }.span().is_err());
        }
    }
}
