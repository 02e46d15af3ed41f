//! Looking through a queue without taking anything from it.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context as _;
use pipeline::{DeadLetters, Letter};

use crate::stop::Stop;

/// For so long is hidden what is looked at; given back at the end, or by itself if this process is killed.
const HIDDEN: Duration = Duration::from_mins(2);

/// Why a look ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All that can be seen was seen.
    Whole,
    /// There may be more.
    More,
    /// The visitor has seen enough.
    Enough,
    /// The person wants to stop.
    Stopped,
}

/// Shows each message of a queue once, at most `most`, until `visit` wants no more. Whatever happens, what was seen is given back.
pub(crate) async fn look(
    port: &impl DeadLetters,
    most: usize,
    stop: &Stop,
    visit: impl FnMut(&Letter) -> bool,
) -> anyhow::Result<End> {
    let _held = stop.hold();
    let mut hand = Hand::default();
    let end = go_through(port, most, stop, &mut hand, visit).await;
    hand.give_back(port).await.context("what was looked at can be seen again in 2 minutes")?;
    end
}

async fn go_through(
    port: &impl DeadLetters,
    most: usize,
    stop: &Stop,
    hand: &mut Hand,
    mut visit: impl FnMut(&Letter) -> bool,
) -> anyhow::Result<End> {
    while hand.len() < most {
        if stop.asked() {
            return Ok(End::Stopped);
        }
        let letters = port.take(HIDDEN).await?;
        if letters.is_empty() {
            return Ok(End::Whole);
        }
        let (mut enough, mut again) = (false, false);
        for letter in letters {
            if hand.keep(&letter) {
                enough |= !visit(&letter);
            } else {
                again = true;
            }
        }
        if enough {
            return Ok(End::Enough);
        }
        // What was hidden first can be seen again: it takes longer than that to see all.
        if again {
            return Ok(End::More);
        }
    }
    Ok(End::More)
}

/// The messages that this process has taken, by id; of each the receipt that counts.
#[derive(Debug, Default)]
pub(super) struct Hand(HashMap<String, String>);

impl Hand {
    /// Remembers a message; says whether it is new.
    pub(super) fn keep(&mut self, letter: &Letter) -> bool {
        self.0.insert(letter.id.clone(), letter.receipt.clone()).is_none()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    /// Gives all of them back.
    pub(super) async fn give_back(self, port: &impl DeadLetters) -> anyhow::Result<()> {
        let receipts: Vec<&str> = self.0.values().map(String::as_str).collect();
        if receipts.is_empty() { Ok(()) } else { port.give_back(&receipts).await }
    }
}
