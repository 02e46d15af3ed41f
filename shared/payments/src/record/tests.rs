use verification::{Coverage, Identity, Mode};

use super::*;
use crate::testing::{event, usd};
use crate::{Amount, BodyDigest, Fault, FaultyLedger, Id, Kind, MemoryLedger};

fn captured() -> Event {
    event("evt_1", Kind::PaymentCaptured, "p", 1000)
}

async fn check(second: Event, expected: Recorded) {
    let ledger = MemoryLedger::default();
    let first = captured();
    assert_eq!(record(&ledger, &first).await.unwrap(), Recorded::New);
    assert_eq!(record(&ledger, &second).await.unwrap(), expected, "{second:?}");
    assert_eq!(ledger.event(&first.key).await.unwrap(), Some(first), "the first row stays as it is");
}

#[tokio::test]
async fn the_same_event_again_is_a_duplicate() {
    check(captured(), Recorded::Duplicate).await;
    let later =
        Event { received_at_ms: 9, delivery_id: "d-2".to_owned(), body: BodyDigest::of(b"2"), ..captured() };
    check(later, Recorded::Duplicate).await;
    check(Event { origin: crate::Origin::Replay, announce: false, ..captured() }, Recorded::Duplicate).await;
}

#[tokio::test]
async fn another_money_core_under_the_same_id_is_a_conflict() {
    check(Event { kind: Kind::PaymentFailed, ..captured() }, Recorded::Conflict).await;
    check(Event { object: Id::new("q"), ..captured() }, Recorded::Conflict).await;
    check(captured().amounting(usd(1001)), Recorded::Conflict).await;
    check(captured().amounting(crate::testing::money(1000, "EUR")), Recorded::Conflict).await;
    check(captured().amounting(Amount::Unreadable), Recorded::Conflict).await;
}

#[tokio::test]
async fn what_one_of_two_does_not_say_is_no_difference() {
    check(Event { object: None, ..captured() }, Recorded::Duplicate).await;
    check(captured().amounting(Amount::Unstated), Recorded::Duplicate).await;
}

#[tokio::test]
async fn a_kind_that_only_other_rules_know_is_no_difference() {
    let body = BodyDigest::of(b"2");
    let unknown = Event { kind: Kind::Other, body, ..captured() };
    check(Event { interpretation: 2, ..unknown.clone() }, Recorded::Duplicate).await;
    check(unknown, Recorded::Conflict).await;
}

#[tokio::test]
async fn the_same_body_read_by_other_rules_is_a_duplicate() {
    let other_rules = Event { kind: Kind::PaymentFailed, interpretation: 2, ..captured() };
    check(other_rules.clone(), Recorded::Duplicate).await;
    check(Event { body: BodyDigest::of(b"2"), ..other_rules }, Recorded::Conflict).await;
}

#[tokio::test]
async fn a_conflict_is_kept_beside_the_first_once_and_never_announced() {
    let ledger = MemoryLedger::default();
    let other = captured().amounting(usd(9));
    let third = captured().amounting(usd(10));
    for event in [captured(), other.clone(), other.clone(), third] {
        record(&ledger, &event).await.unwrap();
    }
    let beside = ledger.conflicts(&other.key).await.unwrap();
    assert_eq!(beside.len(), 2, "one for each content");
    assert!(beside.iter().all(|event| event.conflict && !event.announce));
    let inserted = ledger.take_changes().len();
    assert_eq!(inserted, 3, "the repeated conflict changed nothing");
}

#[tokio::test]
async fn an_event_costs_one_put_a_new_part_one_more_and_no_read() {
    let ledger = MemoryLedger::default();
    let charge = event("evt_2", Kind::PaymentCaptured, "ch_1", 1000).of("p");
    let refund = event("evt_3", Kind::RefundSucceeded, "re_1", 1000).of("ch_1");
    for event in [captured(), charge, refund] {
        record(&ledger, &event).await.unwrap();
    }
    let calls = ledger.calls();
    assert_eq!((calls.put_event, calls.put_link, calls.put_conflict), (3, 2, 0));
    assert_eq!((calls.reads, calls.queries), (0, 0));
}

