//! The front door over memory ports: what it answers, and what it costs.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod measured;

use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use pipeline::{
    DeadLetter, Keyring, Policy, Queue, Sealed,
    fault::{Fault, Faulty},
    memory::{MemoryDocuments, MemoryKeys, MemoryQueue},
};
use serde_json::{Value, json};
use verification::Endpoint;
use webhook::{Answer, Config, Ports, Request, Webhook};

const LIMIT: usize = 4096;
const OLD: &str = "whsec_4ZQm0Zl8Xw3yP1vKc7NnQe5t";
const NEW: &str = "whsec_b9Yt6Rk2Lw8Js4Vd1Hf7Gm3Xc";

type Door<Q> = Webhook<Q, MemoryKeys, MemoryDocuments>;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000)
}

fn document(secret: &str) -> String {
    json!({"provider": "stripe", "mode": "live", "account": "acct_1", "secrets": [{"secret": secret}]})
        .to_string()
}

fn door_with<Q: Queue>(process: Q, archive: Q) -> Door<Q> {
    door_by(Policy::Strict, process, archive)
}

fn door_by<Q: Queue>(policy: Policy, process: Q, archive: Q) -> Door<Q> {
    let documents = MemoryDocuments::new();
    documents.write("shop", document(OLD));
    let ports = Ports { process, archive, keys: MemoryKeys::new(), documents };
    Webhook::new(Config { stack: "test".to_owned(), body_limit: LIMIT, policy }, ports)
}

fn door() -> Door<MemoryQueue> {
    door_with(MemoryQueue::default(), MemoryQueue::default())
}

fn body() -> Vec<u8> {
    br#"{"id":"evt_1","object":"event","type":"payment_intent.succeeded","livemode":true,"data":{"object":{}}}"#.to_vec()
}

/// A gateway event as AWS sends it, with these headers added.
fn event(headers: &[(String, String)], body: &[u8]) -> Value {
    let mut event: Value = serde_json::from_str(include_str!("../request.json")).unwrap();
    event["body"] = STANDARD.encode(body).into();
    for (name, value) in headers {
        let values = &mut event["multiValueHeaders"][name];
        match values.as_array_mut() {
            Some(values) => values.push(value.as_str().into()),
            None => *values = json!([value]),
        }
    }
    event
}

fn signed(secret: &str, body: &[u8]) -> Vec<(String, String)> {
    signed_at(now(), secret, body)
}

fn signed_at(time: SystemTime, secret: &str, body: &[u8]) -> Vec<(String, String)> {
    let endpoint = Endpoint::parse("shop", document(secret).as_bytes()).unwrap();
    verification::sign(&endpoint, "https://example.com/", "evt_1", body, time).unwrap()
}

async fn ask<Q: Queue>(door: &Door<Q>, event: Value) -> Answer {
    let request: Request = serde_json::from_value(event).unwrap();
    door.handle(request, "fallback", now()).await
}

fn sends(door: &Door<MemoryQueue>) -> u64 {
    door.ports().process.calls().send + door.ports().archive.calls().send
}

#[tokio::test]
async fn an_accepted_delivery_costs_two_sends_and_both_queues_hold_the_same_bytes() {
    let door = door();
    door.warm_up(&["shop".to_owned()], now()).await;
    let (fetched, generated) = (door.ports().documents.fetches(), door.ports().keys.generates());
    for _ in 0..10 {
        let answer = ask(&door, event(&signed(OLD, &body()), &body())).await;
        assert_eq!(answer.status_code, 200, "{answer:?}");
        assert_eq!(answer.header("x-request-id"), Some("c6af9ac6-7b61-11e6-9a41-93e8deadbeef"));
    }
    assert_eq!(sends(&door), 20);
    assert_eq!(door.ports().documents.fetches(), fetched);
    assert_eq!(door.ports().keys.generates(), generated, "one data key serves five minutes");
    assert_eq!(door.ports().process.bodies(), door.ports().archive.bodies());
}

#[tokio::test]
async fn what_the_policy_replaces_is_gone_before_it_is_sealed() {
    let sent = br#"{"id":"evt_1","type":"x","livemode":true,"email":"jane@example.com","card_number":4242424242424242}"#;
    for (policy, email) in [(Policy::Strict, "[email]"), (Policy::CardData, "jane@example.com")] {
        let door = door_by(policy, MemoryQueue::default(), MemoryQueue::default());
        assert_eq!(ask(&door, event(&signed(OLD, sent), sent)).await.status_code, 200);
        let received = door.ports().process.receive(1);
        let opened = Keyring::new("test").open_all(received, &door.ports().keys).await;
        let body = opened.into_iter().next().unwrap().1.unwrap().body.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["email"], &body["card_number"]), (&json!(email), &json!("[card-number]")));
    }
}

