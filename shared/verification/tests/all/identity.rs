//! Who an event is: id, type, time, account and mode of every provider, by messages as they send them.

use serde_json::json;
use verification::{Delivery, Endpoint, Identity, Provider, SigningKey, generate, sign, sign_with, verify};

use crate::{common, pki};

const URL: &str = "https://h.example/?data.id=42";
const NOW: i64 = 1_800_000_000_000;

/// The endpoint of the provider's example, and what signs to it.
fn endpoint(name: &str) -> (Endpoint, Option<SigningKey>) {
    let provider = Provider::named(name).unwrap();
    if name == "paypal" {
        let (root, (key, pair)) = (pki::Authority::root("root"), pki::paypal_key());
        return (
            pki::endpoint(&root.pem, pki::URL, &root.certify(&pki::leaf_params("paypal.com"), &pair)),
            Some(key),
        );
    }
    let made = generate(provider, None).unwrap();
    let mut document = provider.example();
    document["secrets"][0]["secret"] = made.secret.unwrap().as_str().into();
    (Endpoint::parse("a", document.to_string().as_bytes()).unwrap(), made.signing_key)
}

/// The identity that a signed message has: id or derived id, type, time, mode, account.
fn check(name: &str, headers: &[(&str, &str)], body: &str, expected: [Option<&str>; 5]) {
    let (endpoint, key) = endpoint(name);
    let now = common::at(NOW);
    let signed = match &key {
        Some(key) => sign_with(&endpoint, URL, "from-header", body.as_bytes(), now, key),
        None => sign(&endpoint, URL, "from-header", body.as_bytes(), now),
    };
    let own = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let given = |name: &String| headers.iter().any(|(own, _)| own == name);
    let headers = signed.unwrap().into_iter().filter(|(name, _)| !given(name)).chain(own);
    let verified = verify(&endpoint, Delivery::new(URL, headers, body.into()), now).unwrap();
    let Identity { event_type, occurred_at, .. } = verified.identity();
    let mode = verified.observed_mode().map(|mode| format!("{mode:?}").to_lowercase());
    let found = [
        verified.identity().id(),
        event_type.as_deref(),
        occurred_at.as_deref(),
        mode.as_deref(),
        verified.observed_account(),
    ];
    assert_eq!(found, expected, "{name}: {body}");
}

