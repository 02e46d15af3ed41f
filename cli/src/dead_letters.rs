//! The dead-letter queues in an operator's hands: what is in them, and what may be done with it.
//!
//! SQS shows a message only by hiding it, so whatever is looked at is taken in hand and given back: [`look()`] does that
//! for every command. [`handle()`] moves or deletes what a plan has chosen, and only that.

mod announce;
mod handle;
mod look;

use std::collections::BTreeMap;
use std::time::Duration;

use aws::{Depth, SqsDeadLetters};
use clap::ValueEnum;
use futures_util::future::try_join_all;
use pipeline::{Label, Letter};
use serde::Serialize;

use crate::output::Output;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::stop::Stop;

pub(crate) use announce::{Announcements, Content};
pub(crate) use handle::{Act, Outcome, handle};
pub(crate) use look::{End, look};

/// Messages that a command looks at in one queue. All that is seen is in hand until the end, and SQS allows 120,000.
pub(crate) const MOST: usize = 10_000;

/// What a message has as class and reason that has no attributes: the queue itself gave it up.
pub(crate) const EXHAUSTED: &str = "exhausted";

/// A dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Name {
    /// What the processor could not record.
    Process,
    /// What the archiver could not archive.
    Archive,
    /// What the publisher could not announce.
    Publisher,
}

/// A message that was looked at; never its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    pub(crate) queue: Name,
    pub(crate) id: String,
    pub(crate) class: String,
    pub(crate) reason: String,
    pub(crate) attempts: Option<u32>,
    pub(crate) trace_id: Option<String>,
    pub(crate) sent_at_ms: i64,
    /// Of its text.
    pub(crate) bytes: usize,
    /// As its label says, which is not proven.
    pub(crate) endpoint: Option<String>,
    /// As its label says.
    pub(crate) delivery_id: Option<String>,
    /// It cannot be redriven: there is no event in it.
    pub(crate) stays: bool,
}

/// A queue that was looked through.
#[derive(Clone, Debug)]
pub(crate) struct Survey {
    pub(crate) queue: Name,
    pub(crate) depth: Depth,
    pub(crate) end: End,
    pub(crate) seen: Vec<Seen>,
}

/// How many messages of a queue have one class and reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Group {
    pub(crate) queue: Name,
    pub(crate) class: String,
    pub(crate) reason: String,
    pub(crate) messages: usize,
    pub(crate) oldest_ms: i64,
    pub(crate) newest_ms: i64,
    /// The id of the oldest.
    pub(crate) oldest_id: String,
}

impl Name {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Process, Self::Archive, Self::Publisher];

    /// As in `--queue`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Archive => "archive",
            Self::Publisher => "publisher",
        }
    }

    /// Where a redrive sends its messages.
    pub(crate) fn destination(self) -> &'static str {
        match self {
            Self::Process => "process queue",
            Self::Archive => "archive queue",
            Self::Publisher => "event bus",
        }
    }

    /// The queue of this stack.
    pub(crate) fn open(self, stack: &Stack) -> anyhow::Result<SqsDeadLetters> {
        let (url, source) = match self {
            Self::Process => ("ProcessDeadLettersUrl", Some("ProcessQueueUrl")),
            Self::Archive => ("ArchiveDeadLettersUrl", Some("ArchiveQueueUrl")),
            Self::Publisher => ("PublisherDeadLettersUrl", None),
        };
        let source = source.map(|source| stack.output(source)).transpose()?;
        Ok(SqsDeadLetters::new(&stack.sdk, stack.output(url)?, source.map(str::to_owned)))
    }
}

