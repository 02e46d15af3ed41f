mod words;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use aws::{DynamoLedger, KmsDataKeys, S3Archive, SqsQueue};
use clap::Args;
use pipeline::{Archived, Queue as _, Reader, Sealer, Source, unix_ms};
use serde_json::json;

use crate::archive;
use crate::audit::{self, Act};
use crate::moment::moment;
use crate::options::Options;
use crate::output::Output;
use crate::pace::Pace;
use crate::problem::Problem;
use crate::replay::{self, Cold, How, Order, Plan, Sending, State};
use crate::stack::Stack;
use crate::{clock, terminal};
use words::{announces, dollars, restoring, summary, table, target, verb};

/// How often the person who waits is told how far it is.
const EVERY: Duration = Duration::from_secs(2);
/// How long repetitions of an event wait for the first delivery to be recorded.
const PATIENCE: Duration = Duration::from_mins(1);
/// Days for which a copy of a cold segment can be read.
const RESTORED_DAYS: i32 = 7;

/// Send archived deliveries through the processor again.
///
/// Shows first what it would send and announce, and asks. Sends to the process queue only, and only what a segment proves
/// whose MAC holds. An event that the ledger has is a duplicate: no row changes, and nothing is announced. An event that is new is
/// recorded, and announced unless --silent. With --reinterpret nothing is sent: rows of older rules, read from the same
/// body, are read again by the rules of this tool.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    tollgate replay --since 2026-11-20 --until 2026-11-21 --dry-run\n  \
    tollgate replay --since 6h --provider stripe --type payment_intent.succeeded --silent\n  \
    tollgate replay --since 30d --reinterpret --yes --json\n  \
    tollgate replay --resume tollgate-replay-1795000000000.json")]
pub(crate) struct ReplayCommand {
    /// Received from then on: a date, a time, or an age such as 6h.
    #[arg(long, value_parser = moment, required_unless_present = "resume")]
    since: Option<SystemTime>,

    /// Received before then.
    #[arg(long, value_parser = moment, default_value = "now")]
    until: SystemTime,

    /// Of this provider only.
    #[arg(long, conflicts_with = "resume")]
    provider: Option<String>,

    /// By this endpoint only.
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    endpoint: Option<String>,

    /// Of the event with this id at the provider only.
    #[arg(long, value_name = "ID", conflicts_with = "resume")]
    event: Option<String>,

    /// Of events of this type only, in the provider's words.
    #[arg(long = "type", value_name = "TYPE", conflicts_with = "resume")]
    event_type: Option<String>,

    /// Read the rows of the ledger again by the rules of this tool, instead of sending.
    #[arg(long, conflicts_with_all = ["silent", "resume"])]
    reinterpret: bool,

    /// Announce nothing, also of events that are new.
    #[arg(long, conflicts_with = "resume")]
    silent: bool,

    #[command(flatten)]
    run: Execution,
}

/// How to go about it; the same for a replay and a rebuild.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Execution {
    /// Show what would be sent, and stop.
    #[arg(long)]
    dry_run: bool,

    /// Do not ask.
    #[arg(long)]
    yes: bool,

    /// Deliveries a second at most.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,

    /// Go on without the segments that cannot be proven.
    #[arg(long)]
    skip_unproven: bool,

    /// Ask S3 to restore the segments that lie in Glacier, and stop.
    #[arg(long)]
    restore: bool,

    /// Why, for the audit object.
    #[arg(long)]
    reason: Option<String>,

    /// Go on with what this file says was interrupted.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["since", "until"])]
    resume: Option<PathBuf>,
}

impl ReplayCommand {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let how = match (self.reinterpret, self.silent) {
            (true, _) => How::Reinterpret,
            (_, true) => How::Silent,
            _ => How::Announce,
        };
        let order = Order {
            stack: stack.name.clone(),
            since_ms: unix_ms(self.since.unwrap_or(self.until)),
            until_ms: unix_ms(self.until),
            provider: self.provider,
            endpoint: self.endpoint,
            event: self.event,
            event_type: self.event_type,
            how,
            oldest_ms: oldest(&stack)?,
        };
        self.run.carry_out("replay", order, &stack, output).await
    }
}

