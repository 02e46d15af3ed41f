//! Keeps every accepted delivery: a batch of sealed messages becomes one segment in S3.
//!
//! Begin at [`Archiver::answer`], and [`Archiver::handle`] for a batch: open it, write what opened as one object, settle
//! what failed. The object's name comes from its content, so that the same batch written again is no second object.
//! Once a day a schedule calls instead, and what the archive held when the day ended is written:
//! [`pipeline::close_days`].

use std::{
    cell::{RefCell, RefMut},
    mem,
    time::SystemTime,
};

use anyhow::bail;
use aws::metrics::{Metric, Metrics};
use aws_lambda_events::sqs::SqsMessage;
use pipeline::{
    Archive, BatchReply, Class, DataKeys, Draft, Failure, Keyring, Macs, Message, Put, Queue, Source,
};
use serde::Deserialize;
use tracing::{error, info, warn};

/// What the function is called with: a batch of the queue, or `{"task":"close-days"}` by the schedule.
#[derive(Deserialize)]
pub struct Call {
    task: Option<Task>,
    #[serde(rename = "Records")]
    records: Option<Vec<SqsMessage>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Task {
    CloseDays,
}

/// The services that the function uses.
pub struct Ports<Q, K, A, M> {
    /// The queue that messages come from, with its dead letters.
    pub queue: Q,
    /// Data keys of this stack.
    pub keys: K,
    /// Where segments are kept.
    pub archive: A,
    /// What only the archiver may sign segments with.
    pub macs: M,
}

/// The function between two batches: it remembers data keys.
pub struct Archiver<Q, K, A, M> {
    ports: Ports<Q, K, A, M>,
    keyring: Keyring,
    metrics: RefCell<Metrics>,
}

impl<Q: Queue, K: DataKeys, A: Archive, M: Macs> Archiver<Q, K, A, M> {
    /// An archiver for what was sealed for `stack`.
    pub fn new(stack: &str, ports: Ports<Q, K, A, M>) -> Self {
        // What an operator sends again was archived when it first came. Who may do that may not add to the evidence.
        let keyring = Keyring::new(stack).only(Source::Webhook);
        Self { ports, keyring, metrics: RefCell::new(Metrics::new(stack)) }
    }

    /// Does what it was called for. An error makes Lambda call again.
    pub async fn answer(&self, call: Call, now: SystemTime) -> anyhow::Result<BatchReply> {
        // Each in a box: a future within so many others is more than the compiler lays out.
        match call {
            Call { task: None, records: Some(records) } => {
                Ok(BatchReply::new(Box::pin(self.handle(aws::messages(records), now)).await))
            }
            Call { task: Some(Task::CloseDays), records: None } => {
                Box::pin(self.close_days(now)).await.map(|()| BatchReply::new(Vec::new()))
            }
            _ => bail!("neither a batch nor a task"),
        }
    }

    /// Handles a batch. Returns the ids of the messages that must come again; all others are done.
    ///
    /// A batch of 6 MB can hold some gigabytes of bodies that compress well, so it is opened a few messages at a time
    /// and written whenever a segment is full.
    pub async fn handle(&self, messages: Vec<Message>, now: SystemTime) -> Vec<String> {
        let mut results = Results::with_capacity(messages.len());
        let (mut draft, mut drafted) = (Draft::default(), Vec::new());
        let mut messages = messages.into_iter();
        loop {
            let group: Vec<Message> = messages.by_ref().take(OPENED_AT_ONCE).collect();
            if group.is_empty() {
                break;
            }
            for (message, opened) in self.keyring.open_all(group, &self.ports.keys).await {
                match opened.and_then(|delivery| draft.add(&delivery).map_err(not_built)) {
                    Ok(()) => drafted.push(message),
                    Err(failure) => results.push((message, Err(failure))),
                }
            }
            if draft.is_full() {
                results.extend(self.write_all(mem::take(&mut draft), mem::take(&mut drafted), now).await);
            }
        }
        results.extend(self.write_all(draft, drafted, now).await);
        let failed = results.iter().filter(|(_, result)| result.is_err()).count();
        let again = pipeline::settle(&self.ports.queue, results).await;
        // What fails for good and cannot be moved comes again as well.
        self.measure(Metric::Transient, again.len());
        self.measure(Metric::DeadLettered(Class::Permanent.as_str()), failed - again.len());
        again
    }

