use std::collections::BTreeMap;

use payments::{Amount, BodyDigest, Event, EventKey, Id, Kind, Ledger as _, Link, Origin, PaymentKey, Proof};
use payments::{PutEvent, PutProof};
use serde_json::{Value, json};
use verification::Mode;

use super::DynamoLedger;
use crate::canned::{Answer, Seen, Server};

fn key(id: &str) -> EventKey {
    EventKey::new("stripe", Mode::Test, "acct_1", id).unwrap()
}

fn event() -> Event {
    Event {
        key: key("evt_1"),
        kind: Kind::Other,
        provider_type: Some("charge.updated".to_owned()),
        object: Id::new("ch_1"),
        parent: None,
        payment: PaymentKey::new("stripe", Mode::Test, "acct_1", "pi_1"),
        amount: Amount::Unstated,
        occurred_at_ms: Some(1_795_000_000_000),
        received_at_ms: 1_795_000_001_000,
        recorded_at_ms: 1_795_000_002_000,
        delivery_id: "d-1".to_owned(),
        trace_id: None,
        proven: true,
        origin: Origin::Webhook,
        announce: true,
        interpretation: 3,
        body: BodyDigest::of(b"{}"),
        conflict: false,
    }
}

/// A row as DynamoDB writes it.
fn wire(row: payments::item::Item) -> Value {
    let attribute = |value| match value {
        payments::item::Attribute::Text(text) => json!({"S": text}),
        payments::item::Attribute::Number(number) => json!({"N": number.to_string()}),
        payments::item::Attribute::Flag(flag) => json!({"BOOL": flag}),
    };
    json!(row.into_iter().map(|(name, value)| (name, attribute(value))).collect::<BTreeMap<_, _>>())
}

fn taken(row: &Value) -> Answer {
    let code = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
    Answer::Response(
        400,
        "",
        json!({"__type": code, "message": "The conditional request failed", "Item": row}).to_string(),
    )
}

fn ledger(answers: impl IntoIterator<Item = Answer>) -> (Server, DynamoLedger) {
    let server = Server::start(answers);
    let ledger = DynamoLedger::new(&server.sdk(), "ledger");
    (server, ledger)
}

