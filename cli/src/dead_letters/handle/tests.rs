use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use pipeline::fault::{Fault, Faulty};
use pipeline::memory::MemoryQueue;

use super::*;
use crate::dead_letters::tests::{dead, visible};

const COUNT: usize = 25;

async fn run(port: &impl DeadLetters, act: Act, chosen: Vec<String>) -> Outcome {
    handle(port, act, chosen.into_iter().collect(), &Pace::none(), &Stop::default(), &|_| {}).await
}

fn bodies(count: usize) -> HashSet<String> {
    (0..count).map(|number| format!("body-{number}")).collect()
}

/// What stands in the source queue or is a dead letter.
fn somewhere(queue: &MemoryQueue) -> HashSet<String> {
    queue.dead_letters().into_iter().map(|letter| letter.body).chain(queue.bodies()).collect()
}

#[tokio::test]
async fn what_is_chosen_moves_and_what_is_not_stays_to_be_seen() {
    let queue = dead(COUNT).await;
    let mut chosen = visible(&queue).await;
    let others = chosen.split_off(12);
    let outcome = run(&queue, Act::Redrive, chosen).await;
    assert_eq!((outcome.done, outcome.failed, outcome.left), (12, 0, 0));
    assert_eq!(queue.bodies().into_iter().collect::<HashSet<_>>(), bodies(12));
    assert_eq!(visible(&queue).await, others);
}

#[tokio::test]
async fn what_is_dropped_is_gone_and_sent_nowhere() {
    let queue = dead(COUNT).await;
    let mut chosen = visible(&queue).await;
    let others = chosen.split_off(12);
    let outcome = run(&queue, Act::Drop, chosen).await;
    assert_eq!((outcome.done, queue.bodies().len()), (12, 0));
    assert_eq!(visible(&queue).await, others);
}

#[tokio::test]
async fn a_fault_or_a_crash_anywhere_loses_nothing_and_doubles_at_most_what_it_hit() {
    for method in ["take", "give_back", "send_back", "delete"] {
        for nth in [1, 2, 7, 11, 25] {
            for fault in [Fault::Before, Fault::After, Fault::Panic] {
                let case = format!("{fault:?} in call {nth} of {method}");
                let queue = dead(COUNT).await;
                // One is not chosen, so that there is something to give back.
                let chosen = visible(&queue).await.split_off(1);
                let faulty = Faulty::nth(&queue, method, nth, fault);
                let crashed = AssertUnwindSafe(run(&faulty, Act::Redrive, chosen)).catch_unwind().await;
                assert!(crashed.is_ok() || fault == Fault::Panic, "{case}");
                assert_eq!(somewhere(&queue), bodies(COUNT), "{case}: lost");

                queue.advance(HIDDEN);
                let outcome = run(&queue, Act::Redrive, visible(&queue).await).await;
                assert_eq!((outcome.failed, outcome.left), (0, 0), "{case}");
                assert!(queue.dead_letters().is_empty(), "{case}");
                let moved = queue.bodies();
                assert_eq!(moved.iter().cloned().collect::<HashSet<_>>(), bodies(COUNT), "{case}: lost");
                assert!(moved.len() <= COUNT + 1, "{case}: {} messages", moved.len());
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_deleted_that_was_not_sent() {
    let queue = dead(COUNT).await;
    let chosen = visible(&queue).await;
    let faulty = Faulty::always(&queue, "send_back", Fault::Before);
    let outcome = run(&faulty, Act::Redrive, chosen).await;
    // A queue that takes nothing is not asked for each of them.
    assert_eq!((outcome.done, outcome.failed, outcome.left), (0, FAILURES, COUNT - FAILURES));
    assert!(outcome.error.unwrap().to_string().contains("send_back"));
    assert_eq!((queue.bodies().len(), faulty.calls("delete")), (0, 0));
    assert_eq!(visible(&queue).await.len(), COUNT);
}

#[tokio::test]
async fn one_that_fails_holds_up_no_other_and_is_not_tried_twice() {
    let queue = dead(COUNT).await;
    let faulty = Faulty::nth(&queue, "send_back", 3, Fault::Before);
    let outcome = run(&faulty, Act::Redrive, visible(&queue).await).await;
    assert_eq!((outcome.done, outcome.failed, outcome.left), (COUNT - 1, 1, 0));
    assert_eq!(faulty.calls("send_back"), 25);
    assert_eq!(visible(&queue).await.len(), 1);
}

#[tokio::test]
async fn one_that_was_sent_but_not_deleted_says_so() {
    let queue = dead(1).await;
    let faulty = Faulty::always(&queue, "delete", Fault::Before);
    let outcome = run(&faulty, Act::Redrive, visible(&queue).await).await;
    let error = format!("{:#}", outcome.error.unwrap());
    assert!(error.starts_with("it was sent back, and is still a dead letter too: "), "{error}");
}

#[tokio::test]
async fn whoever_stops_it_finds_the_rest_where_it_was_and_can_go_on() {
    let (queue, stop) = (dead(COUNT).await, Stop::default());
    let chosen: HashSet<String> = visible(&queue).await.into_iter().collect();
    let outcome = handle(&queue, Act::Redrive, chosen, &Pace::none(), &stop, &|_| stop.ask()).await;
    assert_eq!((outcome.done, outcome.left), (10, 15));
    let rest = visible(&queue).await;
    assert_eq!(rest.len(), 15);
    assert_eq!(run(&queue, Act::Redrive, rest).await.done, 15);
    assert_eq!(queue.bodies().len(), COUNT);
}

#[tokio::test]
async fn what_is_not_there_any_more_is_left() {
    let queue = dead(3).await;
    let outcome = run(&queue, Act::Drop, vec!["message-2".to_owned(), "gone".to_owned()]).await;
    assert_eq!((outcome.done, outcome.left), (1, 1));
    assert_eq!(visible(&queue).await.len(), 2);
}
