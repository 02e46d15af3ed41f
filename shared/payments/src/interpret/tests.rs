//! Every provider's samples: each says what its file says, and a payment's life ends the same in every order.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::rules::Line;
use super::*;
use crate::testing::{identity, read, try_read};
use crate::{Id, Kind, MemoryLedger, fold, history, record};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    provider: String,
    /// Where the shapes come from.
    source: Vec<String>,
    /// What the signature covers; the whole body if nothing is said.
    coverage: Option<Coverage>,
    /// Where the events of the life lead.
    end: String,
    events: Vec<Sample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    says: Vec<String>,
    id: String,
    #[serde(rename = "type")]
    event_type: String,
    at: String,
    /// Whether it is part of the payment's life.
    #[serde(default = "yes")]
    life: bool,
    body: Box<RawValue>,
}

fn yes() -> bool {
    true
}

fn all() -> Vec<Samples> {
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
    ("adyen", include_str!("samples/adyen.json")),
    ("adyen_platform", include_str!("samples/adyen_platform.json")),
    ("authorizenet", include_str!("samples/authorizenet.json")),
    ("braintree", include_str!("samples/braintree.json")),
    ("chargebee", include_str!("samples/chargebee.json")),
    ("checkout", include_str!("samples/checkout.json")),
    ("coinbase_commerce", include_str!("samples/coinbase_commerce.json")),
    ("flutterwave_v3", include_str!("samples/flutterwave_v3.json")),
    ("flutterwave_v4", include_str!("samples/flutterwave_v4.json")),
    ("gocardless", include_str!("samples/gocardless.json")),
    ("klarna", include_str!("samples/klarna.json")),
    ("lemonsqueezy", include_str!("samples/lemonsqueezy.json")),
    ("mercadopago", include_str!("samples/mercadopago.json")),
    ("molam", include_str!("samples/molam.json")),
    ("mollie", include_str!("samples/mollie.json")),
    ("paddle", include_str!("samples/paddle.json")),
    ("paypal", include_str!("samples/paypal.json")),
    ("paystack", include_str!("samples/paystack.json")),
    ("plaid", include_str!("samples/plaid.json")),
    ("razorpay", include_str!("samples/razorpay.json")),
    ("recurly", include_str!("samples/recurly.json")),
    ("shopify", include_str!("samples/shopify.json")),
    ("square", include_str!("samples/square.json")),
    ("stripe", include_str!("samples/stripe.json")),
    ("wise", include_str!("samples/wise.json")),
    ("worldpay", include_str!("samples/worldpay.json")),
    ("xendit", include_str!("samples/xendit.json")),
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

/// `refund_succeeded re_1 of ch_1 in pi_1: USD 2.50`.
fn shown(event: &Event) -> String {
    let text =
        |before: &str, id: Option<&Id>| id.map(|id| format!(" {before}{}", id.text())).unwrap_or_default();
    let payment = event.payment.as_ref().map(crate::PaymentKey::id);
    format!(
        "{}{}{}{}: {}{}",
        event.kind,
        text("", event.object.as_ref()),
        text("of ", event.parent.as_ref()),
        text("in ", payment.as_ref().filter(|payment| Some(*payment) != event.object.as_ref())),
        event.amount,
        if event.proven { "" } else { ", unproven" }
    )
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

#[test]
fn a_payments_life_ends_the_same_in_every_order() {
    println!("{:<18}{:>7}{:>8}  end", "provider", "events", "orders");
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
        println!("{:<18}{:>7}{:>8}  {end}", samples.provider, life.len(), orders.len());
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
            let found = history(&ledger, filed).await.unwrap();
            assert_eq!(found.payment.to_string(), samples.end, "{} from {filed}", samples.provider);
        }
    }
}

