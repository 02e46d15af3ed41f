use std::fmt::Write as _;

use anyhow::Context as _;
use aws::KmsDataKeys;
use clap::Args;
use futures_util::future::try_join_all;
use pipeline::{DataKeys, Failure, Keyring, Letter, Message, Opened};
use serde_json::{Map, Value, json};

use super::plan::{STAYING, queues};
use crate::clock;
use crate::dead_letters::{Content, End, MOST, Name, Seen, look};
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::stop::Stop;
use crate::table::{Cell, Table, Tone};

/// Show one dead letter, opened and screened.
///
/// Opens it with your right to use the stack's key, as the archive would have it: what must never be stored was replaced
/// before it was sealed. One that cannot be opened says why and how large it is, and nothing of its text. A delivery's
/// id shows it in every queue that has it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  tollgate dlq show 5fea7756-0ea4-451a-a703-a558b933e274\n  \
    tollgate dlq show 5fea7756-0ea4-451a-a703-a558b933e274 --queue archive --json | jq -r '.[].delivery.body'")]
pub(crate) struct Show {
    /// Id of the message or of its delivery, as in: tollgate dlq list --each
    id: String,

    /// Look only in this queue.
    #[arg(long, value_enum)]
    queue: Option<Name>,
}

/// What is in a message.
#[derive(Debug, PartialEq)]
enum Inside {
    /// A delivery, as a line of the archive has it.
    Delivery(Map<String, Value>),
    /// What the publisher wrote, or Lambda for it: ids, amounts and times.
    Announcement(Value),
    /// It is not shown, for this reason.
    Nothing(&'static str),
}

impl Show {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let stop = Stop::listen()?;
        let looks = queues(self.queue).into_iter().map(async |queue| self.find(&stack, queue, &stop).await);
        let looks = try_join_all(looks).await?;
        if stop.asked() {
            return Err(Problem::failed("stopped; every message can be seen again").into());
        }
        let whole = looks.iter().all(|(_, end)| *end == End::Whole);
        let found: Vec<_> = looks.into_iter().flat_map(|(found, _)| found).collect();
        if found.is_empty() {
            return Err(self.absent(whole).into());
        }
        let keys = KmsDataKeys::new(&stack.sdk, stack.output("DataKeyArn")?.to_owned());
        let mut shown = Vec::new();
        for (seen, letter) in found {
            let inside = inside(&stack.name, seen.queue, letter, &keys).await?;
            shown.push((seen, inside));
        }
        if output.json() {
            output
                .document(&shown.iter().map(|(seen, inside)| document(seen, inside)).collect::<Vec<_>>())?;
        } else {
            for (number, (seen, inside)) in shown.iter().enumerate() {
                if number > 0 {
                    output.line("")?;
                }
                output.table(&table(seen, inside))?;
                if let Some(text) = body(inside) {
                    output.line(format!("\n{text}"))?;
                }
            }
        }
        denied(&stack, shown.iter().map(|(_, inside)| inside))
    }

    /// The messages of one queue that have the id.
    async fn find(
        &self,
        stack: &Stack,
        queue: Name,
        stop: &Stop,
    ) -> anyhow::Result<(Vec<(Seen, Letter)>, End)> {
        let (port, mut found) = (queue.open(stack)?, Vec::new());
        let end = look(&port, MOST, stop, |letter| {
            let seen = Seen::of(queue, letter);
            if seen.is(&self.id) {
                found.push((seen, letter.clone()));
            }
            // The id of a message is its own; that of a delivery can come again.
            letter.id != self.id
        });
        let end = end.await?;
        Ok((found, end))
    }

    fn absent(&self, whole: bool) -> Problem {
        let seen = if whole { "" } else { " among the first 10,000 of each queue" };
        Problem::not_found(format!("there is no dead letter {}{seen}", self.id))
            .advice("see what there is:   tollgate dlq list --each\nanother person or command may have it in hand for some minutes")
    }
}

