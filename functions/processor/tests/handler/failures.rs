//! What can fail between the queue and the ledger, row by row of the page on testing: nothing is lost, nothing has a second
//! effect, and what nobody can handle says why.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use payments::{EventKey, Fault, FaultyLedger, Ledger, MemoryLedger};
use pipeline::{
    Message,
    fault::{Fault as QueueFault, Faulty},
    memory::{MemoryKeys, MemoryQueue},
};
use processor::{Ports, Processor};
use serde_json::json;
use verification::{Delivery, Endpoint, Mode};

use crate::{Tested, enqueue, now, payment_intent, processor, reasons, run, seal};

const DAY: Duration = Duration::from_hours(24);

/// So many failed calls.
fn failing(calls: usize) -> FaultyLedger<MemoryLedger> {
    FaultyLedger::new(MemoryLedger::default(), std::iter::repeat_n(Fault::Before, calls))
}

/// Lets the event source mapping work for a time: whatever is visible is handled. Returns how often a batch was.
async fn work<L: Ledger>(processor: &Tested<L>, time: Duration) -> usize {
    let (mut passed, mut batches) = (Duration::ZERO, 0);
    loop {
        let Some(wait) = processor.ports().queue.hidden_for().into_iter().min() else { return batches };
        if passed + wait > time {
            processor.ports().queue.advance(time.saturating_sub(passed));
            return batches;
        }
        processor.ports().queue.advance(wait);
        passed += wait;
        run(processor).await;
        batches += 1;
    }
}

/// Throttling, a table that is missing, a denied call: the same to us, and none of them uses a message up.
#[tokio::test]
async fn while_the_ledger_refuses_a_message_comes_again_ever_later_and_is_no_dead_letter() {
    let processor = processor(failing(8));
    enqueue(&processor, &payment_intent("evt_1", 100)).await;
    let mut delays = Vec::new();
    for _ in 0..8 {
        assert_eq!(run(&processor).await, 1);
        delays.extend(processor.ports().queue.hidden_for());
        processor.ports().queue.advance(Duration::from_mins(15));
    }
    let seconds: Vec<_> = delays.iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [30, 60, 120, 240, 480, 900, 900, 900]);
    assert!(reasons(&processor).is_empty());
    assert_eq!(run(&processor).await, 0);
    assert_eq!(processor.ports().ledger.inner().rows().len(), 1);
}

#[tokio::test]
async fn an_outage_of_a_day_loses_nothing_and_a_longer_one_ends_in_the_dead_letter_queue() {
    let recovered = processor(failing(95));
    enqueue(&recovered, &payment_intent("evt_1", 100)).await;
    let tried = work(&recovered, DAY).await;
    assert_eq!((tried, recovered.ports().ledger.inner().rows().len()), (96, 1));

    let down = processor(failing(1_000));
    enqueue(&down, &payment_intent("evt_1", 100)).await;
    let tried = work(&down, DAY).await;
    assert!((95..=100).contains(&tried), "tried {tried} times in a day");
    assert!(down.ports().queue.dead_letters().is_empty(), "a day is survived");
    assert_eq!(down.ports().queue.bodies().len(), 1);
    work(&down, DAY).await;
    down.ports().queue.receive(10);
    let letters = down.ports().queue.dead_letters();
    assert_eq!(letters.len(), 1, "it is kept where a person sees it");
    assert_eq!(letters.first().unwrap().reason, None, "the queue's own redrive gives no reason");
}

#[tokio::test]
async fn a_panic_over_one_message_costs_no_other() {
    let ledger = FaultyLedger::new(MemoryLedger::default(), [Fault::None, Fault::Panic]);
    let processor = processor(ledger);
    for event in ["evt_1", "evt_2", "evt_3"] {
        enqueue(&processor, &payment_intent(event, 100)).await;
    }
    assert_eq!(run(&processor).await, 0);
    assert_eq!(reasons(&processor), ["panic"]);
    assert_eq!(processor.ports().ledger.inner().rows().len(), 2);
}

