//! From a signed delivery to queue and archive, through the public interface alone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::time::{Duration, SystemTime};

use pipeline::{
    Arrival, Keyring, Opened, Queue, Screened, Sealer, Segment, Source,
    memory::{MemoryKeys, MemoryQueue},
    read_segment, screen,
};
use serde_json::json;
use verification::{Delivery, Endpoint, Mode, verify};

const CARD: &str = "4242424242424242";

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000)
}

fn screened(body: &[u8]) -> Screened {
    screened_with_trace(body, "Root=1")
}

fn screened_with_trace(body: &[u8], trace_id: &str) -> Screened {
    let document = json!({
        "provider": "stripe", "mode": "live", "account": "acct_1",
        "secrets": [{"kid": "k1", "secret": "whsec_4ZQm0Zl8Xw3yP1vKc7Nn"}],
    });
    let endpoint = Endpoint::parse("shop", document.to_string().as_bytes()).unwrap();
    let url = "https://hooks.example.com/v1/webhooks/shop";
    let headers = verification::sign(&endpoint, url, "evt_1", body, now()).unwrap();
    let Ok(verified) = verify(&endpoint, Delivery::new(url, headers, body.to_vec()), now()) else {
        panic!("a signed delivery verifies")
    };
    let arrival = Arrival {
        delivery_id: "d-1".to_owned(),
        received_at_ms: 1_795_000_000_123,
        trace_id: Some(trace_id.to_owned()),
    };
    screen(verified, arrival)
}

async fn through_the_queue(screened: &Screened) -> Opened {
    let (queue, keys) = (MemoryQueue::default(), MemoryKeys::new());
    let sealed = Sealer::new("stack", Source::Webhook).seal(screened, &keys, now()).await.unwrap();
    queue.send(&sealed).await.unwrap();
    let mut opened = Keyring::new("stack").open_all(queue.receive(10), &keys).await;
    opened.pop().unwrap().1.unwrap()
}

fn through_the_archive(delivery: &Opened) -> (String, Opened) {
    let segment = Segment::build(&[delivery], now()).unwrap();
    let lines = String::from_utf8(zstd::decode_all(&segment.bytes[..]).unwrap()).unwrap();
    (lines, read_segment(&segment.bytes).next().unwrap().unwrap())
}

#[tokio::test]
async fn a_body_with_nothing_to_redact_arrives_byte_for_byte() {
    let padding = "é\\u00e9😀\\/\\ud83d ".repeat(20_000);
    let body = format!(
        "{{\r\n\t\"id\" : \"evt_1\",\r\n \"type\":\"x\", \"livemode\":true, \"p\": \"{padding}\" }}\r\n"
    );
    let screened = screened(body.as_bytes());
    let opened = through_the_queue(&screened).await;
    assert_eq!(opened.body.as_deref(), Some(body.as_bytes()));
    assert_eq!(&opened.envelope, screened.envelope());
    assert_eq!(through_the_archive(&opened).1, opened);

    let envelope = &opened.envelope;
    assert_eq!((envelope.endpoint.as_str(), envelope.provider.as_str()), ("shop", "stripe"));
    assert_eq!(
        (envelope.mode, envelope.account.as_str(), envelope.wrong_mode),
        (Mode::Live, "acct_1", false)
    );
    assert_eq!(envelope.identity.event_id.as_deref(), Some("evt_1"));
    assert_eq!((envelope.kid.as_deref(), envelope.trace_id.as_deref()), (Some("k1"), Some("Root=1")));
    assert_eq!((envelope.delivery_id.as_str(), envelope.received_at_ms), ("d-1", 1_795_000_000_123));
}

#[tokio::test]
async fn a_card_number_is_nowhere_in_no_form_and_no_digest() {
    let body = format!(
        "{{\"id\":\"evt_1\",\"type\":\"x\",\"a\":[{CARD},\"4242 4242 4242 4242\",\"\\u0034242424242424242\"]}}"
    );
    let screened = screened(body.as_bytes());
    let opened = through_the_queue(&screened).await;
    let (lines, archived) = through_the_archive(&opened);
    assert_eq!(archived, opened);
    let kept = r#"{"id":"evt_1","type":"x","a":["[card-number]","[card-number]","[card-number]"]}"#;
    assert_eq!(opened.body.as_deref(), Some(kept.as_bytes()));
    let paths: Vec<&str> =
        opened.envelope.redactions.iter().map(|redaction| redaction.path.as_str()).collect();
    assert_eq!(paths, ["/a/0", "/a/1", "/a/2"]);
    assert!(opened.envelope.redactions.iter().all(|redaction| redaction.class == "card_number"));
    let digest = |bytes: &[u8]| hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes));
    assert!(lines.contains(&digest(kept.as_bytes())));
    for trace in [CARD, "4242 4242", "242424242424", &digest(body.as_bytes()), &digest(CARD.as_bytes())] {
        assert!(!lines.contains(trace), "{trace}");
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_screened_leaves_its_length_and_the_reason() {
    let body = format!("{{\"id\":\"evt_1\",\"type\":\"x\",\"a\":{CARD},\"a\":1}}");
    let opened = through_the_queue(&screened(body.as_bytes())).await;
    assert_eq!(opened.body, None);
    let withheld = opened.envelope.withheld.as_ref().unwrap();
    assert_eq!((withheld.reason.as_str(), withheld.length), ("duplicate_key", body.len() as u64));
    let (lines, archived) = through_the_archive(&opened);
    assert_eq!(archived, opened);
    assert!(!lines.contains("sha256") && !lines.contains(CARD));
}

#[tokio::test]
async fn a_message_of_the_other_mode_says_so() {
    let body = br#"{"id":"evt_1","type":"x","livemode":false}"#;
    let opened = through_the_queue(&screened(body)).await;
    assert_eq!((opened.envelope.mode, opened.envelope.wrong_mode), (Mode::Live, true));
    assert_eq!(opened.envelope.ignored(), Some("wrong_mode"));
}

#[tokio::test]
async fn a_message_of_another_account_says_whose() {
    let (long, cut) = ("x".repeat(200), "x".repeat(128));
    for (stated, kept) in [("acct_1", None), ("acct_2", Some("acct_2")), (&long, Some(&cut))] {
        let body = format!(r#"{{"id":"evt_1","type":"x","account":"{stated}"}}"#);
        let opened = through_the_queue(&screened(body.as_bytes())).await;
        assert_eq!(opened.envelope.wrong_account.as_deref(), kept);
        assert_eq!(opened.envelope.ignored(), kept.map(|_| "wrong_account"));
    }
}

#[test]
fn an_id_of_the_provider_that_looks_like_a_card_number_is_kept() {
    let body = format!("{{\"id\":\"{CARD}\",\"type\":\"x\"}}");
    let screened = screened(body.as_bytes());
    assert_eq!(screened.body(), Some(body.as_bytes()));
    assert_eq!((screened.envelope().exempted, screened.envelope().redactions.len()), (1, 0));
}

#[test]
fn a_trace_id_that_cannot_be_an_attribute_is_dropped() {
    for (trace_id, kept) in [("Root=1;Sampled=1", true), ("Root=1 \u{0}", false)] {
        let screened = screened_with_trace(b"{\"id\":\"evt_1\"}", trace_id);
        assert_eq!(screened.envelope().trace_id.is_some(), kept, "{trace_id:?}");
    }
}