/// Opens a message as its consumer would.
async fn inside(stack: &str, queue: Name, letter: Letter, keys: &impl DataKeys) -> anyhow::Result<Inside> {
    if queue == Name::Publisher {
        return Ok(match Content::read(&letter.body) {
            Content::Event(event, _) => Inside::Announcement(serde_json::to_value(event)?),
            Content::Row(key) => Inside::Announcement(json!({"row": key.as_str()})),
            Content::Place(place) => Inside::Announcement(json!({"stream": place})),
            Content::Unknown => Inside::Nothing("not_ours"),
        });
    }
    let Letter { id, receipt, body, trace_id, .. } = letter;
    let message = Message { id, receipt, body, attempts: 1, trace_id };
    let opened = Keyring::new(stack).open_all(vec![message], keys).await.pop();
    match opened.context("one message")?.1 {
        Ok(delivery) => Ok(Inside::Delivery(line(&delivery)?)),
        Err(Failure { reason, .. }) => Ok(Inside::Nothing(reason)),
    }
}

fn line(delivery: &Opened) -> anyhow::Result<Map<String, Value>> {
    Ok(serde_json::from_str(&pipeline::archive_line(delivery)?)?)
}

fn document(seen: &Seen, inside: &Inside) -> Value {
    let (delivery, announcement, why) = match inside {
        Inside::Delivery(line) => (Some(line), None, None),
        Inside::Announcement(value) => (None, Some(value), None),
        Inside::Nothing(why) => (None, None, Some(why)),
    };
    json!({"message": seen, "delivery": delivery, "announcement": announcement, "not_opened": why})
}

fn table(seen: &Seen, inside: &Inside) -> Table {
    let mut table = Table::default();
    table.entry("message", seen.id.as_str());
    table.entry("queue", seen.queue.as_str());
    table.entry("class", seen.class.as_str());
    table.entry("reason", Cell::new(Tone::Bad, &seen.reason));
    table.entry("attempts", seen.attempts.map_or("-".to_owned(), |attempts| attempts.to_string()));
    table.entry("trace", seen.trace_id.as_deref().unwrap_or("-"));
    table.entry("since", clock::rfc3339(clock::from_milliseconds(seen.sent_at_ms)));
    table.entry("bytes", seen.bytes.to_string());
    match inside {
        Inside::Delivery(line) => {
            for (name, value) in
                line.iter().filter(|(name, _)| !["body", "body_base64"].contains(&name.as_str()))
            {
                table.entry(name, words(value));
            }
        }
        Inside::Announcement(value) => {
            for (name, value) in value.as_object().into_iter().flatten() {
                table.entry(name, words(value));
            }
            if seen.stays {
                table.entry("what to do", STAYING);
            }
        }
        Inside::Nothing(why) => table.entry("not opened", Cell::new(Tone::Bad, meaning(why))),
    }
    table
}

/// A text as it is, anything else as JSON.
fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The body for a terminal, which no character of it can steer.
fn body(inside: &Inside) -> Option<String> {
    let Inside::Delivery(line) = inside else { return None };
    let body = line.get("body").or_else(|| line.get("body_base64"))?.as_str()?;
    Some(body.chars().fold(String::with_capacity(body.len()), |mut text, c| {
        if c.is_control() && c != '\n' && c != '\t' {
            let _ = write!(text, "{}", c.escape_default());
        } else {
            text.push(c);
        }
        text
    }))
}

/// What a reason says to the person who looks.
fn meaning(reason: &str) -> String {
    let words = match reason {
        "unsealed" => "it was not sealed by anyone, or was changed since",
        "malformed" => "it was sealed, but what is inside is not what this version reads",
        "foreign_stack" => "it says that it was sealed for another stack",
        "key_refused" => "KMS does not unwrap its key for you and this stack",
        "key_unavailable" => "KMS did not answer",
        "unknown_version" => "a newer release sealed it: use the tool of that release",
        "not_ours" => "it is nothing that the publisher writes",
        _ => "it cannot be opened",
    };
    format!("{words} ({reason})")
}

/// Whether the person's rights or KMS stood in the way, which is a failure of the command.
fn denied<'a>(stack: &Stack, shown: impl IntoIterator<Item = &'a Inside>) -> anyhow::Result<()> {
    let in_the_way = |inside: &&Inside| matches!(inside, Inside::Nothing("key_refused" | "key_unavailable"));
    match shown.into_iter().find(in_the_way) {
        None => Ok(()),
        Some(_) => Err(Problem::failed("its key was not unwrapped")
            .advice(format!(
                "you need kms:Decrypt on {} with the encryption context tollgate:stack = {};\n\
                 if you have that, the message was not sealed for this stack",
                stack.output("DataKeyArn")?,
                stack.name
            ))
            .into()),
    }
}

#[cfg(test)]
mod tests;
