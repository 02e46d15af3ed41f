//! Turning a provider's events into facts.

mod adyen;
mod adyen_platform;
mod authorizenet;
mod braintree;
mod chargebee;
mod checkout;
mod coinbase_commerce;
mod flutterwave;
mod form;
mod gocardless;
mod klarna;
mod lemonsqueezy;
mod mercadopago;
mod molam;
mod mollie;
mod paddle;
mod paypal;
mod paystack;
mod plaid;
mod razorpay;
mod recurly;
mod rules;
mod shopify;
mod square;
mod stripe;
mod wise;
mod worldpay;
mod xendit;
mod xml;

use rules::{Batch, Facts, Format, Provider};
use verification::{Coverage, Identity, Mode};

use crate::json::Json;
use crate::{BodyDigest, Event, EventKey, Origin, event, instant};

/// The version of the rules in this folder. Raise it when a rule reads the same body in another way.
pub const INTERPRETATION: u32 = 1;

/// A verified and screened delivery.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Our id of the delivery.
    pub delivery_id: &'a str,
    /// When it arrived. Milliseconds since 1970.
    pub received_at_ms: i64,
    /// The time now, at which its events are recorded. Milliseconds since 1970.
    pub recorded_at_ms: i64,
    /// The trace it belongs to.
    pub trace_id: Option<&'a str>,
    /// The endpoint's name.
    pub endpoint: &'a str,
    /// The endpoint's provider.
    pub provider: &'a str,
    /// The endpoint's mode.
    pub mode: Mode,
    /// The endpoint's account.
    pub account: &'a str,
    /// What verification read: the event's id, type and time.
    pub identity: &'a Identity,
    /// What the signature covers.
    pub coverage: Coverage,
    /// The screened body.
    pub body: &'a [u8],
    /// The road it came by.
    pub origin: Origin,
}

/// A delivery that gives no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uninterpretable {
    /// It has no event id.
    Unidentified,
}

impl Uninterpretable {
    /// The stable name, for logs and dead letters.
    pub fn reason(self) -> &'static str {
        match self {
            Uninterpretable::Unidentified => "unidentified",
        }
    }
}

/// Reads the events of a delivery: one, or as many as the body holds. A type that is not known is
/// [`Kind::Other`](crate::Kind::Other), never an error.
pub fn interpret(received: &Received<'_>) -> Result<Vec<Event>, Uninterpretable> {
    let provider = PROVIDERS.iter().find(|provider| provider.names.contains(&received.provider));
    let content = match provider {
        Some(provider) => provider.content(received.body).ok_or(Uninterpretable::Unidentified)?,
        None => Content::Bytes(received.body),
    };
    let body = content.json();
    let digest = BodyDigest::of(received.body);
    let batch = provider.and_then(|provider| provider.batch.as_ref());
    let parts = batch.map(|batch| batch.events(body)).unwrap_or_default();
    if parts.is_empty() {
        let mut said = Said::of(received.identity);
        if said.id.is_none() && provider.is_some_and(|provider| provider.content_is_id) {
            said.id = Some(content.digest());
        }
        return Ok(vec![received.event(provider, &said, body, &digest)?]);
    }
    parts.iter().map(|(said, part)| received.event(provider, said, *part, &digest)).collect()
}

/// What a body says, apart from how it is wrapped.
enum Content<'a> {
    Bytes(&'a [u8]),
    FromXml { xml: String, json: String },
}

impl Provider {
    /// `None` for a form without its XML: what else is in such a body is not signed, and must not become an id.
    fn content<'a>(&self, body: &'a [u8]) -> Option<Content<'a>> {
        match self.format {
            Format::Json => Some(Content::Bytes(body)),
            Format::FormOfXml => {
                let xml = form::xml(body)?;
                Some(Content::FromXml { json: xml::to_json(&xml)?, xml })
            }
        }
    }
}

impl Content<'_> {
    fn json(&self) -> Json<'_> {
        match self {
            Content::Bytes(body) => Json::parse(body),
            Content::FromXml { json, .. } => Json::parse(json.as_bytes()),
        }
    }

    /// The id of a message that has none: equal content is one event.
    fn digest(&self) -> String {
        let digest = match self {
            Content::Bytes(body) => BodyDigest::of(body),
            Content::FromXml { xml, .. } => BodyDigest::of(xml.as_bytes()),
        };
        format!("sha256:{}", digest.as_str())
    }
}

