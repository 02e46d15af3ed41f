use payments::{Event, Fault, FaultyBus, Kind, MemoryBus, MemoryLedger, record};
use pipeline::memory::MemoryQueue;
use pipeline::{DeadLetter, Queue as _};

use super::*;
use crate::commands::tests::row;

const PLACE: &str = r#"{"requestContext": {"requestId": "r", "functionArn": "arn", "condition": "RetryAttemptsExhausted",
    "approximateInvokeCount": 1}, "version": "1.0", "timestamp": "2026-11-14T00:13:49.717Z", "DDBStreamBatchInfo": {
    "shardId": "shardId-1", "startSequenceNumber": "800", "endSequenceNumber": "801",
    "approximateArrivalOfFirstRecord": "2026-11-14T00:13:19Z", "approximateArrivalOfLastRecord": "2026-11-14T00:13:20Z",
    "batchSize": 2, "streamArn": "arn:stream"}}"#;

async fn port(events: &[Event]) -> Announcements<MemoryQueue, MemoryLedger, MemoryBus> {
    let ledger = MemoryLedger::default();
    for event in events {
        record(&ledger, event).await.unwrap();
    }
    Announcements { letters: MemoryQueue::default(), ledger, bus: MemoryBus::default() }
}

async fn letter(queue: &MemoryQueue, body: &str) -> Letter {
    let letter =
        DeadLetter { body, class: "permanent", reason: "not_announced", attempts: 1, trace_id: None };
    queue.dead_letter(&letter).await.unwrap();
    queue.take(Duration::ZERO).await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn an_event_is_announced_as_the_ledger_has_it_whatever_the_message_says() {
    let event = row("evt_1", Kind::PaymentCaptured, 2000);
    let port = port(std::slice::from_ref(&event)).await;
    let forged = BusEvent { amount: Some(1), ..BusEvent::from(&event) };
    for body in [forged.detail().unwrap(), event.key.as_str().to_owned()] {
        port.send_back(&letter(&port.letters, &body).await).await.unwrap();
    }
    let published = port.bus.published();
    assert_eq!(published, [BusEvent::from(&event), BusEvent::from(&event)]);
}

#[tokio::test]
async fn what_the_ledger_does_not_have_or_does_not_announce_is_not_announced() {
    let silent = Event { announce: false, ..row("evt_silent", Kind::PaymentCaptured, 2000) };
    let port = port(std::slice::from_ref(&silent)).await;
    let unknown = BusEvent::from(&row("evt_other", Kind::PaymentCaptured, 2000)).detail().unwrap();
    let silent = BusEvent::from(&silent).detail().unwrap();
    for body in [unknown.as_str(), silent.as_str(), PLACE, "anything"] {
        assert!(port.send_back(&letter(&port.letters, body).await).await.is_err(), "{body}");
    }
    assert!(port.bus.published().is_empty());
}

#[tokio::test]
async fn an_event_that_the_bus_does_not_take_stays() {
    let event = row("evt_1", Kind::PaymentCaptured, 2000);
    let Announcements { letters, ledger, bus } = port(std::slice::from_ref(&event)).await;
    let bus = FaultyBus::new(bus, [Fault::Before]);
    let port = Announcements { letters, ledger, bus };
    let letter = letter(&port.letters, event.key.as_str()).await;
    assert!(port.send_back(&letter).await.is_err());
}

#[test]
fn a_message_is_known_by_its_form() {
    let event = row("evt_1", Kind::PaymentCaptured, 2000);
    let detail = BusEvent::from(&event).detail().unwrap();
    let content = Content::read(&detail);
    assert!(matches!(content, Content::Event(..)));
    assert_eq!(content.key(), Some(&event.key));
    assert_eq!(Content::read(event.key.as_str()), Content::Row(event.key));
    let Content::Place(place) = Content::read(PLACE) else { panic!("a place in the stream") };
    assert_eq!((place.batch_size, place.end_sequence_number.as_str()), (2, "801"));
    let nameless = detail.replace("stripe#test#acct_1#evt_1", "evt_1");
    for text in ["", "{}", "card 4242424242424242", nameless.as_str()] {
        assert_eq!(Content::read(text), Content::Unknown, "{text}");
    }
}