#[tokio::test]
async fn a_batch_that_runs_out_of_time_half_done_comes_again_and_doubles_nothing() {
    let ledger = FaultyLedger::new(MemoryLedger::default(), [Fault::None, Fault::Hang, Fault::None]);
    let processor = processor(ledger);
    for event in ["evt_1", "evt_2", "evt_3"] {
        enqueue(&processor, &payment_intent(event, 100)).await;
    }
    let batch = processor.ports().queue.receive(10);
    // Lambda ends the process: the reply is never sent, and nothing is deleted.
    let ended = tokio::time::timeout(Duration::from_millis(10), processor.handle(batch, now())).await;
    assert!(ended.is_err());
    assert_eq!(processor.ports().ledger.inner().rows().len(), 2, "the others were done");
    work(&processor, DAY).await;
    assert_eq!(processor.ports().ledger.inner().rows().len(), 3);
    assert!(reasons(&processor).is_empty() && processor.ports().queue.bodies().is_empty());
    let inserted = processor.ports().ledger.inner().take_changes().len();
    assert_eq!(inserted, 3, "one record of the stream for each event");
}

#[tokio::test]
async fn of_several_events_in_one_body_those_that_were_written_are_duplicates_when_it_comes_again() {
    for fault in [Fault::Before, Fault::After] {
        let ledger = FaultyLedger::new(MemoryLedger::default(), [Fault::None, fault]);
        let processor = processor(ledger);
        let document = json!({"provider": "gocardless", "mode": "live", "account": "a",
            "secrets": [{"secret": "gocardless-0123456789abcdef0123456789"}]});
        let endpoint = Endpoint::parse("debits", document.to_string().as_bytes()).unwrap();
        let event = |id: &str| {
            json!({"id": id, "created_at": "2026-11-18T00:00:00Z", "resource_type": "payments",
                "action": "confirmed", "links": {"payment": "PM1"}})
        };
        let body = json!({"events": [event("EV1"), event("EV2"), event("EV3")]}).to_string();
        let headers =
            verification::sign(&endpoint, "https://example.com/", "", body.as_bytes(), now()).unwrap();
        let delivery = Delivery::new("https://example.com/", headers, body.into());
        seal("test", &processor, &endpoint, delivery, now()).await;
        assert_eq!(run(&processor).await, 1);
        processor.ports().queue.advance(Duration::from_secs(30));
        assert_eq!(run(&processor).await, 0);
        assert_eq!(processor.ports().ledger.inner().rows().len(), 3);
        assert_eq!(
            processor.ports().ledger.inner().calls().put_event,
            6 - usize::from(fault == Fault::Before)
        );
    }
}

/// A provider signs anew when it sends again; a queue and a redrive repeat the same bytes.
#[tokio::test]
async fn a_duplicate_has_no_effect_after_hours_or_weeks_or_from_the_dead_letter_queue() {
    let processor = processor(MemoryLedger::default());
    enqueue(&processor, &payment_intent("evt_1", 100)).await;
    let sealed = processor.ports().queue.bodies();
    assert_eq!(run(&processor).await, 0);
    for days in [0, 3, 30] {
        processor.ports().queue.advance(DAY * days);
        processor.ports().queue.plant(sealed.first().unwrap(), None);
        enqueue(&processor, &payment_intent("evt_1", 100)).await;
        assert_eq!(run(&processor).await, 0);
        assert_eq!(processor.ports().ledger.rows().len(), 1, "after {days} days");
    }
    assert_eq!(processor.ports().ledger.take_changes().len(), 1, "announced once");
}

#[tokio::test]
async fn what_failed_is_handled_after_its_redrive() {
    let processor = processor(FaultyLedger::new(MemoryLedger::default(), [Fault::Panic]));
    enqueue(&processor, &payment_intent("evt_1", 100)).await;
    assert_eq!(run(&processor).await, 0);
    let letters = processor.ports().queue.dead_letters();
    processor.ports().queue.plant(&letters.first().unwrap().body, None);
    assert_eq!(run(&processor).await, 0);
    assert_eq!(processor.ports().ledger.inner().rows().len(), 1);
}

