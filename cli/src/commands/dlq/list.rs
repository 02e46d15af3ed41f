use clap::Args;
use serde_json::json;

use super::plan::Which;
use crate::clock;
use crate::dead_letters::{self, Group, Seen, Survey, age};
use crate::endpoints::days;
use crate::options::Options;
use crate::output::Output;
use crate::stack::Stack;
use crate::stop::Stop;
use crate::table::{Cell, Table, Tone};

/// List dead letters by queue, class and reason.
///
/// Takes nothing away: each message is hidden for a moment, as SQS shows none without that, and given back. At most
/// 10,000 messages of a queue are looked at. One without attributes was given up by its queue after 100 attempts, and
/// is listed as exhausted.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tollgate dlq list\n  tollgate dlq list --queue process --reason unsealed --each\n  \
    tollgate dlq list --stack tollgate-prod --json | jq '.groups[] | select(.queue == \"archive\")'"
)]
pub(crate) struct List {
    #[command(flatten)]
    which: Which,

    /// One line a message, the oldest first.
    #[arg(long)]
    each: bool,
}

impl List {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let stop = Stop::listen()?;
        let surveys = dead_letters::survey(&stack, &self.which.queues(), &stop, output).await?;
        let mut seen: Vec<&Seen> = surveys.iter().flat_map(|survey| &survey.seen).collect();
        seen.retain(|letter| self.which.takes(letter));
        seen.sort_by_key(|letter| (letter.sent_at_ms, &letter.id));
        let groups = dead_letters::groups(seen.iter().copied());
        let caveats = dead_letters::caveats(&surveys);
        let now = pipeline::unix_ms(clock::now());
        if output.json() {
            let queues = surveys.iter().map(|survey| {
                json!({"queue": survey.queue, "seen": survey.seen.len(), "visible": survey.depth.visible,
                    "in_hand": survey.depth.in_hand, "retention_seconds": survey.depth.retention.as_secs()})
            });
            let letters = self.each.then_some(&seen);
            return output.document(&json!({
                "stack": stack.name, "queues": queues.collect::<Vec<_>>(), "groups": groups, "messages": letters,
                "caveats": caveats,
            }));
        }
        for caveat in &caveats {
            output.progress(caveat);
        }
        if seen.is_empty() {
            return output.line("no dead letters");
        }
        if self.each { output.table(&each(&seen, now)) } else { output.table(&table(&groups, &surveys, now)) }
    }
}

fn table(groups: &[Group], surveys: &[Survey], now: i64) -> Table {
    let mut table = Table::new(&[
        "queue",
        "class",
        "reason",
        "messages",
        "oldest",
        "newest",
        "kept for",
        "id of the oldest",
    ]);
    for group in groups {
        let survey = surveys.iter().find(|survey| survey.queue == group.queue);
        let retention = survey.map(|survey| survey.depth.retention).unwrap_or_default();
        let left = retention.saturating_sub(age(group.oldest_ms, now));
        let tone = if left < retention / 4 { Tone::Bad } else { Tone::Plain };
        table.row([
            group.queue.as_str().into(),
            group.class.as_str().into(),
            Cell::new(Tone::Strong, &group.reason),
            group.messages.to_string().into(),
            ago(group.oldest_ms, now).into(),
            ago(group.newest_ms, now).into(),
            Cell::new(tone, days(left)),
            Cell::new(Tone::Faint, &group.oldest_id),
        ]);
    }
    table
}

fn each(seen: &[&Seen], now: i64) -> Table {
    let mut table =
        Table::new(&["queue", "reason", "attempts", "age", "bytes", "endpoint", "delivery", "id"]);
    for letter in seen {
        table.row([
            letter.queue.as_str().into(),
            Cell::new(Tone::Strong, &letter.reason),
            letter.attempts.map_or("-".to_owned(), |attempts| attempts.to_string()).into(),
            days(age(letter.sent_at_ms, now)).into(),
            letter.bytes.to_string().into(),
            letter.endpoint.as_deref().unwrap_or("-").into(),
            letter.delivery_id.as_deref().unwrap_or("-").into(),
            letter.id.as_str().into(),
        ]);
    }
    table
}

fn ago(at_ms: i64, now: i64) -> String {
    format!("{} ago", days(age(at_ms, now)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::dead_letters::tests::{seen, survey};
    use crate::dead_letters::{End, Name};

    const HOUR: i64 = 3_600_000;

    #[test]
    fn groups_have_their_ages_and_what_is_left_of_the_retention() {
        let letters = [
            seen(Name::Process, "m-1", "unsealed", 3 * HOUR),
            seen(Name::Process, "m-2", "unsealed", 48 * HOUR),
            seen(Name::Archive, "m-3", "exhausted", 300 * HOUR),
        ];
        let surveys = [
            survey(Name::Process, End::Whole, &letters[..2]),
            survey(Name::Archive, End::Whole, &letters[2..]),
        ];
        let groups = dead_letters::groups(&letters);
        assert_eq!(
            table(&groups, &surveys, 301 * HOUR).render(false),
            "\
queue    class      reason     messages  oldest       newest       kept for  id of the oldest
process  permanent  unsealed   2         12 days ago  10 days ago  38 h      m-1
archive  exhausted  exhausted  1         1 h ago      1 h ago      13 days   m-3
"
        );
    }

    #[test]
    fn what_expires_soon_stands_out() {
        let letters = [seen(Name::Process, "m-1", "unsealed", 0)];
        let surveys = [survey(Name::Process, End::Whole, &letters)];
        let groups = dead_letters::groups(&letters);
        let day = Duration::from_hours(24).as_millis().try_into().unwrap_or(i64::MAX);
        for (days, stands_out) in [(1, false), (10, false), (11, true), (20, true)] {
            let text = table(&groups, &surveys, days * day).render(true);
            assert_eq!(text.contains("\u{1b}[31m"), stands_out, "{days}");
        }
    }
}
