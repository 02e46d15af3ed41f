//! What the processor costs without AWS: its handler over memory ports, in this process.

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, ensure};
use payments::MemoryLedger;
use pipeline::{
    Arrival, Queue, Sealer, Source,
    memory::{MemoryKeys, MemoryQueue},
};
use processor::{Ports, Processor};
use verification::{Delivery, Endpoint};

use crate::{events, measure, measure::quantile, report::Row};

/// Messages of a batch, as the event source mapping hands them over.
const BATCH: usize = 10;
const URL: &str = "https://example.com/";

/// The handler over memory ports.
pub(crate) struct Throughput {
    events: usize,
    spent: Duration,
    cpu: Duration,
}

/// Handles so many deliveries of 3 kB in batches of ten. What makes and seals them is not counted.
#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "it measures time")]
pub(crate) async fn over_memory(events: usize) -> anyhow::Result<Throughput> {
    let ports =
        Ports { queue: MemoryQueue::default(), keys: MemoryKeys::new(), ledger: MemoryLedger::default() };
    let processor = Processor::new("bench", ports);
    let (mut spent, mut cpu) = (Duration::ZERO, Duration::ZERO);
    let now = SystemTime::now();
    let endpoint = Endpoint::parse("bench", events::DOCUMENT.as_bytes()).context("the document")?;
    let sealer = Sealer::new("bench", Source::Webhook);
    let ports = processor.ports();
    for batch in 0..events / BATCH {
        for number in 0..BATCH {
            let id = format!("evt_1Bench{:016}", batch * BATCH + number);
            let body = events::stripe(&id, now.duration_since(SystemTime::UNIX_EPOCH)?.as_secs());
            let headers = verification::sign(&endpoint, URL, &id, body.as_bytes(), now).context("sign")?;
            let delivery = Delivery::new(URL, headers, body.into_bytes());
            let verified = verification::verify(&endpoint, delivery, now).ok().context("verify")?;
            let arrival = Arrival { delivery_id: id, received_at_ms: 1_795_000_000_000, trace_id: None };
            let message = sealer.seal(&pipeline::screen(verified, arrival), &ports.keys, now).await?;
            ports.queue.send(&message).await?;
        }
        let messages = ports.queue.receive(BATCH);
        let (start, before) = (Instant::now(), measure::cpu(std::process::id())?);
        let failed = processor.handle(messages.clone(), now).await;
        cpu += measure::cpu(std::process::id())?.saturating_sub(before);
        spent += start.elapsed();
        ensure!(failed.is_empty(), "every event is recorded");
        ports.queue.finish(&messages, &failed);
    }
    let calls = ports.ledger.calls();
    ensure!(calls.put_event == events && calls.reads + calls.queries == 0, "one put an event: {calls:?}");
    Ok(Throughput { events, spent, cpu })
}

/// Prints it beside the same over AWS.
pub(crate) fn print(memory: &Throughput, over_aws: &Row) {
    let count = u32::try_from(memory.events).unwrap_or(u32::MAX);
    let own = memory.cpu / count.max(1);
    let whole = quantile(&over_aws.samples.cpu, 0.5);
    let answer = quantile(&over_aws.samples.answers, 0.5) / u32::try_from(over_aws.deliveries).unwrap_or(1);
    println!("\nThe processor, batches of {BATCH}:");
    println!(
        "  over memory ports      {:>8.0} events a second, {:>6.1} us CPU an event",
        rate(memory.spent / count.max(1)),
        own.as_secs_f64() * 1e6
    );
    println!(
        "  over AWS on loopback   {:>8.0} events a second, {:>6.1} us CPU an event, {:.0} % of it outside SDK, TLS, runtime and log",
        rate(answer),
        whole.as_secs_f64() * 1e6,
        own.as_secs_f64() / whole.as_secs_f64() * 100.0
    );
}

/// A second has so many of these.
fn rate(each: Duration) -> f64 {
    1.0 / each.as_secs_f64().max(1e-9)
}
