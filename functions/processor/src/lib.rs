//! Turns sealed deliveries into rows of the ledger.
//!
//! Begin at [`Processor::handle`]: open the batch, record each message by itself, settle what failed. One message
//! never decides the fate of another; what cannot be handled goes to the dead-letter queue with its reason.

use std::{
    cell::{RefCell, RefMut},
    time::SystemTime,
};

use aws::metrics::{Metric, Metrics};
use futures_util::{StreamExt as _, future::join_all, stream};
use payments::{Bound, Event, Ledger, Origin, Received, Recorded};
use pipeline::{Class, DataKeys, Failure, Keyring, Message, Opened, Queue, Replay, Source};
use tracing::{error, info, warn};

/// So many events of one body are written at once. A body may hold thousands, a batch has ten bodies, and each write is
/// a connection: Lambda allows 1,024 open files.
const AT_ONCE: usize = 16;

/// The services that the function uses.
pub struct Ports<Q, K, L> {
    /// The queue that messages come from, with its dead letters.
    pub queue: Q,
    /// Data keys of this stack.
    pub keys: K,
    /// The table of events.
    pub ledger: L,
}

/// The function between two batches: it remembers data keys.
pub struct Processor<Q, K, L> {
    ports: Ports<Q, K, L>,
    keyring: Keyring,
    metrics: RefCell<Metrics>,
}

impl<Q: Queue, K: DataKeys, L: Ledger> Processor<Q, K, L> {
    /// A processor for what was sealed for `stack`.
    pub fn new(stack: &str, ports: Ports<Q, K, L>) -> Self {
        Self { ports, keyring: Keyring::new(stack), metrics: RefCell::new(Metrics::new(stack)) }
    }

    /// Handles a batch. Returns the ids of the messages that must come again; all others are done.
    pub async fn handle(&self, messages: Vec<Message>, now: SystemTime) -> Vec<String> {
        let opened = self.keyring.open_all(messages, &self.ports.keys).await;
        let recorded = opened.into_iter().map(async |(message, opened)| {
            let result = match opened {
                Ok(opened) => pipeline::guarded(self.record(&opened, now)).await,
                Err(failure) => Err(failure),
            };
            (message, result)
        });
        let results: Vec<(Message, Result<(), Failure>)> = join_all(recorded).await;
        let failed = results.iter().filter(|(_, result)| result.is_err()).count();
        let again = pipeline::settle(&self.ports.queue, results).await;
        // What fails for good and cannot be moved comes again as well.
        self.measure(Metric::Transient, again.len());
        self.measure(Metric::DeadLettered(Class::Permanent.as_str()), failed - again.len());
        again
    }

    /// The services that it uses.
    pub fn ports(&self) -> &Ports<Q, K, L> {
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

    fn count(&self, metric: Metric) {
        self.measured().count(metric);
    }

    fn measure(&self, metric: Metric, value: usize) {
        self.measured().add(metric, i64::try_from(value).unwrap_or(i64::MAX));
    }

    async fn record(&self, delivery: &Opened, now: SystemTime) -> Result<(), Failure> {
        let envelope = &delivery.envelope;
        let Some(body) = &delivery.body else {
            return Err(Failure::permanent("unscreenable"));
        };
        if let Some(reason) = envelope.ignored() {
            warn!(endpoint = envelope.endpoint, delivery.id = envelope.delivery_id, reason, "ignored");
            self.count(Metric::Ignored(reason));
            return Ok(());
        }
        let received = Received {
            delivery_id: &envelope.delivery_id,
            received_at_ms: envelope.received_at_ms,
            recorded_at_ms: pipeline::unix_ms(now),
            trace_id: envelope.trace_id.as_deref(),
            endpoint: &envelope.endpoint,
            provider: &envelope.provider,
            mode: envelope.mode,
            account: &envelope.account,
            identity: &envelope.identity,
            coverage: envelope.coverage,
            body,
            origin: match (delivery.source, envelope.replay) {
                (Source::Webhook, _) => Origin::Webhook,
                (Source::Replay, Some(Replay::Rebuild)) => Origin::Rebuild,
                (Source::Replay, _) => Origin::Replay,
            },
        };
        let mut events =
            payments::interpret(&received).map_err(|error| Failure::permanent(error.reason()))?;
        if delivery.source == Source::Replay && envelope.replay == Some(Replay::Silent) {
            for event in &mut events {
                event.announce = false;
            }
        }
        // Where the signature does not cover the event's id: what it covers brings one event.
        match payments::prove(&self.ports.ledger, &received, &events).await {
            Ok(Bound::Holds) => {}
            Ok(Bound::Forged) => return Err(Failure::permanent("forged")),
            Ok(Bound::Repeated) => {
                warn!(delivery.id = envelope.delivery_id, reason = "same_content", "duplicate");
                self.count(Metric::Duplicate);
                return Ok(());
            }
            Err(error) => return Err(not_written(&error)),
        }
        // The events of one body are recorded side by side; a retry meets those that succeeded as duplicates.
        let records = stream::iter(&events).map(|event| self.record_event(event));
        let outcomes: Vec<_> = records.buffer_unordered(AT_ONCE).collect().await;
        outcomes.into_iter().collect::<Result<(), Failure>>()?;
        self.measured().add(Metric::Lag, pipeline::unix_ms(now).saturating_sub(envelope.received_at_ms));
        Ok(())
    }

    async fn record_event(&self, event: &Event) -> Result<(), Failure> {
        let recorded =
            payments::record(&self.ports.ledger, event).await.map_err(|error| not_written(&error))?;
        let (metric, outcome) = match recorded {
            Recorded::New => (Metric::Recorded, "recorded"),
            Recorded::Duplicate => (Metric::Duplicate, "duplicate"),
            Recorded::Conflict => (Metric::Conflict, "conflict"),
        };
        self.count(metric);
        match recorded {
            Recorded::Conflict => error!(
                event.key = %event.key, event.kind = event.kind.as_str(), delivery.id = event.delivery_id, "{outcome}"
            ),
            Recorded::New | Recorded::Duplicate => info!(
                event.key = %event.key, event.kind = event.kind.as_str(), delivery.id = event.delivery_id, "{outcome}"
            ),
        }
        Ok(())
    }
}

fn not_written(error: &anyhow::Error) -> Failure {
    error!(error = format!("{error:#}"), "ledger not written");
    Failure::transient("ledger")
}
