//! Which dead letters a command is about, and what it shows before it touches them.

use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroUsize;
use std::time::SystemTime;

use clap::Args;
use serde_json::{Value, json};

use crate::clock;
use crate::dead_letters::{self, Name, Outcome, Seen, age};
use crate::endpoints::days;
use crate::moment::moment;
use crate::output::Output;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::stop::Stop;
use crate::table::{self, Table, Tone};

/// A line of progress each so many messages.
const STEP: usize = 100;

/// What to do about dead letters of the publisher that name no event.
pub(crate) const STAYING: &str =
    "announce again from the ledger (tollgate events publish --since TIME), then drop them";

/// Which messages.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Which {
    /// Only of this queue.
    #[arg(long, value_enum)]
    pub(crate) queue: Option<Name>,

    /// Only of this class: permanent or exhausted.
    #[arg(long)]
    class: Option<String>,

    /// Only with this reason, as the list shows it.
    #[arg(long)]
    reason: Option<String>,
}

/// Which messages something is done to.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Selection {
    #[command(flatten)]
    pub(crate) which: Which,

    /// Only this message, by its id or its delivery's; can be said again.
    #[arg(long)]
    id: Vec<String>,

    /// Only what was there before that: 30m, 6h, 7d ago, or a date or time.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    older_than: Option<SystemTime>,

    /// At most so many, the oldest first.
    #[arg(long, value_name = "N")]
    max: Option<NonZeroUsize>,
}

/// What a command will do something to.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The messages.
    pub(crate) chosen: Vec<Seen>,
    /// What else to know of the counts.
    pub(crate) caveats: Vec<String>,
}

/// One queue, or all of them.
pub(crate) fn queues(only: Option<Name>) -> Vec<Name> {
    only.map_or(Name::ALL.to_vec(), |queue| vec![queue])
}

impl Which {
    /// The queues to look at.
    pub(crate) fn queues(&self) -> Vec<Name> {
        queues(self.queue)
    }

    /// Whether a message is among them.
    pub(crate) fn takes(&self, letter: &Seen) -> bool {
        self.queue.is_none_or(|queue| queue == letter.queue)
            && self.class.as_ref().is_none_or(|class| *class == letter.class)
            && self.reason.as_ref().is_none_or(|reason| *reason == letter.reason)
    }
}

impl Selection {
    /// Whether it names anything but a number.
    pub(crate) fn is_a_filter(&self) -> bool {
        let Which { queue, class, reason } = &self.which;
        queue.is_some()
            || class.is_some()
            || reason.is_some()
            || !self.id.is_empty()
            || self.older_than.is_some()
    }

    /// Looks at the queues and chooses.
    pub(crate) async fn plan(&self, stack: &Stack, stop: &Stop, output: &Output) -> anyhow::Result<Plan> {
        let surveys = dead_letters::survey(stack, &self.which.queues(), stop, output).await?;
        let mut caveats = dead_letters::caveats(&surveys);
        let seen: Vec<Seen> = surveys.into_iter().flat_map(|survey| survey.seen).collect();
        let unknown: Vec<&str> = self
            .id
            .iter()
            .filter(|id| !seen.iter().any(|letter| letter.is(id)))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() {
            caveats.push(format!("not among the dead letters: {}", unknown.join(", ")));
        }
        Ok(Plan { chosen: self.chosen(seen), caveats })
    }

    fn chosen(&self, mut seen: Vec<Seen>) -> Vec<Seen> {
        seen.retain(|letter| {
            self.which.takes(letter)
                && (self.id.is_empty() || self.id.iter().any(|id| letter.is(id)))
                && self.older_than.is_none_or(|moment| letter.sent_at_ms < pipeline::unix_ms(moment))
        });
        seen.sort_by(|a, b| (a.sent_at_ms, &a.id).cmp(&(b.sent_at_ms, &b.id)));
        seen.truncate(self.max.map_or(usize::MAX, NonZeroUsize::get));
        seen
    }
}

impl Plan {
    /// The queues that something is done in, in order.
    pub(crate) fn queues(&self) -> BTreeSet<Name> {
        self.chosen.iter().map(|letter| letter.queue).collect()
    }

    /// The ids of the messages of a queue.
    pub(crate) fn ids(&self, queue: Name) -> HashSet<String> {
        self.chosen.iter().filter(|letter| letter.queue == queue).map(|letter| letter.id.clone()).collect()
    }

