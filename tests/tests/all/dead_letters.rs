//! The operator's commands about dead letters, on the running stack. One at a time: what one has in hand, another does
//! not see.

use std::process::{Child, Command};
use std::sync::{Mutex, PoisonError};

use aws::SqsQueue;
use payments::BusEvent;
use pipeline::{DeadLetter, Queue};
use serde_json::{Value, json};

use crate::failures::kill_processors;
use crate::stack::{Stack, TestEndpoint, alone, eventually, random, shared, stripe_event};

const PROCESS: &str = "TOLLGATE_PROCESS_DEAD_LETTERS_URL";
const ARCHIVE: &str = "TOLLGATE_ARCHIVE_DEAD_LETTERS_URL";
const PUBLISHER: &str = "TOLLGATE_PUBLISHER_DEAD_LETTERS_URL";
const CARD: &str = "4242424242424242";

/// Runs a test beside those of other subjects.
fn one_at_a_time(test: impl AsyncFnOnce(&Stack)) {
    static ONE: Mutex<()> = Mutex::new(());
    let _held = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    shared(test);
}

/// The messages that `dlq list` shows of a queue and a reason, with their ids.
fn listed(queue: &str, reason: &str) -> Vec<Value> {
    let list = Stack::tollgate_json(&["dlq", "list", "--queue", queue, "--reason", reason, "--each"], "");
    list["messages"].as_array().unwrap().clone()
}

async fn eventually_listed(
    queue: &str,
    reason: &str,
    wanted: impl Fn(&Value) -> bool,
    count: usize,
) -> Vec<Value> {
    eventually(&format!("{count} {reason} are listed"), async || {
        let found: Vec<Value> = listed(queue, reason).into_iter().filter(&wanted).collect();
        (found.len() == count).then_some(found)
    })
    .await
}

async fn audit(stack: &Stack, of: &Value) -> Value {
    serde_json::from_slice(&stack.object(of["audit"].as_str().unwrap()).await).unwrap()
}

#[test]
fn a_dead_letter_is_looked_at_and_once_its_cause_is_mended_redriven_without_a_second_effect() {
    alone(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        // The processor may not open what it gets: that is for good, and no message's fault.
        deny_decrypt(stack, true);
        kill_processors();
        let events: Vec<String> = (0..3).map(|_| format!("evt_{}", random())).collect();
        for event in &events {
            assert_eq!(stack.deliver(&endpoint, event, &with_card(event)).status, 200);
        }
        let ours = |letter: &Value| letter["endpoint"] == endpoint.name.as_str();
        let letters = eventually_listed("process", "key_refused", ours, 3).await;
        assert_eq!(letters[0]["class"], "permanent");
        assert_eq!(letters[0]["attempts"], 1);
        looked_at(&endpoint, &letters);

        // Redriven before its cause is mended, it is a dead letter again.
        let first = letters[0]["id"].as_str().unwrap();
        let moved = Stack::tollgate_json(&["dlq", "redrive", "--id", first, "--yes"], "");
        assert_eq!((&moved["moved"], &moved["failed"], &moved["left"]), (&json!(1), &json!(0), &json!(0)));
        let again = eventually_listed("process", "key_refused", ours, 3).await;
        assert!(again.iter().all(|letter| letter["id"] != first), "it is another message");

        deny_decrypt(stack, false);
        let (code, plan, _) =
            Stack::tollgate(&["dlq", "redrive", "--reason", "key_refused", "--dry-run"], "");
        assert!(code == 0 && plan.contains("process queue"), "{plan}");
        assert_eq!(listed("process", "key_refused").len(), again.len(), "a dry run moves nothing");
        // What a crash between sending and deleting leaves: the message is in both queues.
        let copy = stack.dead_letters(PROCESS, "key_refused").await.remove(0);
        stack.send(stack.output("TOLLGATE_PROCESS_QUEUE_URL"), copy.body().unwrap()).await;

        let redriven = Stack::tollgate_json(
            &[
                "dlq",
                "redrive",
                "--reason",
                "key_refused",
                "--rate",
                "100",
                "--reason-text",
                "right given back",
                "--yes",
            ],
            "",
        );
        assert_eq!(redriven["moved"], 3, "{redriven}");
        for event in &events {
            stack.recorded(&endpoint, event).await;
            assert_eq!(stack.payment(&endpoint, &format!("pi_{event}")).await.len(), 1, "{event}");
        }
        assert!(listed("process", "key_refused").is_empty());
        let entry = audit(stack, &redriven).await;
        assert_eq!(entry["command"], "dlq-redrive");
        assert_eq!(entry["target"], "process");
        assert_eq!(entry["reason"], "right given back");
        let by = json!([{"queue": "process", "class": "permanent", "reason": "key_refused", "messages": 3}]);
        assert_eq!(entry["counts"], json!({"messages": 3, "by": by}));
        let nothing = Stack::tollgate(&["dlq", "redrive", "--reason", "key_refused", "--yes"], "");
        assert_eq!((nothing.0, nothing.1.as_str()), (0, "nothing to move\n"));
    });
}

