//! What the archive has and the ledger has not, and the other way round.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use payments::{Origin, item};
use pipeline::{Archive, Macs, Reader, Reading, Span};
use serde::Serialize;

use super::received;
use crate::service::Call as _;
use crate::stack::Stack;

/// What was found of the deliveries that were received in a span.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Difference {
    /// Events of archived deliveries.
    pub(crate) events: u64,
    /// Deliveries that no event is read from: withheld, ignored, or without an id.
    pub(crate) without_event: u64,
    /// Segments that could not be read. Their events count as only recorded.
    pub(crate) unread_segments: u64,
    /// Keys of archived events that the ledger does not have.
    pub(crate) only_archived: Vec<String>,
    /// Keys of the ledger's events, received in the span, whose delivery the archive does not have.
    pub(crate) only_recorded: Vec<String>,
}

impl Difference {
    /// Whether each has what the other has.
    pub(crate) fn is_none(&self) -> bool {
        self.only_archived.is_empty() && self.only_recorded.is_empty()
    }

    /// Whether what the archive seems not to have can be in segments that were not read.
    pub(crate) fn may_be_none(&self) -> bool {
        self.only_archived.is_empty() && self.unread_segments > 0
    }
}

/// Compares what was received in `span`. Memory holds the keys of its events.
pub(crate) async fn compare(
    stack: &Stack,
    archive: &impl Archive,
    macs: &impl Macs,
    span: Span,
) -> anyhow::Result<Difference> {
    let mut difference = Difference::default();
    let mut archived = archived_keys(archive, macs, span, &mut difference).await?;
    let client = aws_sdk_dynamodb::Client::new(stack.sdk.config());
    let mut pages = client
        .scan()
        .table_name(stack.output("LedgerTable")?)
        .filter_expression("sk = :event")
        .expression_attribute_values(":event", AttributeValue::S(item::EVENT.to_owned()))
        .projection_expression("pk, received")
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        for row in page.or_cannot("read the ledger")?.items() {
            let Some(Ok(key)) = row.get(item::PK).map(AttributeValue::as_s) else { continue };
            let received = row.get("received").and_then(|value| value.as_n().ok()?.parse::<i64>().ok());
            match archived.get_mut(key) {
                Some(recorded) => *recorded = true,
                None if received.is_some_and(|at| span.holds(at)) => {
                    difference.only_recorded.push(key.clone());
                }
                None => {}
            }
        }
    }
    difference.only_recorded.sort_unstable();
    let missing = archived.into_iter().filter_map(|(key, recorded)| (!recorded).then_some(key));
    difference.only_archived = missing.collect();
    Ok(difference)
}

/// The keys of the events that were read from the archive, none of them found in the ledger yet.
async fn archived_keys(
    archive: &impl Archive,
    macs: &impl Macs,
    span: Span,
    difference: &mut Difference,
) -> anyhow::Result<BTreeMap<String, bool>> {
    let mut keys = BTreeMap::new();
    let mut reader = Reader::new(archive, macs, span);
    while let Some(reading) = reader.next().await? {
        let delivery = match reading {
            Reading::Delivery(delivery) => delivery,
            Reading::Flawed { .. } => {
                difference.unread_segments += 1;
                continue;
            }
            Reading::Unproven(_) => continue,
        };
        let body = delivery.body().filter(|_| delivery.envelope().ignored().is_none());
        let events = body
            .and_then(|body| payments::interpret(&received(delivery.envelope(), body, Origin::Replay)).ok());
        match events {
            None => difference.without_event += 1,
            Some(events) => {
                keys.extend(events.into_iter().map(|event| (event.key.as_str().to_owned(), false)));
            }
        }
    }
    difference.events = keys.len() as u64;
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use pipeline::StoredSegment;
    use pipeline::memory::{MemoryArchive, MemoryMacs};

    use super::*;
    use crate::signed::canned::Server;

    #[tokio::test]
    async fn what_is_only_in_the_ledger_may_be_in_segments_that_were_not_read() {
        let rows = r#"{"Items":[{"pk":{"S":"stripe#live#acct_1#evt_1"},"received":{"N":"1795000000000"}}]}"#;
        let server = Server::start([("DynamoDB_20120810.Scan", 200, rows)]);
        let stack = Stack::of_test("dev", server.sdk(), &server.url(), &[("LedgerTable", "ledger")]);
        let archive = MemoryArchive::new();
        for (number, cold) in [(1, true), (2, false)] {
            let key = format!("archive/v0/date=2026-11-18/hour=12/{number:032x}.ndjson.zst");
            archive.plant(key.clone(), StoredSegment { bytes: b"not read".to_vec(), mac: None });
            if cold {
                archive.cool(key);
            }
        }
        let since = SystemTime::UNIX_EPOCH + Duration::from_mins(29_916_500);
        let span = Span { since, until: since + Duration::from_hours(24) };
        let difference = compare(&stack, &archive, &MemoryMacs::new(b"key"), span).await.unwrap();
        assert_eq!(difference.only_recorded, ["stripe#live#acct_1#evt_1"]);
        assert!(difference.only_archived.is_empty());
        assert_eq!(difference.unread_segments, 2);
        assert!(difference.may_be_none());
    }
}
