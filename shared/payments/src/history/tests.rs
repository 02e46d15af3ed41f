use super::*;
use crate::testing::{event, payment};
use crate::{Kind, MemoryLedger, record};

async fn ledger_with(events: &[Event]) -> MemoryLedger {
    let ledger = MemoryLedger::default();
    for event in events {
        record(&ledger, event).await.unwrap();
    }
    ledger
}

/// An order, an authorisation, its capture, and a refund that names only the capture.
fn order() -> Vec<Event> {
    vec![
        event("1", Kind::PaymentCreated, "o", 1000).under("o"),
        event("2", Kind::PaymentAuthorised, "a", 1000).of("o").under("o").at_second(1),
        event("3", Kind::PaymentCaptured, "c", 1000).of("a").under("o").at_second(2),
        event("4", Kind::RefundSucceeded, "r", 400).of("c").under("c").at_second(3),
    ]
}

#[tokio::test]
async fn every_part_of_a_payment_leads_to_all_of_it() {
    let ledger = ledger_with(&order()).await;
    for object in ["o", "a", "c", "r"] {
        let history = history(&ledger, &payment(object)).await.unwrap();
        let ids: Vec<_> = history.events.iter().map(|event| event.key.event_id()).collect();
        assert_eq!(ids, ["1", "2", "3", "4"], "{object}");
        assert_eq!(history.key, payment("o"), "{object}");
        assert!(history.complete, "{object}");
        let state = "partially_refunded: authorised USD 10.00, captured USD 10.00, refunded USD 4.00";
        assert_eq!(history.payment.to_string(), state, "{object}");
    }
}

#[tokio::test]
async fn a_dispute_and_a_refund_that_names_its_payment_only_later_lead_to_it() {
    for (refund, paid) in [("a", "p"), ("r", "p")] {
        let ledger = ledger_with(&[
            event("1", Kind::PaymentCaptured, paid, 1000).under(paid),
            event("2", Kind::RefundCreated, refund, 400).under(refund).at_second(1),
            event("3", Kind::RefundSucceeded, refund, 400).of(paid).under(paid).at_second(2),
            event("4", Kind::DisputeOpened, "d", 600).of(paid).under(paid).at_second(3),
        ])
        .await;
        for object in [paid, refund, "d"] {
            let history = history(&ledger, &payment(object)).await.unwrap();
            assert_eq!((history.events.len(), history.key), (4, payment(paid)), "{object}");
            let state = "disputed: captured USD 10.00, refunded USD 4.00, disputed USD 6.00";
            assert_eq!(history.payment.to_string(), state, "{object}");
        }
    }
}

#[tokio::test]
async fn an_object_that_nobody_names_has_no_history() {
    let ledger = ledger_with(&order()).await;
    let history = history(&ledger, &payment("x")).await.unwrap();
    assert_eq!((history.events.len(), history.payment.status.as_str()), (0, "unknown"));
}

#[tokio::test]
async fn a_conflict_is_in_the_history() {
    let mut events = order();
    events.push(event("1", Kind::PaymentCreated, "o", 9999).under("o"));
    let ledger = ledger_with(&events).await;
    let history = history(&ledger, &payment("o")).await.unwrap();
    assert_eq!(history.events.iter().filter(|event| event.conflict).count(), 1);
    assert!(history.payment.flags.contains(&crate::Flag::Conflict));
}

#[tokio::test]
async fn parts_that_lead_round_in_a_circle_end_the_search() {
    let events = [
        event("1", Kind::PaymentCaptured, "a", 1).under("b"),
        event("2", Kind::PaymentCaptured, "b", 1).under("a"),
    ];
    let ledger = ledger_with(&events).await;
    assert_eq!(history(&ledger, &payment("a")).await.unwrap().events.len(), 2);
    assert_eq!(ledger.calls().reads, 2, "each is asked once for what it belongs to");
}

#[tokio::test]
async fn a_payment_of_very_many_parts_ends_the_search_too() {
    let events: Vec<_> = (0..=OBJECTS)
        .map(|n| {
            event(&n.to_string(), Kind::PaymentCaptured, &format!("c{n}"), 1).under(&format!("c{}", n + 1))
        })
        .collect();
    let ledger = ledger_with(&events).await;
    assert!(!history(&ledger, &payment("c0")).await.unwrap().complete, "it says that there is more");
    let calls = ledger.calls();
    assert!(calls.queries <= OBJECTS && calls.reads <= OBJECTS, "{calls:?}");
}

#[tokio::test]
async fn a_payment_of_very_many_refunds_says_that_not_all_were_followed() {
    let mut events = vec![event("0", Kind::PaymentCaptured, "p", 1).under("p")];
    events.extend(
        (1..=OBJECTS)
            .map(|n| event(&n.to_string(), Kind::RefundSucceeded, &format!("r{n}"), 1).of("p").under("p")),
    );
    let (all, most) = (ledger_with(&events).await, ledger_with(&events[..OBJECTS]).await);
    assert!(!history(&all, &payment("p")).await.unwrap().complete);
    assert!(history(&most, &payment("p")).await.unwrap().complete);
}
