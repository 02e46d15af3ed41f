//! Moving messages out of a dead-letter queue, or deleting them: each by itself, and never lost.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::stream::{self, StreamExt as _};
use pipeline::{DeadLetters, Letter};

use super::MOST;
use super::look::Hand;
use crate::pace::Pace;
use crate::stop::Stop;

/// For so long is hidden what is worked on. Ten messages at one a second take a part of it.
const HIDDEN: Duration = Duration::from_mins(5);
/// Messages that are worked on at the same time: as many as one call gives.
const AT_ONCE: usize = 10;
/// After so many failures the cause is no single message.
const FAILURES: usize = 10;
/// Calls in a row that gave nothing of what was chosen: it is not there any more.
const IDLE: usize = MOST / 10;

/// What is done to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It is sent back, then deleted. A crash between the two leaves it in both places, which is harmless: whatever
    /// consumes it takes the second for a duplicate.
    Redrive,
    /// It is deleted.
    Drop,
}

/// What became of the messages that were chosen.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// So many are done.
    pub(crate) done: usize,
    /// So many failed, and stay. Some of them may have been sent back all the same.
    pub(crate) failed: usize,
    /// So many were not reached, or not there any more.
    pub(crate) left: usize,
    /// Why the first one failed.
    pub(crate) error: Option<anyhow::Error>,
}

impl Outcome {
    /// Adds that of another queue.
    pub(crate) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.failed += other.failed;
        self.left += other.left;
        self.error = self.error.take().or(other.error);
    }
}

/// Does `act` to the messages of these ids, and gives back whatever else it had to take in hand. Says so each time
/// some are done.
pub(crate) async fn handle(
    port: &impl DeadLetters,
    act: Act,
    mut chosen: HashSet<String>,
    pace: &Pace,
    stop: &Stop,
    progress: &impl Fn(usize),
) -> Outcome {
    let _held = stop.hold();
    let (mut outcome, mut hand, mut idle) = (Outcome::default(), Hand::default(), 0);
    while !chosen.is_empty() && !stop.asked() && outcome.failed < FAILURES && idle < IDLE {
        let letters = match port.take(HIDDEN).await {
            Ok(letters) if letters.is_empty() => break,
            Ok(letters) => letters,
            Err(error) => {
                outcome.error.get_or_insert(error);
                break;
            }
        };
        let (ours, others): (Vec<_>, Vec<_>) =
            letters.into_iter().partition(|letter| chosen.contains(&letter.id));
        for letter in &others {
            hand.keep(letter);
        }
        idle = if ours.is_empty() { idle + 1 } else { 0 };
        let results = stream::iter(ours).map(async |letter| {
            pace.wait().await;
            let result = if stop.asked() { None } else { Some(one(port, act, &letter).await) };
            (letter, result)
        });
        for (letter, result) in results.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
            match result {
                Some(Ok(())) => {
                    chosen.remove(&letter.id);
                    outcome.done += 1;
                }
                Some(Err(error)) => {
                    // Not a second time: it stays in hand until the end.
                    chosen.remove(&letter.id);
                    outcome.failed += 1;
                    outcome.error.get_or_insert(error);
                    hand.keep(&letter);
                }
                None => {
                    hand.keep(&letter);
                }
            }
        }
        progress(outcome.done);
    }
    outcome.left = chosen.len();
    if let Err(error) = hand.give_back(port).await {
        outcome.error.get_or_insert(error.context("what was in hand can be seen again in 5 minutes"));
    }
    outcome
}

async fn one(port: &impl DeadLetters, act: Act, letter: &Letter) -> anyhow::Result<()> {
    if act == Act::Redrive {
        port.send_back(letter).await?;
        return port
            .delete(&letter.receipt)
            .await
            .context("it was sent back, and is still a dead letter too");
    }
    port.delete(&letter.receipt).await
}

#[cfg(test)]
mod tests;
