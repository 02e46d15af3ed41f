//! The life of a payment at four providers, from their documented samples: authorised, captured, refunded in part,
//! disputed, lost. Its messages arrive shuffled, each several times, from eight senders at once.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::SystemTime,
};

use payments::{Event, Id, history};
use rcgen::date_time_ymd;
use serde_json::{Value, json};
use verification::{Provider, SigningKey, generate};

use crate::{
    pki::{Authority, URL, leaf_params, paypal_key},
    stack::{Headers, Stack, TestEndpoint, eventually, random, shared},
};

const SENDERS: usize = 8;

/// A life: what is sent, and what must come of it.
struct Life {
    provider: &'static str,
    samples: &'static str,
    settings: fn() -> Value,
}

const LIVES: [Life; 4] = [
    Life {
        provider: "stripe",
        samples: include_str!("../../../shared/payments/src/interpret/samples/stripe.json"),
        settings: || json!({}),
    },
    Life {
        provider: "paypal",
        samples: include_str!("../../../shared/payments/src/interpret/samples/paypal.json"),
        settings: || json!({"webhook_id": "0EH40505U7160970P"}),
    },
    Life {
        provider: "adyen",
        samples: include_str!("../../../shared/payments/src/interpret/samples/adyen.json"),
        settings: || json!({}),
    },
    Life {
        provider: "square",
        samples: include_str!("../../../shared/payments/src/interpret/samples/square.json"),
        settings: || json!({"notification_url": "https://example.com/"}),
    },
];

#[test]
fn the_life_of_a_payment_at_stripe_ends_right() {
    LIVES[0].check();
}

#[test]
fn the_life_of_a_payment_at_paypal_ends_right() {
    LIVES[1].check();
}

#[test]
fn the_life_of_a_payment_at_adyen_ends_right() {
    LIVES[2].check();
}

#[test]
fn the_life_of_a_payment_at_square_ends_right() {
    LIVES[3].check();
}

impl Life {
    fn check(&self) {
        shared(async |stack| {
            let samples: Value = serde_json::from_str(self.samples).unwrap();
            let life = samples["events"].as_array().unwrap().iter().filter(|event| event["life"] != false);
            let life: Vec<_> = life.collect();
            let expected: usize = life.iter().map(|event| event["says"].as_array().unwrap().len()).sum();

            let (endpoint, key) = self.endpoint(stack).await;
            let bus = stack.listen(&endpoint).await;
            self.send_all(stack, &endpoint, key.as_ref(), &life);

            let recorded = eventually("the ledger has the whole life", async || {
                let events = stack.of_account(&endpoint).await;
                (events.len() >= expected).then_some(events)
            })
            .await;
            assert_eq!(recorded.len(), expected, "each event once");
            let proven = samples["coverage"] != "sender";
            assert!(recorded.iter().all(|event| event.proven == proven), "{recorded:?}");

            // From each of its objects: the order, the capture, the refund, the dispute.
            for (filed, object) in recorded.iter().filter_map(ids) {
                for from in [&filed, &object] {
                    let found = history(&stack.ledger, &endpoint.payment_key(from)).await.unwrap();
                    assert_eq!(found.payment.to_string(), samples["end"].as_str().unwrap(), "from {from}");
                    assert_eq!(found.events.len(), expected, "from {from}");
                }
            }

            let mut announced: BTreeMap<String, usize> = BTreeMap::new();
            eventually("the bus has the whole life", async || {
                for message in stack.take(&bus).await {
                    let message: Value = serde_json::from_str(message.body().unwrap()).unwrap();
                    *announced.entry(message["detail"]["id"].as_str().unwrap().to_owned()).or_default() += 1;
                }
                (announced.len() >= expected).then_some(())
            })
            .await;
            eventually("the process queue is empty", async || {
                stack.is_drained("TOLLGATE_PROCESS_QUEUE_URL").await.then_some(())
            })
            .await;
            assert!(stack.take(&bus).await.is_empty(), "a duplicate is not announced");
            let ids: BTreeMap<_, _> = recorded.iter().map(|event| (event.key.to_string(), 1)).collect();
            assert_eq!(announced, ids, "every id exactly once");
        });
    }

    /// An endpoint in an account of its own, and the private key where the provider has one.
    async fn endpoint(&self, stack: &Stack) -> (TestEndpoint, Option<SigningKey>) {
        let name = format!("e2e-{}", random());
        let mut settings = (self.settings)();
        // The samples are of the provider's own example account.
        settings["accounts"] = json!("any");
        let mut document =
            json!({"provider": self.provider, "mode": "test", "account": name, "settings": settings});
        let made = generate(Provider::named(self.provider).unwrap(), None).unwrap();
        let key = if let Some(secret) = made.secret {
            document["secrets"] = json!([{"secret": secret.as_str()}]);
            None
        } else {
            let (key, pair) = paypal_key();
            let root = Authority::root("root");
            let mut leaf = leaf_params("messageverificationcerts.paypal.com");
            leaf.not_after = date_time_ymd(2039, 1, 1);
            let mut certificates = json!({});
            certificates[URL] = root.certify(&leaf, &pair).into();
            document["trust"] = json!({"roots": root.pem, "certificates": certificates});
            Some(key)
        };
        (stack.put_document(&name, &document.to_string()).await, key)
    }

    /// Each message three times: signed twice, as a provider does that tries again, and once more byte for byte.
    fn send_all(&self, stack: &Stack, to: &TestEndpoint, key: Option<&SigningKey>, life: &[&Value]) {
        let mut sent: Vec<(Headers, Vec<u8>)> = Vec::new();
        for event in life {
            let body = event["body"].to_string().into_bytes();
            let id = event["id"].as_str().unwrap();
            let first = signed(to, key, id, &body);
            sent.extend([first.clone(), signed(to, key, id, &body), first]);
        }
        sent.sort_by_cached_key(|_| random());
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| {
                    while let Some((headers, body)) = sent.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let response = stack.post(&to.name, headers, body);
                        assert_eq!(response.status, 200, "{}: {response:?}", self.provider);
                    }
                });
            }
        });
    }
}

fn signed(to: &TestEndpoint, key: Option<&SigningKey>, id: &str, body: &[u8]) -> (Headers, Vec<u8>) {
    let now = SystemTime::now();
    let body = verification::sign_body(&to.endpoint, body, now).unwrap();
    let headers = match key {
        Some(key) => verification::sign_with(&to.endpoint, "https://example.com/", id, &body, now, key),
        None => verification::sign(&to.endpoint, "https://example.com/", id, &body, now),
    };
    (headers.unwrap(), body)
}

/// Under what an event is filed, and what it is about.
fn ids(event: &Event) -> Option<(String, String)> {
    Some((event.payment.as_ref()?.id().text(), event.object.as_ref().map(Id::text)?))
}