    /// As an audit object's target.
    pub(crate) fn target(&self) -> String {
        let queues: Vec<&str> = self.queues().into_iter().map(Name::as_str).collect();
        queues.join(",")
    }

    /// As an audit object's counts.
    pub(crate) fn counts(&self) -> Value {
        let groups = dead_letters::groups(&self.chosen);
        let by = groups.iter().map(|group| {
            json!({"queue": group.queue, "class": group.class, "reason": group.reason, "messages": group.messages})
        });
        json!({"messages": self.chosen.len(), "by": by.collect::<Vec<_>>()})
    }

    /// Shows what would be done, and does nothing.
    pub(crate) fn preview(
        &self,
        stack: &Stack,
        table: &Table,
        what: &str,
        output: &Output,
    ) -> anyhow::Result<()> {
        let total = self.chosen.len();
        if output.json() {
            let (would, caveats) = (self.counts(), &self.caveats);
            return output
                .document(&json!({"stack": stack.name, "would": {what: would}, "caveats": caveats}));
        }
        if total == 0 {
            return output.line(format!("nothing to {what}"));
        }
        output.table(table)?;
        output.line(format!("would {what} {total} messages"))
    }

    /// Says how far it is, each so many messages; `before` were done in other queues.
    pub(crate) fn progress<'a>(
        &self,
        before: usize,
        what: &'a str,
        output: &'a Output,
    ) -> impl Fn(usize) + 'a {
        let (total, said) = (self.chosen.len(), Cell::new(before / STEP));
        move |done| {
            let done = before + done;
            if done / STEP > said.replace(done / STEP) {
                output.progress(format!("{what} {done} of {total} …"));
            }
        }
    }

    /// What is done to what; `what` says it of a queue.
    pub(crate) fn table(&self, heading: &'static str, what: impl Fn(Name) -> &'static str) -> Table {
        let now = pipeline::unix_ms(clock::now());
        let mut table = Table::new(&["queue", "class", "reason", "messages", "oldest", heading]);
        for group in dead_letters::groups(&self.chosen) {
            table.row([
                group.queue.as_str().into(),
                group.class.into(),
                group.reason.into(),
                table::Cell::new(Tone::Strong, group.messages.to_string()),
                format!("{} ago", days(age(group.oldest_ms, now))).into(),
                what(group.queue).into(),
            ]);
        }
        table
    }

    /// Ends a command that did something: with an error if not all of it is done.
    pub(crate) fn conclude(
        &self,
        stack: &Stack,
        outcome: Outcome,
        stop: &Stop,
        what: &str,
        audit: &str,
        output: &Output,
    ) -> anyhow::Result<()> {
        let done = outcome.done;
        if output.json() {
            output.document(&self.document(&stack.name, &outcome, what, audit))?;
        }
        verdict(outcome, stop.asked(), what)?;
        if output.json() { Ok(()) } else { output.line(format!("{what} {done} messages")) }
    }

    /// What a script reads: `left` are of those that were chosen; how many were not even seen is a caveat.
    fn document(&self, stack: &str, outcome: &Outcome, what: &str, audit: &str) -> Value {
        let Outcome { done, failed, left, .. } = outcome;
        json!({"stack": stack, what: done, "failed": failed, "left": left, "audit": audit, "caveats": self.caveats})
    }
}

