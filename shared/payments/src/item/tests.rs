use proptest::prelude::*;
use proptest::sample::select;
use verification::Mode;

use super::*;
use crate::testing::{BODY, event, payment, usd};

fn size(item: &Item) -> usize {
    let value = |attribute: &Attribute| match attribute {
        Attribute::Text(text) => text.len(),
        // DynamoDB: about one byte for two digits, one for the sign, one more.
        Attribute::Number(number) => number.to_string().len().div_ceil(2) + 2,
        Attribute::Flag(_) => 1,
    };
    item.iter().map(|(name, attribute)| name.len() + value(attribute)).sum()
}

/// Everything as long as it can be, through the interpretation's own limits.
fn longest() -> Event {
    let long = "é".repeat(400);
    let provider = "p".repeat(24);
    let key = EventKey::new(&provider, Mode::Live, &long, &long).unwrap();
    let id = Id::new(&long).unwrap();
    Event {
        payment: Some(key.payment(&id)),
        object: Some(id.clone()),
        parent: Some(id),
        kind: *Kind::ALL.iter().max_by_key(|kind| kind.as_str().len()).unwrap(),
        provider_type: Some(crate::event::provider_type(&long)),
        amount: Amount::Exact { value: "9".repeat(40), currency: Some("X".repeat(12)) },
        occurred_at_ms: Some(253_402_300_799_999),
        received_at_ms: 253_402_300_799_999,
        recorded_at_ms: 253_402_300_799_999,
        delivery_id: crate::event::delivery_id(&long),
        trace_id: Some(crate::event::trace_id(&long)),
        interpretation: u32::MAX,
        conflict: true,
        ..event("e", Kind::Other, "o", 0)
    }
    .with_key(key)
}

impl Event {
    fn with_key(mut self, key: EventKey) -> Event {
        self.key = key;
        self
    }
}

#[test]
fn the_longest_row_stays_below_one_kilobyte() {
    let conflict = longest();
    let first = Event { conflict: false, ..conflict.clone() };
    let (conflict_size, first_size) = (size(&conflict.to_item()), size(&first.to_item()));
    assert!(conflict_size <= 1024, "{conflict_size}");
    // Room for a time to live.
    assert!(first_size + 20 <= 1024, "{first_size}");
    assert_eq!(Event::from_item(&conflict.to_item()), Ok(conflict));
}

#[test]
fn a_usual_row_is_half_of_that() {
    let mut usual =
        event("evt_3PqZ8v2eZvKYlo2C1xYz0abc", Kind::PaymentCaptured, "pi_3PqZ8v2eZvKYlo2C1xYz0abc", 1099)
            .under("pi_3PqZ8v2eZvKYlo2C1xYz0abc");
    usual.delivery_id = "0193a2f4-7c11-7e0a-b1c2-3d4e5f607182".to_owned();
    usual.trace_id = Some("1-67891233-abcdef012345678912345678".to_owned());
    let size = size(&usual.to_item());
    assert!((400..540).contains(&size), "{size}");
}