#[tokio::test]
async fn a_dead_letter_says_why_how_often_and_from_which_trace_and_shows_no_payload() {
    let processor = processor(FaultyLedger::new(MemoryLedger::default(), [Fault::Before, Fault::Panic]));
    enqueue(&processor, &payment_intent("evt_1", 100)).await;
    let sealed = processor.ports().queue.bodies().remove(0);
    processor.ports().queue.finish(&processor.ports().queue.receive(10), &[]);
    processor.ports().queue.plant(sealed, Some("1-6743e988-bd862e3fe1be46a994272793".to_owned()));
    assert_eq!(run(&processor).await, 1);
    processor.ports().queue.advance(Duration::from_secs(30));
    assert_eq!(run(&processor).await, 0);
    let letters = processor.ports().queue.dead_letters();
    let letter = letters.first().unwrap();
    assert_eq!((letter.class.as_deref(), letter.reason.as_deref()), (Some("permanent"), Some("panic")));
    assert_eq!(letter.attempts, Some(2));
    assert_eq!(letter.trace_id.as_deref(), Some("1-6743e988-bd862e3fe1be46a994272793"));
    let bytes = STANDARD.decode(&letter.body).unwrap();
    for clear in ["pi_1", "evt_1", "payment_intent"] {
        assert!(!bytes.windows(clear.len()).any(|window| window == clear.as_bytes()), "{clear} is in clear");
    }
}

#[tokio::test]
async fn a_message_of_a_newer_version_waits_for_the_release_that_knows_it() {
    let processor = processor(MemoryLedger::default());
    enqueue(&processor, &payment_intent("evt_1", 100)).await;
    let batch = processor.ports().queue.receive(10);
    let mut newer = STANDARD.decode(&batch.first().unwrap().body).unwrap();
    processor.ports().queue.finish(&batch, &[]);
    *newer.get_mut(4).unwrap() += 1;
    processor.ports().queue.plant(STANDARD.encode(newer), None);
    assert_eq!(run(&processor).await, 1);
    assert_eq!(processor.ports().queue.hidden_for(), [Duration::from_secs(30)]);
    assert!(reasons(&processor).is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_a_dead_letter_with_its_reason() {
    let check = async |text: &str, reason: &str| {
        let processor = processor(MemoryLedger::default());
        processor.ports().queue.plant(text, None);
        assert_eq!(run(&processor).await, 0, "{reason}");
        assert_eq!(reasons(&processor), [reason]);
        assert!(processor.ports().ledger.rows().is_empty());
    };
    check("", "unsealed").await;
    check("{\"detail\": \"an event of somebody else\"}", "unsealed").await;
    check(&STANDARD.encode("tlgt\u{0}"), "unsealed").await;
}

/// Ten thousand events (fewer where nothing is optimised) that waited out an outage, every tenth of them twice.
#[tokio::test]
async fn a_backlog_after_an_outage_is_worked_off_without_loss_in_batches() {
    let events: usize = if cfg!(debug_assertions) { 1_000 } else { 10_000 };
    let processor = processor(MemoryLedger::default());
    enqueue(&processor, &payment_intent("evt_0", 100)).await;
    for event in 1..events {
        enqueue(&processor, &payment_intent(&format!("evt_{event}"), 100)).await;
        if event % 10 == 0 {
            enqueue(&processor, &payment_intent(&format!("evt_{event}"), 100)).await;
        }
    }
    let batches = work(&processor, DAY).await;
    assert_eq!(batches, (events + events / 10 - 1).div_ceil(10));
    assert_eq!(processor.ports().ledger.rows().len(), events);
    assert!(reasons(&processor).is_empty() && processor.ports().queue.bodies().is_empty());
    let key = EventKey::new("stripe", Mode::Live, "acct_1", &format!("evt_{}", events - 1)).unwrap();
    assert!(processor.ports().ledger.event(&key).await.unwrap().is_some());
}

#[tokio::test]
async fn a_dead_letter_is_counted_once_it_is_one() {
    for (fault, counted) in [(Some(QueueFault::Before), "transient"), (None, "dead_lettered")] {
        let queue =
            Faulty::new(MemoryQueue::default(), move |call: &str, _| fault.filter(|_| call == "dead_letter"));
        let ports = Ports { queue, keys: MemoryKeys::new(), ledger: MemoryLedger::default() };
        let processor = Processor::new("test", ports);
        let message = Message {
            id: "m-1".to_owned(),
            receipt: "r-1".to_owned(),
            body: "not sealed by anyone".to_owned(),
            attempts: 1,
            trace_id: None,
        };
        assert_eq!(processor.handle(vec![message], now()).await.len(), usize::from(fault.is_some()));
        let lines = processor.measured().take_lines(now()).concat();
        let names = ["dead_lettered", "transient"];
        let measured: Vec<_> =
            names.into_iter().filter(|name| lines.contains(&format!("\"{name}\":1"))).collect();
        assert_eq!(measured, [counted], "{fault:?}");
    }
}