/// What was received before then may have been forgotten by the ledger.
pub(crate) fn oldest(stack: &Stack) -> anyhow::Result<i64> {
    let days = i64::from(stack.ledger_days()?);
    Ok(unix_ms(clock::now()).saturating_sub(days * 24 * 3600 * 1000))
}

impl Execution {
    /// Shows the plan, asks, leaves the audit object, and does it.
    pub(crate) async fn carry_out(
        self,
        command: &str,
        order: Order,
        stack: &Stack,
        output: &Output,
    ) -> anyhow::Result<()> {
        let (file, mut state) = self.state(command, order)?;
        let order = state.order.clone();
        let (segments, macs) = archive::open(stack)?;
        let (ledger, span) = (stack.ledger()?, order.span());

        let mut told = clock::start();
        let plan = replay::plan(Reader::new(&segments, &macs, span), &order, &ledger, |read| {
            if told.elapsed() >= EVERY {
                told = clock::start();
                output.progress(format!("planning: {read} deliveries read …"));
            }
        });
        let plan = plan.await?;
        let total = plan.total();
        let summary = summary(&plan, &order, self.rate);
        if output.json() {
            // For the person who is asked; a script reads the document.
            if !self.yes {
                output.plan(&table(&plan));
                output.progress(&summary);
            }
        } else {
            output.table(&table(&plan))?;
            output.line(&summary)?;
        }
        let report = |sent: Option<u64>| self.report(&plan, &order, sent, output);
        if !plan.cold.is_empty() {
            report(None)?;
            return self.restore(&segments, &plan.cold, command, stack, output).await;
        }
        if !plan.flawed.is_empty() && !self.skip_unproven {
            report(None)?;
            return Err(Problem::not_intact(format!("{} segments cannot be proven", plan.flawed.len()))
                .advice("tollgate archive verify names them; --skip-unproven goes on without them")
                .into());
        }
        if self.dry_run || total.deliveries == 0 {
            return report(None);
        }
        let begun = state.sent;
        let before = if begun == 0 { String::new() } else { format!(", {begun} of them sent before") };
        terminal::confirm(
            self.yes,
            &format!("{} {} deliveries{before}?", verb(order.how), total.deliveries),
        )?;
        let counts = json!({"deliveries": total.deliveries, "events": total.events, "new": total.new,
            "sent_before": begun, "how": order.how});
        let target = target(&order);
        let act = Act { command, target: &target, counts, reason: self.reason.as_deref() };
        audit::record(stack, &act, output).await?;

        output.progress(format!("if this is interrupted, go on with --resume {}", file.display()));
        let mut told = clock::start();
        let tell = |state: &State| {
            if told.elapsed() >= EVERY {
                told = clock::start();
                output.progress(format!("{} of {} deliveries …", state.sent, total.deliveries));
            }
        };
        let sending = Sending {
            plan: &plan,
            ledger: &ledger,
            file: &file,
            pace: Pace::new(self.rate),
            patience: if order.how == How::Reinterpret { Duration::ZERO } else { PATIENCE },
        };
        let read_after = |after: &str| Reader::resumed(&segments, &macs, span, after);
        let done = deliver(sending, read_after, &mut state, stack, tell).await;
        done.with_context(|| {
            format!("interrupted after {} deliveries; go on with --resume {}", state.sent, file.display())
        })?;
        fs::remove_file(&file).with_context(|| format!("remove {}", file.display()))?;
        let sent = state.sent - begun;
        if !output.json() {
            output.line(format!("done: {sent} deliveries"))?;
        }
        report(Some(sent))
    }