fn check_put(seen: &Seen, row: &Value) {
    assert_eq!(seen.header("x-amz-target"), Some("DynamoDB_20120810.PutItem"));
    let expected = json!({
        "TableName": "ledger",
        "Item": row,
        "ConditionExpression": "attribute_not_exists(#pk)",
        "ExpressionAttributeNames": {"#pk": "pk"},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn an_event_is_put_in_one_call_if_its_key_is_free() {
    let (server, ledger) = ledger([Answer::ok("{}")]);
    assert_eq!(ledger.put_event(&event()).await.unwrap(), PutEvent::New);
    check_put(&server.only(), &wire(event().to_item()));
}

#[tokio::test]
async fn a_row_expires_so_many_days_after_its_delivery_was_received() {
    let (server, ledger) = ledger([Answer::ok("{}")]);
    ledger.expiring_after(60).put_event(&event()).await.unwrap();
    let mut row = event().to_item();
    let expires = 1_795_000_001 + 60 * 86_400;
    row.insert(payments::item::EXPIRES.to_owned(), payments::item::Attribute::Number(expires));
    check_put(&server.only(), &wire(row));
}

#[tokio::test]
async fn a_link_expires_so_many_days_after_it_is_put() {
    let (server, ledger) = ledger([Answer::ok("{}")]);
    let payment = |id: &str| PaymentKey::new("stripe", Mode::Test, "acct_1", id).unwrap();
    let link = Link { child: payment("ch_1"), parent: payment("pi_1") };
    ledger.expiring_after(60).put_link(&link).await.unwrap();
    let seen = server.only().json();
    let expires: i64 = seen["Item"]["expires"]["N"].as_str().unwrap().parse().unwrap();
    assert!((0..60).contains(&(super::now() + 60 * 86_400 - expires)), "{expires}");
}

#[tokio::test]
async fn a_taken_key_gives_the_event_that_is_there_in_the_same_call() {
    let mut row = wire(event().to_item());
    row["later"] = json!({"L": []});
    let (server, ledger) = ledger([taken(&row)]);
    assert_eq!(ledger.put_event(&event()).await.unwrap(), PutEvent::Exists(Box::new(event())));
    server.only();
}

#[tokio::test]
async fn a_row_that_is_not_ours_is_an_error_and_not_a_duplicate() {
    let mut row = wire(event().to_item());
    row["kind"] = json!({"N": "1"});
    let (_, unreadable) = ledger([taken(&row)]);
    assert!(unreadable.put_event(&event()).await.is_err());
    let (_, silent) = ledger([taken(&Value::Null)]);
    assert!(silent.put_event(&event()).await.is_err());
    let (_, down) = ledger([Answer::error(400, "ResourceNotFoundException")]);
    let error = down.put_event(&event()).await.unwrap_err();
    assert_eq!(error.to_string(), "put a row in the ledger: ResourceNotFoundException");
}

#[tokio::test]
async fn conflicts_and_links_are_put_once_and_again_is_no_effect() {
    let conflict = Event { conflict: true, ..event() };
    let link = Link {
        child: event().payment.unwrap(),
        parent: PaymentKey::new("stripe", Mode::Test, "acct_1", "or_1").unwrap(),
    };
    for answer in [Answer::ok("{}"), taken(&wire(conflict.to_item()))] {
        let (server, ledger) = ledger([answer.clone(), answer]);
        ledger.put_conflict(&conflict).await.unwrap();
        ledger.put_link(&link).await.unwrap();
        let seen = server.seen();
        check_put(&seen[0], &wire(conflict.to_item()));
        check_put(&seen[1], &wire(link.to_item()));
    }
}

#[tokio::test]
async fn a_proof_holds_if_it_is_new_or_the_same() {
    let proof =
        |body: &[u8]| Proof { transmission: key("t-1"), event: key("evt_1"), body: BodyDigest::of(body) };
    let check = async |answer, expected| {
        let (server, ledger) = ledger([answer]);
        assert_eq!(ledger.put_proof(&proof(b"{}")).await.unwrap(), expected);
        check_put(&server.only(), &wire(proof(b"{}").to_item()));
    };
    check(Answer::ok("{}"), PutProof::Holds).await;
    check(taken(&wire(proof(b"{}").to_item())), PutProof::Holds).await;
    check(taken(&wire(proof(b"[]").to_item())), PutProof::Differs).await;
}

#[tokio::test]
async fn a_row_is_replaced_only_by_a_later_reading_of_the_same_body() {
    let check = async |answer, expected: Option<bool>| {
        let (server, ledger) = ledger([answer]);
        assert_eq!(ledger.replace_event(&event()).await.ok(), expected);
        let seen = server.only().json();
        assert_eq!(seen["ConditionExpression"], "#version < :version AND #body = :body");
        assert_eq!(seen["ExpressionAttributeNames"], json!({"#version": "version", "#body": "body"}));
        let body = BodyDigest::of(b"{}");
        assert_eq!(
            seen["ExpressionAttributeValues"],
            json!({":version": {"N": "3"}, ":body": {"S": body.as_str()}})
        );
    };
    check(Answer::ok("{}"), Some(true)).await;
    check(taken(&Value::Null), Some(false)).await;
    check(Answer::error(400, "ValidationException"), None).await;
}

#[tokio::test]
async fn an_event_is_read_as_it_is_now() {
    let (server, found) = ledger([Answer::ok(json!({"Item": wire(event().to_item())}).to_string())]);
    assert_eq!(found.event(&key("evt_1")).await.unwrap(), Some(event()));
    let seen = server.only().json();
    assert_eq!(seen["Key"], json!({"pk": {"S": key("evt_1").as_str()}, "sk": {"S": "event"}}));
    assert_eq!(seen["ConsistentRead"], true);
    let (_, missing) = ledger([Answer::ok("{}")]);
    assert_eq!(missing.event(&key("evt_1")).await.unwrap(), None);
}

#[tokio::test]
async fn the_events_of_a_time_are_read_page_by_page() {
    let row = wire(event().to_item());
    let last = json!({"pk": {"S": "a"}, "sk": {"S": "b"}});
    let first = json!({"Items": [row], "LastEvaluatedKey": last}).to_string();
    let (server, ledger) = ledger([Answer::ok(first), Answer::ok(json!({"Items": [row]}).to_string())]);
    let mut pages = Vec::new();
    let visit = async |events: Vec<Event>| {
        pages.push(events);
        Ok(())
    };
    ledger.received(5..9, visit).await.unwrap();
    assert_eq!(pages, [[event()], [event()]]);

    let seen: Vec<_> = server.seen().iter().map(Seen::json).collect();
    let [first, second] = seen.as_slice() else { panic!("two pages: {seen:?}") };
    assert_eq!(first["FilterExpression"], "#sk = :event AND #received >= :from AND #received < :until");
    assert_eq!(first["ExpressionAttributeNames"], json!({"#sk": "sk", "#received": "received"}));
    assert_eq!(
        first["ExpressionAttributeValues"],
        json!({":event": {"S": "event"}, ":from": {"N": "5"}, ":until": {"N": "9"}})
    );
    assert_eq!(second["ExclusiveStartKey"], last);
}

#[tokio::test]
async fn a_query_reads_all_pages() {
    let row = wire(event().to_item());
    let last = json!({"pk": {"S": "a"}, "sk": {"S": "b"}});
    let first = json!({"Items": [row], "LastEvaluatedKey": last}).to_string();
    let second = json!({"Items": [row]}).to_string();
    let (server, ledger) = ledger([Answer::ok(first), Answer::ok(second)]);
    let payment = event().payment.unwrap();
    assert_eq!(ledger.payment_events(&payment).await.unwrap(), [event(), event()]);

    let seen: Vec<_> = server.seen().iter().map(Seen::json).collect();
    assert_eq!(seen[0]["IndexName"], "payments");
    assert_eq!(seen[0]["ExpressionAttributeValues"], json!({":payment": {"S": payment.as_str()}}));
    assert_eq!(seen[0].get("ExclusiveStartKey"), None);
    assert_eq!(seen[1]["ExclusiveStartKey"], last);
}

#[tokio::test]
async fn conflicts_and_parents_are_read_from_their_partition() {
    let conflict = Event { conflict: true, ..event() };
    let child = event().payment.unwrap();
    let link = Link { parent: child.sibling(&Id::new("or_1").unwrap()), child: child.clone() };
    let page = |row: Value| Answer::ok(json!({"Items": [row]}).to_string());
    let (server, ledger) = ledger([page(wire(conflict.to_item())), page(wire(link.to_item()))]);
    assert_eq!(ledger.conflicts(&key("evt_1")).await.unwrap(), [conflict]);
    assert_eq!(ledger.parents(&child).await.unwrap(), [link.parent]);

    let seen: Vec<_> = server.seen().iter().map(Seen::json).collect();
    let values = |pk: &str, sk: &str| json!({":pk": {"S": pk}, ":sk": {"S": sk}});
    assert_eq!(seen[0]["ExpressionAttributeValues"], values(key("evt_1").as_str(), "conflict#"));
    assert_eq!(seen[1]["ExpressionAttributeValues"], values(child.as_str(), "link#"));
    assert_eq!(seen[1]["ConsistentRead"], true);
}
