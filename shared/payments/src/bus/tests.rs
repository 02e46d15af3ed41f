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