    /// Where it begins or goes on: what a file says counts, but for what the ledger has forgotten since.
    fn state(&self, command: &str, order: Order) -> anyhow::Result<(PathBuf, State)> {
        if order.since_ms >= order.until_ms && self.resume.is_none() {
            return Err(Problem::usage("--since is not before --until").into());
        }
        let Some(file) = &self.resume else {
            let name = format!("tollgate-replay-{}.json", unix_ms(clock::now()));
            return Ok((PathBuf::from(name), State::new(order)));
        };
        let mut state = State::read(file)?;
        if state.order.stack != order.stack {
            return Err(Problem::usage(format!("that was begun on the stack {}", state.order.stack)).into());
        }
        if (state.order.how == How::Rebuild) != (order.how == How::Rebuild) {
            let other = if state.order.how == How::Rebuild { "ledger rebuild" } else { "replay" };
            return Err(Problem::usage(format!("that was begun as another command than {command}"))
                .advice(format!("tollgate {other} --resume {}", file.display()))
                .into());
        }
        state.order.oldest_ms = state.order.oldest_ms.max(order.oldest_ms);
        Ok((file.clone(), state))
    }

    fn report(&self, plan: &Plan, order: &Order, sent: Option<u64>, output: &Output) -> anyhow::Result<()> {
        if !output.json() {
            return Ok(());
        }
        let total = plan.total();
        output.document(&json!({
            "plan": plan, "total": total, "announces": announces(&total, order.how), "how": order.how,
            "seconds": total.deliveries / u64::from(self.rate), "dollars": dollars(&total), "sent": sent,
        }))
    }

    async fn restore(
        &self,
        segments: &S3Archive,
        cold: &[Cold],
        command: &str,
        stack: &Stack,
        output: &Output,
    ) -> anyhow::Result<()> {
        let plan = restoring(cold, RESTORED_DAYS);
        if !self.restore || self.dry_run {
            return Err(Problem::failed(format!("{} segments must be restored first", cold.len()))
                .advice(format!("--restore asks S3 for {plan}; run this command again then"))
                .into());
        }
        terminal::confirm(self.yes, &format!("ask S3 for {plan}?"))?;
        let key = |segment: Option<&Cold>| segment.map(|cold| cold.segment.clone()).unwrap_or_default();
        let act = Act {
            command: &format!("{command}-restore"),
            target: &format!("{} to {}", key(cold.first()), key(cold.last())),
            counts: json!({"segments": cold.len()}),
            reason: self.reason.as_deref(),
        };
        audit::record(stack, &act, output).await?;
        let mut told = clock::start();
        for (asked, Cold { segment, .. }) in cold.iter().enumerate() {
            segments.restore(segment, RESTORED_DAYS).await?;
            if told.elapsed() >= EVERY {
                told = clock::start();
                output.progress(format!("asked for {asked} of {} segments …", cold.len()));
            }
        }
        let asked = format!("asked S3 for {} segments", cold.len());
        output.progress(format!("{asked}: run this command again when they are there, without --restore"));
        Ok(())
    }
}

async fn deliver<'r>(
    sending: Sending<'_, DynamoLedger>,
    read_after: impl Fn(&str) -> Reader<'r>,
    state: &mut State,
    stack: &Stack,
    tell: impl FnMut(&State),
) -> anyhow::Result<()> {
    let Some(how) = state.order.how.replay() else {
        let ledger = sending.ledger;
        let again = async |_: Archived, events: Vec<payments::Event>| {
            for event in &events {
                payments::reinterpret(ledger, event).await?;
            }
            Ok(())
        };
        return sending.send(read_after, state, again, tell).await;
    };
    let sealer = Sealer::new(stack.name.as_str(), Source::Replay);
    let keys = KmsDataKeys::new(&stack.sdk, stack.output("DataKeyArn")?.to_owned());
    let queue = SqsQueue::new(&stack.sdk, stack.output("ProcessQueueUrl")?, None);
    let send = async |delivery: Archived, _: Vec<payments::Event>| {
        let message = sealer.seal(&delivery.replayed(how), &keys, clock::now()).await?;
        queue.send(&message).await
    };
    sending.send(read_after, state, send, tell).await
}

#[cfg(test)]
mod tests;
