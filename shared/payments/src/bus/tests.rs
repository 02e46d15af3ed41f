use serde_json::{Value, json};

use super::*;
use crate::testing::{event, usd};
use crate::{Kind, MemoryBus};

fn refund() -> Event {
    let trace_id = Some("1-67891233-abcdef012345678912345678".to_owned());
    Event { trace_id, ..event("evt_1", Kind::RefundSucceeded, "re_1", 250).of("ch_1").under("pi_1") }
}

#[test]
fn the_format_is_that_of_the_golden_file() {
    let golden = include_str!("event.v0.json");
    let detail = serde_json::to_string_pretty(&BusEvent::from(&refund())).unwrap();
    assert_eq!(detail, golden.trim_end());
    let read: BusEvent = serde_json::from_str(golden).unwrap();
    assert_eq!(read, BusEvent::from(&refund()));
}

#[test]
fn an_amount_is_told_in_one_of_four_ways() {
    for (amount, expected) in [
        (usd(250), (Some(250), Some("USD"), Some(2), None, "stated")),
        (crate::testing::money(250, "JPY"), (Some(250), Some("JPY"), Some(0), None, "stated")),
        (Amount::exact("0.1", Some("BTC")), (None, Some("BTC"), None, Some("0.1"), "exact")),
        (Amount::Unstated, (None, None, None, None, "unstated")),
        (Amount::Unreadable, (None, None, None, None, "unreadable")),
    ] {
        let told = BusEvent::from(&refund().amounting(amount));
        let shown = (
            told.amount,
            told.currency.as_deref(),
            told.exponent,
            told.exact_amount.as_deref(),
            told.amount_state.as_str(),
        );
        assert_eq!(shown, expected);
    }
}

#[test]
fn ids_are_told_as_the_provider_writes_them() {
    let event = Event { key: crate::EventKey::new("wise", Mode::Live, "a/b", "e#1").unwrap(), ..refund() };
    let told = BusEvent::from(&event);
    assert_eq!((told.account.as_str(), told.event_id.as_str()), ("a/b", "e#1"));
    assert_eq!(told.id, "wise#live#a%2Fb#e%231");
    assert_eq!(told.detail_type(), "refund_succeeded");
}

#[tokio::test]
async fn a_bus_takes_at_most_ten_events_and_answers_for_each() {
    let bus = MemoryBus::default();
    let told = BusEvent::from(&refund());
    assert!(bus.publish(&vec![told.clone(); 11]).await.is_err());
    bus.refuse(&told.id);
    let other = BusEvent { id: "other".to_owned(), ..told.clone() };
    assert_eq!(bus.publish(&[told, other]).await.unwrap(), [false, true]);
    assert_eq!((bus.published().len(), bus.calls()), (1, 1));
}

const SCHEMA: &str = include_str!("../../../../docs/tollgate.event.v0.schema.json");
const PAGE: &str = include_str!("../../../../docs/events.md");

/// Whether a value is as a schema says, for the words that our schema uses.
fn follows(value: &Value, schema: &Value) -> bool {
    let type_of = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = |allowed: &Value| {
        allowed == type_of || allowed.as_array().is_some_and(|all| all.contains(&json!(type_of)))
    };
    let members = |of: &Value| of.as_object().cloned().unwrap_or_default();
    let at_least = |least: &Value| value.as_i64().is_none_or(|value| value >= least.as_i64().unwrap());
    let at_most = |most: &Value| value.as_i64().is_none_or(|value| value <= most.as_i64().unwrap());
    schema.as_object().unwrap().iter().all(|(word, says)| match word.as_str() {
        "$schema" | "title" | "description" | "format" => true,
        "type" => types(says),
        "const" => value == says,
        "enum" => says.as_array().unwrap().contains(value),
        "minimum" => at_least(says),
        "maximum" => at_most(says),
        "required" => says.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
        "properties" => {
            members(says).iter().all(|(name, schema)| value.get(name).is_none_or(|v| follows(v, schema)))
        }
        "additionalProperties" => members(value).keys().all(|name| schema["properties"].get(name).is_some()),
        other => panic!("the schema says {other}, which this test does not read"),
    })
}

#[test]
fn the_schema_is_that_of_the_type() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let whole = serde_json::to_value(BusEvent::from(&refund())).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&schema["properties"]), names(&whole), "the same fields");
    assert_eq!(schema["required"].as_array().unwrap().len(), names(&whole).len(), "always there");
    let kinds: Vec<_> = Kind::ALL.iter().map(|kind| json!(kind.as_str())).collect();
    assert_eq!(schema["properties"]["kind"]["enum"], Value::Array(kinds));

    let bare = Event {
        provider_type: None,
        payment: None,
        object: None,
        parent: None,
        occurred_at_ms: None,
        trace_id: None,
        origin: crate::Origin::Rebuild,
        ..refund().amounting(Amount::Unstated)
    };
    let exact = refund().amounting(Amount::exact("0.1", Some("BTC")));
    for event in [refund(), bare, exact, refund().amounting(Amount::Unreadable)] {
        assert!(follows(&serde_json::to_value(BusEvent::from(&event)).unwrap(), &schema), "{event:?}");
    }
    for (field, odd) in [
        ("kind", json!("captured")),
        ("version", json!("tollgate.event.v1")),
        ("amount", json!(-1)),
        ("amount", json!("250")),
        ("id", Value::Null),
        ("mode", json!("dev")),
        ("email", json!("a@example.com")),
    ] {
        let mut event = whole.clone();
        event[field] = odd;
        assert!(!follows(&event, &schema), "{field}");
    }
}

