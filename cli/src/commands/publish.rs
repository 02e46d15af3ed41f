use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use anyhow::Context as _;
use aws::EventBridgeBus;
use clap::Args;
use payments::{Bus, BusEvent, Event, Ledger};
use serde_json::{Value, json};

use crate::audit::{self, Act};
use crate::options::Options;
use crate::output::Output;
use crate::period::Period;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};
use crate::terminal;

/// Entries of one call to the bus. Source: EventBridge quotas.
const ENTRIES: usize = 10;
/// How often an event is offered to a bus that refuses it.
const TRIES: u32 = 4;
/// A line of progress each so many events.
const STEP: usize = 1000;

/// Announce recorded events on the event bus again.
///
/// For consumers that missed some, or whose events are in the publisher's dead-letter queue. Reads the ledger, shows
/// how many events of each kind it would announce, and asks. Events keep their ids, so consumers that are idempotent
/// see nothing twice; conflicts and what was rebuilt silently are never announced. It reads the whole table: of a large
/// ledger that takes a while and costs read units.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    tollgate events publish --since 6h --dry-run\n  \
    tollgate events publish --since 2026-11-23T07:00:00Z --until 2026-11-23T09:00:00Z\n  \
    tollgate events publish --since 2d --rate 20 --yes")]
pub(crate) struct Publish {
    #[command(flatten)]
    period: Period,

    /// Only show what would be announced.
    #[arg(long)]
    dry_run: bool,

    /// Do not ask.
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,

    /// Events a second.
    #[arg(long, default_value = "100", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,

    /// Why, for the audit object.
    #[arg(long)]
    reason: Option<String>,
}

/// How many events of a provider and a kind.
type Counts = BTreeMap<(String, &'static str), usize>;

impl Publish {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let ledger = stack.ledger()?;
        let within = self.period.milliseconds()?;
        output.progress("reading the ledger …");
        let counts = count(&ledger, within.clone()).await?;
        let total: usize = counts.values().sum();
        let span = self.period.to_string();
        if !output.json() {
            output.table(&plan(&counts))?;
            output.line(format!("{total} events that arrived from {span}"))?;
        }
        if self.dry_run || total == 0 {
            return report(output, &span, &counts, 0, None);
        }
        let seconds = total.div_ceil(usize::try_from(self.rate)?);
        let question = format!("Announce {total} events again, in about {seconds} s?");
        terminal::confirm(self.yes, &question)?;
        let counted = json!({ "events": total });
        let reason = self.reason.as_deref();
        let act = Act { command: "events-publish", target: &span, counts: counted, reason };
        let trace = audit::record(&stack, &act, output).await?;
        let bus = EventBridgeBus::new(&stack.sdk, stack.output("EventBusArn")?);
        let announced = announce(&ledger, &bus, within, self.rate, &|line| output.progress(line)).await?;
        report(output, &span, &counts, announced, Some(&trace))
    }
}

fn report(
    output: &Output,
    span: &str,
    counts: &Counts,
    announced: usize,
    audit: Option<&str>,
) -> anyhow::Result<()> {
    if output.json() {
        let counts: Vec<Value> = counts
            .iter()
            .map(|((provider, kind), events)| json!({ "provider": provider, "kind": kind, "events": events }))
            .collect();
        let report = json!({ "span": span, "counts": counts, "announced": announced, "audit": audit });
        return output.document(&report);
    }
    output.line(format!("announced {announced} events"))
}

fn plan(counts: &Counts) -> Table {
    let mut table = Table::new(&["provider", "kind", "events"]);
    for ((provider, kind), events) in counts {
        table.row([provider.into(), (*kind).into(), Cell::new(Tone::Strong, events.to_string())]);
    }
    table
}

async fn count(ledger: &impl Ledger, within: Range<i64>) -> anyhow::Result<Counts> {
    let mut counts = Counts::new();
    ledger
        .received(within, async |events| {
            for event in events.iter().filter(|event| event.announce) {
                *counts.entry((event.key.provider().to_owned(), event.kind.as_str())).or_default() += 1;
            }
            Ok(())
        })
        .await?;
    Ok(counts)
}

