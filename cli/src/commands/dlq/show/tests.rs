use std::time::{Duration, UNIX_EPOCH};

use pipeline::memory::MemoryKeys;
use pipeline::{Arrival, Sealer, Source};
use verification::{Delivery, Endpoint};

use super::*;
use crate::dead_letters::tests::seen;

fn letter(body: String) -> Letter {
    Letter {
        id: "m-1".to_owned(),
        receipt: "r-1".to_owned(),
        body,
        class: None,
        reason: None,
        attempts: None,
        trace_id: None,
        sent_at_ms: 0,
    }
}

/// A delivery as the webhook function of `stack` seals it.
async fn sealed(stack: &str, body: &str, keys: &MemoryKeys) -> Letter {
    let now = UNIX_EPOCH + Duration::from_secs(1_795_000_000);
    let document = br#"{"provider":"stripe","mode":"test","account":"acct_1","secrets":[{"kid":"k1","secret":"whsec_0123456789abcdef0123"}]}"#;
    let endpoint = Endpoint::parse("shop", document).unwrap();
    let headers =
        verification::sign(&endpoint, "https://shop.example/", "evt_1", body.as_bytes(), now).unwrap();
    let delivery = Delivery::new("https://shop.example/", headers, body.as_bytes().to_vec());
    let verified = verification::verify(&endpoint, delivery, now).unwrap();
    let arrival =
        Arrival { delivery_id: "d-1".to_owned(), received_at_ms: 1_795_000_000_000, trace_id: None };
    let screened = pipeline::screen(verified, arrival);
    let sealed = Sealer::new(stack, Source::Webhook).seal(&screened, keys, now).await.unwrap();
    letter(sealed.as_text().to_owned())
}

async fn inside_of(letter: Letter, keys: &MemoryKeys) -> Inside {
    inside("dev", Name::Process, letter, keys).await.unwrap()
}

#[tokio::test]
async fn a_delivery_is_shown_as_the_archive_would_have_it() {
    let keys = MemoryKeys::new();
    let text = "{\"id\":\"evt_1\",\"livemode\":false,\"number\":\"4242424242424242\",\"note\":\"a\\u001bb\"}\n\u{1b}[2J";
    let text = text.trim_end_matches("\u{1b}[2J");
    let inside = inside_of(sealed("dev", text, &keys).await, &keys).await;
    let Inside::Delivery(line) = &inside else { panic!("{inside:?}") };
    assert_eq!(line["endpoint"], "shop");
    assert!(line["sha256"].is_string());
    let shown = seen(Name::Process, "m-1", "panic", 0);
    let table = table(&shown, &inside).render(false);
    assert!(table.contains("delivery_id") && table.contains("d-1"), "{table}");
    let body = body(&inside).unwrap();
    assert!(body.contains("evt_1") && !body.contains("4242"), "{body}");
    assert_eq!(document(&shown, &inside)["delivery"]["body"], body.as_str());
}

#[tokio::test]
async fn a_withheld_body_is_shown_by_its_reason_and_length() {
    let keys = MemoryKeys::new();
    let inside = inside_of(sealed("dev", r#"{"id":"evt_1","a":1,"a":2}"#, &keys).await, &keys).await;
    let Inside::Delivery(line) = &inside else { panic!("{inside:?}") };
    assert_eq!(line["withheld"], json!({"reason": "duplicate_key", "length": 26}));
    assert_eq!(body(&inside), None);
}

#[tokio::test]
async fn what_cannot_be_opened_says_why_and_nothing_of_its_text() {
    let keys = MemoryKeys::new();
    let planted = "secret 4242424242424242".to_owned();
    let foreign = sealed("other", r#"{"id":"evt_1"}"#, &keys).await;
    let refused = sealed("dev", r#"{"id":"evt_1"}"#, &MemoryKeys::new()).await;
    for (letter, why) in [(letter(planted), "unsealed"), (foreign, "foreign_stack"), (refused, "key_refused")]
    {
        let text = letter.body.clone();
        let inside = inside_of(letter, &keys).await;
        assert_eq!(inside, Inside::Nothing(why));
        let shown = seen(Name::Process, "m-1", why, 0);
        let table = table(&shown, &inside).render(false);
        assert!(table.contains(&format!("({why})")) && !table.contains(&text), "{table}");
        let document = document(&shown, &inside);
        assert_eq!((&document["not_opened"], &document["delivery"]), (&json!(why), &Value::Null));
    }
}

#[test]
fn a_body_cannot_steer_the_terminal() {
    let line = |body: &str| Inside::Delivery(Map::from_iter([("body".to_owned(), json!(body))]));
    assert_eq!(body(&line("a\n\tb\u{1b}[2J\r")).unwrap(), "a\n\tb\\u{1b}[2J\\r");
}

#[tokio::test]
async fn what_the_publisher_did_not_write_is_not_shown() {
    let check = async |text: &str, expected: Inside| {
        let shown = inside("dev", Name::Publisher, letter(text.to_owned()), &MemoryKeys::new()).await;
        assert_eq!(shown.unwrap(), expected);
    };
    check("4242424242424242", Inside::Nothing("not_ours")).await;
    check("stripe#test#acct_1#evt_1", Inside::Announcement(json!({"row": "stripe#test#acct_1#evt_1"}))).await;
}
