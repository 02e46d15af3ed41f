//! What an operator asks about events and payments, on the running stack.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::stack::{Stack, alone, eventually, random, shared, stripe_event};

/// A refund of this payment, as Stripe reports it.
fn refund(event: &str, refund: &str, intent: &str) -> Vec<u8> {
    json!({
        "id": event, "object": "event", "type": "refund.created", "created": 1_767_225_700, "livemode": false,
        "data": {"object": {"id": refund, "object": "refund", "amount": 1200, "currency": "eur",
            "charge": null, "payment_intent": intent, "status": "succeeded"}},
    })
    .to_string()
    .into_bytes()
}

#[test]
fn a_payment_is_found_from_its_refund_and_its_events_in_the_archive() {
    shared(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let (paid, back) = (format!("evt_{}", random()), format!("evt_{}", random()));
        let (intent, re) = (format!("pi_{}", random()), format!("re_{}", random()));
        let paid_body = stripe_event(&paid, &intent, "succeeded");
        for (event, body) in [(&paid, &paid_body), (&back, &refund(&back, &re, &intent)), (&paid, &paid_body)]
        {
            assert_eq!(stack.deliver(&endpoint, event, body).status, 200);
        }
        stack.recorded(&endpoint, &paid).await;
        stack.recorded(&endpoint, &back).await;

        for id in [&intent, &re] {
            let found = Stack::tollgate_json(&["payment", "show", id, "--endpoint", &endpoint.name], "");
            assert_eq!(found[0]["status"], "partially_refunded", "{found}");
            assert_eq!(found[0]["sums"]["refunded"]["minor"], json!({"EUR": 1200}));
            assert_eq!(found[0]["events"].as_array().unwrap().len(), 2);
        }
        let (code, shown, _) = Stack::tollgate(&["payment", "show", &re, "--endpoint", &endpoint.name], "");
        assert_eq!(code, 0);
        assert!(shown.contains("now captured, captured EUR 42.00"), "{shown}");
        assert!(shown.contains("now partially refunded, refunded EUR 12.00"), "{shown}");

        let list = ["event", "list", "--since", "1h", "--endpoint", &endpoint.name, "--outcome", "all"];
        let listed = eventually("the archive has all three deliveries", async || {
            let listed = Stack::tollgate_json(&list, "");
            (listed.as_array().unwrap().len() == 3).then_some(listed)
        })
        .await;
        let mut outcomes: Vec<_> = listed.as_array().unwrap().iter().map(|it| &it["outcome"]).collect();
        outcomes.sort_by_key(ToString::to_string);
        assert_eq!(outcomes, ["duplicate", "recorded", "recorded"], "{listed}");
        let of_type = [&list[..6], &["--type", "refund.created"]].concat();
        let listed = Stack::tollgate_json(&of_type, "");
        assert_eq!((&listed[0]["event_id"], &listed[0]["outcome"]), (&json!(back), &Value::Null));
    });
}

#[test]
fn events_are_announced_again_under_their_ids_after_their_number_was_shown() {
    alone(async |stack| {
        let since = SystemTime::now();
        let endpoint = stack.endpoint("stripe").await;
        let bus = stack.listen(&endpoint).await;
        let events: Vec<_> = (0..12).map(|_| format!("evt_{}", random())).collect();
        for event in &events {
            let body = stripe_event(event, "pi_1", "processing");
            assert_eq!(stack.deliver(&endpoint, event, &body).status, 200);
        }
        announced(stack, &bus, &events).await;

        let ago = format!("{}m", since.elapsed().unwrap_or(Duration::ZERO).as_secs() / 60 + 1);
        let plan = Stack::tollgate_json(&["events", "publish", "--since", &ago, "--dry-run"], "");
        assert_eq!(plan["announced"], 0);
        let (code, _, errors) = Stack::tollgate(&["events", "publish", "--since", &ago], "");
        assert_eq!(code, 1);
        assert!(errors.contains("--yes"), "{errors}");
        assert!(stack.take(&bus).await.is_empty(), "nothing was announced");

        let done =
            Stack::tollgate_json(&["events", "publish", "--since", &ago, "--yes", "--rate", "500"], "");
        assert!(done["announced"].as_u64().unwrap() >= 12, "{done}");
        let entry = stack.object(done["audit"].as_str().unwrap()).await;
        let entry: Value = serde_json::from_slice(&entry).unwrap();
        assert_eq!(
            (&entry["command"], &entry["counts"]["events"]),
            (&json!("events-publish"), &done["announced"])
        );
        announced(stack, &bus, &events).await;
    });
}

/// Waits until each of these was announced, once.
async fn announced(stack: &Stack, bus: &str, events: &[String]) {
    let mut found = Vec::new();
    eventually("all are announced", async || {
        for message in stack.take(bus).await {
            let message: Value = serde_json::from_str(message.body().unwrap()).unwrap();
            found.push(message["detail"]["event_id"].as_str().unwrap().to_owned());
        }
        (found.len() >= events.len()).then_some(())
    })
    .await;
    let mut expected = events.to_vec();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}
