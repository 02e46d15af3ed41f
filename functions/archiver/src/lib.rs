//! Keeps every accepted delivery: a batch of sealed messages becomes one segment in S3.
//!
//! Begin at [`Archiver::handle`]: open the batch, write what opened as one object, settle what failed. The object's
//! name comes from its content, so that the same batch written again is no second object.

use std::{cell::RefCell, time::SystemTime};

use aws::metrics::{Metric, Metrics};
use pipeline::{Archive, Class, DataKeys, Failure, Keyring, Macs, Message, Opened, Put, Queue, Segment};
use tracing::{error, info};

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
        Self { ports, keyring: Keyring::new(stack), metrics: RefCell::new(Metrics::new(stack)) }
    }

    /// Handles a batch. Returns the ids of the messages that must come again; all others are done.
    pub async fn handle(&self, messages: Vec<Message>, now: SystemTime) -> Vec<String> {
        let opened = self.keyring.open_all(messages, &self.ports.keys).await;
        let deliveries: Vec<&Opened> = opened.iter().filter_map(|(_, opened)| opened.as_ref().ok()).collect();
        let together = if deliveries.is_empty() {
            Ok(())
        } else {
            pipeline::guarded(self.write(&deliveries, now)).await
        };
        let mut results: Vec<(Message, Result<(), Failure>)> = Vec::with_capacity(opened.len());
        for (message, opened) in opened {
            let result = match (opened, together) {
                (Err(failure), _) => Err(failure),
                // One of them made it panic: each is a segment of its own, so that only that one is lost to it.
                (Ok(delivery), Err(Failure { class: Class::Permanent, .. })) => {
                    pipeline::guarded(self.write(&[&delivery], now)).await
                }
                (Ok(_), together) => together,
            };
            results.push((message, result));
        }
        for failure in results.iter().filter_map(|(_, result)| result.as_ref().err()) {
            self.measure(
                match failure.class {
                    Class::Permanent => Metric::DeadLettered(failure.class.as_str()),
                    Class::Transient => Metric::Transient,
                },
                1,
            );
        }
        pipeline::settle(&self.ports.queue, results).await
    }

    /// The services that it uses.
    pub fn ports(&self) -> &Ports<Q, K, A, M> {
        &self.ports
    }

    /// Writes what was measured since the last time.
    pub fn flush(&self, now: SystemTime) {
        self.metrics.borrow_mut().flush(now);
    }

    fn measure(&self, metric: Metric, value: usize) {
        self.metrics.borrow_mut().add(metric, i64::try_from(value).unwrap_or(i64::MAX));
    }

    async fn write(&self, deliveries: &[&Opened], now: SystemTime) -> Result<(), Failure> {
        let mut segment = Segment::build(deliveries, now).map_err(|error| {
            error!(error = format!("{error:#}"), "segment not built");
            Failure::transient("segment")
        })?;
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
                info!(segment = segment.key, count = segment.deliveries, "archived");
                self.measure(Metric::ArchivedSegments, 1);
                self.measure(Metric::ArchivedDeliveries, segment.deliveries);
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
