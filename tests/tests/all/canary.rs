//! Marked texts in every header and field, along every road: where none may be, none is.
//!
//! What functions and tool say while AWS is down or hangs is in `down`; a panic is in the tests of handlers and of logging.

use std::time::{Duration, SystemTime};

use aws_sdk_sqs::types::Message;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    failures::{deny_sending, set_policy},
    stack::{Headers, Response, Stack, TestEndpoint, alone, eventually, random, stripe_event},
};

/// A text that nothing else has.
pub(crate) fn marker() -> String {
    format!("canary{}", random())
}

/// The marker as it is, in base64 at each of three places, in hexadecimal and percent-encoded, in lower case.
fn forms(marker: &str) -> Vec<String> {
    let percent =
        format!("%{}", marker.bytes().map(|byte| hex::encode([byte])).collect::<Vec<_>>().join("%"));
    let mut forms = vec![marker.to_owned(), hex::encode(marker), percent];
    for before in 0..3 {
        let encoded = STANDARD.encode([&vec![0; before], marker.as_bytes()].concat());
        // Without the characters that depend on what stands beside it.
        let inner = encoded.trim_end_matches('=').get(before * 2..).unwrap().to_owned();
        forms.push(inner[..inner.len() - 2].to_lowercase());
    }
    forms
}

/// Headers that a stranger may send, each with a marker.
fn strange_headers(markers: &mut Vec<String>) -> Headers {
    let names = [
        "x-canary",
        "user-agent",
        "authorization",
        "cookie",
        "referer",
        "x-forwarded-for",
        "x-request-id",
        "from",
    ];
    let header = |name: &&str| {
        markers.push(marker());
        ((*name).to_owned(), markers.last().unwrap().clone())
    };
    names.iter().map(header).collect()
}

/// An event that is full of what must not stay; only its id and its note may.
fn personal_event(event: &str, note: &str, markers: &mut Vec<String>) -> Vec<u8> {
    let mut hidden = |before: &str, after: &str| {
        markers.push(marker());
        format!("{before}{}{after}", markers.last().unwrap())
    };
    json!({
        "id": event, "object": "event", "type": "payment_intent.succeeded", "created": 1_767_225_600, "livemode": false,
        "data": {"object": {
            "id": format!("pi_{event}"), "object": "payment_intent", "amount": 4200, "amount_received": 4200,
            "currency": "eur", "client_secret": hidden("pi_secret_", ""), "receipt_email": hidden("", "@example.com"),
            "receipt_url": hidden("https://example.com/", ""),
            "billing_details": {
                "name": hidden("", " Roe"), "email": hidden("", "@example.com"), "phone": hidden("", ""),
                "address": {"line1": hidden("1 ", " Street"), "city": hidden("", ""), "postal_code": hidden("", "")},
            },
            "shipping": {"name": hidden("", ""), "address": {"line1": hidden("", "")}},
            "card": {"number": format!("4242424242424242{}", hidden(" ", "")), "cvc": hidden("", ""), "name": hidden("", "")},
            "metadata": {"note": note, "contact": hidden("write to ", "@example.com"), "password": hidden("", "")},
            "signature": hidden("", ""), "token": hidden("tok_", ""), "ip": hidden("", ""),
            "nested": json!({"email": hidden("", ""), "first_name": hidden("", "")}).to_string(),
        }},
    })
    .to_string()
    .into_bytes()
}

fn of_messages(messages: &[Message]) -> String {
    messages.iter().fold(String::new(), |text, message| format!("{text}{message:?}\n"))
}

/// Everything that the stack keeps or says, by place.
async fn everything(
    stack: &Stack,
    bus: &str,
    answers: &[Response],
    event: &str,
) -> Vec<(&'static str, String)> {
    let mut places = vec![
        ("ledger", stack.dump_ledger().await),
        ("logs and metrics", stack.dump_logs().await),
        ("bus", of_messages(&stack.take(bus).await)),
        ("answers", format!("{answers:?}")),
    ];
    for queue in [
        "TOLLGATE_PROCESS_DEAD_LETTERS_URL",
        "TOLLGATE_ARCHIVE_DEAD_LETTERS_URL",
        "TOLLGATE_PUBLISHER_DEAD_LETTERS_URL",
    ] {
        places.push(("dead letters", of_messages(&stack.peek(queue).await)));
    }
    let mut lines = String::new();
    for segment in stack.segments().await {
        for line in pipeline::read_segment(&segment) {
            let line = line.unwrap();
            lines += &serde_json::to_string(&line.envelope).unwrap();
            lines += &String::from_utf8_lossy(&line.body.unwrap_or_default());
        }
    }
    places.push(("archive", lines));
    for arguments in
        [&["event", "show", event][..], &["payment", "show", &format!("pi_{event}")], &["status"]]
    {
        let (_, printed, errors) = Stack::tollgate(arguments, "");
        places.push(("tool", printed + &errors));
    }
    places
}

