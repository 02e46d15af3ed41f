//! What the front door measures, as its metric lines say it.

#![expect(clippy::indexing_slicing, reason = "a test")]

use std::time::{Duration, SystemTime};

use pipeline::{
    Policy,
    memory::{MemoryDocuments, MemoryKeys, MemoryQueue},
};
use serde_json::{Value, json};
use verification::Endpoint;
use webhook::{Config, Ports, Request, Webhook};

type Door = Webhook<MemoryQueue, MemoryKeys, MemoryDocuments>;

const DOCUMENT: &str = r#"{"provider":"stripe","mode":"live","account":"acct_1","secrets":[{"secret":"whsec_4ZQm0Zl8Xw3yP1vKc7Nn"}]}"#;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000)
}

/// A door with endpoints whose documents were written so many seconds ago.
fn door(endpoints: &[(&str, u64)]) -> Door {
    let documents = MemoryDocuments::new();
    for (name, age) in endpoints {
        documents.write_at(*name, DOCUMENT, now() - Duration::from_secs(*age));
    }
    let (process, archive) = (MemoryQueue::default(), MemoryQueue::default());
    let config = Config { stack: "test".to_owned(), body_limit: 4096, policy: Policy::Strict };
    Webhook::new(config, Ports { process, archive, keys: MemoryKeys::new(), documents })
}

/// What was measured since the last time, by its name in the metric line.
fn measured(door: &Door, name: &str) -> Option<Value> {
    let lines = door.measured().take_lines(now()).concat();
    serde_json::from_str::<Value>(&lines).ok().map(|line| line[name].clone())
}

#[tokio::test]
async fn the_age_of_the_oldest_secrets_is_measured_when_their_document_is_read() {
    let door = door(&[("old", 91 * 86_400), ("new", 60)]);
    door.warm_up(&["old".to_owned(), "new".to_owned()], now()).await;
    assert_eq!(measured(&door, "secret_age").unwrap(), 91 * 86_400);
    assert_eq!(measured(&door, "secret_age"), None, "nothing was read since");
}

#[tokio::test]
async fn how_far_a_signed_time_lies_from_ours_is_measured() {
    let endpoint = Endpoint::parse("shop", DOCUMENT.as_bytes()).unwrap();
    let body = r#"{"id":"evt_1","type":"x"}"#;
    let check = async |signed: SystemTime, expected: Value| {
        let door = door(&[("shop", 0)]);
        let headers =
            verification::sign(&endpoint, "https://h.example/", "", body.as_bytes(), signed).unwrap();
        let mut event: Value = serde_json::from_str(include_str!("request.json")).unwrap();
        for (name, value) in headers {
            event["multiValueHeaders"][name] = json!([value]);
        }
        (event["body"], event["isBase64Encoded"]) = (body.into(), false.into());
        let request: Request = serde_json::from_value(event).unwrap();
        assert_eq!(door.handle(request, "fallback", now()).await.status_code, 200);
        assert_eq!(measured(&door, "skew").unwrap(), expected);
    };
    check(now() - Duration::from_mins(2), json!(120_000)).await;
    check(now() + Duration::from_secs(40), json!(-40_000)).await;
}