impl Seen {
    /// What may be known of a message without opening it.
    pub(crate) fn of(queue: Name, letter: &Letter) -> Self {
        let label = Label::read(&letter.body).ok();
        let (endpoint, delivery_id) = label.map(|label| (label.endpoint, label.delivery_id)).unzip();
        Self {
            queue,
            id: letter.id.clone(),
            class: word(letter.class.as_deref()),
            reason: word(letter.reason.as_deref()),
            attempts: letter.attempts,
            trace_id: letter.trace_id.clone(),
            sent_at_ms: letter.sent_at_ms,
            bytes: letter.body.len(),
            endpoint: endpoint.filter(|text| is_plain(text)),
            delivery_id: delivery_id.filter(|text| is_plain(text)),
            stays: queue == Name::Publisher && Content::read(&letter.body).key().is_none(),
        }
    }

    /// Whether `id` is the message's or its delivery's.
    pub(crate) fn is(&self, id: &str) -> bool {
        self.id == id || self.delivery_id.as_deref() == Some(id)
    }
}

/// Whoever may send to the queue writes the attributes: what is not a word of ours is not shown.
fn word(text: Option<&str>) -> String {
    match text {
        None => EXHAUSTED.to_owned(),
        Some(text) if is_word(text) => text.to_owned(),
        Some(_) => "unknown".to_owned(),
    }
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

/// Looks through queues, all at the same time, and gives everything back.
pub(crate) async fn survey(
    stack: &Stack,
    queues: &[Name],
    stop: &Stop,
    output: &Output,
) -> anyhow::Result<Vec<Survey>> {
    let surveys = queues.iter().map(async |&queue| {
        let port = queue.open(stack)?;
        let depth = port.depth().await?;
        if depth.visible > LONG {
            output.progress(format!("{}: looking at about {} messages …", queue.as_str(), depth.visible));
        }
        let mut seen = Vec::new();
        let end = look(&port, MOST, stop, |letter| {
            seen.push(Seen::of(queue, letter));
            true
        });
        let end = end.await?;
        anyhow::Ok(Survey { queue, depth, end, seen })
    });
    let surveys = try_join_all(surveys).await?;
    if stop.asked() {
        return Err(Problem::failed("stopped; every message can be seen again").into());
    }
    Ok(surveys)
}

/// What a person should know of the counts.
pub(crate) fn caveats(surveys: &[Survey]) -> Vec<String> {
    let mut caveats = Vec::new();
    for Survey { queue, depth, end, seen } in surveys {
        let (queue, seen) = (queue.as_str(), seen.len());
        if *end == End::More {
            let about = usize::try_from(depth.visible).unwrap_or(usize::MAX).max(seen);
            caveats.push(format!(
                "{queue}: the counts are of the {seen} messages that were seen of about {about}"
            ));
        }
        if depth.in_hand > 0 {
            caveats.push(format!(
                "{queue}: {} messages are in someone else's hand and not counted",
                depth.in_hand
            ));
        }
    }
    caveats
}

/// Counts messages by queue, class and reason.
pub(crate) fn groups<'a>(seen: impl IntoIterator<Item = &'a Seen>) -> Vec<Group> {
    let mut groups: BTreeMap<(Name, &str, &str), Group> = BTreeMap::new();
    for letter in seen {
        let at = letter.sent_at_ms;
        let group = groups.entry((letter.queue, &letter.class, &letter.reason)).or_insert_with(|| Group {
            queue: letter.queue,
            class: letter.class.clone(),
            reason: letter.reason.clone(),
            messages: 0,
            oldest_ms: i64::MAX,
            newest_ms: at,
            oldest_id: String::new(),
        });
        group.messages += 1;
        group.newest_ms = group.newest_ms.max(at);
        if at < group.oldest_ms {
            (group.oldest_ms, group.oldest_id) = (at, letter.id.clone());
        }
    }
    groups.into_values().collect()
}

/// How long ago that was.
pub(crate) fn age(at_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(now_ms.saturating_sub(at_ms).try_into().unwrap_or_default())
}

/// So many messages take a while to look at.
const LONG: u64 = 500;

#[cfg(test)]
pub(crate) mod tests;