#[tokio::test]
async fn whatever_call_fails_a_retry_ends_with_one_row_and_its_link() {
    let charge = event("evt_2", Kind::PaymentCaptured, "ch_1", 1000).of("p");
    let whole = MemoryLedger::default();
    record(&whole, &charge).await.unwrap();
    for plan in [
        [Fault::Before, Fault::None],
        [Fault::After, Fault::None],
        [Fault::None, Fault::Before],
        [Fault::None, Fault::After],
    ] {
        let ledger = FaultyLedger::new(MemoryLedger::default(), plan);
        record(&ledger, &charge).await.unwrap_err();
        let linked = !ledger.inner().parents(&crate::testing::payment("ch_1")).await.unwrap().is_empty();
        let written = ledger.inner().event(&charge.key).await.unwrap().is_some();
        assert!(linked || !written, "an event that is there can be found: {plan:?}");
        record(&ledger, &charge).await.unwrap();
        assert_eq!(ledger.inner().rows(), whole.rows(), "{plan:?}");
    }
}

#[tokio::test]
async fn endpoints_of_one_account_share_the_event() {
    let ledger = MemoryLedger::default();
    let second_route = Event { delivery_id: "by the other endpoint".to_owned(), ..captured() };
    assert_eq!(record(&ledger, &captured()).await.unwrap(), Recorded::New);
    assert_eq!(record(&ledger, &second_route).await.unwrap(), Recorded::Duplicate);
}

#[tokio::test]
async fn only_newer_rules_on_the_same_body_overwrite() {
    let newer = Event { kind: Kind::PaymentFailed, interpretation: 2, ..captured() };
    let newest = Event { kind: Kind::PaymentCancelled, interpretation: 3, ..captured() };
    let ledger = MemoryLedger::default();
    assert!(!ledger.replace_event(&newer).await.unwrap(), "there is nothing to overwrite");
    record(&ledger, &captured()).await.unwrap();
    assert!(!ledger.replace_event(&captured()).await.unwrap(), "the same rules");
    assert!(!ledger.replace_event(&Event { body: BodyDigest::of(b"2"), ..newer.clone() }).await.unwrap());
    for order in [[&newer, &newest], [&newest, &newer]] {
        let ledger = MemoryLedger::default();
        record(&ledger, &captured()).await.unwrap();
        for event in order {
            ledger.replace_event(event).await.unwrap();
        }
        assert_eq!(
            ledger.event(&newest.key).await.unwrap().as_ref(),
            Some(&newest),
            "in any order the same end"
        );
    }
}

async fn check_reading(reading: Event, outcome: Reinterpreted, row: Event) {
    let ledger = MemoryLedger::default();
    record(&ledger, &captured()).await.unwrap();
    ledger.take_changes();
    assert_eq!(reinterpret(&ledger, &reading).await.unwrap(), outcome, "{reading:?}");
    assert_eq!(ledger.event(&reading.key).await.unwrap(), Some(row));
    let changes = ledger.take_changes();
    assert!(changes.iter().all(|change| matches!(change, crate::Change::Modify(_))), "nothing to announce");
    let writes = usize::from(outcome == Reinterpreted::Overwritten);
    assert_eq!(ledger.calls().replace_event, writes, "what is known to be in vain is not tried");
}

#[tokio::test]
async fn reading_an_event_again_changes_its_facts_alone_and_only_by_newer_rules_from_the_same_body() {
    let newer = Event { kind: Kind::PaymentFailed, interpretation: 2, ..captured() };
    let replayed = Event {
        delivery_id: "d-9".to_owned(),
        received_at_ms: 9,
        recorded_at_ms: 9,
        trace_id: Some("1-9".to_owned()),
        origin: crate::Origin::Replay,
        announce: false,
        ..newer.clone()
    };
    check_reading(replayed, Reinterpreted::Overwritten, newer.clone()).await;
    let same_rules = Event { kind: Kind::PaymentFailed, ..captured() };
    check_reading(same_rules, Reinterpreted::Current, captured()).await;
    let other_body = Event { body: BodyDigest::of(b"2"), ..newer };
    check_reading(other_body, Reinterpreted::OtherBody, captured()).await;
    let absent = reinterpret(&MemoryLedger::default(), &captured()).await.unwrap();
    assert_eq!(absent, Reinterpreted::Absent);
}

