//! Every provider's samples: each says what its file says, and a payment's life ends the same in every order.

use serde::Deserialize;
use serde_json::value::RawValue;
use verification::Coverage;

use super::shown;
use crate::interpret::PROVIDERS;
use crate::testing::{identity, read};
use crate::{Event, Kind, MemoryLedger, fold, history, record};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Samples {
    pub(super) provider: String,
    /// Where the shapes come from.
    source: Vec<String>,
    /// What the signature covers; the whole body if nothing is said.
    coverage: Option<Coverage>,
    /// Where the events of the life lead.
    end: String,
    pub(super) events: Vec<Sample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    says: Vec<String>,
    id: String,
    #[serde(rename = "type")]
    pub(super) event_type: String,
    at: String,
    /// Whether it is part of the payment's life.
    #[serde(default = "yes")]
    life: bool,
    pub(super) body: Box<RawValue>,
}

fn yes() -> bool {
    true
}

pub(super) fn all() -> Vec<Samples> {
    let read = |(name, text): &(&str, &str)| {
        let samples: Samples = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            samples.source.iter().all(|url| url.starts_with("https://")),
            "{name} says where it comes from"
        );
        samples
    };
    FILES.iter().map(read).collect()
}

const FILES: &[(&str, &str)] = &[
    ("adyen", include_str!("../samples/adyen.json")),
    ("adyen_platform", include_str!("../samples/adyen_platform.json")),
    ("authorizenet", include_str!("../samples/authorizenet.json")),
    ("braintree", include_str!("../samples/braintree.json")),
    ("chargebee", include_str!("../samples/chargebee.json")),
    ("checkout", include_str!("../samples/checkout.json")),
    ("coinbase_commerce", include_str!("../samples/coinbase_commerce.json")),
    ("flutterwave_v3", include_str!("../samples/flutterwave_v3.json")),
    ("flutterwave_v4", include_str!("../samples/flutterwave_v4.json")),
    ("gocardless", include_str!("../samples/gocardless.json")),
    ("klarna", include_str!("../samples/klarna.json")),
    ("lemonsqueezy", include_str!("../samples/lemonsqueezy.json")),
    ("mercadopago", include_str!("../samples/mercadopago.json")),
    ("molam", include_str!("../samples/molam.json")),
    ("mollie", include_str!("../samples/mollie.json")),
    ("paddle", include_str!("../samples/paddle.json")),
    ("paypal", include_str!("../samples/paypal.json")),
    ("paystack", include_str!("../samples/paystack.json")),
    ("plaid", include_str!("../samples/plaid.json")),
    ("razorpay", include_str!("../samples/razorpay.json")),
    ("recurly", include_str!("../samples/recurly.json")),
    ("shopify", include_str!("../samples/shopify.json")),
    ("square", include_str!("../samples/square.json")),
    ("stripe", include_str!("../samples/stripe.json")),
    ("wise", include_str!("../samples/wise.json")),
    ("worldpay", include_str!("../samples/worldpay.json")),
    ("xendit", include_str!("../samples/xendit.json")),
];

impl Samples {
    fn read(&self, sample: &Sample) -> Vec<Event> {
        let coverage = self.coverage.unwrap_or(Coverage::Body);
        // A body that is not JSON stands in its file as text.
        let text = serde_json::from_str::<String>(sample.body.get()).ok();
        let body = text.as_deref().unwrap_or(sample.body.get());
        let mut identity = identity(&sample.id, &sample.event_type, &sample.at);
        identity.event_id = identity.event_id.filter(|id| !id.is_empty());
        // A header, which is not signed.
        identity.proven.event_type = self.provider != "shopify";
        read(&self.provider, &identity, body, coverage)
    }

    fn life(&self) -> Vec<Event> {
        self.events.iter().filter(|sample| sample.life).flat_map(|sample| self.read(sample)).collect()
    }
}

#[test]
fn every_sample_says_what_its_file_says() {
    for samples in all() {
        for sample in &samples.events {
            let said: Vec<_> = samples.read(sample).iter().map(shown).collect();
            assert_eq!(said, sample.says, "{} {}", samples.provider, sample.event_type);
        }
    }
}