fn verdict(outcome: Outcome, stopped: bool, what: &str) -> anyhow::Result<()> {
    let Outcome { done, failed, left, error } = outcome;
    let total = done + failed + left;
    if let Some(error) = error {
        let advice = "what is left is still there: mend the cause, then say it again";
        return Err(error.context(Problem::failed(format!("{what} {done} of {total}")).advice(advice)));
    }
    if left == 0 {
        return Ok(());
    }
    Err(if stopped {
        Problem::failed(format!("stopped: {what} {done} of {total}"))
            .advice("what is left is still there: say it again to go on")
    } else {
        Problem::failed(format!("{what} {done} of {total}; the others were not to be seen any more"))
            .advice("someone has them in hand, or they are gone: look again with tollgate dlq list")
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dead_letters::tests::seen;

    #[test]
    fn a_script_is_told_what_was_not_even_seen() {
        let plan = Plan { chosen: Vec::new(), caveats: vec!["of about 12000".to_owned()] };
        let outcome = Outcome { done: 10_000, ..Outcome::default() };
        assert_eq!(
            plan.document("dev", &outcome, "deleted", "audit/a"),
            json!({"stack": "dev", "deleted": 10_000, "failed": 0, "left": 0, "audit": "audit/a",
                "caveats": ["of about 12000"]})
        );
    }

    fn selection(change: impl FnOnce(&mut Selection)) -> Selection {
        let mut selection = Selection::default();
        change(&mut selection);
        selection
    }

    #[test]
    fn each_filter_narrows_and_the_oldest_come_first() {
        let letters = || {
            vec![
                seen(Name::Process, "m-1", "unsealed", 9_000),
                seen(Name::Process, "m-2", "exhausted", 7_000),
                seen(Name::Archive, "m-3", "unsealed", 8_000),
            ]
        };
        let check = |selection: Selection, expected: &[&str]| {
            let chosen = selection.chosen(letters());
            let ids: Vec<&str> = chosen.iter().map(|letter| letter.id.as_str()).collect();
            assert_eq!(ids, expected, "{selection:?}");
        };
        check(Selection::default(), &["m-2", "m-3", "m-1"]);
        check(selection(|s| s.which.queue = Some(Name::Process)), &["m-2", "m-1"]);
        check(selection(|s| s.which.class = Some("exhausted".to_owned())), &["m-2"]);
        check(selection(|s| s.which.reason = Some("unsealed".to_owned())), &["m-3", "m-1"]);
        check(selection(|s| s.id = vec!["m-1".to_owned(), "delivery of m-3".to_owned()]), &["m-3", "m-1"]);
        check(selection(|s| s.older_than = Some(clock::from_seconds(8))), &["m-2"]);
        check(selection(|s| s.max = NonZeroUsize::new(2)), &["m-2", "m-3"]);
    }

    #[test]
    fn a_number_alone_is_no_filter() {
        assert!(!Selection::default().is_a_filter());
        assert!(!selection(|s| s.max = NonZeroUsize::new(1)).is_a_filter());
        assert!(selection(|s| s.which.queue = Some(Name::Process)).is_a_filter());
        assert!(selection(|s| s.which.class = Some(String::new())).is_a_filter());
        assert!(selection(|s| s.which.reason = Some(String::new())).is_a_filter());
        assert!(selection(|s| s.id = vec![String::new()]).is_a_filter());
        assert!(selection(|s| s.older_than = Some(clock::from_seconds(0))).is_a_filter());
    }

    #[test]
    fn whatever_is_not_done_is_an_error_that_says_what_to_do() {
        let check = |outcome: Outcome, stopped: bool, expected: Option<&str>| {
            let message = verdict(outcome, stopped, "moved").err().map(|error| format!("{error:#}"));
            assert_eq!(message.as_deref(), expected);
        };
        check(Outcome { done: 3, ..Outcome::default() }, false, None);
        check(Outcome { done: 3, ..Outcome::default() }, true, None);
        check(
            Outcome { done: 3, failed: 1, left: 2, error: Some(anyhow::anyhow!("denied")) },
            false,
            Some("moved 3 of 6: denied"),
        );
        check(Outcome { done: 3, left: 2, ..Outcome::default() }, true, Some("stopped: moved 3 of 5"));
        check(
            Outcome { done: 3, left: 2, ..Outcome::default() },
            false,
            Some("moved 3 of 5; the others were not to be seen any more"),
        );
    }

    #[test]
    fn a_plan_says_how_many_of_what_and_never_names_a_message() {
        let chosen = vec![
            seen(Name::Process, "m-1", "unsealed", 1),
            seen(Name::Process, "m-2", "unsealed", 2),
            seen(Name::Archive, "m-3", "exhausted", 3),
        ];
        let plan = Plan { chosen, caveats: Vec::new() };
        assert_eq!(
            plan.counts(),
            json!({"messages": 3, "by": [
                {"queue": "process", "class": "permanent", "reason": "unsealed", "messages": 2},
                {"queue": "archive", "class": "exhausted", "reason": "exhausted", "messages": 1},
            ]})
        );
        assert_eq!(plan.target(), "process,archive");
        assert_eq!(plan.ids(Name::Process), HashSet::from(["m-1".to_owned(), "m-2".to_owned()]));
    }
}
