use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use clap::{Args, Subcommand};
use pipeline::{Report, Span};
use serde_json::json;

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
/// and the manifest before it. A segment that was removed before its day had a manifest, which is until the morning after,
/// is found with --against-ledger only.
#[derive(Args, Debug)]
#[command(after_help = "Exit codes: 0 intact, 4 not intact, 1 it could not be told.\n\nExamples:\n  \
    tollgate archive verify --since 7d\n  \
    tollgate archive verify --since 2026-11-01 --until 2026-11-30 --against-ledger\n  \
    tollgate archive verify --since 24h --stack tollgate-prod --json")]
pub(crate) struct Verify {
    /// The first day: a date, a time, or an age such as 7d.
    #[arg(long, value_parser = moment)]
    since: SystemTime,

    /// The last day.
    #[arg(long, value_parser = moment, default_value = "now")]
    until: SystemTime,

    /// List what only the archive or only the ledger has of what was received in between.
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
        let report =
            pipeline::verify_archive(&segments, &macs, self.since, self.until, now, progress).await?;
        let difference = if self.against_ledger {
            output.progress("comparing with the ledger …");
            let until = now.checked_sub(ON_ITS_WAY).map_or(self.until, |limit| self.until.min(limit));
            let span = Span { since: self.since.min(until), until };
            Some(archive::compare(&stack, &segments, &macs, span).await?)
        } else {
            None
        };
        let verdict = verdict(&report, difference.as_ref());
        self.show(&report, difference.as_ref(), &verdict, output)?;
        if report.is_intact() && difference.as_ref().is_none_or(Difference::is_none) {
            return Ok(());
        }
        Err(Problem::not_intact("the archive is not as it should be")
            .advice("keep what is there: versions of an object are not deleted. docs/archive.md says what each word means")
            .into())
    }

    fn show(
        &self,
        report: &Report,
        difference: Option<&Difference>,
        verdict: &str,
        output: &Output,
    ) -> anyhow::Result<()> {
        if output.json() {
            let findings = report.findings.iter().map(|finding| {
                json!({"key": finding.key, "fault": finding.fault.as_str(), "says": finding.fault.says()})
            });
            return output.document(&json!({
                "intact": report.is_intact(), "verdict": verdict,
                "since": clock::rfc3339(self.since), "until": clock::rfc3339(self.until),
                "segments": report.segments, "deliveries": report.deliveries, "bytes": report.bytes,
                "manifests": report.manifests, "findings": findings.collect::<Vec<_>>(), "ledger": difference,
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

/// One line that says it all, and names the first object that is not as it was written.
fn verdict(report: &Report, difference: Option<&Difference>) -> String {
    let Report { segments, deliveries, bytes: read, manifests, findings } = report;
    let read =
        format!("{segments} segments, {deliveries} deliveries, {}, {manifests} manifests", bytes(*read));
    let ledger = difference.map(|difference| {
        if difference.is_none() {
            format!("; the ledger agrees on {} events", difference.events)
        } else {
            let (archived, recorded) = (difference.only_archived.len(), difference.only_recorded.len());
            format!(
                "; only in the archive {archived}, only in the ledger {recorded} of {} events",
                difference.events
            )
        }
    });
    let ledger = ledger.unwrap_or_default();
    let Some(first) = findings.first() else { return format!("intact: {read}{ledger}") };
    let mut counts = BTreeMap::<&str, usize>::new();
    for finding in findings {
        *counts.entry(finding.fault.as_str()).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(fault, count)| format!("{count} {fault}")).collect();
    let more = if findings.len() > 1 { ", and others" } else { "" };
    format!("NOT INTACT: {}: {}{more} ({read}){ledger}", counts.join(", "), first.key)
}

#[cfg(test)]
mod tests {
    use pipeline::{ArchiveFault, Finding, Flaw};

    use super::*;

    #[test]
    fn the_verdict_is_one_line_that_names_what_is_wrong() {
        let intact =
            Report { segments: 3, deliveries: 40, bytes: 12_300, manifests: 2, findings: Vec::new() };
        assert_eq!(verdict(&intact, None), "intact: 3 segments, 40 deliveries, 12.3 kB, 2 manifests");
        let agrees = Difference { events: 39, ..Difference::default() };
        assert!(verdict(&intact, Some(&agrees)).ends_with("; the ledger agrees on 39 events"));
        let finding = |key: &str, fault| Finding { key: key.to_owned(), fault };
        let findings = vec![
            finding("archive/v0/a", ArchiveFault::Unproven(Flaw::Mac)),
            finding("archive/v0/b", ArchiveFault::Missing),
            finding("archive/v0/c", ArchiveFault::Changed),
        ];
        let damaged = Report { findings, ..intact };
        assert_eq!(
            verdict(&damaged, None),
            "NOT INTACT: 2 changed, 1 missing: archive/v0/a, and others (3 segments, 40 deliveries, 12.3 kB, 2 manifests)"
        );
        let differs = Difference { events: 9, only_archived: vec!["k".to_owned()], ..Difference::default() };
        assert!(
            verdict(&damaged, Some(&differs))
                .ends_with("; only in the archive 1, only in the ledger 0 of 9 events")
        );
    }
}