#[test]
fn every_line_of_a_provider_is_about_a_kind_of_its_own_class_once() {
    for provider in PROVIDERS {
        assert!(!provider.names.is_empty());
        assert!(
            provider.lines.iter().all(|line| line.names().all(|name| !name.is_empty() && name.len() <= 56))
        );
    }
}

/// All orders of so many things (Heap's algorithm).
fn permutations(n: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![(0..n).collect::<Vec<_>>()];
    let (mut order, mut counters) = (orders[0].clone(), vec![0; n]);
    let mut at = 0;
    while at < n {
        if counters[at] < at {
            order.swap(if at % 2 == 0 { 0 } else { counters[at] }, at);
            orders.push(order.clone());
            counters[at] += 1;
            at = 0;
        } else {
            counters[at] = 0;
            at += 1;
        }
    }
    orders
}

/// The stages of a payment's life, as letters, and the kinds that show each.
const STAGES: [(char, &[Kind]); 5] = [
    ('a', &[Kind::PaymentAuthorised]),
    ('c', &[Kind::PaymentCaptured]),
    ('r', &[Kind::RefundSucceeded, Kind::PaymentRefunded]),
    ('d', &[Kind::DisputeOpened, Kind::DisputeUnderReview, Kind::DisputeLost]),
    ('l', &[Kind::DisputeLost]),
];

/// Stages that a provider's messages know and that do not belong to the same payment, or that no page shows.
const APART: [(&str, &str, &str); 5] = [
    ("authorizenet", "r", "a refund does not name what it refunds"),
    ("chargebee", "a", "an authorisation is a transaction of its own"),
    ("klarna", "a", "a dispute names a transaction, an authorisation a request"),
    ("recurly", "acr", "a payment does not name its invoice"),
    ("worldpay", "l", "no page shows how a dispute ends"),
];

fn stages(has: impl Fn(Kind) -> bool) -> String {
    STAGES.iter().filter(|(_, kinds)| kinds.iter().any(|kind| has(*kind))).map(|(letter, _)| letter).collect()
}

#[test]
fn a_life_has_all_stages_that_its_provider_tells_of() {
    for samples in all() {
        let provider = PROVIDERS.iter().find(|it| it.names.contains(&samples.provider.as_str())).unwrap();
        let life = samples.life();
        let told = stages(|kind| provider.lines.iter().any(|line| line.kind() == kind));
        let lived = stages(|kind| life.iter().any(|event| event.kind == kind));
        let apart =
            APART.iter().find(|(name, ..)| *name == samples.provider).map_or("", |(_, stages, _)| stages);
        let missing: String = told.chars().filter(|stage| !lived.contains(*stage)).collect();
        assert_eq!(missing, apart, "{}", samples.provider);
    }
}

#[test]
fn a_payments_life_ends_the_same_in_every_order() {
    println!("a authorised, c captured, r refunded, d disputed, l lost");
    println!("{:<18}{:<7}{:>6}{:>8}  end", "provider", "stages", "events", "orders");
    for samples in all() {
        let life = samples.life();
        assert!((2..=7).contains(&life.len()), "{}: {}", samples.provider, life.len());
        let orders = permutations(life.len());
        let end = fold(&life);
        for order in &orders {
            // The first comes twice.
            let arrived = order.iter().chain(order.first()).map(|at| &life[*at]);
            assert_eq!(fold(arrived), end, "{} {order:?}", samples.provider);
        }
        assert_eq!(end.to_string(), samples.end, "{}", samples.provider);
        let lived = stages(|kind| life.iter().any(|event| event.kind == kind));
        println!("{:<18}{lived:<7}{:>6}{:>8}  {end}", samples.provider, life.len(), orders.len());
    }
}

#[tokio::test]
async fn a_payments_life_is_found_whole_from_each_of_its_objects() {
    for samples in all() {
        let (ledger, life) = (MemoryLedger::default(), samples.life());
        for event in life.iter().rev() {
            record(&ledger, event).await.unwrap();
        }
        for event in &life {
            let filed = event.payment.as_ref().unwrap();
            let object = filed.sibling(event.object.as_ref().unwrap());
            for from in [filed, &object] {
                let found = history(&ledger, from).await.unwrap();
                assert_eq!(found.payment.to_string(), samples.end, "{} from {from}", samples.provider);
                assert!(found.complete);
            }
        }
    }
}