/// Announces the events of a time, ten a call, and says how many the bus took.
async fn announce(
    ledger: &impl Ledger,
    bus: &impl Bus,
    within: Range<i64>,
    rate: u32,
    progress: &impl Fn(String),
) -> anyhow::Result<usize> {
    let mut announced = 0;
    ledger
        .received(within, async |events: Vec<Event>| {
            let events: Vec<_> = events.iter().filter(|event| event.announce).map(BusEvent::from).collect();
            for chunk in events.chunks(ENTRIES) {
                publish(bus, chunk.to_vec(), rate).await.with_context(|| {
                    format!("{announced} events were announced; say it again: ids make repetition harmless")
                })?;
                let before = announced / STEP;
                announced += chunk.len();
                if announced / STEP > before {
                    progress(format!("announced {announced} events …"));
                }
            }
            Ok(())
        })
        .await?;
    Ok(announced)
}

/// One call, and others for what the bus refused.
async fn publish(bus: &impl Bus, mut events: Vec<BusEvent>, rate: u32) -> anyhow::Result<()> {
    for attempt in 1..=TRIES {
        let pause = Duration::from_secs(events.len().try_into()?) / rate;
        let answer = bus.publish(&events).await;
        tokio::time::sleep(pause * attempt).await;
        match answer {
            Ok(taken) => {
                let mut taken = taken.into_iter();
                events.retain(|_| !taken.next().unwrap_or(false));
            }
            Err(error) if attempt == TRIES => return Err(error),
            Err(_) => {}
        }
        if events.is_empty() {
            return Ok(());
        }
    }
    let first = events.first().map(|event| event.id.clone()).unwrap_or_default();
    Err(Problem::failed(format!("the bus does not take {} events, {first} among them", events.len())).into())
}

#[cfg(test)]
mod tests {
    use payments::{Fault, FaultyBus, Kind, MemoryBus, MemoryLedger, record};

    use super::*;
    use crate::commands::event::tests::row;

    const RATE: u32 = 10_000;

    /// 25 events, one of them with a conflict beside it, one that was rebuilt silently, and one from later.
    async fn ledger() -> (MemoryLedger, Range<i64>) {
        let ledger = MemoryLedger::default();
        let at = row("x", Kind::Other, 1).received_at_ms;
        let mut events: Vec<_> =
            (0..25).map(|n| row(&format!("evt_{n:02}"), Kind::PaymentCaptured, 100)).collect();
        events.push(row("evt_00", Kind::PaymentFailed, 100));
        events.push(Event { announce: false, ..row("evt_rebuilt", Kind::PaymentCaptured, 100) });
        events.push(Event { received_at_ms: at + 1, ..row("evt_later", Kind::PaymentCaptured, 100) });
        for event in &events {
            record(&ledger, event).await.unwrap();
        }
        (ledger, at..at + 1)
    }

    #[tokio::test]
    async fn what_would_be_announced_is_counted_by_provider_and_kind() {
        let (ledger, within) = ledger().await;
        let counts = count(&ledger, within).await.unwrap();
        assert_eq!(
            plan(&counts).render(false),
            "provider  kind              events\nstripe    payment_captured  25\n"
        );
    }

    #[tokio::test]
    async fn each_event_is_announced_under_its_own_id_ten_a_call() {
        let (ledger, within) = ledger().await;
        let bus = MemoryBus::default();
        let announced = announce(&ledger, &bus, within, RATE, &|_| {}).await.unwrap();
        let ids: Vec<_> = bus.published().into_iter().map(|event| event.event_id).collect();
        let expected: Vec<_> = (0..25).map(|n| format!("evt_{n:02}")).collect();
        assert_eq!((announced, ids, bus.calls()), (25, expected, 3));
        assert_eq!(ledger.calls().put_event, 28, "nothing is written");
    }

    #[tokio::test]
    async fn what_the_bus_refuses_for_a_moment_is_offered_again() {
        let (ledger, within) = ledger().await;
        let bus = FaultyBus::new(MemoryBus::default(), [Fault::Before, Fault::None, Fault::After]);
        assert_eq!(announce(&ledger, &bus, within, RATE, &|_| {}).await.unwrap(), 25);
    }

    #[tokio::test]
    async fn what_the_bus_never_takes_is_named() {
        let (ledger, within) = ledger().await;
        let bus = MemoryBus::default();
        bus.refuse("stripe#test#acct_1#evt_13");
        let error = announce(&ledger, &bus, within, RATE, &|_| {}).await.unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.starts_with("10 events were announced") && text.ends_with("evt_13 among them"),
            "{text}"
        );
        assert_eq!(bus.published().len(), 19, "the others of its call are taken");
    }
}
