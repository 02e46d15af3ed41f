mod account;
mod alarms;
mod edge;
mod endpoints;
mod finding;
mod functions;
mod keys;
mod network;
mod permissions;
mod queues;
mod resources;
mod state;
mod trust;

use clap::Args;
use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, join_all};
use serde::Serialize;

use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::signed::Signed;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};

use finding::{Finding, Severity};
use resources::Resources;

/// Check the stack and the account around it: what is wrong, and what mends it.
///
/// Looks at permissions, endpoints and their secrets, certificates, keys, queues, functions, the network, the domain,
/// alarms and who hears them, storage, quotas, drift and the guard rails of the account, and changes nothing. Each
/// check stands alone: one that is not permitted is reported as not checked. Fails if something is wrong; with
/// --strict, also if something could become wrong or could not be checked.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  tollgate doctor\n  tollgate doctor --stack tollgate --strict\n  \
    tollgate doctor --stack tollgate --drift --json")]
pub(crate) struct Doctor {
    /// Compare the deployed resources with the template first, which takes up to a minute.
    #[arg(long)]
    drift: bool,

    /// Fail also on warnings and on what could not be checked.
    #[arg(long)]
    strict: bool,
}

/// What the checks look at.
pub(crate) struct Patient<'a> {
    stack: &'a Stack,
    signed: Signed<'a>,
    resources: Resources,
    /// An emulator has no account around it.
    local: bool,
}

/// One check and what it found; nothing if all is well.
#[derive(Debug, Serialize)]
struct Checked {
    check: &'static str,
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    stack: &'a str,
    errors: usize,
    warnings: usize,
    not_checked: usize,
    checks: Vec<Checked>,
}

impl Doctor {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let signed = Signed::new(stack.sdk.config());
        let resources = Resources::of(&signed, &stack.name).await?;
        let local = stack.sdk.config().endpoint_url().is_some();
        let patient = Patient { stack: &stack, signed, resources, local };
        if self.drift && !local {
            output.progress("comparing the resources with the template …");
        }
        let report = Report::new(&stack.name, self.checks(&patient).await);
        show(&report, output)?;
        report.outcome(self.strict)
    }

    /// All checks, at the same time.
    async fn checks(&self, patient: &Patient<'_>) -> Vec<Checked> {
        let mut checks: Vec<(&'static str, LocalBoxFuture<'_, anyhow::Result<Vec<Finding>>>)> = vec![
            ("stack", account::stack(patient, self.drift).boxed_local()),
            ("gateway", account::gateway(patient).boxed_local()),
            ("endpoints", endpoints::endpoints(patient).boxed_local()),
            ("trust", trust::trust(patient).boxed_local()),
            ("keys", keys::keys(patient).boxed_local()),
            ("queues", queues::queues(patient).boxed_local()),
            ("functions", functions::functions(patient).boxed_local()),
            ("mappings", functions::mappings(patient).boxed_local()),
            ("ledger", state::ledger(patient).boxed_local()),
            ("archive", state::archive(patient).boxed_local()),
            ("bus", state::bus(patient).boxed_local()),
            ("alarms", alarms::alarms(patient).boxed_local()),
        ];
        if !patient.local {
            checks.extend([
                ("caller", account::caller(patient).boxed_local()),
                ("stack policy", account::stack_policy(patient).boxed_local()),
                ("permissions", permissions::permissions(patient).boxed_local()),
                ("network", network::network(patient).boxed_local()),
                ("domain", edge::domain(patient).boxed_local()),
                ("throttle", edge::throttle(patient).boxed_local()),
                ("listeners", alarms::listeners(patient).boxed_local()),
                ("api logs", account::api_logs(patient).boxed_local()),
                ("concurrency", functions::concurrency(patient).boxed_local()),
                ("audit trail", account::audit_trail(patient).boxed_local()),
                ("configuration recorder", account::recorder(patient).boxed_local()),
                ("threat detection", account::threat_detection(patient).boxed_local()),
                ("security findings", account::security_findings(patient).boxed_local()),
            ]);
        }
        join_all(checks.into_iter().map(async |(check, looking)| {
            let findings = looking.await.unwrap_or_else(|error| vec![Finding::not_checked(&error)]);
            Checked { check, findings }
        }))
        .await
    }
}

impl<'a> Report<'a> {
    fn new(stack: &'a str, checks: Vec<Checked>) -> Self {
        let count = |severity: Severity| {
            checks
                .iter()
                .flat_map(|checked| &checked.findings)
                .filter(|finding| finding.severity == severity)
                .count()
        };
        Self {
            stack,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            not_checked: count(Severity::NotChecked),
            checks,
        }
    }

    fn outcome(&self, strict: bool) -> anyhow::Result<()> {
        let bad = self.errors + if strict { self.warnings + self.not_checked } else { 0 };
        if bad == 0 {
            return Ok(());
        }
        Err(Problem::failed(format!("{}: {}", self.stack, self.summary())).into())
    }

    fn summary(&self) -> String {
        let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        format!(
            "{}, {}, {} not checked, of {} checks",
            many(self.errors, "error"),
            many(self.warnings, "warning"),
            self.not_checked,
            self.checks.len()
        )
    }
}

fn show(report: &Report<'_>, output: &Output) -> anyhow::Result<()> {
    if output.json() {
        return output.document(report);
    }
    output.table(&table(report))?;
    output.line("")?;
    output.line(format!("{}: {}", report.stack, report.summary()))
}

fn table(report: &Report<'_>) -> Table {
    let mut table = Table::new(&["check", "", ""]);
    for checked in &report.checks {
        let mut name = checked.check;
        if checked.findings.is_empty() {
            table.row([name.into(), Cell::new(Tone::Good, "ok"), "".into()]);
        }
        for finding in &checked.findings {
            table.row([name.into(), finding.severity.cell(), finding.what.as_str().into()]);
            name = "";
            if let Some(mend) = &finding.mend {
                table.row(["".into(), "".into(), Cell::new(Tone::Faint, format!("mend: {mend}"))]);
            }
        }
    }
    table
}

#[cfg(test)]
mod tests;
