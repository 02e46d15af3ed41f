use std::cell::Cell;

use pipeline::fault::{Fault, Faulty};
use pipeline::memory::MemoryQueue;
use pipeline::{DeadLetter, Queue as _};

use super::*;

/// A message that was looked at; `exhausted` is its class too.
pub(crate) fn seen(queue: Name, id: &str, reason: &str, sent_at_ms: i64) -> Seen {
    let class = if reason == EXHAUSTED { EXHAUSTED } else { "permanent" };
    Seen {
        queue,
        id: id.to_owned(),
        class: class.to_owned(),
        reason: reason.to_owned(),
        attempts: Some(1),
        trace_id: None,
        sent_at_ms,
        bytes: 100,
        endpoint: Some("shop".to_owned()),
        delivery_id: Some(format!("delivery of {id}")),
        stays: false,
    }
}

/// A queue of these messages, which it keeps for 14 days.
pub(crate) fn survey(queue: Name, end: End, seen: &[Seen]) -> Survey {
    let visible = seen.len().try_into().unwrap();
    let depth = Depth { visible, in_hand: 0, retention: Duration::from_hours(14 * 24) };
    Survey { queue, depth, end, seen: seen.to_vec() }
}

/// A queue with so many dead letters: `body-0`, `body-1` …
pub(crate) async fn dead(count: usize) -> MemoryQueue {
    let queue = MemoryQueue::default();
    for number in 0..count {
        bury(&queue, &format!("body-{number}"), "unsealed").await;
    }
    queue
}

async fn bury(queue: &MemoryQueue, body: &str, reason: &str) {
    let letter = DeadLetter { body, class: "permanent", reason, attempts: 1, trace_id: None };
    queue.dead_letter(&letter).await.unwrap();
}

/// The ids of all that can be seen, after it was given back.
pub(crate) async fn visible(queue: &MemoryQueue) -> Vec<String> {
    let mut ids = Vec::new();
    look(queue, MOST, &Stop::default(), |letter| {
        ids.push(letter.id.clone());
        true
    })
    .await
    .unwrap();
    ids
}

#[tokio::test]
async fn a_look_shows_each_message_once_and_takes_nothing() {
    let queue = dead(25).await;
    for _ in 0..2 {
        let ids = visible(&queue).await;
        assert_eq!((ids.len(), ids.iter().collect::<std::collections::HashSet<_>>().len()), (25, 25));
    }
    assert_eq!(queue.dead_letters().len(), 25);
}

#[tokio::test]
async fn a_look_that_ends_early_gives_everything_back() {
    let check = async |most: usize, wanted: usize, expected: End| {
        let (queue, stop, count) = (dead(25).await, Stop::default(), Cell::new(0));
        let end = look(&queue, most, &stop, |_| {
            count.update(|count| count + 1);
            count.get() < wanted
        });
        assert_eq!(end.await.unwrap(), expected);
        assert_eq!(visible(&queue).await.len(), 25, "{expected:?}");
    };
    check(MOST, MOST, End::Whole).await;
    check(20, MOST, End::More).await;
    check(MOST, 12, End::Enough).await;

    let (queue, stop) = (dead(25).await, Stop::default());
    let end = look(&queue, MOST, &stop, |_| {
        stop.ask();
        true
    });
    assert_eq!(end.await.unwrap(), End::Stopped);
    assert_eq!(visible(&queue).await.len(), 25, "stopped");
}

#[tokio::test]
async fn a_look_that_fails_gives_everything_back() {
    let queue = dead(25).await;
    let faulty = Faulty::nth(&queue, "take", 2, Fault::Before);
    assert!(look(&faulty, MOST, &Stop::default(), |_| true).await.is_err());
    assert_eq!(visible(&queue).await.len(), 25);
    let faulty = Faulty::always(&queue, "give_back", Fault::Before);
    let error = look(&faulty, MOST, &Stop::default(), |_| true).await.unwrap_err();
    assert!(error.to_string().contains("2 minutes"), "{error}");
    queue.advance(Duration::from_mins(2));
    assert_eq!(visible(&queue).await.len(), 25);
}

#[tokio::test]
async fn a_look_that_takes_longer_than_messages_are_hidden_ends_where_they_come_again() {
    let queue = dead(15).await;
    let (mut visits, stop) = (0, Stop::default());
    let end = look(&queue, MOST, &stop, |_| {
        visits += 1;
        queue.advance(Duration::from_mins(1));
        true
    });
    assert_eq!(end.await.unwrap(), End::More);
    assert!(visits <= 15, "{visits}");
}

#[tokio::test]
async fn what_is_counted_has_a_class_and_a_reason_and_nothing_of_the_text() {
    let queue = MemoryQueue::new(Duration::from_secs(30), 1);
    queue.plant("4242424242424242 exhausted", None);
    queue.receive(1);
    queue.advance(Duration::from_secs(30));
    queue.receive(1);
    bury(&queue, "4242424242424242 unsealed", "unsealed").await;
    bury(&queue, "4242424242424242", "4242424242424242").await;
    let mut all = Vec::new();
    look(&queue, MOST, &Stop::default(), |letter| {
        all.push(Seen::of(Name::Process, letter));
        true
    })
    .await
    .unwrap();
    let words: Vec<_> = all.iter().map(|seen| (seen.class.as_str(), seen.reason.as_str())).collect();
    assert_eq!(words, [("exhausted", "exhausted"), ("permanent", "unsealed"), ("permanent", "unknown")]);
    assert!(!serde_json::to_string(&all).unwrap().contains("4242"));
    assert!(all.iter().all(|seen| !seen.stays && seen.delivery_id.is_none()));
}

#[test]
fn messages_are_grouped_by_queue_class_and_reason() {
    let groups = groups(&[
        seen(Name::Archive, "m-1", "unsealed", 5),
        seen(Name::Process, "m-2", "unsealed", 7),
        seen(Name::Process, "m-3", "unsealed", 3),
        seen(Name::Process, "m-4", "panic", 9),
    ]);
    let rows: Vec<_> = groups
        .iter()
        .map(|group| {
            let Group { queue, reason, messages, oldest_ms, newest_ms, oldest_id, .. } = group;
            (*queue, reason.as_str(), *messages, *oldest_ms, *newest_ms, oldest_id.as_str())
        })
        .collect();
    assert_eq!(
        rows,
        [
            (Name::Process, "panic", 1, 9, 9, "m-4"),
            (Name::Process, "unsealed", 2, 3, 7, "m-3"),
            (Name::Archive, "unsealed", 1, 5, 5, "m-1"),
        ]
    );
}

#[test]
fn counts_that_are_not_of_all_say_so() {
    let letters = [seen(Name::Process, "m-1", "unsealed", 5)];
    let whole = survey(Name::Process, End::Whole, &letters);
    let mut cut = survey(Name::Archive, End::More, &letters);
    (cut.depth.visible, cut.depth.in_hand) = (25_000, 3);
    assert_eq!(
        caveats(&[whole, cut]),
        [
            "archive: the counts are of the 1 messages that were seen of about 25000",
            "archive: 3 messages are in someone else's hand and not counted"
        ]
    );
}