/// What an event is called, wherever that was read.
struct Said {
    id: Option<String>,
    event_type: Option<String>,
    occurred_at: Option<String>,
    /// Whether a signature over the body covers the type: it may be a header.
    type_is_signed: bool,
}

impl Said {
    fn of(identity: &Identity) -> Said {
        Said {
            id: identity.id().map(str::to_owned),
            event_type: identity.event_type.clone(),
            occurred_at: identity.occurred_at.clone(),
            type_is_signed: identity.proven.event_type,
        }
    }
}

impl Batch {
    fn events<'a>(&self, body: Json<'a>) -> Vec<(Said, Json<'a>)> {
        let events = body.at(self.list).items().into_iter().map(|element| element.at(self.event));
        events.map(|event| (self.said(event), event)).collect()
    }

    fn said(&self, event: Json<'_>) -> Said {
        let joined = |paths: &[&str], with: &str| -> Option<String> {
            let texts: Option<Vec<_>> = paths.iter().map(|path| event.at(path).word()).collect();
            texts.map(|texts| texts.join(with))
        };
        Said {
            id: joined(self.id, ":"),
            event_type: joined(self.event_type, "."),
            occurred_at: event.at(self.occurred_at).name().map(Into::into),
            type_is_signed: true,
        }
    }
}

impl Received<'_> {
    fn event(
        &self,
        provider: Option<&&Provider>,
        said: &Said,
        event: Json<'_>,
        body: &BodyDigest,
    ) -> Result<Event, Uninterpretable> {
        let mut id = said.id.clone().unwrap_or_default();
        let state = provider.and_then(|provider| event.at(provider.state_in_id?).word());
        if let Some(state) = state.filter(|state| !id.is_empty() && state != "true") {
            id = format!("{id}:{state}");
        }
        let key = EventKey::new(self.provider, self.mode, self.account, &id);
        let key = key.ok_or(Uninterpretable::Unidentified)?;
        let facts = match (provider, &said.event_type) {
            (Some(provider), Some(event_type)) => provider.facts(event_type, event),
            _ => Facts::NONE,
        };
        Ok(Event {
            kind: facts.kind,
            provider_type: said.event_type.as_deref().map(event::provider_type),
            object: facts.object,
            parent: facts.parent,
            payment: facts.payment.map(|payment| key.payment(&payment)),
            amount: facts.amount,
            occurred_at_ms: said.occurred_at.as_deref().and_then(instant::parse),
            received_at_ms: self.received_at_ms,
            recorded_at_ms: self.recorded_at_ms,
            delivery_id: event::delivery_id(self.delivery_id),
            trace_id: self.trace_id.map(event::trace_id),
            proven: match self.coverage {
                Coverage::Body => said.type_is_signed || provider.is_some_and(|p| p.body_tells_type),
                Coverage::Fields => provider.is_some_and(|p| p.fields_prove_facts) && !facts.hinted,
                Coverage::Sender => false,
            },
            origin: self.origin,
            announce: self.origin != Origin::Rebuild,
            interpretation: INTERPRETATION,
            body: body.clone(),
            conflict: false,
            key,
        })
    }
}

const PROVIDERS: &[&Provider] = &[
    &adyen::ADYEN,
    &adyen_platform::ADYEN_PLATFORM,
    &authorizenet::AUTHORIZENET,
    &braintree::BRAINTREE,
    &chargebee::CHARGEBEE,
    &checkout::CHECKOUT,
    &coinbase_commerce::COINBASE_COMMERCE,
    &flutterwave::FLUTTERWAVE_V3,
    &flutterwave::FLUTTERWAVE_V4,
    &gocardless::GOCARDLESS,
    &klarna::KLARNA,
    &lemonsqueezy::LEMONSQUEEZY,
    &mercadopago::MERCADOPAGO,
    &molam::MOLAM,
    &mollie::MOLLIE,
    &paddle::PADDLE,
    &paypal::PAYPAL,
    &paystack::PAYSTACK,
    &plaid::PLAID,
    &razorpay::RAZORPAY,
    &recurly::RECURLY,
    &shopify::SHOPIFY,
    &square::SQUARE,
    &stripe::STRIPE,
    &wise::WISE,
    &worldpay::WORLDPAY,
    &xendit::XENDIT,
];

#[cfg(test)]
mod tests;
