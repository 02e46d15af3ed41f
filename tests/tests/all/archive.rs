//! The archive as evidence and as a source: proven, tampered with, and replayed into the ledger.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::Duration,
};

use aws::{KmsMacs, S3Archive};
use aws_sdk_dynamodb::types::AttributeValue;
use pipeline::{Reader, Reading, Span};
use serde_json::{Value, json};

use crate::{
    stack::{Stack, TestEndpoint, alone, eventually, random, stripe_event},
    tamper,
};

const PROVIDERS: [&str; 5] = ["stripe", "standardwebhooks", "svix", "checkout", "razorpay"];
/// Requests at the same time.
const AT_ONCE: usize = 8;

/// Rows by partition and sort key.
type Rows = BTreeMap<(String, String), BTreeMap<String, AttributeValue>>;

#[test]
fn what_is_archived_is_proven_and_replayed_without_a_change_and_into_the_same_ledger() {
    alone(async |stack| check(stack, 12, 24).await);
}

#[test]
#[ignore = "takes minutes: five thousand deliveries"]
fn five_thousand_deliveries_are_archived_proven_and_replayed() {
    alone(async |stack| check(stack, 1000, 200).await);
}

/// So many deliveries of each provider, and so many tamperings with what is kept of them.
async fn check(stack: &Stack, each: usize, tamperings: usize) {
    let mut endpoints = Vec::new();
    for provider in PROVIDERS {
        endpoints.push(stack.endpoint(provider).await);
    }
    let buses = [stack.listen(&endpoints[0]).await, stack.listen(&endpoints[1]).await];
    let since = std::time::SystemTime::now();
    deliver(stack, &endpoints, each);
    deliver_again(stack, &endpoints).await;

    // One event came three times and once more as another, and one body under two ids.
    eventually("the archive and the ledger have every delivery", async || {
        let archived = archived(stack, &endpoints, since).await;
        let recorded = rows(stack, &endpoints).await;
        let of = |kind: &str| recorded.keys().filter(|(_, sort)| sort.starts_with(kind)).count();
        ((archived, of("event"), of("conflict#")) == (5 * each + 3, 5 * each + 2, 1)).then_some(())
    })
    .await;
    processed(stack).await;
    let before = rows(stack, &endpoints).await;

    let report = Stack::tollgate_json(&["archive", "verify", "--since", "1h"], "");
    assert_eq!(report["intact"], true, "{report}");
    assert!(report["deliveries"].as_u64().unwrap() >= 5 * each as u64, "{report}");
    tamper::check(stack, tamperings).await;

    // Over the full ledger: announced would be what is new, and nothing is.
    drain(stack, &buses).await;
    for endpoint in &endpoints {
        let done = replay(&["replay", "--since", "1h", "--endpoint", &endpoint.name]);
        let (more, repeated) = match endpoint.provider() {
            "stripe" => (4, Value::Null),
            "razorpay" => (1, json!(1)),
            _ => (0, Value::Null),
        };
        let of = endpoint.provider();
        assert_eq!(
            (&done["sent"], &done["plan"]["skipped"]["repeated"]),
            (&json!(each + more), &repeated),
            "{of}"
        );
        // One that is not sent is counted as new if it stands before its first in the archive.
        let unsent = repeated.as_u64().unwrap_or_default();
        assert!(done["total"]["new"].as_u64().unwrap() <= unsent, "{of}: {done}");
        assert_eq!(done["announces"], done["total"]["new"], "{of}");
    }
    processed(stack).await;
    assert_eq!(rows(stack, &endpoints).await, before);

    // Into an empty one.
    for how in [&["replay", "--silent"][..], &["ledger", "rebuild"]] {
        remove(stack, &before).await;
        let done = replay(&[how, &["--since", "1h"]].concat());
        assert!(done["sent"].as_u64().unwrap() >= 5 * each as u64, "{done}");
        eventually("the ledger has every row again", async || {
            (rows(stack, &endpoints).await.len() == before.len()).then_some(())
        })
        .await;
        processed(stack).await;
        assert_eq!(without_origin(rows(stack, &endpoints).await), without_origin(before.clone()), "{how:?}");
    }
    for bus in &buses {
        assert!(stack.take(bus).await.is_empty(), "a replay announced something");
    }
    let audits =
        stack.s3.list_objects_v2().bucket(stack.output("TOLLGATE_ARCHIVE_BUCKET")).prefix("audit/v0/");
    let audits = audits.send().await.unwrap();
    let of = |command: &str| {
        audits.contents().iter().filter(|object| object.key().unwrap().contains(command)).count()
    };
    assert!(of("-replay-") >= 6 && of("-ledger-rebuild-") >= 1);
}

fn deliver(stack: &Stack, endpoints: &[TestEndpoint], each: usize) {
    let numbers: Vec<usize> = (0..each).collect();
    for endpoint in endpoints {
        thread::scope(|scope| {
            for part in numbers.chunks(each.div_ceil(AT_ONCE)) {
                scope.spawn(move || {
                    for number in part {
                        let event = format!("evt_{}_{number}", random());
                        let body = body(endpoint.provider(), &event, *number);
                        // A busy machine answers 503 now and then; then a provider sends again, and so do we.
                        let accepted = (0..10).any(|_| stack.deliver(endpoint, &event, &body).status == 200);
                        assert!(accepted, "{}", endpoint.name);
                    }
                });
            }
        });
    }
}

