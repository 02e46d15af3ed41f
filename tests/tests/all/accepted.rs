//! What becomes of a delivery that is proven.

use std::{collections::HashSet, thread};

use crate::stack::{eventually, random, secret, shared, stripe_event};

#[test]
fn an_accepted_event_is_in_the_ledger_on_the_bus_and_in_the_archive() {
    shared(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let bus = stack.listen(&endpoint).await;
        let (event, intent) = (format!("evt_{}", random()), format!("pi_{}", random()));
        let body = stripe_event(&event, &intent, "succeeded");

        let response = stack.deliver(&endpoint, &event, &body);
        assert_eq!(response.status, 200, "{response:?}");

        let row = stack.recorded(&endpoint, &event).await;
        assert_eq!(row.amount.money().map(payments::Money::minor), Some(4200));
        assert!(row.proven && row.announce, "{row:?}");

        let payment = payments::fold(&stack.payment(&endpoint, &intent).await);
        assert_eq!(payment.status.as_str(), "captured", "{payment:?}");

        let message = eventually("the bus has the event", async || stack.take(&bus).await.pop()).await;
        let message: serde_json::Value = serde_json::from_str(message.body().unwrap()).unwrap();
        assert_eq!(message["detail"]["event_id"], event.as_str());
        assert_eq!(message["detail-type"], message["detail"]["kind"]);

        let kept =
            eventually("the archive has the delivery", async || stack.archived(&endpoint).await.pop()).await;
        assert_eq!(kept.body.as_deref(), Some(body.as_slice()));
        assert_eq!(kept.envelope.delivery_id, row.delivery_id);
        assert_eq!(response.header("x-request-id"), Some(row.delivery_id.as_str()));
        // One trace from the gateway to ledger, archive and bus.
        assert!(row.trace_id.is_some());
        assert_eq!(kept.envelope.trace_id, row.trace_id);
        assert_eq!(message["detail"]["trace_id"].as_str(), row.trace_id.as_deref());
    });
}

#[test]
fn standard_webhooks_and_svix_are_recorded_under_the_id_of_their_header() {
    shared(async |stack| {
        for provider in ["standardwebhooks", "svix"] {
            let endpoint = stack.endpoint(provider).await;
            let event = format!("msg_{}", random());
            let response = stack.deliver(&endpoint, &event, br#"{"type":"invoice.paid","data":{}}"#);
            assert_eq!(response.status, 200, "{provider}: {response:?}");
            let row = stack.recorded(&endpoint, &event).await;
            assert_eq!(row.provider_type.as_deref(), Some("invoice.paid"), "{provider}");
        }
    });
}

#[test]
fn the_same_delivery_fifty_times_at_once_has_one_effect() {
    shared(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let bus = stack.listen(&endpoint).await;
        let (event, intent) = (format!("evt_{}", random()), format!("pi_{}", random()));
        let body = stripe_event(&event, &intent, "succeeded");
        let statuses: Vec<u16> = thread::scope(|scope| {
            let sent: Vec<_> =
                (0..50).map(|_| scope.spawn(|| stack.deliver(&endpoint, &event, &body).status)).collect();
            sent.into_iter().map(|sent| sent.join().unwrap()).collect()
        });
        assert_eq!(statuses, [200; 50]);

        let deliveries = eventually("the archive has all fifty", async || {
            let ids = stack.archived(&endpoint).await.into_iter().map(|kept| kept.envelope.delivery_id);
            let ids: HashSet<String> = ids.collect();
            (ids.len() == 50).then_some(ids)
        });
        deliveries.await;
        stack.recorded(&endpoint, &event).await;
        eventually("the process queue is empty", async || {
            stack.is_drained("TOLLGATE_PROCESS_QUEUE_URL").await.then_some(())
        })
        .await;
        assert_eq!(stack.payment(&endpoint, &intent).await.len(), 1);
        eventually("the bus has the event", async || {
            let announced = stack.take(&bus).await.len();
            assert!(announced <= 1, "announced {announced} times");
            (announced == 1).then_some(())
        })
        .await;
        assert!(stack.take(&bus).await.is_empty());
    });
}

#[test]
fn a_body_with_nothing_to_redact_is_archived_byte_for_byte() {
    shared(async |stack| {
        let endpoint = stack.endpoint("standardwebhooks").await;
        let large = format!("{{\"type\":\"large\",\"text\":\"{}\"}}", "żółć \\u00e9 ".repeat(20_000));
        let bodies: [&[u8]; 5] = [
            b"{\r\n  \"type\" : \"a\",\r\n\t\"n\": 1.0e+2,  \"empty\": {}, \"list\": [ ]\r\n}\r\n",
            br#"{"type":"b","escaped":"\u00e9\/\"\\\ud83d\ude00","raw":"/"}"#,
            "{\"type\":\"c\",\"name\":\"Żółć 山田 😀\"}".as_bytes(),
            br#"{"z":1,"type":"d","a":9007199254740993,"big":123456789012345678901234567890}"#,
            large.as_bytes(),
        ];
        for body in bodies {
            assert_eq!(stack.deliver(&endpoint, &format!("msg_{}", random()), body).status, 200);
        }
        let kept = eventually("the archive has all bodies", async || {
            let kept: HashSet<Vec<u8>> =
                stack.archived(&endpoint).await.into_iter().filter_map(|kept| kept.body).collect();
            (kept.len() == bodies.len()).then_some(kept)
        });
        let kept = kept.await;
        for body in bodies {
            assert!(kept.contains(body), "changed: {}", String::from_utf8_lossy(&body[..body.len().min(80)]));
        }
    });
}

#[test]
fn an_endpoint_that_is_added_while_the_stack_runs_is_served() {
    shared(async |stack| {
        // The name was asked for before it existed: the function remembers that for half a minute at most.
        let name = format!("e2e-{}", random());
        let document = crate::stack::document("stripe", &name, &[&secret("stripe")]);
        let event = format!("evt_{}", random());
        let body = stripe_event(&event, "pi_1", "created");
        assert_eq!(stack.post(&name, &[], &body).status, 401);
        let endpoint = stack.put_document(&name, &document).await;
        eventually("the new endpoint answers", async || {
            (stack.deliver(&endpoint, &event, &body).status == 200).then_some(())
        })
        .await;
    });
}
