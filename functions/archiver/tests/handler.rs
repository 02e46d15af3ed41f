//! The archiver over memory ports: what becomes of a batch, and what it costs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use std::time::Duration;

use archiver::{Archiver, Call, Ports};
use common::{Tested, archiver, now, sealed, sealed_by};
use pipeline::{
    Archive, BatchReply, Message, Queue, Source, StoredSegment,
    fault::{Fault, Faulty},
    memory::{MemoryArchive, MemoryKeys, MemoryMacs, MemoryQueue},
};

async fn enqueue<A: Archive>(to: &Tested<A>, delivery_id: &str, body: &str) {
    let message = sealed(to, delivery_id, body).await;
    to.ports().queue.send(&message).await.unwrap();
}

/// Handles what the queue holds, as the event source mapping does. Returns how many messages come again.
async fn run<A: Archive>(archiver: &Tested<A>) -> usize {
    let batch = archiver.ports().queue.receive(100);
    let failed = archiver.handle(batch.clone(), now()).await;
    archiver.ports().queue.finish(&batch, &failed);
    failed.len()
}

#[tokio::test]
async fn a_batch_costs_one_put_and_one_mac_and_keeps_every_body() {
    let archiver = archiver(MemoryArchive::new());
    for index in 0..50 {
        enqueue(&archiver, &format!("d-{index:02}"), &format!(r#"{{"id":"evt_{index}","livemode":true}}"#))
            .await;
    }
    assert_eq!(run(&archiver).await, 0);
    assert_eq!((archiver.ports().archive.puts(), archiver.ports().macs.macs()), (1, 1));
    let objects = archiver.ports().archive.objects();
    let (key, segment) = objects.iter().next().unwrap();
    assert!(key.starts_with("archive/v0/date=2026-11-1") && key.ends_with(".ndjson.zst"), "{key}");
    let kept: Vec<_> = pipeline::read_segment(&segment.bytes).map(Result::unwrap).collect();
    assert_eq!(kept.len(), 50);
    assert_eq!(kept[7].body.as_deref(), Some(br#"{"id":"evt_7","livemode":true}"#.as_slice()));
}

#[tokio::test]
async fn the_same_batch_again_is_no_second_object() {
    let archiver = archiver(MemoryArchive::new());
    for _ in 0..2 {
        enqueue(&archiver, "d-1", r#"{"id":"evt_1","livemode":true}"#).await;
        assert_eq!(run(&archiver).await, 0);
    }
    assert_eq!(archiver.ports().archive.objects().len(), 1);
}

#[tokio::test]
async fn a_message_that_was_not_sealed_is_a_dead_letter_and_the_others_are_kept() {
    let archiver = archiver(MemoryArchive::new());
    enqueue(&archiver, "d-1", r#"{"id":"evt_1","livemode":true}"#).await;
    archiver.ports().queue.plant("not sealed by anyone", None);
    assert_eq!(run(&archiver).await, 0);
    assert_eq!(archiver.ports().archive.objects().len(), 1);
    let letters = archiver.ports().queue.dead_letters();
    assert_eq!(letters.iter().map(|letter| letter.reason.as_deref()).collect::<Vec<_>>(), [Some("unsealed")]);
}

#[tokio::test]
async fn what_an_operator_sends_again_adds_nothing_to_the_evidence() {
    let archiver = archiver(MemoryArchive::new());
    let message = sealed_by(Source::Replay, &archiver, "d-1", r#"{"id":"evt_1","livemode":true}"#).await;
    archiver.ports().queue.send(&message).await.unwrap();
    assert_eq!(run(&archiver).await, 0);
    assert!(archiver.ports().archive.objects().is_empty());
    assert_eq!(archiver.ports().macs.macs(), 0);
    let letters = archiver.ports().queue.dead_letters();
    assert_eq!(letters[0].reason.as_deref(), Some("wrong_source"));
    assert_eq!(archiver.ports().keys.unwraps(), 0, "the role has no right to that key");
}

#[tokio::test]
async fn a_batch_of_nothing_that_opens_writes_nothing() {
    let archiver = archiver(MemoryArchive::new());
    archiver.ports().queue.plant("not sealed by anyone", None);
    assert_eq!(run(&archiver).await, 0);
    assert_eq!((archiver.ports().archive.puts(), archiver.ports().macs.macs()), (0, 0));
}

#[tokio::test]
async fn a_put_that_fails_or_whose_reply_is_lost_comes_again_and_is_kept_once() {
    for fault in [Fault::Before, Fault::After] {
        let archiver = archiver(Faulty::nth(MemoryArchive::new(), "put", 1, fault));
        enqueue(&archiver, "d-1", r#"{"id":"evt_1","livemode":true}"#).await;
        assert_eq!(run(&archiver).await, 1);
        archiver.ports().queue.advance(Duration::from_secs(31));
        assert_eq!(run(&archiver).await, 0);
        assert!(archiver.ports().queue.dead_letters().is_empty());
    }
}

#[tokio::test]
async fn a_panic_over_a_batch_costs_at_most_the_message_that_caused_it() {
    let check = async |panics: u64, lost: usize| {
        let plan = move |_: &str, call: u64| (call <= panics).then_some(Fault::Panic);
        let archiver = archiver(Faulty::new(MemoryArchive::new(), plan));
        for id in ["d-1", "d-2", "d-3"] {
            enqueue(&archiver, id, r#"{"id":"evt_1","livemode":true}"#).await;
        }
        assert_eq!(run(&archiver).await, 0);
        let letters = archiver.ports().queue.dead_letters();
        assert_eq!(letters.len(), lost);
        assert!(letters.iter().all(|letter| letter.reason.as_deref() == Some("panic")));
    };
    check(1, 0).await;
    check(2, 1).await;
}

#[tokio::test]
async fn another_object_under_the_segments_name_is_never_taken_for_it() {
    let first = archiver(MemoryArchive::new());
    enqueue(&first, "d-1", r#"{"id":"evt_1","livemode":true}"#).await;
    run(&first).await;
    let name = first.ports().archive.objects().keys().next().unwrap().clone();

    let second = archiver(MemoryArchive::new());
    second.ports().archive.plant(name, StoredSegment { bytes: b"planted".to_vec(), mac: None });
    enqueue(&second, "d-1", r#"{"id":"evt_1","livemode":true}"#).await;
    assert_eq!(run(&second).await, 1, "the message must stay in the queue");
}

#[tokio::test]
async fn the_schedule_closes_days_and_anything_else_is_an_error_and_never_a_success() {
    let archiver = archiver(MemoryArchive::new());
    enqueue(&archiver, "d-1", r#"{"id":"evt_1","livemode":true}"#).await;
    run(&archiver).await;
    let call = async |text: &str, at| archiver.answer(serde_json::from_str(text).unwrap(), at).await;
    let tomorrow = now() + Duration::from_hours(24);
    for _ in 0..2 {
        let reply = call(r#"{"task":"close-days"}"#, tomorrow).await.unwrap();
        assert_eq!(reply, BatchReply::new(Vec::new()));
    }
    let keys: Vec<String> = archiver.ports().archive.objects().into_keys().collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], "archive/manifests/v0/date=2026-11-18/manifest.ndjson.zst");

    assert!(call("{}", now()).await.is_err());
    assert!(call(r#"{"task":"close-days","Records":[]}"#, now()).await.is_err());
    assert!(call(r#"{"Records":[]}"#, now()).await.is_ok());
    assert!(serde_json::from_str::<Call>(r#"{"task":"drop"}"#).is_err());
}

/// Which of these were measured once since the last time.
fn measured(archiver: &Archiver<impl Queue, MemoryKeys, impl Archive, MemoryMacs>) -> Vec<&'static str> {
    let lines = archiver.measured().take_lines(now()).concat();
    let names = ["conflict", "dead_lettered", "transient"];
    names.into_iter().filter(|name| lines.contains(&format!("\"{name}\":1"))).collect()
}

#[tokio::test]
async fn a_dead_letter_is_counted_once_it_is_one() {
    for (fault, counted) in [(Some(Fault::Before), "transient"), (None, "dead_lettered")] {
        let queue =
            Faulty::new(MemoryQueue::default(), move |call: &str, _| fault.filter(|_| call == "dead_letter"));
        let archive = MemoryArchive::new();
        let ports = Ports { queue, keys: MemoryKeys::new(), archive, macs: MemoryMacs::new(b"key") };
        let archiver = Archiver::new("test", ports);
        let message = Message {
            id: "m-1".to_owned(),
            receipt: "r-1".to_owned(),
            body: "not sealed by anyone".to_owned(),
            attempts: 1,
            trace_id: None,
        };
        let again = archiver.handle(vec![message], now()).await;
        assert_eq!(again.len(), usize::from(fault.is_some()));
        assert_eq!(measured(&archiver), [counted], "{fault:?}");
    }
}

#[tokio::test]
async fn another_object_under_the_manifests_name_is_a_conflict() {
    for planted in [true, false] {
        let archiver = archiver(MemoryArchive::new());
        enqueue(&archiver, "d-1", r#"{"id":"evt_1","livemode":true}"#).await;
        run(&archiver).await;
        assert!(measured(&archiver).is_empty());
        if planted {
            let key = "archive/manifests/v0/date=2026-11-18/manifest.ndjson.zst";
            let object = StoredSegment { bytes: b"planted".to_vec(), mac: None };
            archiver.ports().archive.plant(key, object);
        }
        let call = serde_json::from_str(r#"{"task":"close-days"}"#).unwrap();
        archiver.answer(call, now() + Duration::from_hours(24)).await.unwrap();
        assert_eq!(measured(&archiver), if planted { vec!["conflict"] } else { vec![] });
    }
}

#[tokio::test]
async fn a_manifest_that_is_not_written_makes_lambda_call_again() {
    let archiver = archiver(Faulty::nth(MemoryArchive::new(), "put", 2, Fault::Before));
    enqueue(&archiver, "d-1", r#"{"id":"evt_1","livemode":true}"#).await;
    run(&archiver).await;
    let tomorrow = now() + Duration::from_hours(24);
    let call =
        async || archiver.answer(serde_json::from_str(r#"{"task":"close-days"}"#).unwrap(), tomorrow).await;
    assert!(call().await.is_err());
    assert!(call().await.is_ok());
}