#[tokio::test]
async fn every_failure_of_proof_is_the_same_401_and_sends_nothing() {
    let door = door();
    door.warm_up(&["shop".to_owned()], now()).await;
    let good = signed(OLD, &body());
    let header = |value: &str| vec![("Stripe-Signature".to_owned(), value.to_owned())];
    let twice: Vec<_> = good.iter().cloned().chain(signed(OLD, b"other")).collect();
    let mut elsewhere = event(&good, &body());
    elsewhere["pathParameters"]["endpoint"] = "nowhere".into();
    let mut hostile = event(&good, &body());
    hostile["pathParameters"]["endpoint"] = "../../etc/passwd\n".into();
    let mut not_base64 = event(&good, &body());
    not_base64["body"] = "%%%".into();
    let cases = [
        ("unsigned", event(&[], &body())),
        ("tampered", event(&good, &[body().as_slice(), b" "].concat())),
        ("another secret", event(&signed(NEW, &body()), &body())),
        ("repeated header", event(&twice, &body())),
        ("not a number", event(&header("t=NaN,v1=00"), &body())),
        ("bytes above 0x7f", event(&header("t=1,v1=\u{e9}\u{1F600}\u{0}"), &body())),
        ("unknown endpoint", elsewhere),
        ("a name that no endpoint can have", hostile),
        ("not base64", not_base64),
    ];
    let mut answers = Vec::new();
    for (case, event) in cases {
        let answer = ask(&door, event).await;
        assert_eq!(answer.status_code, 401, "{case}: {answer:?}");
        answers.push((case, answer));
    }
    for (case, answer) in &answers {
        assert_eq!(answer, &answers[0].1, "{case}");
    }
    assert_eq!(sends(&door), 0);
    // One load, one refresh for the first signature that did not match, one look-up of the unknown name.
    assert_eq!(door.ports().documents.fetches(), 3);
}

#[tokio::test]
async fn size_and_media_type_are_decided_before_any_look_up() {
    let limit = |length: usize| {
        let padding = " ".repeat(length - body().len());
        [body().as_slice(), padding.as_bytes()].concat()
    };
    let of_type = |value: &str| {
        let mut event = event(&signed(OLD, &body()), &body());
        event["multiValueHeaders"]["Content-Type"] = json!([value]);
        event
    };
    let coded = |value: &str| {
        let headers =
            [signed(OLD, &body()), vec![("Content-Encoding".to_owned(), value.to_owned())]].concat();
        event(&headers, &body())
    };
    let large = limit(LIMIT + 1);
    let largest = limit(LIMIT);
    let cases = [
        ("one byte over", event(&signed(OLD, &large), &large), 413, 0),
        ("the limit", event(&signed(OLD, &largest), &largest), 200, 1),
        ("an image", of_type("image/png"), 415, 0),
        ("json with a charset", of_type("Application/JSON; charset=UTF-8"), 200, 1),
        ("gzip", coded("gzip"), 415, 0),
        ("identity", coded("identity"), 200, 1),
    ];
    for (case, event, status, look_ups) in cases {
        let door = door();
        assert_eq!(ask(&door, event).await.status_code, status, "{case}");
        assert_eq!(door.ports().documents.fetches(), look_ups, "{case}");
    }
}

#[tokio::test]
async fn text_and_base64_headers_in_any_case_and_a_missing_type_are_the_same_delivery() {
    let mut as_text = event(&signed(OLD, &body()), &body());
    as_text["body"] = String::from_utf8(body()).unwrap().into();
    as_text["isBase64Encoded"] = false.into();
    let mut untyped = event(&signed(OLD, &body()), &body());
    untyped["multiValueHeaders"].as_object_mut().unwrap().remove("Content-Type");
    let mut events = vec![as_text, untyped];
    for casing in ["stripe-signature", "STRIPE-SIGNATURE", "sTRIPE-sIGNATURE"] {
        let headers: Vec<_> =
            signed(OLD, &body()).into_iter().map(|(_, value)| (casing.to_owned(), value)).collect();
        events.push(event(&headers, &body()));
    }
    for event in events {
        let answer = ask(&door(), event.clone()).await;
        assert_eq!(answer.status_code, 200, "{event}");
    }
}

#[tokio::test]
async fn a_rolled_secret_is_found_by_one_refresh() {
    let door = door();
    assert_eq!(ask(&door, event(&signed(OLD, &body()), &body())).await.status_code, 200);
    door.ports().documents.write("shop", document(NEW));
    assert_eq!(ask(&door, event(&signed(NEW, &body()), &body())).await.status_code, 200);
    assert_eq!(door.ports().documents.fetches(), 2);
    // The old secret is retired; its signatures cause no further look-up within the minute.
    for _ in 0..20 {
        assert_eq!(ask(&door, event(&signed(OLD, &body()), &body())).await.status_code, 401);
    }
    assert_eq!(door.ports().documents.fetches(), 2);
}

