//! The page `docs/providers.md`, made from the table.

use std::fmt::Write;

use crate::{
    Coverage, Provider,
    scheme::{Algorithm, Encoding, List, Method, Part, Scheme, Setting, Slot},
};

/// The documentation page of all providers, in Markdown.
pub fn providers_page() -> String {
    let mut page = String::from(INTRODUCTION);
    for provider in Provider::all() {
        page.push_str(&row(provider));
    }
    page.push_str(NOTES);
    for provider in Provider::all() {
        // Writing to a text cannot fail.
        let _ = write!(
            page,
            "\n### {}\n\n`provider`: `{}` · {} · [its page]({})\n\n```json\n{}\n```\n",
            provider.title,
            provider.name,
            signed(provider),
            provider.page,
            serde_json::to_string_pretty(&provider.example()).unwrap_or_default(),
        );
    }
    page
}

const INTRODUCTION: &str = "\
# Providers

This page is made from the table in `shared/verification/src/providers/`; a test keeps it equal to the code.
`UPDATE=1 cargo test -p verification page_of_providers` writes it anew.

Coverage says what a signature proves: every byte of the *body*; named *fields* only; or nothing but the *sender*. What
is not covered is kept as unproven. Replay is the greatest distance between the signed time and ours (the endpoint may
set 30 to 900 seconds; PayPal's is the time during which it sends again); without it, only the event id keeps a repeated
delivery from having a second effect. Every refusal is answered with the same 401.

| provider | signature in | algorithm | coverage | replay | event id | answer | waits | sends again |
|---|---|---|---|---|---|---|---|---|
";

const NOTES: &str = "
## Worth knowing

- **PayPal** signs a CRC-32 of the body. Whoever has one delivery can make another body, with another event id and amount,
  that has the same CRC-32: the signature then holds. What it proves is that PayPal sent the transmission id at that time
  to this webhook. So the first body under a transmission id counts, another is refused as forged, and money is to be
  confirmed with PayPal's API where that matters. Its certificates come from the trust document; none is ever fetched.
  A certificate must lead to a root of that document, be valid when the delivery arrives, be for `paypal.com` or a name
  below it, and be for signing; SHA-1, MD5 and keys of less than 2048 bits are not believed.
- **Flutterwave v3, Xendit, Chargebee** send a shared token: it proves the sender and nothing of the body.
- **Mercado Pago** signs the id in the URL and nothing of the body. **Adyen** (payments) signs eight fields of each item.
- **GitHub, Razorpay, Shopify, Twilio, Wise, Xendit** name the delivery in a header that the signature does not cover. But
  for Xendit's, the same signed content of the same type under another name is a duplicate without effect.
- **Braintree, Lemon Squeezy, Plaid** send no id of the event: the digest of the screened body takes its place.
  Recurly, Paystack, Flutterwave v3 and Adyen have one made of several fields.
- **Amounts**: `gocardless`, `mercadopago`, `plaid`, `recurly` and `wise` only notify: no message states an amount. `klarna`
  states those of disputes, `mollie` those in full payloads. What is not stated is shown as `?`, never as zero, and a sum
  over it is marked incomplete. `authorizenet`, and refunds and transfers of `flutterwave_v4`, state no currency: such an
  amount is kept as text and not summed. More in [events.md](events.md#what-each-provider-says).
- Test deliveries that a provider's dashboard signs with another secret, or not at all, are refused: there is no bypass.
- A **scheme of your own** is described in the endpoint document: `\"provider\": \"custom\"`, with `scheme` in the words of
  `shared/verification/src/scheme/` and `identity` in those of `Names`. Every scheme of this page can be written so.

## Example documents
";

fn row(provider: &Provider) -> String {
    let cells = [
        format!("[{}](#{})", provider.title, anchor(provider.title)),
        place(provider),
        methods(provider.scheme.methods()),
        match provider.coverage {
            Coverage::Body => "body".to_owned(),
            Coverage::Fields => "fields".to_owned(),
            Coverage::Sender => "sender".to_owned(),
        },
        match (provider.scheme.signs_time(), provider.scheme.tolerance()) {
            (false, _) => "none".to_owned(),
            (true, None) => "optional".to_owned(),
            (true, Some(seconds)) if seconds % 86_400 == 0 => format!("{} days", seconds / 86_400),
            (true, Some(seconds)) => format!("{seconds} s"),
        },
        event_id(provider),
        if provider.answer.body.is_empty() {
            provider.answer.status.to_string()
        } else {
            format!("{} `{}`", provider.answer.status, provider.answer.body)
        },
        if provider.timeout_seconds == 0 { String::new() } else { format!("{} s", provider.timeout_seconds) },
        provider.retries.to_owned(),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// The anchor that Markdown readers make of a heading.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn place(provider: &Provider) -> String {
    match &provider.scheme {
        Scheme::Items(items) => format!("body `{}`", items.signature),
        Scheme::Jwt(jwt) => slot(jwt.at, &[]),
        Scheme::Signed(signed) => slot(signed.signature.at, signed.header_prefixes),
    }
}

pub(crate) fn slot(slot: Slot, prefixes: &[&str]) -> String {
    match slot {
        Slot::Header(name) if !name.starts_with('*') => format!("`{name}`"),
        Slot::Header(name) => {
            let full = |prefix: &&str| format!("`{prefix}{}`", name.trim_start_matches('*'));
            prefixes.iter().map(full).collect::<Vec<_>>().join(" or ")
        }
        Slot::HeaderField { header, field } => format!("`{header}` `{field}`"),
        Slot::Tag(tag) => format!("`{tag}`"),
        Slot::First => "first item".to_owned(),
        Slot::Setting(Setting::NotificationUrl) => "`notification_url`".to_owned(),
        Slot::Setting(Setting::WebhookId) => "`webhook_id`".to_owned(),
        Slot::Query(name) | Slot::QueryLower(name) => format!("URL `{name}`"),
        Slot::Form(name) => format!("form `{name}`"),
        Slot::Url | Slot::UrlWithPort | Slot::UrlWithoutPort => "URL".to_owned(),
    }
}

pub(crate) fn methods(methods: List<Method>) -> String {
    let name = |method: &Method| {
        let algorithm = match method.algorithm {
            Algorithm::HmacSha1 => "HMAC-SHA1",
            Algorithm::HmacSha256 => "HMAC-SHA256",
            Algorithm::HmacSha512 => "HMAC-SHA512",
            Algorithm::Ed25519 => "Ed25519",
            Algorithm::RsaSha256 => "RSA-SHA256",
            Algorithm::EcdsaP256 => "ECDSA P-256",
            Algorithm::Token => "shared token",
        };
        let encoding = match method.encoding {
            Encoding::Hex | Encoding::HexAnyCase => "hex",
            Encoding::Base64 | Encoding::Base64Url => "base64",
            Encoding::Utf8 => "text",
        };
        let tag = if method.tag.is_empty() { String::new() } else { format!("`{}` ", method.tag) };
        format!("{tag}{algorithm} {encoding}")
    };
    methods.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// One signed part, in words.
pub(crate) fn part(part: &Part, prefix: &str) -> String {
    let slot = |at: &Slot| slot(*at, &[prefix]);
    match part {
        Part::Text(text) => format!("`{text}`"),
        Part::Body => "body".to_owned(),
        Part::At(at) | Part::Base64Text(at) => slot(at),
        Part::Labelled { before, at, after } => format!("`{before}` {} `{after}`", slot(at)),
        Part::Crc32 => "CRC-32 of the body".to_owned(),
        Part::FormOrDigest(name) => format!("sorted form parameters (else `{name}` in the URL)"),
    }
}

/// What is signed, in words.
fn signed(provider: &Provider) -> String {
    match &provider.scheme {
        Scheme::Items(items) => {
            let fields =
                items.signed.iter().map(|f| format!("`{}`", f.rsplit('/').next().unwrap_or_default()));
            format!(
                "signed: {} of each item, with `{}` between",
                fields.collect::<Vec<_>>().join(", "),
                items.by
            )
        }
        Scheme::Jwt(jwt) => format!("signed: a token with the body's SHA-256 as `{}`", jwt.body_digest),
        Scheme::Signed(signed) if signed.signed.is_empty() => "signed: nothing".to_owned(),
        Scheme::Signed(signed) => {
            let prefix = signed.header_prefixes.first().copied().unwrap_or_default();
            let parts = signed.signed.iter().map(|signed| part(signed, prefix));
            format!("signed: {}", parts.collect::<Vec<_>>().join(" "))
        }
    }
}

fn event_id(provider: &Provider) -> String {
    let (names, list) = match &provider.events {
        Some(events) => (&events.names, format!("{}/*", events.at)),
        None => (&provider.names, String::new()),
    };
    let places = if names.event_id.is_empty() { names.derived_id } else { names.event_id };
    let name = |place: &crate::Place| match (place.header(), place.pointers()) {
        (Some(name), _) => format!("header `{}`", name.replace('*', "…")),
        (_, pointers) => pointers.iter().map(|p| format!("`{list}{p}`")).collect::<Vec<_>>().join(" + "),
    };
    match places {
        [] => "digest of the screened body".to_owned(),
        places => places.iter().map(name).collect::<Vec<_>>().join(" or "),
    }
}
