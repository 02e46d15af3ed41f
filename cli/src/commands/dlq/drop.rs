use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Value, json};

use super::plan::{Plan, Selection};
use crate::audit;
use crate::dead_letters::{Act, Name, Outcome, handle};
use crate::options::Options;
use crate::output::Output;
use crate::pace::Pace;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::stop::Stop;
use crate::terminal;

/// Messages a second.
const RATE: u32 = 100;

/// Delete dead letters for good.
///
/// Shows first what it would delete, and asks. Its audit object, written before, has the reason and the id of every
/// message and delivery. What is dropped from the process queue's dead letters may still be in the archive; what is
/// dropped from the archive queue's never gets there.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tollgate dlq drop --reason unsealed --reason-text 'planted in a test' --dry-run\n  \
    tollgate dlq drop --queue process --reason unscreenable --older-than 7d --reason-text 'ticket 4711'\n  \
    tollgate dlq drop --id 5fea7756-0ea4-451a-a703-a558b933e274 --reason-text 'announced by hand' --yes"
)]
pub(crate) struct Drop {
    #[command(flatten)]
    selection: Selection,

    /// Everything, when no filter is given.
    #[arg(long)]
    all: bool,

    /// Why, for the audit object.
    #[arg(long, value_name = "TEXT", required = true, value_parser = NonEmptyStringValueParser::new())]
    reason_text: String,

    /// Only show what would be deleted.
    #[arg(long)]
    dry_run: bool,

    /// Do not ask.
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
}

impl Drop {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        if self.all == self.selection.is_a_filter() {
            return Err(Problem::usage(if self.all {
                "--all and a filter say two things"
            } else {
                "nothing says what to drop"
            })
            .advice("name a --queue, --class, --reason, --id or --older-than; or say --all and no filter")
            .into());
        }
        let stack = Stack::open(options).await?;
        let stop = Stop::listen()?;
        let plan = self.selection.plan(&stack, &stop, output).await?;
        for caveat in &plan.caveats {
            output.progress(caveat);
        }
        let total = plan.chosen.len();
        if self.dry_run || total == 0 {
            return plan.preview(&stack, &plan.table("then", lost), "delete", output);
        }
        output.plan(&plan.table("then", lost));
        terminal::confirm(self.yes, &format!("delete {total} messages of {} for good?", stack.name))?;
        let (target, counts) = (plan.target(), counts(&plan));
        let reason = Some(self.reason_text.as_str());
        let trace = audit::Act { command: "dlq-drop", target: &target, counts, reason };
        let audit = audit::record(&stack, &trace, output).await?;
        let pace = Pace::new(RATE);
        let mut outcome = Outcome::default();
        for queue in plan.queues() {
            let (port, ids) = (queue.open(&stack)?, plan.ids(queue));
            let progress = plan.progress(outcome.done, "deleted", output);
            outcome.add(handle(&port, Act::Drop, ids, &pace, &stop, &progress).await);
        }
        plan.conclude(&stack, outcome, &stop, "deleted", &audit, output)
    }
}

/// The counts, and which messages: ids only.
fn counts(plan: &Plan) -> Value {
    let ids = plan.chosen.iter().map(|letter| json!({"id": letter.id, "delivery_id": letter.delivery_id}));
    let ids = ids.collect::<Vec<_>>();
    let mut counts = plan.counts();
    if let Some(counts) = counts.as_object_mut() {
        counts.insert("letters".to_owned(), Value::Array(ids));
    }
    counts
}

/// What is lost with a message.
fn lost(queue: Name) -> &'static str {
    match queue {
        Name::Process => "never recorded, unless it is replayed from the archive",
        Name::Archive => "never archived",
        Name::Publisher => "not announced, unless it is published again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dead_letters::tests::seen;

    #[test]
    fn the_audit_object_names_every_message() {
        let chosen =
            vec![seen(Name::Process, "m-1", "unsealed", 1), seen(Name::Archive, "m-2", "exhausted", 2)];
        let counts = counts(&Plan { chosen, caveats: Vec::new() });
        assert_eq!(counts["messages"], 2);
        assert_eq!(
            counts["letters"],
            json!([
                {"id": "m-1", "delivery_id": "delivery of m-1"},
                {"id": "m-2", "delivery_id": "delivery of m-2"},
            ])
        );
    }
}
