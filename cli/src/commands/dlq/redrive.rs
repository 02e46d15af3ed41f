use aws::EventBridgeBus;
use clap::Args;

use super::plan::{Plan, STAYING, Selection};
use crate::audit;
use crate::dead_letters::{Act, Announcements, Name, Outcome, Seen, handle};
use crate::options::Options;
use crate::output::Output;
use crate::pace::Pace;
use crate::stack::Stack;
use crate::stop::Stop;
use crate::terminal;

/// Send dead letters back to where they came from.
///
/// Shows first what it would move, and asks. A message is sent before it is deleted: what is interrupted leaves it in
/// both places at worst, and the second is a duplicate without effect. Stop with Ctrl-C and say it again to go on.
/// A message whose cause is not mended becomes a dead letter again. Those of the publisher are announced again, as the
/// ledger has them.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  tollgate dlq redrive --dry-run\n  \
    tollgate dlq redrive --queue process --reason key_refused\n  \
    tollgate dlq redrive --class exhausted --older-than 1h --max 500 --rate 20 --yes\n  \
    tollgate dlq redrive --id 5fea7756-0ea4-451a-a703-a558b933e274")]
pub(crate) struct Redrive {
    #[command(flatten)]
    selection: Selection,

    /// Messages a second.
    #[arg(long, default_value = "50", value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,

    /// Only show what would be moved.
    #[arg(long)]
    dry_run: bool,

    /// Do not ask.
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,

    /// Why, for the audit object.
    #[arg(long, value_name = "TEXT")]
    reason_text: Option<String>,
}

impl Redrive {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let stop = Stop::listen()?;
        let mut plan = self.selection.plan(&stack, &stop, output).await?;
        let stay = plan.chosen.extract_if(.., |letter| letter.stays).count();
        if stay > 0 {
            plan.caveats.push(format!("publisher: {stay} stay, as they name no event: {STAYING}"));
        }
        plan.caveats.extend(cautions(&plan.chosen));
        for caveat in &plan.caveats {
            output.progress(caveat);
        }
        let total = plan.chosen.len();
        if self.dry_run || total == 0 {
            return plan.preview(&stack, &plan.table("to", Name::destination), "move", output);
        }
        output.plan(&plan.table("to", Name::destination));
        let seconds = total.div_ceil(usize::try_from(self.rate)?);
        terminal::confirm(
            self.yes,
            &format!("move {total} messages of {}, in about {seconds} s?", stack.name),
        )?;
        let target = plan.target();
        let reason = self.reason_text.as_deref();
        let trace = audit::Act { command: "dlq-redrive", target: &target, counts: plan.counts(), reason };
        let audit = audit::record(&stack, &trace, output).await?;
        let outcome = self.act(&stack, &plan, &stop, output).await?;
        plan.conclude(&stack, outcome, &stop, "moved", &audit, output)
    }

    async fn act(&self, stack: &Stack, plan: &Plan, stop: &Stop, output: &Output) -> anyhow::Result<Outcome> {
        let pace = Pace::new(self.rate);
        let mut outcome = Outcome::default();
        for queue in plan.queues() {
            let (letters, ids) = (queue.open(stack)?, plan.ids(queue));
            let progress = plan.progress(outcome.done, "moved", output);
            outcome.add(match queue {
                Name::Process | Name::Archive => {
                    handle(&letters, Act::Redrive, ids, &pace, stop, &progress).await
                }
                Name::Publisher => {
                    let bus = EventBridgeBus::new(&stack.sdk, stack.output("EventBusArn")?);
                    let port = Announcements { letters, ledger: stack.ledger()?, bus };
                    handle(&port, Act::Redrive, ids, &pace, stop, &progress).await
                }
            });
        }
        Ok(outcome)
    }
}

/// What to think of before some messages are moved.
fn cautions(chosen: &[Seen]) -> Vec<String> {
    let with =
        |reasons: &[&str]| chosen.iter().filter(|letter| reasons.contains(&letter.reason.as_str())).count();
    let cautions = [
        (with(&NOT_OURS), "look as if someone else wrote them: know who did before you move them"),
        (with(&["unscreenable"]), "have no body that could be kept: they come straight back"),
    ];
    let said = cautions.into_iter().filter(|(count, _)| *count > 0);
    said.map(|(count, caution)| format!("{count} {caution}")).collect()
}

/// Reasons for which a message may be somebody else's.
const NOT_OURS: [&str; 5] = ["forged", "foreign_stack", "key_refused", "unsealed", "wrong_source"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dead_letters::tests::seen;

    #[test]
    fn what_may_be_someone_elses_and_what_comes_straight_back_is_said() {
        let of = |reasons: &[&str]| {
            let letters: Vec<Seen> =
                reasons.iter().map(|reason| seen(Name::Process, reason, reason, 1)).collect();
            cautions(&letters)
        };
        assert!(of(&["exhausted", "panic"]).is_empty());
        let cautions = of(&["unsealed", "forged", "foreign_stack", "key_refused", "unscreenable", "panic"]);
        assert_eq!(cautions.len(), 2);
        assert!(cautions[0].starts_with("4 look as if someone else"), "{cautions:?}");
        assert!(cautions[1].starts_with("1 have no body"), "{cautions:?}");
    }
}