/// The body with one value replaced by another JSON value.
fn mutilated() -> impl Strategy<Value = (String, String, String, String)> {
    let odd = prop_oneof![
        Just("null".to_owned()),
        Just("-1".to_owned()),
        Just("1e999".to_owned()),
        Just("99999999999999999999999".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"\\u0000#~%\"".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("true".to_owned()),
    ];
    let bodies: Vec<_> = all()
        .into_iter()
        .flat_map(|samples| {
            let provider = samples.provider.clone();
            samples.events.into_iter().map(move |s| (provider.clone(), s.event_type, s.body.get().to_owned()))
        })
        .collect();
    (proptest::sample::select(bodies), any::<proptest::sample::Index>(), odd).prop_map(
        |((provider, event_type, body), at, odd)| {
            let values: Vec<_> = body.match_indices(": ").map(|(at, _)| at + 2).collect();
            let from = if values.is_empty() { 0 } else { values[at.index(values.len())] };
            let (before, value) = body.split_at(from);
            let after = value.split_at(value.find([',', '}', ']', '\n']).unwrap_or(value.len())).1;
            let cut = format!("{before}{odd}{after}");
            (provider, event_type, body, cut)
        },
    )
}

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("JSON has no such number", |f| f.is_finite()).prop_map(|f| f.to_string()),
        ".{0,12}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    let name = proptest::sample::select(vec![
        "data",
        "object",
        "id",
        "amount",
        "currency",
        "status",
        "payment",
        "refund",
        "resource",
        "payload",
        "entity",
        "events",
        "notificationItems",
        "NotificationRequestItem",
        "links",
        "event",
        "type",
        "value",
    ]);
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn event_types() -> Vec<(&'static str, &'static str)> {
    let types = |provider: &&'static Provider| {
        let lines = provider.lines;
        provider.names.iter().flat_map(move |name| {
            lines.iter().flat_map(Line::names).map(move |event_type| (*name, event_type))
        })
    };
    PROVIDERS.iter().flat_map(types).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_json_makes_interpretation_panic(body in any_json(), (provider, event_type) in proptest::sample::select(event_types())) {
        for event in try_read(provider, &identity("e", event_type, "soon"), &body, Coverage::Body).unwrap_or_default() {
            prop_assert!(event.amount.money().is_none_or(|money| money.minor() >= 0));
            prop_assert_eq!(Event::from_item(&event.to_item()), Ok(event));
        }
    }

    #[test]
    fn no_bytes_make_interpretation_panic(body in ".{0,60}", (provider, event_type) in proptest::sample::select(event_types())) {
        let _ = try_read(provider, &identity("e", event_type, "soon"), &body, Coverage::Body);
    }

    #[test]
    fn a_mutilated_sample_is_still_an_event((provider, event_type, _, cut) in mutilated()) {
        for event in try_read(&provider, &identity("e", &event_type, "1700000000"), &cut, Coverage::Body).unwrap_or_default() {
            prop_assert_eq!(Event::from_item(&event.to_item()), Ok(event));
        }
    }
}

/// Adyen's notifications, these items.
fn adyen(items: &[&str]) -> String {
    let items: Vec<_> =
        items.iter().map(|item| format!("{{\"NotificationRequestItem\":{{{item}}}}}")).collect();
    format!("{{\"notificationItems\":[{}]}}", items.join(","))
}