#[test]
fn the_page_tells_of_every_field_and_kind_and_shows_the_golden_file() {
    let whole = serde_json::to_value(BusEvent::from(&refund())).unwrap();
    for name in whole.as_object().unwrap().keys() {
        assert!(PAGE.contains(&format!("`{name}`")), "{name}");
    }
    for kind in Kind::ALL {
        assert!(PAGE.contains(&format!("\n| `{kind}` | ")), "{kind}");
    }
    assert!(PAGE.contains(include_str!("event.v0.json")));
    let examples: Vec<_> =
        PAGE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), 1);
    assert!(examples.iter().all(|text| serde_json::from_str::<Value>(text).is_ok()));
}

const CONSUMERS: &str = include_str!("../../../../docs/consume.md");

/// Whether a value is one of those that a rule lists, for the words that our page uses.
fn listed(value: &Value, list: &Value) -> bool {
    list.as_array().unwrap().iter().any(|wanted| match wanted.as_object() {
        None => wanted == value,
        Some(words) => words.iter().all(|(word, says)| match word.as_str() {
            "prefix" => value.as_str().is_some_and(|text| text.starts_with(says.as_str().unwrap())),
            "anything-but" => !says.as_array().unwrap().contains(value),
            "numeric" => {
                assert_eq!(says[0], ">=", "{says}");
                value.as_i64().is_some_and(|value| value >= says[1].as_i64().unwrap())
            }
            other => panic!("a rule says {other}, which this test does not read"),
        }),
    })
}

/// Whether a rule lets an entry through, as EventBridge does: each field that it names is there and listed.
fn matches(entry: &Value, rule: &Value) -> bool {
    rule.as_object().unwrap().iter().all(|(field, wanted)| match (entry.get(field), wanted) {
        (Some(value), Value::Object(_)) => matches(value, wanted),
        (Some(value), _) => listed(value, wanted),
        (None, _) => false,
    })
}

#[test]
fn each_rule_of_the_page_lets_through_what_it_says() {
    let rules: Vec<Value> = CONSUMERS
        .split("```json\n")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("```").next().unwrap()).unwrap())
        .collect();
    let [captured, disputes, large, without, unreadable] = rules.as_slice() else {
        panic!("five rules: {rules:?}");
    };
    let told = |event: Event| {
        let told = BusEvent::from(&event);
        let kind = told.detail_type().to_owned();
        json!({"source": BusEvent::SOURCE, "detail-type": kind, "detail": told})
    };
    let of = |provider: &str, kind: Kind, amount: Amount| {
        let mode = Mode::Live;
        let key = crate::EventKey::new(provider, mode, "a", "e").unwrap();
        Event { key, kind, ..refund().amounting(amount) }
    };
    let check = |rule: &Value, event: Event, expected: bool| {
        assert_eq!(matches(&told(event.clone()), rule), expected, "{rule} {event:?}");
    };
    check(captured, of("stripe", Kind::PaymentCaptured, usd(5)), true);
    check(captured, of("stripe", Kind::PaymentFailed, usd(5)), false);
    check(captured, Event { kind: Kind::PaymentCaptured, ..refund() }, false);
    check(captured, Event { proven: false, ..of("stripe", Kind::PaymentCaptured, usd(5)) }, false);
    check(disputes, of("adyen", Kind::DisputeOpened, usd(5)), true);
    check(disputes, of("square", Kind::DisputeOpened, usd(5)), false);
    check(disputes, of("adyen", Kind::RefundCreated, usd(5)), false);
    check(large, of("stripe", Kind::RefundSucceeded, usd(100_000)), true);
    check(large, of("stripe", Kind::RefundSucceeded, usd(99_999)), false);
    check(large, of("stripe", Kind::RefundSucceeded, crate::testing::money(100_000, "JPY")), false);
    check(large, of("stripe", Kind::RefundSucceeded, Amount::Unstated), false);
    check(without, of("gocardless", Kind::PaymentCaptured, Amount::Unstated), true);
    check(without, of("stripe", Kind::PaymentCaptured, usd(5)), false);
    check(unreadable, of("stripe", Kind::Other, Amount::Unreadable), true);
    check(unreadable, of("stripe", Kind::Other, Amount::Unstated), false);
}
