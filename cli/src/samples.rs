//! Sample bodies, as providers send them, with made-up data. `{{name}}` stands for a value of [`Values`].

mod documented;

use std::time::SystemTime;

use anyhow::{Context as _, anyhow};
use aws_lc_rs::rand;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::problem::Problem;

/// Characters of a made-up id, without its prefix.
const ID_BYTES: usize = 12;
const QUOTE: char = '"';

/// A body that a provider could send.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Who sends it.
    provider: &'static str,
    /// The provider's type of the event.
    event: &'static str,
    template: &'static str,
}

macro_rules! sample {
    ($provider:literal, $event:literal) => {
        sample!($provider, $event, "json")
    };
    ($provider:literal, $event:literal, $kind:literal) => {
        Sample {
            provider: $provider,
            event: $event,
            template: include_str!(concat!("samples/", $provider, "/", $event, ".", $kind)),
        }
    };
}

/// The first of a provider is its usual one.
const SAMPLES: &[Sample] = &[
    sample!("stripe", "payment_intent.succeeded"),
    sample!("stripe", "payment_intent.created"),
    sample!("stripe", "payment_intent.payment_failed"),
    sample!("stripe", "charge.succeeded"),
    sample!("stripe", "charge.refunded"),
    sample!("stripe", "refund.created"),
    sample!("stripe", "refund.updated"),
    sample!("standardwebhooks", "payment.succeeded"),
    sample!("standardwebhooks", "payment.refunded"),
    sample!("github", "push"),
    sample!("slack", "event_callback"),
    sample!("twilio", "delivered", "form"),
];

/// What a sample says: ids, an amount, a time.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    /// The event's id.
    pub(crate) id: String,
    /// The payment's id.
    pub(crate) payment: String,
    /// Minor units.
    pub(crate) amount: u32,
    /// ISO 4217.
    pub(crate) currency: String,
    /// When it happened.
    pub(crate) at: SystemTime,
}

impl Values {
    /// A new event of a payment; a new payment if none is named.
    pub(crate) fn new(provider: &str, payment: Option<&str>, at: SystemTime) -> anyhow::Result<Self> {
        let (event_prefix, payment_prefix) = match provider {
            "stripe" => ("evt_", "pi_"),
            _ => ("msg_", "pay_"),
        };
        let payment = match payment {
            Some(payment) => payment.to_owned(),
            None => made_up_id(payment_prefix)?,
        };
        Ok(Self { id: made_up_id(event_prefix)?, payment, amount: 2000, currency: "eur".to_owned(), at })
    }
}

/// The body of an event of this provider; its usual one if no type is given.
pub(crate) fn body(provider: &str, event: Option<&str>, values: &Values) -> anyhow::Result<Vec<u8>> {
    let wanted = |own: &str| event.is_none_or(|event| event == own);
    if let Some(sample) = samples_of(provider).find(|sample| wanted(sample.event)) {
        return Ok(sample.fill(values)?.into_bytes());
    }
    match documented::of(provider)?.iter().find(|sample| wanted(&sample.event)) {
        Some(sample) => sample.body(&values.id),
        None => Err(unknown(provider, event).into()),
    }
}

/// Whether this provider's samples can be about a payment and an amount of choice.
pub(crate) fn can_choose(provider: &str) -> bool {
    samples_of(provider).next().is_some()
}

/// What belongs to the URL of a delivery, where the provider signs that: Mercado Pago, the id of the object.
pub(crate) fn query(provider: &str, body: &[u8]) -> String {
    let id = || serde_json::from_slice::<Value>(body).ok()?.pointer("/data/id").cloned();
    match (provider, id()) {
        ("mercadopago", Some(Value::String(id))) => format!("?data.id={id}&type=payment"),
        _ => String::new(),
    }
}

fn samples_of(provider: &str) -> impl Iterator<Item = &'static Sample> {
    // Svix sends what Standard Webhooks describes, under other header names.
    let provider = if provider == "svix" { "standardwebhooks" } else { provider };
    SAMPLES.iter().filter(move |sample| sample.provider == provider)
}

