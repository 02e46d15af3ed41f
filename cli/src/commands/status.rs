use anyhow::anyhow;
use aws_sdk_dynamodb::types::Select;
use aws_sdk_sqs::types::QueueAttributeName;
use clap::Args;
use serde::Serialize;

use crate::endpoints;
use crate::http::Http;
use crate::local::{Emulator, Layout};
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::service::Call as _;
use crate::stack::{Stack, Target};
use crate::table::{Cell, Table, Tone};

/// Objects of the archive that are counted at most: a thousand a request.
const MOST_SEGMENTS: usize = 10_000;

/// The queues, by the outputs that hold their URLs; the last three are dead-letter queues.
const QUEUES: [(&str, &str); 5] = [
    ("process queue", "ProcessQueueUrl"),
    ("archive queue", "ArchiveQueueUrl"),
    ("process dead letters", "ProcessDeadLettersUrl"),
    ("archive dead letters", "ArchiveDeadLettersUrl"),
    ("publisher dead letters", "PublisherDeadLettersUrl"),
];

/// Show what runs, what waits and what is kept.
///
/// Fails if a part is missing. Messages in a dead-letter queue are shown, and do not make it fail.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  tollgate status\n  tollgate status --stack tollgate-dev --json")]
pub(crate) struct Status {}

/// One part of the stack.
#[derive(Debug, Serialize)]
struct Part {
    name: &'static str,
    ok: bool,
    /// How many: messages, rows, segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<i64>,
    says: String,
}

#[derive(Debug, Serialize)]
struct Report {
    stack: String,
    url: Option<String>,
    version: &'static str,
    parts: Vec<Part>,
}

impl Status {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let target = Target::of(options)?;
        let mut report = Report {
            stack: target.name.clone(),
            url: None,
            version: env!("CARGO_PKG_VERSION"),
            parts: emulator(&target, options).into_iter().collect(),
        };
        match target.find().await {
            Ok(Some(stack)) => {
                report.url = Some(stack.url.clone());
                report.parts.extend(parts(&stack).await);
            }
            Ok(None) => report.parts.push(Part::missing("stack", &anyhow!("not deployed"))),
            Err(error) => report.parts.push(Part::missing("stack", &error)),
        }
        show(&report, output)?;
        let missing = report.parts.iter().filter(|part| !part.ok).map(|part| part.name).collect::<Vec<_>>();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Problem::failed(format!("missing: {}", missing.join(", "))).into())
    }
}

impl Part {
    fn there(name: &'static str, count: Option<i64>, says: impl Into<String>) -> Self {
        Self { name, ok: true, count, says: says.into() }
    }

    fn missing(name: &'static str, error: &anyhow::Error) -> Self {
        Self { name, ok: false, count: None, says: format!("{error:#}") }
    }

    fn of(name: &'static str, found: anyhow::Result<(Option<i64>, String)>) -> Self {
        match found {
            Ok((count, says)) => Part::there(name, count, says),
            Err(error) => Part::missing(name, &error),
        }
    }
}

/// The emulator, if the stack is a local one.
fn emulator(target: &Target, options: &Options) -> Option<Part> {
    target.var("TOLLGATE_LOCAL_PORT")?;
    let layout = Layout::find(options.dir.as_deref()).ok()?;
    Some(match Emulator::running(&layout) {
        Some(emulator) => {
            let says = format!("process {}, http://127.0.0.1:{}", emulator.pid, emulator.port);
            Part::there("emulator", None, says)
        }
        None => Part::missing("emulator", &anyhow!("not running: tollgate up starts it")),
    })
}

async fn parts(stack: &Stack) -> Vec<Part> {
    let mut parts = vec![Part::of("gateway", gateway(stack).await)];
    parts.push(Part::of(
        "endpoints",
        endpoints::names(stack).await.map(|names| {
            (
                i64::try_from(names.len()).ok(),
                if names.is_empty() { "none".to_owned() } else { names.join(", ") },
            )
        }),
    ));
    for (name, output) in QUEUES {
        parts.push(Part::of(name, queue(stack, output).await));
    }
    parts.push(Part::of("ledger", ledger(stack).await));
    parts.push(Part::of("archive", archive(stack).await));
    parts
}