/// Listing and showing take nothing away and print no text but the screened one.
fn looked_at(endpoint: &TestEndpoint, letters: &[Value]) {
    let (id, delivery) = (letters[0]["id"].as_str().unwrap(), letters[0]["delivery_id"].as_str().unwrap());
    for each in [&["dlq", "list"][..], &["dlq", "list", "--each"]] {
        let (code, printed, errors) = Stack::tollgate(each, "");
        assert!(code == 0 && printed.contains("key_refused"), "{printed}{errors}");
        assert!(!printed.contains("payment_intent"), "{printed}");
    }
    let (code, printed, errors) = Stack::tollgate(&["dlq", "show", id], "");
    assert_eq!(code, 0, "{errors}");
    assert!(printed.contains("payment_intent") && printed.contains(&endpoint.name), "{printed}");
    assert!(printed.contains("[card-number]") && !printed.contains(CARD), "{printed}");
    let shown = Stack::tollgate_json(&["dlq", "show", delivery], "");
    assert_eq!(shown[0]["delivery"]["coverage"], "body");
    assert_eq!(shown[0]["message"]["id"], id);
    assert_eq!(Stack::tollgate(&["dlq", "show", delivery, "--queue", "archive"], "").0, 3);
}

fn with_card(event: &str) -> Vec<u8> {
    let body = String::from_utf8(stripe_event(event, &format!("pi_{event}"), "succeeded")).unwrap();
    body.replacen("\"livemode\"", &format!("\"card_number\":\"{CARD}\",\"livemode\""), 1).into_bytes()
}

