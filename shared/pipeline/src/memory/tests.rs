use std::time::{Duration, SystemTime};

use super::*;
use crate::{
    Archive, DataKeys, DeadLetter, DeadLetters, KeyContext, KeyError, Macs, Put, Queue, Screened, Sealer,
    Segment, Source, StoredSegment, samples,
};

#[tokio::test]
async fn a_message_is_hidden_when_it_is_received_and_comes_again_unless_it_is_deleted() {
    let queue = MemoryQueue::new(Duration::from_secs(30), 3);
    queue.plant("a", None);
    queue.plant("b", None);
    let first = queue.receive(1);
    let second = queue.receive(10);
    assert_eq!((first[0].body.as_str(), second[0].body.as_str(), second.len()), ("a", "b", 1));
    assert!(queue.receive(10).is_empty());
    queue.finish(&second, &[]);
    queue.advance(Duration::from_secs(29));
    assert!(queue.receive(10).is_empty());
    queue.advance(Duration::from_secs(1));
    let again = queue.receive(10);
    assert_eq!((again.len(), again[0].attempts, &again[0].id), (1, 2, &first[0].id));
    // The receipt of the first time is no longer good for anything.
    queue.finish(&first, &[]);
    assert!(queue.delay(&first[0].receipt, Duration::from_secs(1)).await.is_err());
    assert_eq!(queue.bodies(), ["a"]);
    queue.finish(&again, &[again[0].id.clone()]);
    assert_eq!(queue.bodies(), ["a"]);
    queue.delay(&again[0].receipt, Duration::from_mins(15)).await.unwrap();
    assert_eq!(queue.hidden_for(), [Duration::from_mins(15)]);
    assert!(queue.delay(&again[0].receipt, Duration::from_secs(12 * 3600 + 1)).await.is_err());
}

#[tokio::test]
async fn a_message_that_was_received_too_often_moves_without_a_reason() {
    let queue = MemoryQueue::new(Duration::from_secs(30), 2);
    queue.plant("a", Some("trace".to_owned()));
    for left in [1, 1, 0] {
        assert_eq!(queue.receive(1).len(), left);
        queue.advance(Duration::from_secs(30));
    }
    assert!(queue.bodies().is_empty());
    let letter = queue.dead_letters().pop().unwrap();
    assert_eq!((letter.body.as_str(), letter.reason, letter.class), ("a", None, None));
    assert_eq!(queue.take(Duration::ZERO).await.unwrap().pop().unwrap().sent_at_ms, 0, "its own time");
}

#[tokio::test]
async fn a_dead_letter_is_hidden_in_hand_and_stays_until_it_is_deleted() {
    let queue = MemoryQueue::default();
    queue.advance(Duration::from_secs(7));
    let letter =
        DeadLetter { body: "b", class: "permanent", reason: "panic", attempts: 2, trace_id: Some("t") };
    queue.dead_letter(&letter).await.unwrap();
    let hidden = Duration::from_mins(1);
    let first = queue.take(hidden).await.unwrap().pop().unwrap();
    assert_eq!((first.reason.as_deref(), first.attempts, first.sent_at_ms), (Some("panic"), Some(2), 7000));
    assert!(queue.take(hidden).await.unwrap().is_empty());
    queue.advance(hidden);
    let second = queue.take(hidden).await.unwrap().pop().unwrap();
    assert_eq!(second.id, first.id);
    // The receipt of the first time is no longer good for anything.
    queue.give_back(&[&first.receipt]).await.unwrap();
    queue.delete(&first.receipt).await.unwrap();
    assert!(queue.take(hidden).await.unwrap().is_empty());
    queue.give_back(&[&second.receipt]).await.unwrap();
    let third = queue.take(hidden).await.unwrap().pop().unwrap();
    queue.send_back(&third).await.unwrap();
    assert_eq!((queue.bodies(), queue.dead_letters().len()), (vec!["b".to_owned()], 1));
    assert_eq!(queue.receive(1).pop().unwrap().trace_id.as_deref(), Some("t"));
    queue.delete(&third.receipt).await.unwrap();
    assert!(queue.dead_letters().is_empty());
}

#[tokio::test]
async fn what_is_sent_is_received_and_calls_are_counted() {
    let queue = MemoryQueue::default();
    let envelope = crate::Envelope { trace_id: Some("t".to_owned()), ..samples::envelope("d") };
    let screened = Screened::sample(envelope, Some(Vec::new()));
    let (keys, now) = (MemoryKeys::new(), SystemTime::UNIX_EPOCH);
    let sealed = Sealer::new("stack", Source::Webhook).seal(&screened, &keys, now).await.unwrap();
    queue.send(&sealed).await.unwrap();
    let letter = DeadLetter { body: "b", class: "permanent", reason: "panic", attempts: 1, trace_id: None };
    queue.dead_letter(&letter).await.unwrap();
    let received = queue.receive(1).pop().unwrap();
    assert_eq!((received.body.as_str(), received.trace_id.as_deref()), (sealed.as_text(), Some("t")));
    assert_eq!(queue.calls(), QueueCalls { send: 1, delay: 0, dead_letter: 1 });
}

#[tokio::test]
async fn an_object_is_created_once_and_never_changed() {
    let archive = MemoryArchive::new();
    let deliveries = samples::golden();
    let segment = Segment::build(&[&deliveries[0]], SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(archive.put(&segment).await.unwrap(), Put::Created);
    assert_eq!(archive.put(&segment).await.unwrap(), Put::AlreadyThere);
    let other = Segment { bytes: b"other".to_vec(), ..segment.clone() };
    assert_eq!(archive.put(&other).await.unwrap(), Put::Differs);
    assert_eq!(archive.objects()[&segment.key].bytes, segment.bytes);
    archive.plant(&segment.key, StoredSegment { bytes: b"forged".to_vec(), mac: None });
    assert_eq!(archive.put(&segment).await.unwrap(), Put::Differs);
    assert_eq!((archive.puts(), archive.objects().len()), (4, 1));
}

#[tokio::test]
async fn a_key_is_unwrapped_only_under_its_context() {
    let keys = MemoryKeys::new();
    let context = KeyContext { stack: "stack", source: Source::Webhook };
    let key = keys.generate(context).await.unwrap();
    assert!(keys.unwrap(key.wrapped(), context).await.is_ok());
    for (wrapped, context) in [
        (key.wrapped(), KeyContext { stack: "other", ..context }),
        (key.wrapped(), KeyContext { source: Source::Replay, ..context }),
        (&b"unknown"[..], context),
    ] {
        assert!(matches!(keys.unwrap(wrapped, context).await, Err(KeyError::Refused)));
    }
    keys.set_down(true);
    assert!(keys.generate(context).await.is_err());
    assert!(matches!(keys.unwrap(key.wrapped(), context).await, Err(KeyError::Unavailable(_))));
    assert_eq!((keys.generates(), keys.unwraps()), (2, 5));
    assert!(!format!("{key:?}").contains("plaintext"));
}

#[tokio::test]
async fn a_mac_holds_for_its_digest_under_its_key() {
    let macs = MemoryMacs::new(b"key");
    let mac = macs.mac(&[1; 32]).await.unwrap();
    assert!(macs.holds(&[1; 32], &mac).await.unwrap());
    assert!(!macs.holds(&[2; 32], &mac).await.unwrap());
    assert!(!MemoryMacs::new(b"other").holds(&[1; 32], &mac).await.unwrap());
    assert_eq!(macs.macs(), 1);
}