    /// Writes what was drafted of these messages.
    async fn write_all(&self, draft: Draft, messages: Vec<Message>, now: SystemTime) -> Results {
        if draft.is_empty() {
            return Results::new();
        }
        match pipeline::guarded(self.write(draft, now)).await {
            // One of them made it panic: each is a segment of its own, so that only that one is lost to it.
            Err(Failure { class: Class::Permanent, .. }) => {
                let mut results = Results::with_capacity(messages.len());
                for message in messages {
                    results.extend(self.write_alone(message, now).await);
                }
                results
            }
            together => messages.into_iter().map(|message| (message, together)).collect(),
        }
    }

    async fn write_alone(&self, message: Message, now: SystemTime) -> Results {
        let mut results = Results::new();
        for (message, opened) in self.keyring.open_all(vec![message], &self.ports.keys).await {
            let mut draft = Draft::default();
            let result = match opened.and_then(|delivery| draft.add(&delivery).map_err(not_built)) {
                Ok(()) => pipeline::guarded(self.write(draft, now)).await,
                Err(failure) => Err(failure),
            };
            results.push((message, result));
        }
        results
    }

    /// Writes the manifests of the days that have ended. What is there already is left as it is.
    async fn close_days(&self, now: SystemTime) -> anyhow::Result<()> {
        let closed = pipeline::close_days(&self.ports.archive, &self.ports.macs, now).await;
        let closed =
            closed.inspect_err(|error| error!(error = format!("{error:#}"), "manifest not written"))?;
        for day in closed {
            if day.taken {
                error!(segment = day.key, "another object has this manifest's name");
                self.measure(Metric::Conflict, 1);
            } else if day.late {
                // After days without a run this is as it should be. Else it was there and was removed, perhaps with segments.
                warn!(segment = day.key, count = day.segments, "manifest written late");
            } else {
                info!(segment = day.key, count = day.segments, "manifest written");
            }
        }
        Ok(())
    }

    /// The services that it uses.
    pub fn ports(&self) -> &Ports<Q, K, A, M> {
        &self.ports
    }

    /// Writes what was measured since the last time.
    pub fn flush(&self, now: SystemTime) {
        self.measured().flush(now);
    }

    /// What was measured since the last time.
    pub fn measured(&self) -> RefMut<'_, Metrics> {
        self.metrics.borrow_mut()
    }

    fn measure(&self, metric: Metric, value: usize) {
        self.measured().add(metric, i64::try_from(value).unwrap_or(i64::MAX));
    }

    async fn write(&self, draft: Draft, now: SystemTime) -> Result<(), Failure> {
        let mut segment = draft.finish(now).map_err(not_built)?;
        let mac = self.ports.macs.mac(&segment.digest).await.map_err(|error| {
            error!(error = format!("{error:#}"), "segment not signed");
            Failure::transient("mac")
        })?;
        segment.mac = Some(mac);
        let put = self.ports.archive.put(&segment).await.map_err(|error| {
            error!(error = format!("{error:#}"), "segment not written");
            Failure::transient("archive")
        })?;
        match put {
            Put::Created => {
                info!(segment = segment.key, count = segment.lines, "archived");
                self.measure(Metric::ArchivedSegments, 1);
                self.measure(Metric::ArchivedDeliveries, segment.lines);
                self.measure(Metric::ArchivedBytes, segment.bytes.len());
                Ok(())
            }
            Put::AlreadyThere => Ok(()),
            // The name is a digest of the content: another object under it was put there by someone else.
            Put::Differs => {
                error!(segment = segment.key, "another object has this segment's name");
                self.measure(Metric::Conflict, 1);
                Err(Failure::transient("segment_differs"))
            }
        }
    }
}

type Results = Vec<(Message, Result<(), Failure>)>;

/// Messages that are opened at the same time: each can be of a megabyte.
const OPENED_AT_ONCE: usize = 16;

#[expect(clippy::needless_pass_by_value, reason = "it stands where an error is turned into another")]
fn not_built(error: anyhow::Error) -> Failure {
    error!(error = format!("{error:#}"), "segment not built");
    Failure::transient("segment")
}