#[test]
fn what_nobody_sealed_is_never_shown_and_dropped_only_with_a_reason_and_a_trace() {
    one_at_a_time(async |stack| {
        let text = format!("planted {} {CARD}", random());
        let id = stack.send(stack.output(PROCESS), &text).await;
        let other = stack.send(stack.output(PROCESS), &text).await;
        let listed = eventually_listed("process", "exhausted", |letter| letter["id"] == id.as_str(), 1).await;
        assert_eq!((&listed[0]["class"], &listed[0]["bytes"]), (&json!("exhausted"), &json!(text.len())));
        let (code, shown, _) = Stack::tollgate(&["dlq", "show", &id], "");
        assert!(code == 0 && shown.contains("(unsealed)") && !shown.contains("planted"), "{shown}");

        let drop = ["dlq", "drop", "--id", id.as_str(), "--reason-text", "planted by a test"];
        assert_eq!(Stack::tollgate(&["dlq", "drop", "--reason-text", "no filter", "--yes"], "").0, 2);
        assert_eq!(Stack::tollgate(&["dlq", "drop", "--id", &id, "--yes"], "").0, 2);
        let (code, _, plan) = Stack::tollgate(&drop, "");
        assert!(code == 1 && plan.contains("--yes") && plan.contains("never recorded"), "{plan}");
        let (code, plan, _) = Stack::tollgate(&[&drop[..], &["--dry-run"]].concat(), "");
        assert!(code == 0 && plan.contains("would delete 1 messages"), "{plan}");
        let kept = eventually_listed("process", "exhausted", |letter| letter["bytes"] == text.len(), 2);
        kept.await;

        let dropped = Stack::tollgate_json(&[&drop[..], &["--yes"]].concat(), "");
        assert_eq!(dropped["deleted"], 1, "{dropped}");
        let entry = audit(stack, &dropped).await;
        assert_eq!(entry["command"], "dlq-drop");
        assert_eq!(entry["reason"], "planted by a test");
        assert_eq!(entry["counts"]["letters"], json!([{"id": id, "delivery_id": null}]));
        assert!(!entry.to_string().contains(CARD));
        assert!(entry["who"].as_str().unwrap().starts_with("arn:"), "{entry}");
        let rest = eventually_listed("process", "exhausted", |letter| letter["bytes"] == text.len(), 1).await;
        assert_eq!(rest[0]["id"], other.as_str());
        Stack::tollgate_json(&["dlq", "drop", "--id", &other, "--reason-text", "planted", "--yes"], "");
    });
}

#[test]
fn a_body_that_was_withheld_and_a_message_of_another_stack_are_told_apart() {
    one_at_a_time(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let body = br#"{"id":"evt_1","livemode":false,"livemode":false}"#;
        assert_eq!(stack.deliver(&endpoint, "evt_1", body).status, 200);
        let ours = |letter: &Value| letter["endpoint"] == endpoint.name.as_str();
        let letter = eventually_listed("process", "unscreenable", ours, 1).await.remove(0);
        let id = letter["id"].as_str().unwrap();
        let shown = Stack::tollgate_json(&["dlq", "show", id], "");
        assert_eq!(
            shown[0]["delivery"]["withheld"],
            json!({"reason": "duplicate_key", "length": body.len()})
        );

        let foreign = crate::contract::sealed().await;
        let foreign = stack.send(stack.output(ARCHIVE), foreign.as_text()).await;
        let shown = Stack::tollgate_json(&["dlq", "show", &foreign, "--queue", "archive"], "");
        assert_eq!((&shown[0]["not_opened"], &shown[0]["delivery"]), (&json!("foreign_stack"), &Value::Null));
        for id in [id, &foreign] {
            Stack::tollgate_json(&["dlq", "drop", "--id", id, "--reason-text", "of a test", "--yes"], "");
        }
    });
}

#[test]
fn what_the_bus_did_not_take_is_announced_again_as_the_ledger_has_it() {
    one_at_a_time(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let event = format!("evt_{}", random());
        assert_eq!(stack.deliver(&endpoint, &event, &stripe_event(&event, "pi_1", "succeeded")).status, 200);
        let row = stack.recorded(&endpoint, &event).await;
        let bus = stack.listen(&endpoint).await;
        let forged = BusEvent { amount: Some(1), ..BusEvent::from(&row) }.detail().unwrap();
        let queue =
            SqsQueue::new(&stack.sdk, stack.output(PUBLISHER), Some(stack.output(PUBLISHER).to_owned()));
        let letter = DeadLetter {
            body: &forged,
            class: "permanent",
            reason: "not_announced",
            attempts: 1,
            trace_id: None,
        };
        queue.dead_letter(&letter).await.unwrap();
        let place = json!({"DDBStreamBatchInfo": {"shardId": "s", "startSequenceNumber": "1", "endSequenceNumber": "2",
            "approximateArrivalOfFirstRecord": "2026-11-14T00:13:19Z", "batchSize": 2,
            "approximateArrivalOfLastRecord": "2026-11-14T00:13:20Z"}});
        let place = stack.send(stack.output(PUBLISHER), &place.to_string()).await;
        let shown = Stack::tollgate_json(&["dlq", "show", &place], "");
        assert_eq!(shown[0]["announcement"]["stream"]["end_sequence_number"], "2");

        let redriven = Stack::tollgate(&["dlq", "redrive", "--queue", "publisher", "--yes"], "");
        assert!(redriven.0 == 0 && redriven.1 == "moved 1 messages\n", "{redriven:?}");
        assert!(redriven.2.contains("events publish --since"), "{redriven:?}");
        let announced = eventually("the event is announced", async || stack.take(&bus).await.pop()).await;
        let announced: Value = serde_json::from_str(announced.body().unwrap()).unwrap();
        assert_eq!(announced["detail"]["event_id"], event.as_str());
        assert_eq!(announced["detail"]["amount"], 4200, "as the ledger has it");
        Stack::tollgate_json(&["dlq", "drop", "--id", &place, "--reason-text", "of a test", "--yes"], "");
    });
}

