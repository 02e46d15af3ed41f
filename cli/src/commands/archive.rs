mod verdict;

use std::time::{Duration, Instant, SystemTime};

use clap::{Args, Subcommand};
use pipeline::{Days, Report, Span};
use serde_json::json;
use time::{OffsetDateTime, Time};
use verdict::{Outcome, verdict};

use crate::archive::{self, Difference, bytes};
use crate::clock;
use crate::moment::moment;
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};

/// How often the person who waits is told how far it is.
const EVERY: Duration = Duration::from_secs(2);
/// Findings, and keys of a difference, that are shown to a person. A script gets all of them.
const MOST_SHOWN: usize = 50;
/// What arrived later than this before now may still be on its way to the archive.
const ON_ITS_WAY: Duration = Duration::from_mins(10);

/// Prove what is kept.
#[derive(Debug, Subcommand)]
pub(crate) enum Archive {
    Verify(Verify),
}

/// Prove that the archive is as it was written.
///
/// Reads every segment that was written on the days from --since to --until (UTC) and checks it: its SHA-256, its MAC by
/// KMS (kms:VerifyMac), its name, its lines, and that its day's manifest lists it. Each manifest is checked against its MAC
/// and the manifest before it, and the oldest one against what must still be there. What lies in Glacier is counted;
/// tollgate replay --restore asks for it.
///
/// Only --against-ledger finds a segment that was removed before its day had a manifest, which is until the morning after,
/// or with the manifest of its day and all later ones, once the archiver made those anew. The bucket keeps the versions of
/// what was removed, under Object Lock unless that is off.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 intact, 4 not intact or not as the ledger, 1 it could not be told.\n\nExamples:\n  \
    tollgate archive verify --since 7d\n  \
    tollgate archive verify --since 2026-11-01 --until 2026-11-30 --against-ledger\n  \
    tollgate archive verify --since 24h --stack tollgate-prod --json"
)]
pub(crate) struct Verify {
    /// The first day: a date, a time, or an age such as 7d.
    #[arg(long, value_parser = moment)]
    since: SystemTime,

    /// The last day.
    #[arg(long, value_parser = moment, default_value = "now")]
    until: SystemTime,

    /// List what only the archive or only the ledger has of what was received on these days, up to ten minutes ago.
    #[arg(long)]
    against_ledger: bool,
}

impl Archive {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        match self {
            Archive::Verify(verify) => verify.run(options, output).await,
        }
    }
}

impl Verify {
    async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        if self.since > self.until {
            return Err(Problem::usage("--since is after --until").into());
        }
        let stack = Stack::open(options).await?;
        let (segments, macs) = archive::open(&stack)?;
        let mut told = clock::start();
        let progress = |report: &Report| tell(output, &mut told, report);
        let now = clock::now();
        let lifetime = Duration::from_hours(24) * stack.archive_days()?;
        let days = Days {
            since: self.since,
            until: self.until,
            kept_since: now.checked_sub(lifetime).unwrap_or(SystemTime::UNIX_EPOCH),
        };
        let report = pipeline::verify_archive(&segments, &macs, days, now, progress).await?;
        let difference = if self.against_ledger {
            output.progress("comparing with the ledger …");
            let span = span(self.since.max(days.kept_since), self.until, now);
            Some(archive::compare(&stack, &segments, &macs, span).await?)
        } else {
            None
        };
        self.show(&report, difference.as_ref(), output)?;
        Outcome::of(&report, difference.as_ref()).conclude()
    }

    fn show(&self, report: &Report, difference: Option<&Difference>, output: &Output) -> anyhow::Result<()> {
        let verdict = verdict(report, difference);
        if output.json() {
            let findings = report.findings.iter().map(|finding| {
                json!({"key": finding.key, "fault": finding.fault.as_str(), "says": finding.fault.says()})
            });
            return output.document(&json!({
                "intact": Outcome::of(report, difference) == Outcome::Intact, "verdict": verdict,
                "since": clock::rfc3339(self.since), "until": clock::rfc3339(self.until),
                "segments": report.segments, "deliveries": report.deliveries, "bytes": report.bytes,
                "manifests": report.manifests, "cold": report.cold, "expired_days": report.expired,
                "findings": findings.collect::<Vec<_>>(), "ledger": difference,
            }));
        }
        if !report.findings.is_empty() {
            output.table(&findings(report))?;
        }
        if let Some(difference) = difference {
            for (where_from, keys) in
                [("archive", &difference.only_archived), ("ledger", &difference.only_recorded)]
            {
                for key in keys.iter().take(MOST_SHOWN) {
                    output.line(format!("only in the {where_from}: {key}"))?;
                }
                if keys.len() > MOST_SHOWN {
                    output.line(format!(
                        "only in the {where_from}: {} more, see --json",
                        keys.len() - MOST_SHOWN
                    ))?;
                }
            }
        }
        output.line(verdict)
    }
}

/// The whole days from the one to the other, but for what may still be on its way to the archive.
fn span(since: SystemTime, until: SystemTime, now: SystemTime) -> Span {
    let midnight = |at| SystemTime::from(OffsetDateTime::from(at).replace_time(Time::MIDNIGHT));
    let until = (midnight(until) + Duration::from_hours(24)).min(now.checked_sub(ON_ITS_WAY).unwrap_or(now));
    Span { since: midnight(since).min(until), until }
}

fn tell(output: &Output, told: &mut Instant, report: &Report) {
    if told.elapsed() >= EVERY {
        *told = clock::start();
        let Report { segments, deliveries, bytes: read, findings, .. } = report;
        let found =
            if findings.is_empty() { String::new() } else { format!(", {} findings", findings.len()) };
        output.progress(format!("{segments} segments, {deliveries} deliveries, {}{found} …", bytes(*read)));
    }
}

fn findings(report: &Report) -> Table {
    let mut table = Table::new(&["fault", "object", ""]);
    for finding in report.findings.iter().take(MOST_SHOWN) {
        let fault = Cell::new(Tone::Bad, finding.fault.as_str());
        table.row([fault, finding.key.as_str().into(), finding.fault.says().into()]);
    }
    if report.findings.len() > MOST_SHOWN {
        let more = format!("{} more, see --json", report.findings.len() - MOST_SHOWN);
        table.row(["…".into(), more.into()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_is_compared_over_whole_days_up_to_what_may_be_on_its_way() {
        let at = |time: &str| moment(time).unwrap();
        let now = at("2026-11-28T07:05:00Z");
        let check = |since: &str, until: &str, expected: [&str; 2]| {
            let span = span(at(since), at(until), now);
            assert_eq!([span.since, span.until].map(clock::rfc3339), expected, "{since} to {until}");
        };
        check(
            "2026-11-20T10:00:00Z",
            "2026-11-21T00:00:01Z",
            ["2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z"],
        );
        check(
            "2026-11-28T07:00:00Z",
            "2026-11-28T07:05:00Z",
            ["2026-11-28T00:00:00Z", "2026-11-28T06:55:00Z"],
        );
    }
}
