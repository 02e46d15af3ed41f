//! What a batch at the limits of Lambda costs, and that the template lets it grow to them.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use std::fmt::Write;

use common::{archiver, now, sealed};
use pipeline::{BatchReply, memory::MemoryArchive};
use serde_json::{Value, json};

/// What Lambda hands over in one invocation at most, in bytes.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const INVOCATION: usize = 6 << 20;
/// Messages of a standard queue in a batch at most.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
const MESSAGES: usize = 10_000;

/// A record of the event, with everything that Lambda puts around a message.
fn record(number: usize, text: &str) -> Value {
    json!({
        "messageId": format!("{number:08}-d8f2-4b1e-9f3a-0242ac120002"),
        "receiptHandle": hex(number, 412),
        "body": text,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "AWSTraceHeader": "Root=1-6743e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            "SentTimestamp": "1795000000123",
            "SenderId": "AROA4EXAMPLEEXAMPLE12:tollgate-prod-Webhook",
            "MessageGroupId": "shop",
            "ApproximateFirstReceiveTimestamp": "1795000000223",
        },
        "messageAttributes": {},
        "md5OfBody": hex(number, 32),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:tollgate-prod-ArchiveQueue-1ABCDEFGHIJKL",
        "awsRegion": "eu-west-1",
    })
}

/// Characters that differ from number to number as ids do.
fn hex(seed: usize, length: usize) -> String {
    let mut state = u64::try_from(seed).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::new();
    while text.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        write!(text, "{state:016x}").unwrap();
    }
    text.truncate(length);
    text
}

/// A payment of 3 kB in a provider's manner: ids, times, amounts and the shop's own fields differ.
fn body(number: usize) -> String {
    let id = |prefix: &str, salt: usize| format!("{prefix}_{}", hex(number * 31 + salt, 24));
    let created = 1_794_990_000 + number;
    let fields: Vec<(String, Value)> = (0..12)
        .map(|field| {
            (
                format!("order_field_{field:02}"),
                json!(format!("{} of the shop", hex(number * 31 + field, 12))),
            )
        })
        .collect();
    let mut object = json!({
        "id": id("pi", 1), "object": "payment_intent", "amount": 1000 + number, "amount_capturable": 0,
        "amount_details": {"tip": {}}, "amount_received": 1000 + number, "application": null,
        "application_fee_amount": null, "automatic_payment_methods": {"allow_redirects": "always", "enabled": true},
        "canceled_at": null, "cancellation_reason": null, "capture_method": "automatic_async",
        "client_secret": null, "confirmation_method": "automatic", "created": created, "currency": "eur",
        "customer": id("cus", 2), "description": format!("Order {}", 100_000 + number), "invoice": id("in", 3),
        "last_payment_error": null, "latest_charge": id("ch", 4), "livemode": true, "next_action": null,
        "on_behalf_of": null, "payment_method": id("pm", 5), "payment_method_configuration_details": null,
        "payment_method_options": {"card": {"installments": null, "mandate_options": null, "network": null,
            "request_three_d_secure": "automatic"}, "link": {"persistent_token": null}},
        "payment_method_types": ["card", "link"], "processing": null, "receipt_email": null, "review": null,
        "setup_future_usage": null, "shipping": null, "source": null, "statement_descriptor": null,
        "statement_descriptor_suffix": null, "status": "succeeded", "transfer_data": null, "transfer_group": null,
    });
    object["metadata"] = Value::Object(fields.into_iter().collect());
    let event = json!({
        "id": id("evt", 6), "object": "event", "api_version": "2026-10-29.basil", "created": created,
        "data": {"object": object}, "livemode": true, "pending_webhooks": 1,
        "request": {"id": id("req", 7), "idempotency_key": hex(number * 31 + 8, 36)},
        "type": "payment_intent.succeeded",
    });
    let mut text = serde_json::to_string_pretty(&event).unwrap();
    let missing = 3_000_usize.saturating_sub(text.len());
    text.push_str(&" ".repeat(missing));
    text
}

/// The events of a full batch, and the bytes of the bodies in it.
struct Full {
    event: String,
    messages: usize,
    raw: usize,
}

#[tokio::test]
async fn a_batch_at_lambdas_limit_is_one_put_and_a_quarter_of_its_bodies() {
    let archiver = archiver(MemoryArchive::new());
    let mut full = Full { event: r#"{"Records":["#.to_owned(), messages: 0, raw: 0 };
    for number in 0..batch_size() {
        let text = body(number);
        assert!((2_900..3_300).contains(&text.len()), "{}", text.len());
        let id = format!("{}-d8f2-4b1e-9f3a-{}", hex(number, 8), hex(number, 12));
        let message = sealed(&archiver, &id, &text).await;
        let record = record(number, message.as_text()).to_string();
        if full.event.len() + record.len() + 2 > INVOCATION {
            break;
        }
        if full.messages > 0 {
            full.event.push(',');
        }
        full.event += &record;
        full.messages += 1;
        full.raw += text.len();
    }
    full.event += "]}";
    let call = serde_json::from_str(&full.event).unwrap();
    assert_eq!(archiver.answer(call, now()).await.unwrap(), BatchReply::new(Vec::new()));

    let objects = archiver.ports().archive.objects();
    let stored: usize = objects.values().map(|object| object.bytes.len()).sum();
    let (puts, macs) = (archiver.ports().archive.puts(), archiver.ports().macs.macs());
    let share = 100 * stored / full.raw;
    println!(
        "{} deliveries of {} bytes in an event of {} bytes: {puts} put, {macs} mac, {} bytes stored a delivery, {share} %",
        full.messages,
        full.raw / full.messages,
        full.event.len(),
        stored / full.messages,
    );
    assert!(full.messages >= 1_000, "{} deliveries of 3 kB make a batch", full.messages);
    assert_eq!((puts, macs), (1, 1));
    assert!(share <= 25, "{share} %");
}

#[tokio::test]
async fn no_batch_ends_for_its_count_before_it_is_as_large_as_an_event_may_be() {
    let archiver = archiver(MemoryArchive::new());
    let message = sealed(&archiver, "7f3b1c52-d8f2-4b1e-9f3a-0242ac120002", r#"{"id":"e"}"#).await;
    let smallest = record(0, message.as_text()).to_string().len();
    println!(
        "the smallest record has {smallest} bytes: {} of them make an event",
        INVOCATION.div_ceil(smallest)
    );
    assert!(batch_size() * smallest >= INVOCATION, "the batch size of the template is too small");
    assert!(batch_size() <= MESSAGES);
}

/// Of the archiver in the template.
fn batch_size() -> usize {
    let template = include_str!("../../../template.yaml");
    let archiver = template.split("\n  Archiver:\n").nth(1).unwrap();
    let size = archiver.split("BatchSize: ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    size.parse().unwrap()
}