#[test]
fn one_event_of_several_without_an_id_stops_them_all() {
    let whole = r#""pspReference":"1","eventCode":"CAPTURE","success":"true""#;
    let identity = identity("1:CAPTURE", "CAPTURE", "");
    let outcome =
        |items: &[&str]| try_read("adyen", &identity, &adyen(items), Coverage::Fields).map(|e| e.len());
    assert_eq!(outcome(&[whole, whole]), Ok(2));
    assert_eq!(outcome(&[whole, r#""pspReference":"1""#]), Err(Uninterpretable::Unidentified));
}

#[test]
fn success_and_failure_of_one_reference_are_two_events() {
    let item =
        |success: &str| format!(r#""pspReference":"1","eventCode":"AUTHORISATION","success":"{success}""#);
    let body = adyen(&[&item("false"), &item("true")]);
    let events = read("adyen", &identity("1:AUTHORISATION", "AUTHORISATION", ""), &body, Coverage::Fields);
    let ids: Vec<_> = events.iter().map(|event| event.key.event_id()).collect();
    assert_eq!(ids, ["1:AUTHORISATION:false", "1:AUTHORISATION"]);
}

#[test]
fn a_batch_that_holds_nothing_is_one_event_of_its_own_id() {
    let events = read("adyen", &identity("x", "y", ""), r#"{"notificationItems":[]}"#, Coverage::Fields);
    assert_eq!(events.iter().map(shown).collect::<Vec<_>>(), ["other: unstated"]);
}

fn received(identity: &Identity, origin: Origin) -> Received<'_> {
    Received {
        delivery_id: "d-1",
        received_at_ms: 7,
        trace_id: Some("Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"),
        endpoint: "shop",
        provider: "stripe",
        mode: Mode::Live,
        account: "acct_1",
        identity,
        coverage: Coverage::Body,
        body: b"{}",
        origin,
    }
}

#[test]
fn without_an_event_id_there_is_no_event() {
    for id in [None, Some(String::new()), Some(" ".to_owned())] {
        let identity = Identity { event_id: id, ..Identity::default() };
        let outcome = interpret(&received(&identity, Origin::Webhook));
        assert_eq!(outcome.map_err(Uninterpretable::reason), Err("unidentified"));
    }
}

#[test]
fn a_type_that_is_not_known_is_other_and_keeps_its_name() {
    for (provider, event_type) in
        [("stripe", "payment_intent.teleported"), ("svix", "invoice.paid"), ("acme", "x")]
    {
        let body = r#"{"id":"evt_1","data":{"object":{"id":"pi_1","amount":1}}}"#;
        let events = read(provider, &identity("evt_1", event_type, "1700000000"), body, Coverage::Body);
        let event = events.first().unwrap();
        assert_eq!((event.kind, event.provider_type.as_deref()), (Kind::Other, Some(event_type)));
        assert_eq!((&event.payment, event.occurred_at_ms), (&None, Some(1_700_000_000_000)));
    }
}

#[test]
fn a_rebuild_never_announces() {
    let identity = identity("evt_1", "x", "");
    for (origin, announce) in [(Origin::Webhook, true), (Origin::Replay, true), (Origin::Rebuild, false)] {
        let events = interpret(&received(&identity, origin)).unwrap();
        assert_eq!((events[0].announce, events[0].origin), (announce, origin));
    }
}

#[test]
fn the_trace_is_the_root_of_the_header() {
    let identity = identity("evt_1", "x", "");
    let events = interpret(&received(&identity, Origin::Webhook)).unwrap();
    assert_eq!(events[0].trace_id.as_deref(), Some("1-67891233-abcdef012345678912345678"));
}

#[test]
fn what_the_signature_does_not_cover_is_unproven() {
    let signed = identity("evt_1", "x", "");
    let mut unsigned = signed.clone();
    unsigned.proven.event_type = false;
    for (provider, coverage, identity, proven) in [
        ("stripe", Coverage::Body, &signed, true),
        ("stripe", Coverage::Body, &unsigned, false),
        ("shopify", Coverage::Body, &unsigned, true),
        ("stripe", Coverage::Fields, &signed, false),
        ("adyen", Coverage::Fields, &signed, true),
        ("stripe", Coverage::Sender, &signed, false),
    ] {
        let events = read(provider, identity, "{}", coverage);
        assert_eq!(events[0].proven, proven, "{provider} {coverage:?}");
    }
}

#[test]
fn an_event_without_an_id_of_its_own_is_known_by_what_it_was_derived_from_or_by_its_content() {
    let derived = Identity { event_id: None, derived_id: Some("d".to_owned()), ..identity("", "x", "") };
    assert_eq!(read("adyen_platform", &derived, "{}", Coverage::Body)[0].key.event_id(), "d");
    let none = Identity { event_id: None, ..identity("", "x", "") };
    let id = |provider: &str, body: &str| read(provider, &none, body, Coverage::Body)[0].key.event_id();
    assert_eq!(id("plaid", "{}"), id("plaid", "{}"));
    assert_ne!(id("plaid", "{}"), id("plaid", "{ }"));
    // Another signature over the same payload is the same event.
    let form = |signature: &str| format!("bt_signature={signature}&bt_payload=PG4+PC9uPg==");
    assert_eq!(id("braintree", &form("a")), id("braintree", &form("b")));
}
