//! A queue in memory.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use anyhow::{anyhow, ensure};

use crate::{DeadLetter, DeadLetters, Letter, Message, Queue, Sealed};

/// The longest that a message can be hidden.
const LONGEST_DELAY: Duration = Duration::from_hours(12);
/// The most dead letters that can be taken at once.
const TAKEN_AT_ONCE: usize = 10;

/// A standard queue with its dead-letter queue, as SQS documents it: a received message is hidden for the visibility
/// timeout and comes again unless it is deleted; each receive counts and gives a new receipt; a message that was
/// received more often than allowed moves to the dead-letter queue without a reason. Its clock stands until
/// [`advance`](Self::advance).
pub struct MemoryQueue {
    visibility: Duration,
    max_receives: u32,
    clock: Cell<Duration>,
    messages: RefCell<Vec<Stored>>,
    letters: RefCell<Vec<Buried>>,
    numbers: Cell<u64>,
    calls: Cell<QueueCalls>,
}

struct Stored {
    id: String,
    body: String,
    trace_id: Option<String>,
    attempts: u32,
    receipt: Option<String>,
    visible_at: Duration,
    sent_at: Duration,
}

struct Buried {
    id: String,
    letter: StoredLetter,
    receipt: Option<String>,
    visible_at: Duration,
    sent_at: Duration,
}

/// A message in the dead-letter queue. One that came by the queue's own redrive has neither class nor reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLetter {
    /// The message's body as it was received.
    pub body: String,
    /// Attribute `tollgate.class`.
    pub class: Option<String>,
    /// Attribute `tollgate.reason`.
    pub reason: Option<String>,
    /// Attribute `tollgate.attempts`.
    pub attempts: Option<u32>,
    /// Attribute `tollgate.trace`.
    pub trace_id: Option<String>,
}

/// Calls of each method of the port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCalls {
    /// Calls of `send`.
    pub send: u64,
    /// Calls of `delay`.
    pub delay: u64,
    /// Calls of `dead_letter`.
    pub dead_letter: u64,
}

impl Default for MemoryQueue {
    /// Hides for 30 seconds and gives a message up after 100 receives.
    fn default() -> Self {
        Self::new(Duration::from_secs(30), 100)
    }
}

impl MemoryQueue {
    /// An empty queue that hides a received message for `visibility` and gives it up after `max_receives`.
    pub fn new(visibility: Duration, max_receives: u32) -> Self {
        Self {
            visibility,
            max_receives,
            clock: Cell::default(),
            messages: RefCell::default(),
            letters: RefCell::default(),
            numbers: Cell::default(),
            calls: Cell::default(),
        }
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.clock.update(|now| now + by);
    }

    /// Puts any text into the queue, as someone else with the right to send could.
    pub fn plant(&self, body: impl Into<String>, trace_id: Option<String>) {
        let id = format!("message-{}", self.number());
        let now = self.clock.get();
        let stored = Stored {
            id,
            body: body.into(),
            trace_id,
            attempts: 0,
            receipt: None,
            visible_at: now,
            sent_at: now,
        };
        self.messages.borrow_mut().push(stored);
    }

    /// Receives up to `most` visible messages, oldest first.
    pub fn receive(&self, most: usize) -> Vec<Message> {
        let now = self.clock.get();
        let mut messages = self.messages.borrow_mut();
        let exhausted = messages.extract_if(.., |m| m.visible_at <= now && m.attempts >= self.max_receives);
        // It keeps its id and the time at which it was sent, as in a standard queue.
        self.letters.borrow_mut().extend(exhausted.map(|message| Buried {
            id: message.id,
            letter: StoredLetter {
                body: message.body,
                class: None,
                reason: None,
                attempts: None,
                trace_id: None,
            },
            receipt: None,
            visible_at: now,
            sent_at: message.sent_at,
        }));
        let visible = messages.iter_mut().filter(|message| message.visible_at <= now).take(most);
        visible
            .map(|message| {
                let receipt = format!("receipt-{}", self.number());
                message.attempts += 1;
                message.visible_at = now + self.visibility;
                message.receipt = Some(receipt.clone());
                Message {
                    id: message.id.clone(),
                    receipt,
                    body: message.body.clone(),
                    attempts: message.attempts,
                    trace_id: message.trace_id.clone(),
                }
            })
            .collect()
    }