#[test]
fn a_redrive_that_is_stopped_gives_everything_back_and_goes_on_later() {
    one_at_a_time(async |stack| {
        drop_unsealed();
        let text = format!("planted {}", random());
        for _ in 0..20 {
            stack.send(stack.output(ARCHIVE), &text).await;
        }
        let ours = |letter: &Value| letter["bytes"] == text.len();
        eventually_listed("archive", "exhausted", ours, 20).await;
        let redrive = ["dlq", "redrive", "--queue", "archive", "--class", "exhausted", "--yes"];
        let running = Stack::start(&[&redrive[..], &["--rate", "5"]].concat());
        // One that was moved comes back from the archiver, with a reason.
        eventually("some are moved", async || {
            let back = stack.dead_letters(ARCHIVE, "unsealed").await;
            back.iter().any(|letter| letter.body() == Some(&text)).then_some(())
        })
        .await;
        let (code, _, errors) = interrupted(running);
        assert!(code == 1 && errors.contains("stopped: moved ") && errors.contains(" of 20"), "{errors}");
        // All that was in hand can be seen at once.
        let left = listed("archive", "exhausted").into_iter().filter(ours).count();
        assert!(errors.contains(&format!("moved {} of 20", 20 - left)), "{left} left: {errors}");
        assert!(left > 0 && left < 20, "{left} left");

        let moved = Stack::tollgate_json(&redrive, "");
        assert_eq!((&moved["moved"], &moved["left"]), (&json!(left), &json!(0)));
        assert_eq!(listed("archive", "exhausted").into_iter().filter(ours).count(), 0);
        drop_unsealed();
    });
}

/// Empties what the archiver could not open, of an earlier run among them.
fn drop_unsealed() {
    let drop =
        ["dlq", "drop", "--queue", "archive", "--reason", "unsealed", "--reason-text", "planted", "--yes"];
    let (code, _, errors) = Stack::tollgate(&drop, "");
    assert_eq!(code, 0, "{errors}");
}

/// Sends Ctrl-C and waits: exit code, standard output, standard error.
fn interrupted(running: Child) -> (i32, String, String) {
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    Stack::finish(running)
}

/// Takes from the processor its right to open what was sealed, or gives it back.
fn deny_decrypt(stack: &Stack, deny: bool) {
    let function = stack.output("TOLLGATE_PROCESSOR_FUNCTION");
    let configuration =
        stack.as_root("lambda", &format!("/2015-03-31/functions/{function}/configuration"), None);
    let configuration: Value = serde_json::from_str(&configuration).unwrap();
    let role = configuration["Role"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}]}"#;
    let action = if deny { "PutRolePolicy" } else { "DeleteRolePolicy" };
    let mut form =
        vec![("Action", action), ("Version", "2010-05-08"), ("RoleName", &role), ("PolicyName", "deny")];
    if deny {
        form.push(("PolicyDocument", policy));
    }
    stack.as_root("iam", "/", Some(&form));
}