#[tokio::test]
async fn a_failure_of_ours_is_a_503_that_asks_to_come_again() {
    let request = || event(&signed(OLD, &body()), &body());
    let check = |answer: Answer, case: &str| {
        assert_eq!(answer.status_code, 503, "{case}");
        assert!(answer.header("retry-after").is_some(), "{case}");
    };

    let no_documents = door();
    no_documents.ports().documents.set_down(true);
    check(ask(&no_documents, request()).await, "no documents");

    let no_keys = door();
    no_keys.ports().keys.set_down(true);
    check(ask(&no_keys, request()).await, "no data keys");
    assert_eq!(sends(&no_keys), 0);

    let faults = [Fault::Before, Fault::After, Fault::Panic];
    for (broken, fault) in faults.into_iter().flat_map(|fault| [(0, fault), (1, fault)]) {
        let queue = |index| {
            let plan = move |_: &str, _: u64| (index == broken).then_some(fault);
            Faulty::new(MemoryQueue::default(), plan)
        };
        let door = door_with(queue(0), queue(1));
        check(
            ask(&door, request()).await,
            "a queue that cannot be written, whose reply is lost, or that panics",
        );
        check(ask(&door, request()).await, "and once more: what panicked is not held for ever");
    }
}

/// A queue that never answers.
struct Hanging;

#[tokio::test]
async fn a_set_up_call_is_answered_and_anything_else_without_a_body_is_refused() {
    let door = door();
    let endpoint = json!({"provider": "braintree", "mode": "test", "account": "m",
        "secrets": [{"kid": "public-key-1", "secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}]});
    door.ports().documents.write("trees", endpoint.to_string());
    let get = |name: &str, query: Value| {
        let mut event = event(&[], b"");
        event["httpMethod"] = "GET".into();
        event["pathParameters"]["endpoint"] = name.into();
        event["multiValueQueryStringParameters"] = query;
        event
    };
    let challenge = json!({"bt_challenge": ["20f9f8ed05f77439fe955c977e4c8a53"]});
    let answer = ask(&door, get("trees", challenge.clone())).await;
    assert_eq!(answer.status_code, 200);
    // HMAC-SHA-1 of the challenge under the SHA-1 of the private key, by another implementation.
    assert_eq!(answer.body, "public-key-1|478843de88bd3883e6df728a3bcaeb2f89081729");
    let twice =
        json!({"bt_challenge": ["20f9f8ed05f77439fe955c977e4c8a53", "20f9f8ed05f77439fe955c977e4c8a53"]});
    for (name, query) in [
        ("shop", challenge),
        ("trees", Value::Null),
        ("trees", json!({"bt_challenge": ["<xml/>"]})),
        ("trees", json!({"other&bt_challenge=20f9f8ed05f77439fe955c977e4c8a53": [""]})),
        ("trees", twice),
    ] {
        assert_eq!(ask(&door, get(name, query.clone())).await.status_code, 401, "{name} {query}");
    }
    assert_eq!(sends(&door), 0);
}

#[tokio::test]
async fn what_is_signed_of_the_query_reaches_the_verifier() {
    let door = door();
    let document = json!({"provider": "mercadopago", "mode": "live", "account": "1",
        "secrets": [{"secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}]});
    door.ports().documents.write("shop", document.to_string());
    let endpoint = Endpoint::parse("shop", document.to_string().as_bytes()).unwrap();
    let body = br#"{"id":1,"type":"payment","live_mode":true,"user_id":1,"data":{"id":"a/b c"}}"#;
    let url = "https://example.com/?data.id=a%2Fb%20c";
    let headers = verification::sign(&endpoint, url, "r-1", body, now()).unwrap();
    for (id, status) in [("a/b c", 200), ("a/b  c", 401), ("a%2Fb c", 401)] {
        let mut event = event(&headers, body);
        event["multiValueQueryStringParameters"] = json!({"data.id": [id], "type": ["payment"]});
        assert_eq!(ask(&door, event).await.status_code, status, "{id}");
    }
}

impl Queue for Hanging {
    async fn send(&self, _: &Sealed) -> anyhow::Result<()> {
        std::future::pending().await
    }
    async fn delay(&self, _: &str, _: Duration) -> anyhow::Result<()> {
        std::future::pending().await
    }
    async fn dead_letter(&self, _: &DeadLetter<'_>) -> anyhow::Result<()> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_hangs_is_a_503_within_four_seconds() {
    let door = door_with(Hanging, Hanging);
    let start = tokio::time::Instant::now();
    let answer = ask(&door, event(&signed(OLD, &body()), &body())).await;
    assert_eq!(answer.status_code, 503);
    assert!(start.elapsed() <= Duration::from_millis(4001), "{:?}", start.elapsed());
}

#[tokio::test]
async fn every_answer_bears_the_security_headers() {
    let mut large = event(&[], &[b' '; LIMIT + 1]);
    large["multiValueHeaders"] = json!({});
    for event in [event(&signed(OLD, &body()), &body()), event(&[], &body()), large] {
        let answer = ask(&door(), event).await;
        for name in [
            "strict-transport-security",
            "content-security-policy",
            "x-content-type-options",
            "x-frame-options",
            "cache-control",
        ] {
            assert!(answer.header(name).is_some(), "{} has no {name}", answer.status_code);
        }
    }
}
