mod anything;
mod samples;

use super::rules::Line;
use super::*;
use crate::testing::{identity, read, try_read};
use crate::{Id, Kind};

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
fn an_id_that_is_only_the_objects_tells_states_apart() {
    let id = |status: &str| {
        let body = format!(r#"{{"data":{{"id":1,"status":"{status}"}}}}"#);
        let named = identity("charge.completed:1", "charge.completed", "");
        read("flutterwave_v3", &named, &body, Coverage::Sender)[0].key.event_id()
    };
    assert_eq!(
        (id("pending"), id("successful")),
        ("charge.completed:1:pending".into(), "charge.completed:1:successful".into())
    );
    let unnamed = Identity { event_id: None, ..identity("", "x", "") };
    let nothing = try_read("stripe", &unnamed, r#"{"data":{"status":"x"}}"#, Coverage::Body);
    assert_eq!(nothing, Err(Uninterpretable::Unidentified), "a state alone is no id");
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
        recorded_at_ms: 8,
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
    let given = identity("given", "x", "");
    assert_eq!(read("plaid", &given, "{}", Coverage::Body)[0].key.event_id(), "given");
    // Another signature over the same payload is the same event.
    let form = |signature: &str| format!("bt_signature={signature}&bt_payload=PG4+PC9uPg==");
    assert_eq!(id("braintree", &form("a")), id("braintree", &form("b")));
    // So is what else anyone writes around it, and a body without one is no event.
    assert_eq!(id("braintree", &form("a")), id("braintree", "x=1&bt%5Fpayload=PG4+PC9uPg==&bt_signature=a"));
    for body in ["{}", "bt_signature=a", "bt_payload=!", "bt_payload=PG4+PC9uPg==&bt_payload=PG4+PC9uPg=="] {
        let read = try_read("braintree", &none, body, Coverage::Body);
        assert_eq!(read.err(), Some(Uninterpretable::Unidentified), "{body}");
    }
}

/// On the page of providers: those of which no message states an amount.
#[test]
fn the_page_names_the_providers_that_only_notify() {
    let page = include_str!("../../../../docs/providers.md");
    let named = page.split("**Amounts**:").nth(1).and_then(|rest| rest.split(" only notify").next()).unwrap();
    let named: Vec<_> = named.split('`').skip(1).step_by(2).collect();
    let silent = |provider: &&&Provider| !provider.lines.iter().any(Line::states_its_amount);
    let silent = PROVIDERS.iter().filter(silent).flat_map(|provider| provider.names);
    assert_eq!(silent.copied().collect::<Vec<_>>(), named);
}
