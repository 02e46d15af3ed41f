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