#[tokio::test]
async fn an_event_that_newer_rules_file_elsewhere_is_found_from_there() {
    let ledger = MemoryLedger::default();
    record(&ledger, &event("1", Kind::Other, "re", 5).under("re")).await.unwrap();
    let newer = Event { interpretation: 2, ..event("1", Kind::RefundSucceeded, "re", 5).of("p").under("p") };
    assert_eq!(reinterpret(&ledger, &newer).await.unwrap(), Reinterpreted::Overwritten);
    let parents = ledger.parents(&crate::testing::payment("re")).await.unwrap();
    assert_eq!(parents, [crate::testing::payment("p")]);
}

/// What a delivery gives.
struct Sent<'a> {
    provider: &'a str,
    identity: Identity,
    coverage: Coverage,
    body: &'a str,
}

impl Sent<'_> {
    async fn is(&self, ledger: &MemoryLedger) -> Bound {
        let received = Received {
            delivery_id: "d-1",
            received_at_ms: 1,
            recorded_at_ms: 2,
            trace_id: None,
            endpoint: "shop",
            provider: self.provider,
            mode: Mode::Test,
            account: "acct_1",
            identity: &self.identity,
            coverage: self.coverage,
            body: self.body.as_bytes(),
            origin: crate::Origin::Webhook,
        };
        let events = crate::interpret(&received).unwrap();
        prove(ledger, &received, &events).await.unwrap()
    }
}

/// What a delivery of PayPal with this transmission id, event id and body gives.
async fn transmitted(ledger: &MemoryLedger, transmission: &str, event_id: &str, body: &str) -> Bound {
    let identity = Identity {
        proof_id: Some(transmission.to_owned()),
        ..crate::testing::identity(event_id, "PAYMENT.CAPTURE.COMPLETED", "")
    };
    Sent { provider: "paypal", identity, coverage: Coverage::Sender, body }.is(ledger).await
}

#[tokio::test]
async fn a_transmission_brings_one_event_and_one_body() {
    let ledger = MemoryLedger::default();
    assert_eq!(transmitted(&ledger, "t-1", "WH-1", "{}").await, Bound::Holds);
    assert_eq!(transmitted(&ledger, "t-1", "WH-1", "{}").await, Bound::Holds, "again");
    assert_eq!(transmitted(&ledger, "t-1", "WH-1", "{ }").await, Bound::Forged, "another body");
    assert_eq!(transmitted(&ledger, "t-1", "WH-2", "{}").await, Bound::Forged, "another event");
    assert_eq!(transmitted(&ledger, "t-2", "WH-1", "{}").await, Bound::Holds, "sent again");
    assert_eq!(ledger.rows().len(), 2);
}

/// What a delivery with an event id in a header gives, where the signature covers the body, and the header too or not.
async fn named(ledger: &MemoryLedger, signed: bool, event_id: &str, event_type: &str, body: &str) -> Bound {
    let mut identity = crate::testing::identity(event_id, event_type, "");
    identity.proven.event_id = signed;
    Sent { provider: "razorpay", identity, coverage: Coverage::Body, body }.is(ledger).await
}

#[tokio::test]
async fn signed_content_has_one_effect_whatever_an_unsigned_header_calls_it() {
    let ledger = MemoryLedger::default();
    assert_eq!(named(&ledger, false, "e-1", "payment.captured", "{}").await, Bound::Holds);
    assert_eq!(named(&ledger, false, "e-1", "payment.captured", "{}").await, Bound::Holds, "again");
    assert_eq!(named(&ledger, false, "e-2", "payment.captured", "{}").await, Bound::Repeated, "another id");
    assert_eq!(named(&ledger, false, "e-2", "payment.captured", "{ }").await, Bound::Holds, "other content");
    assert_eq!(named(&ledger, false, "e-3", "order.paid", "{}").await, Bound::Holds, "another topic");
    assert_eq!(ledger.rows().len(), 3);
    assert_eq!(named(&ledger, true, "e-9", "payment.captured", "{}").await, Bound::Holds, "a signed id");
    assert_eq!(ledger.rows().len(), 3, "nothing is written for it");
}
