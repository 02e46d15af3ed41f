//! Looks for deliveries where they should leave a trace: ledger, bus, archive.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use aws::DynamoLedger;
use payments::{EventKey, Ledger as _, PaymentKey, history};
use serde::{Deserialize, Serialize};

use crate::service::Call as _;
use crate::stack::Stack;

/// Messages that the tap is asked for at once: as many as SQS gives.
const MOST: i32 = 10;

/// What is known of an event.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Trace {
    /// The kind in its row of the ledger.
    pub(crate) row: Option<String>,
    /// Where its payment stands.
    pub(crate) payment_state: Option<String>,
    /// How often the bus brought it.
    pub(crate) bus_events: usize,
    /// How many deliveries of it the archive holds.
    pub(crate) archive_lines: usize,
}

/// What was seen so far.
pub(crate) struct Traces {
    ledger: DynamoLedger,
    queues: aws_sdk_sqs::Client,
    objects: aws_sdk_s3::Client,
    bucket: String,
    tap: String,
    /// By the ledger's id.
    bus: BTreeMap<String, usize>,
    /// By the provider's id.
    archive: BTreeMap<String, usize>,
    segments: BTreeSet<String>,
}

/// An entry of the bus as a queue gets it.
#[derive(Deserialize)]
struct Entry {
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    id: String,
}

impl Traces {
    /// Looks at this stack, whose bus events go to the queue `tap`.
    pub(crate) fn new(stack: &Stack, tap: &str) -> anyhow::Result<Self> {
        Ok(Self {
            ledger: stack.ledger()?,
            queues: aws_sdk_sqs::Client::new(stack.sdk.config()),
            objects: aws_sdk_s3::Client::new(stack.sdk.config()),
            bucket: stack.output("ArchiveBucket")?.to_owned(),
            tap: tap.to_owned(),
            bus: BTreeMap::new(),
            archive: BTreeMap::new(),
            segments: BTreeSet::new(),
        })
    }

    /// Takes what came since the last look.
    pub(crate) async fn look(&mut self) -> anyhow::Result<()> {
        self.look_at_bus().await?;
        self.look_at_archive().await
    }

    /// What is known of an event.
    pub(crate) async fn of(&self, event: &EventKey, payment: &PaymentKey, id: &str) -> anyhow::Result<Trace> {
        let row = self.ledger.event(event).await?;
        let payment_state = match row.as_ref().and_then(|row| row.payment.as_ref()) {
            Some(_) => Some(self.state(payment).await?),
            None => None,
        };
        Ok(Trace {
            row: row.map(|row| row.kind.to_string()),
            payment_state,
            bus_events: self.bus.get(event.as_str()).copied().unwrap_or_default(),
            archive_lines: self.archive.get(id).copied().unwrap_or_default(),
        })
    }

    async fn state(&self, payment: &PaymentKey) -> anyhow::Result<String> {
        let payment = history(&self.ledger, payment).await?.payment;
        if payment.captured.is_empty() {
            return Ok(payment.status.to_string());
        }
        Ok(format!("{}, {}", payment.status, payment.captured))
    }

    async fn look_at_bus(&mut self) -> anyhow::Result<()> {
        loop {
            let call = self.queues.receive_message().queue_url(&self.tap).max_number_of_messages(MOST);
            let batch = call.send().await;
            let batch = batch.or_cannot("read the bus's tap")?;
            if batch.messages().is_empty() {
                return Ok(());
            }
            for message in batch.messages() {
                let entry = message.body().and_then(|body| serde_json::from_str::<Entry>(body).ok());
                if let Some(entry) = entry {
                    *self.bus.entry(entry.detail.id).or_default() += 1;
                }
                let receipt = message.receipt_handle().unwrap_or_default();
                let deleted =
                    self.queues.delete_message().queue_url(&self.tap).receipt_handle(receipt).send().await;
                deleted.or_cannot("empty the bus's tap")?;
            }
        }
    }

    async fn look_at_archive(&mut self) -> anyhow::Result<()> {
        let call = self.objects.list_objects_v2().bucket(&self.bucket).prefix("archive/");
        let mut pages = call.into_paginator().send();
        let mut new = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.or_cannot("list the archive")?;
            let keys = page.contents().iter().filter_map(|object| object.key());
            new.extend(keys.filter(|key| !self.segments.contains(*key)).map(str::to_owned));
        }
        for key in new {
            let object = self.objects.get_object().bucket(&self.bucket).key(&key).send().await;
            let object = object.or_cannot("read the archive")?;
            let bytes = object.body.collect().await.context("read a segment")?.into_bytes();
            for delivery in pipeline::read_segment(&bytes) {
                let id = delivery?.envelope.identity.event_id.unwrap_or_default();
                *self.archive.entry(id).or_default() += 1;
            }
            self.segments.insert(key);
        }
        Ok(())
    }
}