#[test]
fn a_row_has_these_attributes() {
    let event = event("evt_1", Kind::RefundSucceeded, "re_1", 250).of("ch_1").under("pi_1");
    let shown: Vec<_> =
        event.to_item().into_iter().map(|(name, value)| format!("{name} {value:?}")).collect();
    let expected = [
        "amount Number(250)",
        "announce Flag(true)",
        "at Text(\"2023-11-14T22:13:20.000Z#evt_1\")",
        &format!("body Text({BODY:?})"),
        "currency Text(\"USD\")",
        "delivery Text(\"d-1\")",
        "kind Text(\"refund_succeeded\")",
        "object Text(\"re_1\")",
        "occurred Number(1700000000000)",
        "origin Text(\"webhook\")",
        "parent Text(\"ch_1\")",
        "payment Text(\"stripe#test#acct_1#pi_1\")",
        "pk Text(\"stripe#test#acct_1#evt_1\")",
        "proven Flag(true)",
        "received Number(1700000001000)",
        "recorded Number(1700000002000)",
        "sk Text(\"event\")",
        "type Text(\"test.refund_succeeded\")",
        "version Number(1)",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn a_digest_is_base64_of_sha_256() {
    assert_eq!(BodyDigest::of(b"body").as_str(), BODY);
    assert!(BodyDigest::stored("AAAA").is_none() && BodyDigest::stored("!").is_none());
}

#[test]
fn an_event_of_no_payment_is_not_in_the_index() {
    let item = Event { payment: None, ..event("evt_1", Kind::Other, "o", 0) }.to_item();
    assert!(!item.contains_key(PAYMENT) && !item.contains_key(AT));
}

#[test]
fn a_row_with_one_attribute_missing_or_of_another_type_names_it() {
    let whole = Event {
        trace_id: Some("t".to_owned()),
        ..event("evt_1", Kind::RefundSucceeded, "re_1", 250).of("ch_1")
    }
    .to_item();
    for name in whole.keys() {
        let mut other_type = whole.clone();
        let value = match whole.get(name) {
            Some(Attribute::Text(_)) => Attribute::Number(1),
            _ => Attribute::Text("1".to_owned()),
        };
        other_type.insert(name.clone(), value);
        let error = Event::from_item(&other_type).unwrap_err();
        assert_eq!(error.attribute, name);
        let mut without = whole.clone();
        without.remove(name);
        match name.as_str() {
            // An event may lack these. (Without its payment, `at` is left over and ignored.)
            "type" | "object" | "parent" | "occurred" | "trace" | "payment" => {}
            // Half an amount is none.
            "amount" | "currency" => assert!(Event::from_item(&without).is_err(), "{name}"),
            _ => assert_eq!(Event::from_item(&without).unwrap_err().attribute, name),
        }
    }
}

#[test]
fn a_malformed_attribute_is_named() {
    for (name, value) in [
        ("pk", "stripe#test#acct_1"),
        ("sk", "conflict#00"),
        ("sk", "events"),
        ("kind", "captured"),
        ("object", "a b"),
        ("payment", "p"),
        ("at", "2023-11-14T22:13:21.000Z#evt_1"),
        ("currency", "BTC"),
        ("origin", "stream"),
        ("body", "AAAA"),
    ] {
        let mut item = event("evt_1", Kind::RefundSucceeded, "re_1", 250).to_item();
        item.insert(name.to_owned(), Attribute::Text(value.to_owned()));
        assert_eq!(Event::from_item(&item).unwrap_err().attribute, name, "{value}");
    }
    for (name, value) in [("amount", -1), ("version", -1)] {
        let mut item = event("evt_1", Kind::RefundSucceeded, "re_1", 250).to_item();
        item.insert(name.to_owned(), Attribute::Number(value));
        assert_eq!(Event::from_item(&item).unwrap_err().attribute, name);
    }
}

#[test]
fn two_amounts_in_one_row_are_refused() {
    let mut item = event("evt_1", Kind::RefundSucceeded, "re_1", 250).to_item();
    item.insert("exact".to_owned(), Attribute::Text("1".to_owned()));
    assert_eq!(Event::from_item(&item).unwrap_err().attribute, "amount");
}

#[test]
fn links_and_proofs_come_back() {
    let link = Link { child: payment("ch_1"), parent: payment("pi_1") };
    assert_eq!(Link::from_item(&link.to_item()), Ok(link.clone()));
    assert!(Link::from_item(&event("e", Kind::Other, "o", 0).to_item()).is_err());
    let event = event("evt_1", Kind::Other, "o", 0);
    let transmission = EventKey::new("paypal", Mode::Live, "acct_1", "t-1").unwrap();
    let proof = Proof { transmission, event: event.key.clone(), body: event.body };
    assert_eq!(Proof::from_item(&proof.to_item()), Ok(proof));
    assert!(Proof::from_item(&link.to_item()).is_err());
}

proptest! {
    #[test]
    fn an_event_comes_back_from_its_row(
        (id, object, parent) in (".{1,100}", ".{0,100}", ".{0,100}"),
        kind in select(Kind::ALL),
        amount in prop_oneof![
            (0..=i64::MAX).prop_map(usd),
            Just(Amount::Unstated),
            Just(Amount::Unreadable),
            ("[0-9.]{1,40}", proptest::option::of("[A-Z]{1,12}")).prop_map(|(value, currency)| Amount::Exact { value, currency }),
        ],
        (occurred_at_ms, received_at_ms, recorded_at_ms) in any::<(Option<i64>, i64, i64)>(),
        (filed, proven, announce, conflict) in any::<(bool, bool, bool, bool)>(),
        origin in select(vec![Origin::Webhook, Origin::Replay, Origin::Rebuild]),
        (interpretation, text) in (any::<u32>(), ".{0,80}"),
    ) {
        prop_assume!(!id.trim().is_empty());
        let whole = Event {
            object: Id::new(&object),
            parent: Id::new(&parent),
            payment: Id::new(&object).filter(|_| filed).map(|id| payment("p").sibling(&id)),
            provider_type: Some(crate::event::provider_type(&text)),
            delivery_id: crate::event::delivery_id(&text),
            trace_id: Some(crate::event::trace_id(&text)),
            amount, occurred_at_ms, received_at_ms, recorded_at_ms, proven, announce, conflict, origin, interpretation,
            ..event(&id, kind, "o", 0)
        };
        prop_assert_eq!(Event::from_item(&whole.to_item()), Ok(whole));
    }
}