    /// What the event source mapping does with the reply to a batch: deletes the messages of `batch`, by their
    /// receipts, but those whose ids `failed` has.
    pub fn finish(&self, batch: &[Message], failed: &[String]) {
        let done = |stored: &Stored| {
            batch.iter().any(|message| {
                stored.receipt.as_deref() == Some(&message.receipt) && !failed.contains(&message.id)
            })
        };
        self.messages.borrow_mut().retain(|stored| !done(stored));
    }

    /// Bodies of all messages that are in the queue, hidden ones too.
    pub fn bodies(&self) -> Vec<String> {
        self.messages.borrow().iter().map(|message| message.body.clone()).collect()
    }

    /// How long each message stays hidden from now on, zero if it is visible.
    pub fn hidden_for(&self) -> Vec<Duration> {
        let now = self.clock.get();
        self.messages.borrow().iter().map(|message| message.visible_at.saturating_sub(now)).collect()
    }

    /// The dead-letter queue, hidden messages too.
    pub fn dead_letters(&self) -> Vec<StoredLetter> {
        self.letters.borrow().iter().map(|buried| buried.letter.clone()).collect()
    }

    /// Calls of the port.
    pub fn calls(&self) -> QueueCalls {
        self.calls.get()
    }

    fn number(&self) -> u64 {
        self.numbers.update(|number| number + 1);
        self.numbers.get()
    }
}

impl Queue for MemoryQueue {
    async fn send(&self, message: &Sealed) -> anyhow::Result<()> {
        self.calls.update(|calls| QueueCalls { send: calls.send + 1, ..calls });
        self.plant(message.as_text(), message.trace_id().map(str::to_owned));
        Ok(())
    }

    async fn delay(&self, receipt: &str, by: Duration) -> anyhow::Result<()> {
        self.calls.update(|calls| QueueCalls { delay: calls.delay + 1, ..calls });
        ensure!(by <= LONGEST_DELAY, "longer than a message can be hidden");
        let mut messages = self.messages.borrow_mut();
        let message = messages.iter_mut().find(|message| message.receipt.as_deref() == Some(receipt));
        let message = message.ok_or_else(|| anyhow!("no message in flight has this receipt"))?;
        message.visible_at = self.clock.get() + by;
        Ok(())
    }

    async fn dead_letter(&self, letter: &DeadLetter<'_>) -> anyhow::Result<()> {
        self.calls.update(|calls| QueueCalls { dead_letter: calls.dead_letter + 1, ..calls });
        let stored = StoredLetter {
            body: letter.body.to_owned(),
            class: Some(letter.class.to_owned()),
            reason: Some(letter.reason.to_owned()),
            attempts: Some(letter.attempts),
            trace_id: letter.trace_id.map(str::to_owned),
        };
        let (id, now) = (format!("message-{}", self.number()), self.clock.get());
        let buried = Buried { id, letter: stored, receipt: None, visible_at: now, sent_at: now };
        self.letters.borrow_mut().push(buried);
        Ok(())
    }
}

impl DeadLetters for MemoryQueue {
    async fn take(&self, hidden: Duration) -> anyhow::Result<Vec<Letter>> {
        let now = self.clock.get();
        let mut letters = self.letters.borrow_mut();
        let visible = letters.iter_mut().filter(|buried| buried.visible_at <= now).take(TAKEN_AT_ONCE);
        let taken = visible.map(|buried| {
            let receipt = format!("receipt-{}", self.number());
            buried.visible_at = now + hidden;
            buried.receipt = Some(receipt.clone());
            let StoredLetter { body, class, reason, attempts, trace_id } = buried.letter.clone();
            let sent_at_ms = i64::try_from(buried.sent_at.as_millis()).unwrap_or(i64::MAX);
            Letter { id: buried.id.clone(), receipt, body, class, reason, attempts, trace_id, sent_at_ms }
        });
        Ok(taken.collect())
    }

    async fn give_back(&self, receipts: &[&str]) -> anyhow::Result<()> {
        let now = self.clock.get();
        for buried in self.letters.borrow_mut().iter_mut() {
            if buried.receipt.as_deref().is_some_and(|receipt| receipts.contains(&receipt)) {
                buried.visible_at = now;
            }
        }
        Ok(())
    }

    async fn send_back(&self, letter: &Letter) -> anyhow::Result<()> {
        self.plant(letter.body.as_str(), letter.trace_id.clone());
        Ok(())
    }

    async fn delete(&self, receipt: &str) -> anyhow::Result<()> {
        self.letters.borrow_mut().retain(|buried| buried.receipt.as_deref() != Some(receipt));
        Ok(())
    }
}
