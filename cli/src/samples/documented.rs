//! Samples as the providers document them: the ones by which the reading of payment facts is tested, of each provider
//! that has some. Their ids are made new where they stand in the body as a text.

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;

macro_rules! documented {
    ($($provider:literal),* $(,)?) => {
        &[$(($provider, include_str!(concat!(
            "../../../shared/payments/src/interpret/samples/", $provider, ".json"
        )))),*]
    };
}

const FILES: &[(&str, &str)] = documented![
    "adyen",
    "adyen_platform",
    "authorizenet",
    "braintree",
    "chargebee",
    "checkout",
    "coinbase_commerce",
    "flutterwave_v3",
    "flutterwave_v4",
    "gocardless",
    "klarna",
    "lemonsqueezy",
    "mercadopago",
    "molam",
    "mollie",
    "paddle",
    "paypal",
    "paystack",
    "plaid",
    "razorpay",
    "recurly",
    "shopify",
    "square",
    "wise",
    "worldpay",
    "xendit",
];

#[derive(Deserialize)]
struct File<'f> {
    #[serde(borrow)]
    events: Vec<Documented<'f>>,
}

/// A body that a provider documents.
#[derive(Deserialize)]
pub(super) struct Documented<'f> {
    /// The event's id there.
    id: String,
    /// The provider's type of the event.
    #[serde(rename = "type")]
    pub(super) event: String,
    #[serde(borrow)]
    body: &'f RawValue,
}

/// The documented samples of a provider; none if it has none.
pub(super) fn of(provider: &str) -> anyhow::Result<Vec<Documented<'static>>> {
    let Some((_, text)) = FILES.iter().find(|(name, _)| *name == provider) else { return Ok(Vec::new()) };
    let file: File<'static> =
        serde_json::from_str(text).with_context(|| format!("the samples of {provider}"))?;
    Ok(file.events)
}

impl Documented<'_> {
    /// The body about another event, whose id is `id` where the sample's own stands in the body as a text.
    pub(super) fn body(&self, id: &str) -> anyhow::Result<Vec<u8>> {
        // A body that is not JSON stands in its file as text.
        if let Ok(form) = serde_json::from_str::<String>(self.body.get()) {
            return payload(&form);
        }
        // An id that is made of several begins with the event's type, or with what is about this event alone.
        let first = self.id.split(':').next().unwrap_or_default();
        let own = if first.contains(|c: char| c.is_ascii_digit()) { first } else { "" };
        let quoted = |text: &str| serde_json::to_string(text);
        Ok(match own {
            "" => self.body.get().to_owned(),
            _ => self.body.get().replacen(&quoted(own)?, &quoted(id)?, 1),
        }
        .into_bytes())
    }
}

/// What Braintree puts into its form, which signing makes anew.
fn payload(form: &str) -> anyhow::Result<Vec<u8>> {
    let field = form
        .split('&')
        .find_map(|field| field.strip_prefix("bt_payload="))
        .context("a form with a payload")?;
    let text = percent_decode_str(field).decode_utf8().context("a form in UTF-8")?;
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(text).context("a payload in base64")
}