#[test]
fn what_was_verified_is_handed_on_as_it_came() {
    let document = br#"{"provider": "github", "mode": "live", "account": "acme",
        "secrets": [{"secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}]}"#;
    let endpoint = Endpoint::parse("code", document).unwrap();
    let body = b" {\"zen\": 1}\n";
    let headers = sign(&endpoint, "https://a.example/", "", body, common::at(0)).unwrap();
    let delivery = Delivery::new("https://a.example/", headers, body.to_vec());
    let Ok(verified) = verify(&endpoint, delivery, common::at(0)) else { panic!("it is signed") };
    assert_eq!((verified.endpoint(), verified.account(), verified.body()), ("code", "acme", body.as_slice()));
    assert_eq!(verified.into_parts().body, body);
}

#[test]
fn every_provider_says_who_an_event_is() {
    let at = "2026-01-01T00:00:00Z";
    let time = Some(at);
    let mut seen = std::collections::BTreeSet::from(["adyen", "braintree", "gocardless", "twilio"]);
    let mut check = |name: &'static str,
                     headers: &[(&str, &str)],
                     body: serde_json::Value,
                     expected: [Option<&str>; 5]| {
        seen.insert(name);
        check(name, headers, &body.to_string(), expected);
    };
    check(
        "stripe",
        &[],
        json!({"id": "evt_1", "type": "t", "created": 1_767_225_600, "livemode": true, "account": "acct_2"}),
        [Some("evt_1"), Some("t"), time, Some("live"), Some("acct_2")],
    );
    // A thin event has its time as text; without an account it is our own.
    check(
        "stripe",
        &[],
        json!({"id": "e", "created": "2026-01-01T00:00:00.1Z", "livemode": false}),
        [Some("e"), None, Some("2026-01-01T00:00:00.1Z"), Some("test"), None],
    );
    check("stripe", &[], json!({"id": 7, "livemode": "yes", "account": 7}), [None; 5]);
    check(
        "paypal",
        &[],
        json!({"id": "WH-1", "event_type": "t", "create_time": at}),
        [Some("WH-1"), Some("t"), time, None, None],
    );
    for name in ["standardwebhooks", "svix"] {
        check(
            name,
            &[],
            json!({"id": "other", "type": "t", "timestamp": at}),
            [Some("from-header"), Some("t"), time, None, None],
        );
    }
    check(
        "adyen_platform",
        &[],
        json!({"type": "t", "timestamp": at, "environment": "live", "data": {"id": "d"}}),
        [Some("t:d:2026-01-01T00:00:00Z"), Some("t"), time, Some("live"), None],
    );
    check(
        "adyen_platform",
        &[],
        json!({"eventId": "e", "createdAt": at, "environment": "test"}),
        [Some("e"), None, time, Some("test"), None],
    );
    check(
        "square",
        &[],
        json!({"event_id": "e", "type": "t", "created_at": at, "merchant_id": "M"}),
        [Some("e"), Some("t"), time, None, Some("M")],
    );
    let shopify = [("x-shopify-webhook-id", "w"), ("x-shopify-topic", "t"), ("x-shopify-triggered-at", at)];
    check("shopify", &shopify, json!({"id": 1}), [Some("w"), Some("t"), time, None, None]);
    check(
        "github",
        &[("x-github-delivery", "d"), ("x-github-event", "ping")],
        json!({}),
        [Some("d"), Some("ping"), None, None, None],
    );
    check(
        "paddle",
        &[],
        json!({"event_id": "e", "notification_id": "n", "event_type": "t", "occurred_at": at}),
        [Some("e"), Some("t"), time, None, None],
    );
    check(
        "razorpay",
        &[("x-razorpay-event-id", "e")],
        json!({"event": "t", "created_at": 1_767_225_600, "account_id": "acc"}),
        [Some("e"), Some("t"), time, None, Some("acc")],
    );
    check(
        "checkout",
        &[],
        json!({"id": "e", "type": "t", "created_on": at}),
        [Some("e"), Some("t"), time, None, None],
    );
    check(
        "mollie",
        &[],
        json!({"id": "e", "type": "t", "createdAt": at}),
        [Some("e"), Some("t"), time, None, None],
    );
    check(
        "coinbase_commerce",
        &[],
        json!({"id": "delivery", "event": {"id": "e", "type": "t", "created_at": at}}),
        [Some("e"), Some("t"), time, None, None],
    );
    check(
        "klarna",
        &[],
        json!({"metadata": {"event_id": "e", "event_type": "t", "occurred_at": at}}),
        [Some("e"), Some("t"), time, None, None],
    );
    check(
        "authorizenet",
        &[],
        json!({"notificationId": "e", "eventType": "t", "eventDate": at}),
        [Some("e"), Some("t"), time, None, None],
    );
    check(
        "worldpay",
        &[],
        json!({"eventId": "e", "eventTimestamp": at, "eventDetails": {"type": "t"}}),
        [Some("e"), Some("t"), time, None, None],
    );
    check(
        "flutterwave_v3",
        &[],
        json!({"event": "t", "data": {"id": 7, "created_at": at}}),
        [Some("t:7"), Some("t"), time, None, None],
    );
    check(
        "flutterwave_v3",
        &[],
        json!({"event.type": "T", "data": {"id": 7}}),
        [Some("T:7"), Some("T"), None, None, None],
    );
    check(
        "flutterwave_v4",
        &[],
        json!({"webhook_id": "w", "id": "i", "type": "t", "timestamp": 1_767_225_600_000_i64}),
        [Some("w"), Some("t"), Some("2026-01-01T00:00:00.000Z"), None, None],
    );
    check(
        "paystack",
        &[],
        json!({"event": "t", "data": {"id": 9_007_199_254_740_993_i64, "paid_at": at, "domain": "live"}}),
        [Some("t:9007199254740993"), Some("t"), time, Some("live"), None],
    );
    check(
        "paystack",
        &[],
        json!({"event": "t", "data": {"created_at": at, "domain": "test"}}),
        [None, Some("t"), time, Some("test"), None],
    );
    check(
        "xendit",
        &[("webhook-id", "w")],
        json!({"event": "t", "created": at, "business_id": "b"}),
        [Some("w"), Some("t"), time, None, Some("b")],
    );
    check(
        "mercadopago",
        &[],
        json!({"id": 9_007_199_254_740_993_i64, "action": "a", "type": "t", "date_created": at, "live_mode": true, "user_id": 12}),
        [Some("9007199254740993"), Some("a"), time, Some("live"), Some("12")],
    );
    check(
        "mercadopago",
        &[],
        json!({"type": "t", "live_mode": false}),
        [None, Some("t"), None, Some("test"), None],
    );
    check(
        "wise",
        &[("x-delivery-id", "d"), ("x-test-notification", "true")],
        json!({"event_type": "t", "data": {"occurred_at": at}}),
        [Some("d"), Some("t"), time, Some("test"), None],
    );
    check("wise", &[("x-delivery-id", "d")], json!({"sent_at": at}), [Some("d"), None, time, None, None]);
    check(
        "plaid",
        &[],
        json!({"webhook_type": "A", "webhook_code": "B"}),
        [None, Some("A.B"), None, None, None],
    );
    check(
        "recurly",
        &[],
        json!({"id": "i", "object_type": "charge", "event_type": "paid", "event_time": at, "site_id": "s"}),
        [Some("charge:paid:i:2026-01-01T00:00:00Z"), Some("charge.paid"), time, None, Some("s")],
    );
    check(
        "chargebee",
        &[],
        json!({"id": "ev", "event_type": "t", "occurred_at": 1_767_225_600}),
        [Some("ev"), Some("t"), time, None, None],
    );
    check(
        "lemonsqueezy",
        &[("x-event-name", "other")],
        json!({"meta": {"event_name": "t"}}),
        [None, Some("t"), None, None, None],
    );
    check(
        "slack",
        &[],
        json!({"event_id": "e", "event": {"type": "t"}, "event_time": 1_767_225_600}),
        [Some("e"), Some("t"), time, None, None],
    );
    check(
        "molam",
        &[],
        json!({"id": "e", "type": "t", "created": at}),
        [Some("e"), Some("t"), time, None, None],
    );
    // What is said twice is not said.
    self::check("stripe", &[], r#"{"livemode":true,"livemode":false,"id":"a","id":"b"}"#, [None; 5]);
    // The others hold no JSON object of one event: their vectors and the tests of several events show them.
    assert_eq!(seen.len(), Provider::all().len(), "{seen:?}");
}

#[test]
fn several_events_in_one_body_are_told_apart() {
    let vectors: Vec<_> = common::files().into_iter().flat_map(|file| file.vectors).collect();
    let events = |provider: &str, name: &str| {
        let mut all = vectors.iter();
        let vector = all.find(|vector| vector.provider == provider && vector.name == name).unwrap();
        let verified = verify(&vector.endpoint().unwrap(), vector.delivery(), vector.now()).unwrap();
        let ids: Vec<_> = verified.events().iter().map(|event| event.event_id.clone().unwrap()).collect();
        (verified.identity().clone(), ids)
    };
    let (identity, ids) = events("gocardless", "valid_batch_of_events");
    assert!(ids.len() > 1 && ids.iter().all(|id| id.starts_with("EV")), "{ids:?}");
    assert!(identity.event_id.unwrap().starts_with("WB") && identity.event_type.is_none());
    let (identity, ids) = events("adyen", "two_items_both_valid");
    assert_eq!((ids.len(), identity.event_id.as_ref()), (2, ids.first()));
    assert!(identity.proven.event_id && identity.proven.event_type && !identity.proven.occurred_at);
}
