use std::cell::Cell;

use super::*;
use crate::{
    fault::{Fault, Faulty},
    memory::{MemoryQueue, QueueCalls},
    samples,
};

/// Messages that were just received for the `attempts`th time.
fn received(queue: &MemoryQueue, attempts: u32, count: usize) -> Vec<Message> {
    for number in 0..count {
        queue.plant(format!("body {number}"), Some(format!("trace {number}")));
    }
    for _ in 1..attempts {
        assert_eq!(queue.receive(count).len(), count);
        queue.advance(Duration::from_hours(1));
    }
    queue.receive(count)
}

#[tokio::test]
async fn what_is_done_is_not_named_and_what_failed_is() {
    let queue = MemoryQueue::default();
    let batch = received(&queue, 3, 3);
    let results: [Result<(), Failure>; 3] =
        [Ok(()), Err(Failure::permanent("unsealed")), Err(Failure::transient("ledger"))];
    let failed = settle(&queue, batch.iter().cloned().zip(results).collect()).await;
    assert_eq!(failed, [batch[2].id.clone()]);
    assert_eq!(queue.calls(), QueueCalls { send: 0, delay: 1, dead_letter: 1 });

    let letter = queue.dead_letters().pop().unwrap();
    assert_eq!(letter.body, "body 1");
    assert_eq!(letter.class.as_deref(), Some("permanent"));
    assert_eq!(letter.reason.as_deref(), Some("unsealed"));
    assert_eq!(letter.attempts, Some(3));
    assert_eq!(letter.trace_id.as_deref(), Some("trace 1"));

    queue.finish(&batch, &failed);
    assert_eq!(queue.bodies(), ["body 2"]);
    assert_eq!(queue.hidden_for(), [Duration::from_mins(2)]);
}

#[tokio::test]
async fn nothing_failed_and_nothing_at_all_are_empty_lists() {
    let queue = MemoryQueue::default();
    let done = received(&queue, 1, 2).into_iter().map(|message| (message, Ok(()))).collect();
    assert!(settle(&queue, done).await.is_empty());
    assert!(settle::<()>(&queue, Vec::new()).await.is_empty());
    assert_eq!(queue.calls(), QueueCalls::default());
}

#[tokio::test]
async fn a_delivery_is_tried_again_after_longer_and_longer() {
    for (attempts, seconds) in [
        (0, 30),
        (1, 30),
        (2, 60),
        (3, 120),
        (4, 240),
        (5, 480),
        (6, 900),
        (7, 900),
        (33, 900),
        (u32::MAX, 900),
    ] {
        assert_eq!(back_off(attempts), Duration::from_secs(seconds), "{attempts}");
    }
    let queue = MemoryQueue::default();
    let batch = received(&queue, 4, 1);
    let failure = Failure::transient("ledger");
    settle::<()>(&queue, batch.into_iter().map(|message| (message, Err(failure))).collect()).await;
    assert_eq!(queue.hidden_for(), [Duration::from_mins(4)]);
}

#[tokio::test]
async fn a_message_is_named_whatever_the_queue_does() {
    for (failure, method, fault, named, letters, hidden) in [
        // The dead-letter queue cannot be written: as good as transient.
        (Failure::permanent("unsealed"), "dead_letter", Fault::Before, true, 0, 60),
        // It was written but we do not know: a second letter is better than none.
        (Failure::permanent("unsealed"), "dead_letter", Fault::After, true, 1, 60),
        (Failure::permanent("unsealed"), "dead_letter", Fault::Panic, true, 0, 30),
        (Failure::permanent("unsealed"), "delay", Fault::Before, false, 1, 30),
        // Without its delay it comes again when its visibility ends.
        (Failure::transient("ledger"), "delay", Fault::Before, true, 0, 30),
        (Failure::transient("ledger"), "delay", Fault::After, true, 0, 60),
        (Failure::transient("ledger"), "delay", Fault::Panic, true, 0, 30),
    ] {
        let queue = MemoryQueue::default();
        let batch = received(&queue, 2, 1);
        let results = batch.iter().map(|message| (message.clone(), Err::<(), _>(failure))).collect();
        let failed = settle(&Faulty::always(&queue, method, fault), results).await;
        let case = format!("{failure:?} {method} {fault:?}");
        assert_eq!(failed.len(), usize::from(named), "{case}");
        assert_eq!(queue.dead_letters().len(), letters, "{case}");
        assert_eq!(queue.hidden_for(), [Duration::from_secs(hidden)], "{case}");
    }
}

/// Counts the calls that run at the same time.
#[derive(Default)]
struct Crowd {
    now: Cell<usize>,
    most: Cell<usize>,
}

impl Crowd {
    async fn call(&self) -> anyhow::Result<()> {
        self.now.update(|now| now + 1);
        self.most.set(self.most.get().max(self.now.get()));
        tokio::task::yield_now().await;
        self.now.update(|now| now - 1);
        Ok(())
    }
}

impl Queue for Crowd {
    async fn send(&self, _: &crate::Sealed) -> anyhow::Result<()> {
        self.call().await
    }

    async fn delay(&self, _: &str, _: Duration) -> anyhow::Result<()> {
        self.call().await
    }

    async fn dead_letter(&self, _: &DeadLetter<'_>) -> anyhow::Result<()> {
        self.call().await
    }
}

#[tokio::test]
async fn the_calls_of_a_batch_run_at_the_same_time() {
    let queue = Crowd::default();
    let results = (0..100).map(|number| {
        let permanent = number % 2 == 0;
        let failure = if permanent { Failure::permanent("unsealed") } else { Failure::transient("ledger") };
        (samples::message(&number.to_string(), ""), Err::<(), _>(failure))
    });
    let failed = settle(&queue, results.collect()).await;
    assert_eq!((failed.len(), &failed[..2]), (50, &["1".to_owned(), "3".to_owned()][..]));
    assert_eq!(queue.most.get(), SETTLED_AT_ONCE);
}

#[tokio::test]
async fn a_panic_is_a_permanent_failure_of_its_message_alone() {
    async fn handle(number: u32) -> Result<u32, Failure> {
        tokio::task::yield_now().await;
        assert_ne!(number, 1, "a payload with 4242424242424242");
        Ok(number)
    }
    let outcomes = futures_util::future::join_all((0..3).map(|number| guarded(handle(number)))).await;
    assert_eq!(outcomes, [Ok(0), Err(Failure::permanent("panic")), Ok(2)]);
}

#[test]
fn the_reply_always_has_its_list() {
    for (failed, expected) in [
        (vec![], r#"{"batchItemFailures":[]}"#),
        (vec!["a", "b"], r#"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]}"#),
    ] {
        let reply = BatchReply::new(failed.into_iter().map(str::to_owned).collect());
        assert_eq!(serde_json::to_string(&reply).unwrap(), expected);
    }
}
