//! The processor over memory ports: what becomes of a batch, and what it costs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod failures;
mod replay;

use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use payments::{Event, EventKey, Fault as LedgerFault, FaultyLedger, Ledger, MemoryLedger, Origin};
use pipeline::{
    Archive, Arrival, Keyring, Macs, Opened, Queue, Reader, Reading, Replay, Sealer, Segment, Source, Span,
    memory::{MemoryArchive, MemoryKeys, MemoryMacs, MemoryQueue},
};
use processor::{Ports, Processor};
use serde_json::{Value, json};
use verification::{Delivery, Endpoint, Mode};

#[path = "../../../../shared/verification/tests/all/crc/mod.rs"]
mod crc;

type Tested<L> = Processor<MemoryQueue, MemoryKeys, L>;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000)
}

fn processor<L: Ledger>(ledger: L) -> Tested<L> {
    Processor::new("test", Ports { queue: MemoryQueue::default(), keys: MemoryKeys::new(), ledger })
}

fn payment_intent(event: &str, amount: u32) -> String {
    format!(
        r#"{{"id":"{event}","object":"event","type":"payment_intent.succeeded","created":1794999990,"livemode":true,
        "data":{{"object":{{"id":"pi_1","object":"payment_intent","amount":{amount},"amount_received":{amount},"currency":"eur","status":"succeeded"}}}}}}"#
    )
}

/// Puts a delivery into the queue as the webhook function does.
async fn enqueue<L>(to: &Tested<L>, body: &str)
where
    L: Ledger,
{
    enqueue_for("test", to, body).await;
}

async fn enqueue_for<L: Ledger>(stack: &str, to: &Tested<L>, body: &str) {
    let document = r#"{"provider":"stripe","mode":"live","account":"acct_1","secrets":[{"secret":"whsec_4ZQm0Zl8Xw3yP1vKc7NnQe5t"}]}"#;
    let endpoint = Endpoint::parse("shop", document.as_bytes()).unwrap();
    let headers = verification::sign(&endpoint, "https://example.com/", "", body.as_bytes(), now()).unwrap();
    let delivery = Delivery::new("https://example.com/", headers, body.into());
    seal(stack, to, &endpoint, delivery, now()).await;
}

async fn seal<L: Ledger>(
    stack: &str,
    to: &Tested<L>,
    endpoint: &Endpoint,
    delivery: Delivery,
    now: SystemTime,
) {
    let Ok(verified) = verification::verify(endpoint, delivery, now) else { panic!("it is signed") };
    let arrival =
        Arrival { delivery_id: "d-1".to_owned(), received_at_ms: 1_795_000_000_000, trace_id: None };
    let screened = pipeline::screen(verified, arrival);
    let sealed = Sealer::new(stack, Source::Webhook).seal(&screened, &to.ports().keys, now).await.unwrap();
    to.ports().queue.send(&sealed).await.unwrap();
}

/// Handles what the queue holds, as the event source mapping does. Returns how many messages come again.
async fn run<L: Ledger>(processor: &Tested<L>) -> usize {
    let batch = processor.ports().queue.receive(10);
    let failed = processor.handle(batch.clone(), now()).await;
    processor.ports().queue.finish(&batch, &failed);
    failed.len()
}

fn reasons<L: Ledger>(processor: &Tested<L>) -> Vec<String> {
    processor.ports().queue.dead_letters().into_iter().filter_map(|letter| letter.reason).collect()
}

#[tokio::test]
async fn an_event_costs_one_conditional_put_and_no_read() {
    let processor = processor(MemoryLedger::default());
    for event in ["evt_1", "evt_2", "evt_3"] {
        enqueue(&processor, &payment_intent(event, 100)).await;
    }
    assert_eq!(run(&processor).await, 0);
    let calls = processor.ports().ledger.calls();
    assert_eq!((calls.put_event, calls.reads, calls.queries, calls.put_conflict), (3, 0, 0, 0));
    assert!(processor.ports().keys.unwraps() <= 3, "one data key a sealer");
    assert_eq!(processor.ports().queue.calls().delay + processor.ports().queue.calls().dead_letter, 0);
}

