//! Rolling a signing secret.

use std::time::SystemTime;

use crate::stack::{Headers, document, eventually, random, secret, shared, stripe_event};

#[test]
fn both_signatures_are_accepted_during_a_roll_and_none_is_lost() {
    shared(async |stack| {
        let name = format!("e2e-{}", random());
        let (old, new) = (secret("stripe"), secret("stripe"));
        let before = document("stripe", &name, &[&old]);
        let during = document("stripe", &name, &[&old, &new]);
        let after = document("stripe", &name, &[&new]);

        let with_old = stack.put_document(&name, &before).await;
        let mut sent = Vec::new();
        let mut deliver = |headers_of: &dyn Fn(&str, &[u8]) -> Headers| {
            let event = format!("evt_{}", random());
            let body = stripe_event(&event, "pi_1", "created");
            let status = stack.post(&name, &headers_of(&event, &body), &body).status;
            if status == 200 {
                sent.push(event);
            }
            status
        };
        let now = SystemTime::now;
        assert_eq!(deliver(&|event, body| with_old.sign(event, body, now())), 200);

        // The second secret is added: deliveries signed with either, or with both, are accepted.
        let with_both = stack.put_document(&name, &during).await;
        let with_new = crate::stack::TestEndpoint {
            name: name.clone(),
            endpoint: verification::Endpoint::parse(&name, after.as_bytes()).unwrap(),
        };
        assert_eq!(deliver(&|event, body| with_old.sign(event, body, now())), 200);
        assert_eq!(deliver(&|event, body| with_both.sign(event, body, now())), 200);
        assert_eq!(deliver(&|event, body| with_new.sign(event, body, now())), 200);
        for event in &sent {
            stack.recorded(&with_old, event).await;
        }
        assert_eq!(sent.len(), 4);
    });
}

#[test]
fn a_retired_secret_is_refused() {
    shared(async |stack| {
        let name = format!("e2e-{}", random());
        let (old, new) = (secret("stripe"), secret("stripe"));
        let with_old = stack.put_document(&name, &document("stripe", &name, &[&old])).await;
        let body = stripe_event("evt_1", "pi_1", "created");
        let with_new = stack.put_document(&name, &document("stripe", &name, &[&new])).await;
        eventually("the new secret is served", async || {
            (stack.deliver(&with_new, "evt_1", &body).status == 200).then_some(())
        })
        .await;
        assert_eq!(stack.deliver(&with_old, "evt_1", &body).status, 401);
    });
}
