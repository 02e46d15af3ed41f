//! The publisher over memory ports, with the stream's records as AWS sends them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::time::{Duration, SystemTime};

use aws_lambda_events::dynamodb::EventRecord;
use payments::{Bus, Fault, FaultyBus, MemoryBus, item::Attribute};
use pipeline::memory::MemoryQueue;
use publisher::{Ports, Publisher};
use serde_json::{Value, json};
use verification::{Coverage, Identity, Mode};

type Tested<B> = Publisher<B, MemoryQueue>;

const CREATED: u64 = 1_795_000_000;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(CREATED + 1)
}

fn publisher<B: Bus>(bus: B) -> Tested<B> {
    Publisher::new("test", Ports { bus, dead_letters: MemoryQueue::default() })
}

/// The stream's record of a new row, as the ledger writes it.
fn record(event: &str, sequence: &str) -> Value {
    let identity = Identity {
        event_id: Some(event.to_owned()),
        event_type: Some("payment_intent.succeeded".to_owned()),
        ..Identity::default()
    };
    let body = format!(
        r#"{{"id":"{event}","type":"payment_intent.succeeded","data":{{"object":{{"id":"pi_1","object":"payment_intent","amount":100,"amount_received":100,"currency":"eur"}}}}}}"#
    );
    let received = payments::Received {
        delivery_id: "d-1",
        received_at_ms: 1_795_000_000_000,
        recorded_at_ms: 1_795_000_000_500,
        trace_id: Some("1-2-3"),
        endpoint: "shop",
        provider: "stripe",
        mode: Mode::Live,
        account: "acct_1",
        identity: &identity,
        coverage: Coverage::Body,
        body: body.as_bytes(),
        origin: payments::Origin::Webhook,
    };
    let events = payments::interpret(&received).unwrap();
    let image: serde_json::Map<String, Value> = events
        .first()
        .unwrap()
        .to_item()
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                Attribute::Text(text) => json!({"S": text}),
                Attribute::Number(number) => json!({"N": number.to_string()}),
                Attribute::Flag(flag) => json!({"BOOL": flag}),
            };
            (name, value)
        })
        .collect();
    json!({
        "eventID": "c4ca4238a0b923820dcc509a6f75849b", "eventName": "INSERT", "eventVersion": "1.1",
        "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1",
        "dynamodb": {
            "ApproximateCreationDateTime": CREATED,
            "Keys": {"pk": image["pk"], "sk": image["sk"]}, "NewImage": image,
            "SequenceNumber": sequence, "SizeBytes": 700, "StreamViewType": "NEW_IMAGE"
        },
        "eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/ledger/stream/2026-11-23T00:00:00.000"
    })
}

async fn run<B: Bus>(publisher: &Tested<B>, records: &[Value], now: SystemTime) -> Option<String> {
    let records: Vec<EventRecord> =
        records.iter().map(|record| serde_json::from_value(record.clone()).unwrap()).collect();
    publisher.handle(records, now).await
}

fn records(count: usize) -> Vec<Value> {
    (0..count).map(|index| record(&format!("evt_{index}"), &format!("10{index:02}"))).collect()
}

#[tokio::test]
async fn ten_events_cost_one_call_and_bear_the_ledgers_ids() {
    let publisher = publisher(MemoryBus::default());
    assert_eq!(run(&publisher, &records(10), now()).await, None);
    assert_eq!(publisher.ports().bus.calls(), 1);
    let events = publisher.ports().bus.published();
    assert_eq!(events.len(), 10);
    assert_eq!(events.first().unwrap().id, "stripe#live#acct_1#evt_0");
    assert_eq!(events.first().unwrap().trace_id.as_deref(), Some("1-2-3"));
    assert_eq!(run(&publisher, &records(11), now()).await, None);
    assert_eq!(publisher.ports().bus.calls(), 3);
}

#[tokio::test]
async fn only_new_events_that_are_to_be_announced_are() {
    let mut cases = records(5);
    cases[0]["eventName"] = "MODIFY".into();
    cases[1]["eventName"] = "REMOVE".into();
    cases[2]["dynamodb"]["NewImage"]["announce"] = json!({"BOOL": false});
    cases[3]["dynamodb"]["NewImage"]["sk"] = json!({"S": "conflict#00"});
    let publisher = publisher(MemoryBus::default());
    assert_eq!(run(&publisher, &cases, now()).await, None);
    let ids: Vec<String> =
        publisher.ports().bus.published().into_iter().map(|event| event.event_id).collect();
    assert_eq!(ids, ["evt_4"]);
}

#[tokio::test]
async fn the_stream_starts_again_at_the_first_event_that_the_bus_did_not_take() {
    let publisher = publisher(MemoryBus::default());
    publisher.ports().bus.refuse("stripe#live#acct_1#evt_3");
    assert_eq!(run(&publisher, &records(6), now()).await.as_deref(), Some("1003"));
    assert!(publisher.ports().dead_letters.dead_letters().is_empty());
}

#[tokio::test]
async fn a_bus_that_cannot_be_reached_starts_the_batch_again() {
    let publisher = publisher(FaultyBus::new(MemoryBus::default(), [Fault::Before]));
    assert_eq!(run(&publisher, &records(3), now()).await.as_deref(), Some("1000"));
    assert_eq!(run(&publisher, &records(3), now()).await, None);
}

#[tokio::test]
async fn after_an_hour_an_event_goes_whole_to_the_dead_letter_queue_and_the_others_pass() {
    let publisher = publisher(MemoryBus::default());
    publisher.ports().bus.refuse("stripe#live#acct_1#evt_1");
    let later = now() + Duration::from_secs(3601);
    assert_eq!(run(&publisher, &records(3), later).await, None);
    let letters = publisher.ports().dead_letters.dead_letters();
    let [letter] = letters.as_slice() else { unreachable!("one letter: {letters:?}") };
    assert_eq!(letter.reason.as_deref(), Some("not_announced"));
    let event: Value = serde_json::from_str(&letter.body).unwrap();
    assert_eq!(event["id"], "stripe#live#acct_1#evt_1");
    assert_eq!(publisher.ports().bus.published().len(), 2);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_does_not_stop_the_others() {
    let mut cases = records(3);
    cases[1]["dynamodb"]["NewImage"].as_object_mut().unwrap().remove("kind");
    let publisher = publisher(MemoryBus::default());
    assert_eq!(run(&publisher, &cases, now()).await, None);
    assert_eq!(publisher.ports().bus.published().len(), 2);
    assert_eq!(publisher.ports().dead_letters.dead_letters().len(), 1);
}
