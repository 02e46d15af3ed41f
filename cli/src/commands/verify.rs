use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use verification::{Delivery, Endpoint, Explanation, StepOutcome, explain, valid_endpoint_name};
use zeroize::Zeroizing;

use crate::captured::Captured;
use crate::clock;
use crate::ledger::mode_name;
use crate::output::Output;
use crate::problem::Problem;
use crate::table::{Cell, Table, Tone};

/// Explain a captured request: what was found, what was signed, which rule refuses it, and what to do.
///
/// Works offline, with the code that the functions run. The time is that of the HAR entry, or now; say --at for a
/// request that was captured some time ago. Prints no secret and no signature. Exit code 4 if it is refused.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    tollgate verify --endpoint shop.json --request captured.http --at 2026-11-23T08:00:00Z\n  \
    tollgate verify --endpoint shop.json --request log.har --entry 3\n  \
    tollgate verify --endpoint paypal.json --trust trust.json --request captured.http --json\n  \
    tollgate verify --endpoint square.json --request captured.http --url https://hooks.example.com/v1/webhooks/square")]
pub(crate) struct Verify {
    /// The endpoint's document.
    #[arg(long, value_name = "FILE")]
    endpoint: PathBuf,

    /// The captured request: raw HTTP, or a HAR log or entry.
    #[arg(long, value_name = "FILE")]
    request: PathBuf,

    /// The request of a HAR log, from 1.
    #[arg(long, value_name = "N")]
    entry: Option<usize>,

    /// When it was received, RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<SystemTime>,

    /// The URL that the provider called, if the request does not say it.
    #[arg(long)]
    url: Option<String>,

    /// The trust document, for a provider that signs with certificates.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
}

impl Verify {
    pub(crate) fn run(self, output: &Output) -> anyhow::Result<()> {
        let endpoint = self.endpoint()?;
        let captured = Captured::read(&read(&self.request)?, self.entry)?;
        let (at, whose_time) = match (self.at, captured.at) {
            (Some(at), _) => (at, "as asked"),
            (None, Some(at)) => (at, "of the log"),
            (None, None) => (clock::now(), "now"),
        };
        let url = self.url.clone().unwrap_or_else(|| captured.url.clone());
        let delivery = Delivery::new(url.as_str(), captured.headers.clone(), captured.body.clone());
        let explanation = explain(&endpoint, &delivery, at);
        if output.json() {
            output.document(&document(&endpoint, &captured, &url, at, &explanation))?;
        } else {
            let mut heading = Table::default();
            let (provider, mode) = (endpoint.provider().title, mode_name(endpoint.mode()));
            heading.entry("endpoint", format!("{provider}, {mode}, account {}", endpoint.account()));
            heading.entry(
                "request",
                format!(
                    "{} {}, {} headers, {} bytes of body",
                    captured.method,
                    path(&url),
                    captured.headers.len(),
                    captured.body.len()
                ),
            );
            heading.entry("time", format!("{} ({whose_time})", clock::rfc3339(at)));
            for note in &captured.notes {
                heading.entry("mind", Cell::new(Tone::Bad, note));
            }
            output.table(&heading)?;
            output.line("")?;
            output.table(&steps(&explanation))?;
            output.line("")?;
            output.table(&outcome(&explanation))?;
        }
        match explanation.outcome {
            Ok(_) => Ok(()),
            Err(rejection) => Err(Problem::refused(format!("refused: {}", rejection.reason())).into()),
        }
    }

    fn endpoint(&self) -> anyhow::Result<Endpoint> {
        let document = Zeroizing::new(read(&self.endpoint)?);
        let stem = self.endpoint.file_stem().and_then(|stem| stem.to_str());
        let name = stem.filter(|stem| valid_endpoint_name(stem)).unwrap_or("endpoint");
        let invalid = |file: &Path, error| Problem::usage(format!("{}: {error}", file.display()));
        let endpoint = Endpoint::parse(name, &document).map_err(|error| invalid(&self.endpoint, error))?;
        match &self.trust {
            Some(file) => Ok(endpoint.with_trust(&read(file)?).map_err(|error| invalid(file, error))?),
            None if endpoint.lacks_trust() => Err(Problem::usage(format!(
                "{} signs with certificates",
                endpoint.provider().title
            ))
            .advice(
                "give its trust document:  tollgate trust show --mode live --document >trust.json, and --trust trust.json",
            )
            .into()),
            None => Ok(endpoint),
        }
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("read {}", file.display()))
}

fn time(text: &str) -> Result<SystemTime, String> {
    clock::parsed(Some(text)).ok_or_else(|| "a time such as 2026-11-23T08:00:00Z is expected".to_owned())
}

/// A URL without its query, which can hold a token.
fn path(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

fn steps(explanation: &Explanation) -> Table {
    let mut table = Table::new(&["", "step", "found"]);
    for step in &explanation.steps {
        let mark = match step.outcome {
            StepOutcome::Ok => Cell::new(Tone::Good, "ok"),
            StepOutcome::Failed => Cell::new(Tone::Bad, "refused"),
            StepOutcome::NotReached => Cell::new(Tone::Faint, "-"),
        };
        table.row([mark, step.what.into(), step.found.as_str().into()]);
    }
    table
}

fn outcome(explanation: &Explanation) -> Table {
    let mut table = Table::default();
    match &explanation.outcome {
        Ok(identity) => {
            table.entry(
                "verified",
                Cell::new(
                    Tone::Good,
                    explanation.kid.as_ref().map_or("yes".to_owned(), |kid| format!("with the secret {kid}")),
                ),
            );
            table.entry("event id", identity.event_id.as_deref().unwrap_or("(none)"));
            table.entry("event type", identity.event_type.as_deref().unwrap_or("(none)"));
            table.entry("occurred at", identity.occurred_at.as_deref().unwrap_or("(not said)"));
        }
        Err(rejection) => table.entry("refused", Cell::new(Tone::Bad, rejection.reason())),
    }
    if let Some(advice) = &explanation.advice {
        table.entry("to do", advice.as_str());
    }
    table
}

fn document(
    endpoint: &Endpoint,
    captured: &Captured,
    url: &str,
    at: SystemTime,
    explanation: &Explanation,
) -> serde_json::Value {
    let steps = explanation.steps.iter().map(|step| {
        let outcome = match step.outcome {
            StepOutcome::Ok => "ok",
            StepOutcome::Failed => "refused",
            StepOutcome::NotReached => "not_reached",
        };
        json!({"what": step.what, "found": step.found, "outcome": outcome})
    });
    json!({
        "provider": endpoint.provider().name, "mode": endpoint.mode(), "account": endpoint.account(),
        "method": captured.method, "url": path(url), "body_bytes": captured.body.len(), "at": clock::rfc3339(at),
        "notes": captured.notes, "steps": steps.collect::<Vec<_>>(),
        "verified": explanation.outcome.is_ok(),
        "identity": explanation.outcome.as_ref().ok(),
        "reason": explanation.outcome.as_ref().err().map(|rejection| rejection.reason()),
        "kid": explanation.kid, "advice": explanation.advice,
    })
}