/// Delivers an event three times and another one under its id, and a captured body under a second id. What comes first
/// is recorded before the others are sent.
async fn deliver_again(stack: &Stack, endpoints: &[TestEndpoint]) {
    let of = |provider: &str| endpoints.iter().find(|endpoint| endpoint.provider() == provider).unwrap();
    let (stripe, razorpay) = (of("stripe"), of("razorpay"));
    let [event, captured, other] = ["evt", "cap", "oth"].map(|name| format!("{name}_{}", random()));
    let deliver = |endpoint, event: &String, body: &[u8]| {
        let accepted = (0..10).any(|_| stack.deliver(endpoint, event, body).status == 200);
        assert!(accepted, "{event}");
    };
    let (first, second) =
        (stripe_event(&event, "pi_first", "succeeded"), stripe_event(&event, "pi_second", "succeeded"));
    let body = body("razorpay", &captured, 1_000_000);
    deliver(stripe, &event, &first);
    deliver(razorpay, &captured, &body);
    eventually("what came first is recorded", async || {
        let rows = rows(stack, endpoints).await;
        let has = |id: &String| rows.keys().any(|(partition, _)| partition.contains(id));
        (has(&event) && has(&captured)).then_some(())
    })
    .await;
    for again in [&first, &second, &first] {
        deliver(stripe, &event, again);
    }
    deliver(razorpay, &other, &body);
}

fn body(provider: &str, event: &str, number: usize) -> Vec<u8> {
    match provider {
        "stripe" => stripe_event(event, &format!("pi_{number}"), "succeeded"),
        "checkout" => json!({"id": event, "type": "payment_captured", "created_on": "2026-11-01T00:00:00Z",
            "data": {"id": format!("pay_{number}"), "amount": 4200, "currency": "EUR"}})
        .to_string()
        .into_bytes(),
        "razorpay" => json!({"entity": "event", "event": "payment.captured", "created_at": 1_767_225_600,
            "payload": {"payment": {"entity": {"id": format!("pay_{number}"), "amount": 4200, "currency": "INR"}}}})
        .to_string()
        .into_bytes(),
        _ => json!({"type": "payment.succeeded", "data": {"number": number}}).to_string().into_bytes(),
    }
}

/// How many events of these endpoints are in proven segments.
async fn archived(stack: &Stack, endpoints: &[TestEndpoint], since: std::time::SystemTime) -> usize {
    let archive = S3Archive::new(&stack.sdk, stack.output("TOLLGATE_ARCHIVE_BUCKET"));
    let macs = KmsMacs::new(&stack.sdk, stack.output("TOLLGATE_MAC_KEY_ARN"));
    let until = since + Duration::from_hours(1);
    let mut reader = Reader::new(&archive, &macs, Span { since: since - Duration::from_secs(5), until });
    let mut found = BTreeSet::new();
    while let Some(reading) = reader.next().await.unwrap() {
        let Reading::Delivery(delivery) = reading else { panic!("a segment that is not proven") };
        let envelope = delivery.envelope();
        if endpoints.iter().any(|endpoint| endpoint.name == envelope.endpoint) {
            found.insert((envelope.endpoint.clone(), envelope.identity.event_id.clone()));
        }
    }
    found.len()
}

/// Waits until what was announced is all there, and takes it away.
async fn drain(stack: &Stack, buses: &[String]) {
    for bus in buses {
        eventually("the bus has something", async || (!stack.take(bus).await.is_empty()).then_some(())).await;
    }
    processed(stack).await;
    // The publisher follows the table within a second or two; what it announces is taken until nothing comes.
    for bus in buses {
        let mut quiet = 0;
        eventually("the bus is quiet", async || {
            quiet = if stack.take(bus).await.is_empty() { quiet + 1 } else { 0 };
            (quiet > 15).then_some(())
        })
        .await;
    }
}

async fn processed(stack: &Stack) {
    eventually("the process queue is empty", async || {
        stack.is_drained("TOLLGATE_PROCESS_QUEUE_URL").await.then_some(())
    })
    .await;
}

fn replay(arguments: &[&str]) -> Value {
    Stack::tollgate_json(&[arguments, &["--yes", "--rate", "1000"]].concat(), "")
}

/// The ledger's rows of these endpoints, whose names are their accounts.
async fn rows(stack: &Stack, endpoints: &[TestEndpoint]) -> Rows {
    let client = aws_sdk_dynamodb::Client::new(stack.sdk.config());
    let scan = client.scan().table_name(stack.output("TOLLGATE_LEDGER_TABLE")).consistent_read(true);
    let mut pages = scan.into_paginator().send();
    let mut rows = Rows::new();
    while let Some(page) = pages.next().await {
        for row in page.unwrap().items.unwrap_or_default() {
            let text = |name: &str| row[name].as_s().unwrap().clone();
            let (partition, sort) = (text("pk"), text("sk"));
            if endpoints.iter().any(|endpoint| partition.contains(&endpoint.name)) {
                rows.insert((partition, sort), row.into_iter().collect());
            }
        }
    }
    rows
}

async fn remove(stack: &Stack, rows: &Rows) {
    let client = aws_sdk_dynamodb::Client::new(stack.sdk.config());
    for (partition, sort) in rows.keys() {
        let call = client.delete_item().table_name(stack.output("TOLLGATE_LEDGER_TABLE"));
        let key = |text: &String| AttributeValue::S(text.clone());
        call.key("pk", key(partition)).key("sk", key(sort)).send().await.unwrap();
    }
}

/// Rows say by which road they came, when, until when, and whether they were announced: nothing else may differ.
fn without_origin(mut rows: Rows) -> Rows {
    for row in rows.values_mut() {
        row.retain(|name, _| !["origin", "announce", "recorded", "expires"].contains(&name.as_str()));
    }
    rows
}