async fn gateway(stack: &Stack) -> anyhow::Result<(Option<i64>, String)> {
    let url = format!("{}/health", stack.url);
    let answer = Http::of(&url).send("GET", &url, &[], Vec::new()).await?;
    if answer.accepted() {
        Ok((None, "answers".to_owned()))
    } else {
        Err(anyhow!("{url} answers {}", answer.status))
    }
}

async fn queue(stack: &Stack, output: &str) -> anyhow::Result<(Option<i64>, String)> {
    let client = aws_sdk_sqs::Client::new(stack.sdk.config());
    let waiting = QueueAttributeName::ApproximateNumberOfMessages;
    let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
    let call = client.get_queue_attributes().queue_url(stack.output(output)?);
    let answer = call.attribute_names(waiting.clone()).attribute_names(in_flight.clone()).send().await;
    let answer = answer.or_cannot("ask for the queue's attributes")?;
    let count =
        |name| answer.attributes().and_then(|all| all.get(name)).and_then(|text| text.parse::<i64>().ok());
    let (waiting, in_flight) = (count(&waiting).unwrap_or(0), count(&in_flight).unwrap_or(0));
    Ok((Some(waiting + in_flight), format!("{waiting} waiting, {in_flight} in hand")))
}

/// Counts one page of the table, 1 MB: enough for a small ledger, cheap for a large one.
async fn ledger(stack: &Stack) -> anyhow::Result<(Option<i64>, String)> {
    let client = aws_sdk_dynamodb::Client::new(stack.sdk.config());
    let page = client.scan().table_name(stack.output("LedgerTable")?).select(Select::Count).send().await;
    let page = page.or_cannot("count the rows")?;
    let rows = page.count();
    let more = if page.last_evaluated_key().is_some() { " or more" } else { "" };
    Ok((Some(i64::from(rows)), format!("{rows} rows{more}")))
}

async fn archive(stack: &Stack) -> anyhow::Result<(Option<i64>, String)> {
    let client = aws_sdk_s3::Client::new(stack.sdk.config());
    let call = client.list_objects_v2().bucket(stack.output("ArchiveBucket")?).prefix("archive/");
    let mut pages = call.into_paginator().send();
    let mut segments = 0;
    while let Some(page) = pages.next().await {
        let page = page.or_cannot("list the bucket")?;
        segments += page.contents().len();
        if segments >= MOST_SEGMENTS {
            return Ok((i64::try_from(segments).ok(), format!("{segments} segments or more")));
        }
    }
    Ok((i64::try_from(segments).ok(), format!("{segments} segments")))
}

fn show(report: &Report, output: &Output) -> anyhow::Result<()> {
    if output.json() {
        return output.document(report);
    }
    let mut heading = Table::default();
    heading.entry("stack", report.stack.as_str());
    heading.entry("url", report.url.as_deref().unwrap_or("-"));
    heading.entry("tollgate", report.version);
    output.table(&heading)?;
    output.line("")?;
    output.table(&table(&report.parts))
}

fn table(parts: &[Part]) -> Table {
    let mut table = Table::new(&["part", "", ""]);
    for part in parts {
        let dead = part.name.ends_with("dead letters") && part.count.is_some_and(|count| count > 0);
        let state = if part.ok { Cell::new(Tone::Good, "ok") } else { Cell::new(Tone::Bad, "missing") };
        table.row([
            part.name.into(),
            state,
            Cell::new(if dead { Tone::Bad } else { Tone::Plain }, &part.says),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_part_says_why() {
        let parts = [
            Part::there("process queue", Some(3), "3 waiting, 0 in hand"),
            Part::missing("ledger", &anyhow!("no such table")),
        ];
        assert_eq!(
            table(&parts).render(false),
            "part\nprocess queue  ok       3 waiting, 0 in hand\nledger         missing  no such table\n"
        );
    }
}
