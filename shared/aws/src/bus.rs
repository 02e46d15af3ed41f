//! The event bus on EventBridge.

use anyhow::ensure;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use payments::{Bus, BusEvent};

use crate::Sdk;
use crate::failure::failure;

/// One bus, by its ARN. `PutEvents` to a bus that does not exist answers 200 and drops the event, so the ARN comes from the template.
#[derive(Debug)]
pub struct EventBridgeBus {
    client: Client,
    bus: String,
}

impl EventBridgeBus {
    /// The bus with this ARN.
    pub fn new(sdk: &Sdk, bus: impl Into<String>) -> Self {
        Self { client: Client::new(sdk.config()), bus: bus.into() }
    }
}

impl Bus for EventBridgeBus {
    async fn publish(&self, events: &[BusEvent]) -> anyhow::Result<Vec<bool>> {
        let mut call = self.client.put_events();
        for event in events {
            let entry = PutEventsRequestEntry::builder()
                .event_bus_name(&self.bus)
                .source(BusEvent::SOURCE)
                .detail_type(event.detail_type())
                .detail(event.detail()?);
            call = call.entries(entry.build());
        }
        let answer = call.send().await.map_err(|error| failure("put events on the bus", &error))?;
        ensure!(answer.entries().len() == events.len(), "the bus answered for another number of events");
        Ok(answer.entries().iter().map(|entry| entry.event_id().is_some()).collect())
    }
}

#[cfg(test)]
mod tests {
    use payments::{Bus as _, BusEvent};
    use serde_json::json;
    use verification::Mode;

    use super::EventBridgeBus;
    use crate::canned::{Answer, Server};

    fn event(id: &str) -> BusEvent {
        BusEvent {
            version: BusEvent::VERSION.to_owned(),
            id: id.to_owned(),
            kind: "payment.succeeded".to_owned(),
            provider: "stripe".to_owned(),
            mode: Mode::Test,
            account: "acct_1".to_owned(),
            event_id: "evt_1".to_owned(),
            provider_type: None,
            payment: None,
            object: None,
            parent: None,
            amount: None,
            currency: None,
            exponent: None,
            exact_amount: None,
            amount_state: "unstated".to_owned(),
            occurred_at: None,
            received_at: "2026-11-23T04:00:00Z".to_owned(),
            recorded_at: "2026-11-23T04:00:01Z".to_owned(),
            proven: true,
            origin: "webhook".to_owned(),
            trace_id: None,
        }
    }

    #[tokio::test]
    async fn each_event_is_an_entry_and_each_entry_has_its_own_outcome() {
        let answer = r#"{"FailedEntryCount":1,"Entries":[{"EventId":"1"},{"ErrorCode":"ThrottlingException"},{"EventId":"3"}]}"#;
        let server = Server::start([Answer::ok(answer)]);
        let events = [event("a"), event("b"), event("c")];
        let taken = EventBridgeBus::new(&server.sdk(), "arn:bus").publish(&events).await.unwrap();
        assert_eq!(taken, [true, false, true]);

        let entries = server.only().json()["Entries"].clone();
        assert_eq!(entries.as_array().unwrap().len(), 3);
        let detail = events[1].detail().unwrap();
        let expected = json!({"Source": "tollgate", "DetailType": "payment.succeeded", "Detail": detail, "EventBusName": "arn:bus"});
        assert_eq!(entries[1], expected);
    }

    #[tokio::test]
    async fn an_answer_for_another_number_of_events_is_an_error() {
        let server = Server::start([Answer::ok(r#"{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}"#)]);
        assert!(
            EventBridgeBus::new(&server.sdk(), "arn:bus").publish(&[event("a"), event("b")]).await.is_err()
        );
    }
}