#[tokio::test]
async fn a_second_delivery_of_the_same_event_has_no_second_effect() {
    let processor = processor(MemoryLedger::default());
    for _ in 0..5 {
        enqueue(&processor, &payment_intent("evt_1", 100)).await;
    }
    assert_eq!(run(&processor).await, 0);
    assert_eq!(processor.ports().ledger.rows().len(), 1);
}

#[tokio::test]
async fn another_event_under_a_taken_id_is_kept_beside_the_first() {
    let processor = processor(MemoryLedger::default());
    enqueue(&processor, &payment_intent("evt_1", 100)).await;
    assert_eq!(run(&processor).await, 0);
    enqueue(&processor, &payment_intent("evt_1", 999_900)).await;
    assert_eq!(run(&processor).await, 0);
    let key = EventKey::new("stripe", Mode::Live, "acct_1", "evt_1").unwrap();
    let first = processor.ports().ledger.event(&key).await.unwrap().unwrap();
    assert_eq!(first.amount.money().map(payments::Money::minor), Some(100));
    assert_eq!(processor.ports().ledger.conflicts(&key).await.unwrap().len(), 1);
}

#[tokio::test]
async fn one_bad_message_never_fails_its_batch() {
    let processor = processor(MemoryLedger::default());
    enqueue(&processor, &payment_intent("evt_1", 100)).await;
    processor.ports().queue.plant("not sealed by anyone", None);
    enqueue_for("another-stack", &processor, &payment_intent("evt_forged", 100)).await;
    enqueue(&processor, r#"{"id":"evt_2","id":"evt_3","livemode":true}"#).await;
    enqueue(&processor, r#"{"type":"no id","livemode":true}"#).await;
    enqueue(&processor, &payment_intent("evt_4", 100)).await;

    assert_eq!(run(&processor).await, 0);
    assert_eq!(processor.ports().ledger.rows().len(), 2);
    let mut reasons = reasons(&processor);
    reasons.sort();
    assert_eq!(reasons, ["foreign_stack", "unidentified", "unscreenable", "unsealed"]);
}

#[tokio::test]
async fn an_event_of_the_other_mode_is_acknowledged_and_not_recorded() {
    let processor = processor(MemoryLedger::default());
    enqueue(&processor, &payment_intent("evt_1", 100).replace("\"livemode\":true", "\"livemode\":false"))
        .await;
    assert_eq!(run(&processor).await, 0);
    assert!(processor.ports().ledger.rows().is_empty() && reasons(&processor).is_empty());
}

#[tokio::test]
async fn an_event_of_another_account_is_acknowledged_and_not_recorded() {
    for (account, recorded) in [("acct_1", 1), ("acct_2", 0)] {
        let processor = processor(MemoryLedger::default());
        let body = payment_intent("evt_1", 100);
        enqueue(&processor, &body.replacen('{', &format!(r#"{{"account":"{account}","#), 1)).await;
        assert_eq!(run(&processor).await, 0);
        assert_eq!(processor.ports().ledger.rows().len(), recorded, "{account}");
        assert!(reasons(&processor).is_empty());
    }
}

#[tokio::test]
async fn a_ledger_that_fails_delays_the_message_and_a_lost_reply_doubles_nothing() {
    for fault in [LedgerFault::Before, LedgerFault::After] {
        let processor = processor(FaultyLedger::new(MemoryLedger::default(), [fault]));
        enqueue(&processor, &payment_intent("evt_1", 100)).await;
        assert_eq!(run(&processor).await, 1);
        assert_eq!(processor.ports().queue.hidden_for(), [Duration::from_secs(30)]);
        processor.ports().queue.advance(Duration::from_secs(31));
        assert_eq!(run(&processor).await, 0);
        assert_eq!(processor.ports().ledger.inner().rows().len(), 1);
    }
}

#[tokio::test]
async fn without_its_keys_every_message_comes_again_and_none_is_a_dead_letter() {
    let processor = processor(MemoryLedger::default());
    enqueue(&processor, &payment_intent("evt_1", 100)).await;
    processor.ports().keys.set_down(true);
    assert_eq!(run(&processor).await, 1);
    assert!(reasons(&processor).is_empty());
}

/// Razorpay names the event in a header that it does not sign: with one delivery in hand, anyone can name it anew.
#[tokio::test]
async fn a_captured_delivery_has_no_second_effect_under_another_id() {
    let document = r#"{"provider":"razorpay","mode":"live","account":"acc_1","secrets":[{"secret":"0f1e2d3c4b5a69788796a5b4c3d2e1f0"}]}"#;
    let endpoint = Endpoint::parse("shop", document.as_bytes()).unwrap();
    let body = br#"{"event":"payment.captured","account_id":"acc_1","created_at":1794999990,"payload":{"payment":{"entity":
        {"id":"pay_1","amount":100,"currency":"INR","status":"captured"}}}}"#;
    let processor = processor(MemoryLedger::default());
    for id in ["e-1", "e-1", "e-2", "e-3"] {
        let headers = verification::sign(&endpoint, "https://example.com/", id, body, now()).unwrap();
        let delivery = Delivery::new("https://example.com/", headers, body.to_vec());
        seal("test", &processor, &endpoint, delivery, now()).await;
        assert_eq!(run(&processor).await, 0);
    }
    let ledger = &processor.ports().ledger;
    let key = EventKey::new("razorpay", Mode::Live, "acc_1", "e-1").unwrap();
    assert!(ledger.event(&key).await.unwrap().unwrap().proven);
    let calls = ledger.calls();
    assert_eq!((calls.put_event, calls.put_proof, ledger.rows().len()), (2, 4, 2), "one event and its proof");
    assert_eq!(reasons(&processor), [""; 0]);
}

/// PayPal signs a CRC-32 of the body: with one delivery in hand, anyone can make another that verifies.
#[tokio::test]
async fn another_event_under_a_transmission_that_brought_one_is_forged() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../../shared/verification/vectors/paypal.json")).unwrap();
    let vector =
        vectors["vectors"].as_array().unwrap().iter().find(|it| it["name"] == "valid_event_1").unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let certificates: serde_json::Map<String, Value> = vector["keys"]["cert_responses"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(url, answer)| (url.clone(), answer["body"].clone()))
        .collect();
    let document = json!({
        "provider": "paypal", "mode": "live", "account": "merchant",
        "settings": {"webhook_id": vector["keys"]["webhook_ids"][0]},
        "trust": {"roots": vector["keys"]["trust_roots_pem"], "certificates": certificates},
    });
    let endpoint = Endpoint::parse("shop", document.to_string().as_bytes()).unwrap();
    let headers =
        vector["headers"].as_array().unwrap().iter().map(|header| (text(&header[0]), text(&header[1])));
    let body = STANDARD.decode(text(&vector["body_base64"])).unwrap();
    let received = SystemTime::UNIX_EPOCH + Duration::from_secs(vector["now_unix"].as_u64().unwrap());

    let forged = |id: &str, amount: &str| {
        let template = format!(
            r#"{{"id":"{id}","event_type":"PAYMENT.CAPTURE.COMPLETED","create_time":"2026-01-01T00:00:00Z","note":"{{}}",
            "resource":{{"id":"CAP-1","status":"COMPLETED","amount":{{"value":"{amount}","currency_code":"EUR"}}}}}}"#
        );
        crc::forge(&body, &template)
    };
    let event = serde_json::from_slice::<Value>(&body).unwrap()["id"].as_str().unwrap().to_owned();
    let check = async |bodies: &[&[u8]], recorded: usize, letters: &[&str]| {
        let processor = processor(MemoryLedger::default());
        for body in bodies {
            let delivery = Delivery::new("https://example.com/", headers.clone(), body.to_vec());
            seal("test", &processor, &endpoint, delivery, received).await;
            assert_eq!(run(&processor).await, 0);
        }
        let calls = processor.ports().ledger.calls();
        assert_eq!(calls.put_event, recorded);
        assert_eq!(
            (calls.put_proof, calls.reads + calls.queries),
            (bodies.len(), 0),
            "one put more, no read"
        );
        assert_eq!(reasons(&processor), letters);
    };
    check(&[&body], 1, &[]).await;
    check(&[&body, &body], 2, &[]).await;
    check(&[&body, &forged(&event, "99999.00")], 1, &["forged"]).await;
    check(&[&body, &forged("WH-another", "99999.00")], 1, &["forged"]).await;
}
