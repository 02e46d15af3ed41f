//! A card number is nowhere, in no form.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::stack::{eventually, random, shared};

#[test]
fn a_card_number_is_in_no_store_and_no_log_in_no_form() {
    shared(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let bus = stack.listen(&endpoint).await;
        let event = format!("evt_{}", random());
        // Test numbers that no other test uses, so that a hit is of this delivery.
        let numbers = ["4012888888881881", "5105105105105100", "378282246310005"];
        let body = format!(
            r#"{{"id":"{event}","object":"event","type":"payment_intent.succeeded","created":1767225600,"livemode":false,
            "data":{{"object":{{"id":"pi_card","object":"payment_intent","amount":100,"currency":"eur",
            "number":"{}","spaced":"5105 1051 0510 5100","plain":{}}}}}}}"#,
            numbers[0], numbers[2]
        );
        assert_eq!(stack.deliver(&endpoint, &event, body.as_bytes()).status, 200);
        // The same numbers in requests that are refused must not be logged either.
        assert_eq!(stack.post(&endpoint.name, &[], body.as_bytes()).status, 401);
        let hidden = [
            ("x-card".to_owned(), numbers[0].to_owned()),
            ("stripe-signature".to_owned(), numbers[1].to_owned()),
        ];
        assert_eq!(stack.post(&endpoint.name, &hidden, body.as_bytes()).status, 401);

        stack.recorded(&endpoint, &event).await;
        let kept = eventually("the archive has it", async || stack.archived(&endpoint).await.pop()).await;
        let announced = eventually("the bus has it", async || stack.take(&bus).await.pop()).await;
        assert_eq!(kept.envelope.redactions.len(), 3, "{:?}", kept.envelope.redactions);

        let mut stores: Vec<(&str, Vec<u8>)> = vec![
            ("archived body", kept.body.unwrap()),
            ("archived envelope", serde_json::to_vec(&kept.envelope).unwrap()),
            ("bus", announced.body.unwrap().into_bytes()),
            ("ledger", stack.dump_ledger().await.into_bytes()),
            ("logs", stack.dump_logs().await.into_bytes()),
        ];
        stores.extend(stack.segments().await.iter().flat_map(|segment| {
            pipeline::read_segment(segment).map(|line| ("segment", line.unwrap().body.unwrap_or_default()))
        }));
        for (store, content) in &stores {
            for number in numbers {
                for (form, needle) in forms(number) {
                    let found = content.windows(needle.len()).any(|window| window == needle.as_slice());
                    assert!(!found, "{store} has {number} as {form}");
                }
                // No digest of the unscreened body or number: with six unknown digits it gives the number back.
                for digest in [Sha256::digest(body.as_bytes()), Sha256::digest(number)] {
                    for needle in [hex::encode(digest), STANDARD.encode(digest)] {
                        let found = content.windows(needle.len()).any(|window| window == needle.as_bytes());
                        assert!(!found, "{store} has a digest of {number}");
                    }
                }
            }
        }
        assert!(
            stores.iter().any(|(store, content)| *store == "logs" && !content.is_empty()),
            "no log was read"
        );
    });
}

fn forms(number: &str) -> [(&'static str, Vec<u8>); 4] {
    let groups: Vec<&str> =
        (0..number.len()).step_by(4).map(|at| &number[at..number.len().min(at + 4)]).collect();
    [
        ("plain", number.into()),
        ("spaced", groups.join(" ").into_bytes()),
        ("hex", hex::encode(number).into_bytes()),
        ("base64", STANDARD.encode(number).trim_end_matches('=').as_bytes().to_vec()),
    ]
}
