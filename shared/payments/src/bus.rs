//! The event bus as a port, and the format of an event on it.

use serde::{Deserialize, Serialize};
use verification::Mode;

use crate::{Amount, Event, Id, instant};

/// Where recorded events are announced: at least once, in no order. `aws` has it on EventBridge,
/// [`crate::MemoryBus`] in memory.
#[expect(async_fn_in_trait, reason = "the runtime has one thread: futures need not be Send")]
pub trait Bus {
    /// Publishes at most ten events, and says for each, in order, whether the bus took it.
    async fn publish(&self, events: &[BusEvent]) -> anyhow::Result<Vec<bool>>;
}

/// An event as consumers see it, `tollgate.event.v0`. The format is in `docs/events.md`; fields are only added. It has
/// no personal data: ids, a kind, an amount and times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusEvent {
    /// [`BusEvent::VERSION`].
    pub version: String,
    /// The ledger's id of the event, `provider#mode#account#event id`. Whatever is repeated has the same id.
    pub id: String,
    /// What it says; also the `detail-type` of the entry.
    pub kind: String,
    /// The provider's name.
    pub provider: String,
    /// Live or test.
    pub mode: Mode,
    /// The account, as the endpoint says it.
    pub account: String,
    /// The provider's id of the event.
    pub event_id: String,
    /// The provider's own name for it.
    pub provider_type: Option<String>,
    /// The payment's id at the provider.
    pub payment: Option<String>,
    /// The id of the object that it is about.
    pub object: Option<String>,
    /// The id of the object that this one belongs to.
    pub parent: Option<String>,
    /// Minor units of `currency`.
    pub amount: Option<i64>,
    /// ISO 4217 code, or the provider's name of a unit beside `exact_amount`.
    pub currency: Option<String>,
    /// Decimal places of `amount`.
    pub exponent: Option<u8>,
    /// A decimal that is not money of ISO 4217, as the provider writes it.
    pub exact_amount: Option<String>,
    /// `stated`, `exact`, `unstated` or `unreadable`.
    pub amount_state: String,
    /// When it happened, as the provider says. RFC 3339, UTC.
    pub occurred_at: Option<String>,
    /// When its delivery arrived. RFC 3339, UTC.
    pub received_at: String,
    /// When it was put into the ledger. RFC 3339, UTC.
    pub recorded_at: String,
    /// Whether the provider's signature covers the facts.
    pub proven: bool,
    /// `webhook`, `replay` or `rebuild`.
    pub origin: String,
    /// The trace of the delivery.
    pub trace_id: Option<String>,
}

impl BusEvent {
    /// The version of the format.
    pub const VERSION: &'static str = "tollgate.event.v0";
    /// The `source` of the entry.
    pub const SOURCE: &'static str = "tollgate";

    /// The `detail-type` of the entry: the kind.
    pub fn detail_type(&self) -> &str {
        &self.kind
    }

    /// The `detail` of the entry, as JSON.
    pub fn detail(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

impl From<&Event> for BusEvent {
    fn from(event: &Event) -> BusEvent {
        let key = &event.key;
        let money = event.amount.money();
        let (state, exact, unit) = match &event.amount {
            Amount::Stated(_) => ("stated", None, None),
            Amount::Exact { value, currency } => ("exact", Some(value.clone()), currency.clone()),
            Amount::Unstated => ("unstated", None, None),
            Amount::Unreadable => ("unreadable", None, None),
        };
        BusEvent {
            version: BusEvent::VERSION.to_owned(),
            id: key.to_string(),
            kind: event.kind.to_string(),
            provider: key.provider().to_owned(),
            mode: key.mode(),
            account: key.account(),
            event_id: key.event_id(),
            provider_type: event.provider_type.clone(),
            payment: event.payment.as_ref().map(|payment| payment.id().text()),
            object: event.object.as_ref().map(Id::text),
            parent: event.parent.as_ref().map(Id::text),
            amount: money.map(crate::Money::minor),
            currency: money.map(|money| money.currency().code().to_owned()).or(unit),
            exponent: money.map(|money| money.currency().exponent()),
            exact_amount: exact,
            amount_state: state.to_owned(),
            occurred_at: event.occurred_at_ms.map(instant::text),
            received_at: instant::text(event.received_at_ms),
            recorded_at: instant::text(event.recorded_at_ms),
            proven: event.proven,
            origin: event.origin.as_str().to_owned(),
            trace_id: event.trace_id.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