pub(crate) fn check_nowhere(markers: &[String], places: &[(&str, String)]) {
    let places: Vec<_> = places.iter().map(|(place, text)| (place, text.to_lowercase())).collect();
    for (number, marker) in markers.iter().enumerate() {
        for form in forms(marker) {
            for (place, text) in &places {
                assert!(
                    !text.contains(&form),
                    "marker {number} of {} is in {place} as {form}",
                    markers.len()
                );
            }
        }
    }
}

fn has(places: &[(&str, String)], text: &str) -> Vec<String> {
    let mut found: Vec<_> = places
        .iter()
        .filter(|(_, content)| content.contains(text))
        .map(|(place, _)| (*place).to_owned())
        .collect();
    found.dedup();
    found
}

/// A delivery with strange headers beside its own.
fn deliver(
    stack: &Stack,
    to: &TestEndpoint,
    body: &[u8],
    at: SystemTime,
    markers: &mut Vec<String>,
) -> Response {
    let headers = [to.sign("", body, at), strange_headers(markers)].concat();
    stack.post(&to.name, &headers, body)
}

#[test]
fn what_strangers_and_payers_sent_is_nowhere_but_where_the_documentation_says() {
    alone(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let bus = stack.listen(&endpoint).await;
        let (mut markers, mut answers) = (Vec::new(), Vec::new());
        let (event, note) = (format!("evt_{}", random()), format!("note {}", random()));
        let now = SystemTime::now();

        // Accepted: twice, in the wrong mode, as a conflict, withheld, and without an id.
        let body = personal_event(&event, &note, &mut markers);
        let of_body = markers.len();
        let text = String::from_utf8(body.clone()).unwrap();
        let live = text
            .replace(&event, &format!("evt_{}", random()))
            .replace("\"livemode\":false", "\"livemode\":true");
        let twice = text.replacen('{', "{\"client_secret\":1,\"client_secret\":2,", 1);
        let nameless = text.replace(&format!("\"id\":\"{event}\""), "\"none\":1");
        let conflict = text.replace("4200", "4300");
        for body in [text.as_str(), &text, &live, &conflict, &twice, &nameless] {
            let answer = deliver(stack, &endpoint, body.as_bytes(), now, &mut markers);
            assert_eq!(answer.status, 200, "{answer:?}");
            answers.push(answer);
        }
        assert_eq!(markers.len(), of_body + 6 * 8);

        // Refused, each for another reason.
        let long = format!("{{\"a\":\"{}{}\"}}", marker(), "a".repeat(737_280));
        let media = marker();
        let mut refused = |name: &str, headers: Headers, body: &[u8], status: u16| {
            let headers = [headers, strange_headers(&mut markers)].concat();
            let answer = stack.post(name, &headers, body);
            assert_eq!(answer.status, status, "{answer:?}");
            answers.push(answer);
        };
        let signed = |at: SystemTime| endpoint.sign("", &body, at);
        let malformed = vec![("stripe-signature".to_owned(), format!("t=1,v1={media},v0={media}"))];
        refused(&endpoint.name, vec![], &body, 401);
        refused(&endpoint.name, malformed, &body, 401);
        refused(&endpoint.name, signed(now), text.replace("4200", "4201").as_bytes(), 401);
        refused(&endpoint.name, signed(now - Duration::from_secs(400)), &body, 401);
        refused(&endpoint.name, signed(now + Duration::from_secs(400)), &body, 401);
        refused("no-such-endpoint", signed(now), &body, 401);
        refused(&format!("Not%20{media}"), signed(now), &body, 401);
        refused(&endpoint.name, signed(now), long.as_bytes(), 413);
        refused(&endpoint.name, vec![("content-type".into(), format!("text/{media}"))], &body, 415);
        refused(&endpoint.name, vec![("content-encoding".into(), media.clone())], &body, 415);
        markers.push(media);

        // A queue that cannot be written.
        let archive = stack.output("TOLLGATE_ARCHIVE_QUEUE_URL");
        let policy = set_policy(stack, archive, &deny_sending(archive)).await;
        answers.push(deliver(stack, &endpoint, &body, now, &mut markers));
        set_policy(stack, archive, &policy).await;
        assert_eq!(answers.last().unwrap().status, 503);

        stack.recorded(&endpoint, &event).await;
        let last = format!("evt_{}", random());
        assert_eq!(stack.deliver(&endpoint, &last, &stripe_event(&last, "pi_1", "created")).status, 200);
        stack.recorded(&endpoint, &last).await;
        eventually("the withheld and the nameless delivery are dead letters", async || {
            let letters = of_messages(&stack.peek("TOLLGATE_PROCESS_DEAD_LETTERS_URL").await);
            (letters.contains("unscreenable") && letters.contains("unidentified")).then_some(())
        })
        .await;
        eventually("the archive has all", async || {
            (stack.archived(&endpoint).await.len() >= 7).then_some(())
        })
        .await;

        let places = everything(stack, &bus, &answers, &event).await;
        check_nowhere(&markers, &places);
        // The test sees what is there: documented fields have what they should.
        assert_eq!(has(&places, &event), ["ledger", "logs and metrics", "bus", "archive", "tool"]);
        assert_eq!(has(&places, &note), ["archive"]);
        assert_eq!(has(&places, "[email]"), ["archive"]);
    });
}