fn unknown(provider: &str, event: Option<&str>) -> Problem {
    let documented = documented::of(provider).unwrap_or_default();
    let mut known = samples_of(provider).map(|sample| sample.event).collect::<Vec<_>>();
    known.extend(documented.iter().map(|sample| sample.event.as_str()));
    known.dedup();
    match event {
        Some(event) if !known.is_empty() => {
            Problem::usage(format!("there is no sample of {provider}'s {event}"))
                .advice(format!("samples: {}\nor send a body of your own:  --body FILE", known.join(", ")))
        }
        _ => Problem::usage(format!("there are no samples of {provider}"))
            .advice("send a body of your own:  --body FILE"),
    }
}

impl Sample {
    fn fill(&self, values: &Values) -> anyhow::Result<String> {
        let at = OffsetDateTime::from(values.at).replace_nanosecond(0)?;
        // The parts of a payment are named after it, so that samples about one payment fit together.
        let part = |prefix: &str| {
            let name = values.payment.split_once('_').map_or(values.payment.as_str(), |(_, name)| name);
            format!("{prefix}_{name}")
        };
        let filled = [
            ("id", json(&values.id)?),
            ("payment", json(&values.payment)?),
            ("charge", json(&part("ch"))?),
            ("refund", json(&part("re"))?),
            ("amount", values.amount.to_string()),
            ("currency", json(&values.currency)?),
            ("created", at.unix_timestamp().to_string()),
            ("time", at.format(&Rfc3339).context("a time of this millennium")?),
        ];
        let fill =
            |text: String, (name, value): &(&str, String)| text.replace(&format!("{{{{{name}}}}}"), value);
        Ok(filled.iter().fold(self.template.to_owned(), fill))
    }
}

/// A text as it stands between the quotes of JSON.
fn json(text: &str) -> anyhow::Result<String> {
    let quoted = serde_json::to_string(text)?;
    Ok(quoted.strip_prefix(QUOTE).and_then(|text| text.strip_suffix(QUOTE)).unwrap_or_default().to_owned())
}

fn made_up_id(prefix: &str) -> anyhow::Result<String> {
    let mut random = [0; ID_BYTES];
    rand::fill(&mut random).map_err(|_| anyhow!("the system gives no random bytes"))?;
    Ok(format!("{prefix}{}", hex::encode(random)))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use verification::Provider;

    use super::*;

    fn values() -> Values {
        Values {
            id: "evt_1".to_owned(),
            payment: "pi_\"1".to_owned(),
            amount: 1999,
            currency: "eur".to_owned(),
            at: UNIX_EPOCH + Duration::from_millis(1_700_000_000_900),
        }
    }

    #[test]
    fn every_template_is_filled_and_names_its_type() {
        for sample in SAMPLES {
            let text = sample.fill(&values()).unwrap();
            assert!(!text.contains("{{"), "{text}");
            if ["stripe", "standardwebhooks", "slack"].contains(&sample.provider) {
                let json: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(json["type"], sample.event);
            }
        }
    }

    #[test]
    fn every_provider_has_samples_and_a_documented_one_gets_a_new_id() {
        for provider in Provider::all() {
            let body = body(provider.name, None, &values());
            assert!(body.is_ok_and(|body| !body.is_empty()), "{}", provider.name);
        }
        let body = body("paypal", Some("PAYMENT.CAPTURE.COMPLETED"), &values()).unwrap();
        let json: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (&json["id"], &json["event_type"]),
            (&"evt_1".into(), &"PAYMENT.CAPTURE.COMPLETED".into())
        );
    }

    #[test]
    fn no_sample_claims_to_be_live() {
        for sample in samples_of("stripe") {
            let json: Value = serde_json::from_str(&sample.fill(&values()).unwrap()).unwrap();
            assert_eq!(json["livemode"], false, "{}", sample.event);
        }
    }

    #[test]
    fn a_value_stays_in_its_place() {
        let body = body("stripe", None, &values()).unwrap();
        let json: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(json["id"], "evt_1");
        assert_eq!(json["created"], 1_700_000_000);
        assert_eq!(json["data"]["object"]["id"], "pi_\"1");
        assert_eq!(json["data"]["object"]["amount_received"], 1999);
    }

    #[test]
    fn an_unknown_type_names_the_known_ones() {
        let error = body("stripe", Some("payment"), &values()).unwrap_err();
        let (exit, advice) = crate::problem::exit(&error);
        assert_eq!(exit, 2);
        assert!(advice.unwrap().contains("charge.refunded"), "{advice:?}");
    }
}
