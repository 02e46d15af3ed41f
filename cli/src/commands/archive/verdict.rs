//! What a verification comes to, in a word, an exit code and a line.

use std::collections::BTreeMap;

use pipeline::Report;

use crate::archive::{Difference, bytes};
use crate::problem::Problem;

/// What can be said of all that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Intact,
    /// What could be read is as it was written, and the ledger has nothing that cannot be in the rest.
    Unread,
    Differs,
    NotIntact,
}

impl Outcome {
    pub(super) fn of(report: &Report, difference: Option<&Difference>) -> Self {
        match difference {
            _ if !report.is_intact() => Self::NotIntact,
            Some(difference) if difference.may_be_none() => Self::Unread,
            Some(difference) if !difference.is_none() => Self::Differs,
            _ if report.cold > 0 => Self::Unread,
            _ => Self::Intact,
        }
    }

    pub(super) fn conclude(self) -> anyhow::Result<()> {
        match self {
            Self::Intact => Ok(()),
            Self::Unread => Err(Problem::failed("not all could be read")
                .advice("tollgate replay --dry-run lists what lies in cold storage, with --restore instead it asks for it; then verify again")
                .into()),
            Self::Differs | Self::NotIntact => Err(Problem::not_intact("the archive is not as it should be")
                .advice("keep what is there: versions of an object are not deleted. docs/archive.md says what each word means")
                .into()),
        }
    }
}

/// One line that says it all, and names the first object that is not as it was written.
pub(super) fn verdict(report: &Report, difference: Option<&Difference>) -> String {
    let Report { segments, deliveries, bytes: read, manifests, cold, expired, findings } = report;
    let read =
        format!("{segments} segments, {deliveries} deliveries, {}, {manifests} manifests", bytes(*read));
    let cold = if *cold > 0 { format!(", {cold} objects in cold storage not read") } else { String::new() };
    let expired = if *expired > 0 { format!(", {expired} days beyond retention") } else { String::new() };
    let ledger = difference.map(against_ledger).unwrap_or_default();
    let Some(first) = findings.first() else {
        let verdict = match Outcome::of(report, difference) {
            Outcome::Unread => "not all could be read, the rest is intact",
            Outcome::Differs => "DIFFERS from the ledger, is intact by itself",
            Outcome::Intact | Outcome::NotIntact => "intact",
        };
        return format!("{verdict}: {read}{cold}{expired}{ledger}");
    };
    let mut counts = BTreeMap::<&str, usize>::new();
    for finding in findings {
        *counts.entry(finding.fault.as_str()).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(fault, count)| format!("{count} {fault}")).collect();
    let more = if findings.len() > 1 { ", and others" } else { "" };
    format!("NOT INTACT: {}: {}{more} ({read}{cold}{expired}){ledger}", counts.join(", "), first.key)
}

fn against_ledger(difference: &Difference) -> String {
    let Difference { events, only_archived, only_recorded, unread_segments, .. } = difference;
    let unread = match unread_segments {
        0 => String::new(),
        count => format!(" ({count} segments could not be read: their events count as only in the ledger)"),
    };
    if difference.is_none() {
        return format!("; the ledger agrees on {events} events{unread}");
    }
    let (archived, recorded) = (only_archived.len(), only_recorded.len());
    format!("; only in the archive {archived}, of {events} events, only in the ledger {recorded}{unread}")
}

#[cfg(test)]
mod tests {
    use pipeline::{ArchiveFault, Finding, Flaw};

    use super::*;

    #[test]
    fn the_verdict_is_one_line_that_names_what_is_wrong() {
        let intact = Report { segments: 3, deliveries: 40, bytes: 12_300, manifests: 2, ..Report::default() };
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
                .ends_with("; only in the archive 1, of 9 events, only in the ledger 0")
        );
    }

    #[test]
    fn it_is_intact_only_if_all_that_was_asked_is_so() {
        let intact = Report::default();
        let cold = Report { cold: 2, ..Report::default() };
        let finding = Finding { key: "k".to_owned(), fault: ArchiveFault::Missing };
        let damaged = Report { findings: vec![finding], cold: 2, ..Report::default() };
        let agrees = Difference::default();
        let only_recorded = vec!["k".to_owned()];
        let differs = Difference { only_recorded: only_recorded.clone(), ..Difference::default() };
        let unread = Difference { only_recorded, unread_segments: 3, ..Difference::default() };
        let both =
            Difference { only_archived: vec!["l".to_owned()], unread_segments: 3, ..Difference::default() };
        for (report, difference, exit, said) in [
            (&intact, None, 0, "intact: 0 segments"),
            (&intact, Some(&agrees), 0, "intact: 0 segments"),
            (&intact, Some(&differs), 4, "DIFFERS from the ledger, is intact by itself: 0 segments"),
            (&intact, Some(&unread), 1, "not all could be read, the rest is intact: 0 segments"),
            (&cold, None, 1, "not all could be read, the rest is intact: 0 segments"),
            (&cold, Some(&agrees), 1, "not all could be read, the rest is intact: 0 segments"),
            (&cold, Some(&unread), 1, "not all could be read, the rest is intact: 0 segments"),
            (&cold, Some(&differs), 4, "DIFFERS from the ledger, is intact by itself: 0 segments"),
            (&cold, Some(&both), 4, "DIFFERS from the ledger, is intact by itself: 0 segments"),
            (&damaged, None, 4, "NOT INTACT: 1 missing: k (0 segments"),
            (&damaged, Some(&agrees), 4, "NOT INTACT: 1 missing: k (0 segments"),
            (&damaged, Some(&unread), 4, "NOT INTACT: 1 missing: k (0 segments"),
        ] {
            let outcome = Outcome::of(report, difference);
            let code = outcome.conclude().map_or_else(|error| crate::problem::exit(&error).0, |()| 0);
            assert_eq!((code, outcome == Outcome::Intact), (exit, exit == 0), "{said}");
            assert!(verdict(report, difference).starts_with(said), "{}", verdict(report, difference));
        }
        assert!(verdict(&cold, None).ends_with("0 manifests, 2 objects in cold storage not read"));
        let said = verdict(&cold, Some(&unread));
        let expected = "; only in the archive 0, of 0 events, only in the ledger 1 \
            (3 segments could not be read: their events count as only in the ledger)";
        assert!(said.ends_with(expected), "{said}");
        let old = Report { expired: 12, ..Report::default() };
        assert!(verdict(&old, None).ends_with("0 manifests, 12 days beyond retention"));
    }
}
