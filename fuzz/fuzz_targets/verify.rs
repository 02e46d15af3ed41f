//! Verification: never panics, whatever the request or the endpoint document is; without the secret nothing is proven; and
//! of a delivery that was signed, changed since, nothing is proven that was not signed.

#![no_main]

use std::sync::OnceLock;

use arbitrary::Arbitrary;
use fuzz::{Body, Change, Word, now};
use libfuzzer_sys::fuzz_target;
use verification::{
    Coverage, Delivery, Endpoint, Provider, Verified, explain, handshake, sign, sign_body, verify,
};

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// What anybody can send.
    Stranger { endpoint: u8, url: Word<'a>, headers: Vec<(u8, Word<'a>)>, body: Body<'a> },
    /// What a provider sent, changed.
    Changed {
        endpoint: u8,
        id: &'a str,
        url: Vec<Change>,
        headers: Vec<(u8, Vec<Change>)>,
        body: Vec<Change>,
        sent: Body<'a>,
    },
    /// A provider's example of a document, changed.
    Document { provider: u8, changes: Vec<Change>, body: Body<'a> },
    /// A scheme of a team's own, changed.
    Custom { changes: Vec<Change>, body: Body<'a> },
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Stranger { endpoint, url, headers, body } => {
            let header = |(name, value): &(u8, Word<'_>)| {
                (HEADERS[usize::from(*name) % HEADERS.len()].to_owned(), value.text())
            };
            let headers: Vec<(String, String)> = headers.iter().map(header).collect();
            let request = Request { url: url.text(), headers, body: body.text().into_bytes() };
            let endpoint = chosen(endpoint);
            assert!(request.verify(endpoint).is_none(), "{} proved {request:?}", endpoint.provider().name);
            explain(endpoint, &request.delivery(), now());
            handshake(endpoint, "GET", &request.url, now());
        }
        Input::Changed { endpoint, id, url, headers, body, sent } => {
            let endpoint = chosen(endpoint);
            if let Some(request) = signed(endpoint, id, &sent) {
                changed(endpoint, &request, &url, &headers, &body);
            }
        }
        Input::Document { provider, changes, body } => {
            let provider = &Provider::all()[usize::from(provider) % Provider::all().len()];
            document(&Change::all(&changes, provider.example().to_string().as_bytes()), &body);
        }
        Input::Custom { changes, body } => document(&Change::all(&changes, CUSTOM.as_bytes()), &body),
    }
});

/// Reads a document, and if it is one, asks it whether it takes a delivery that nobody signed.
fn document(document: &[u8], body: &Body<'_>) {
    if let Ok(endpoint) = Endpoint::parse("a", document) {
        let headers =
            HEADERS.iter().map(|name| ((*name).to_owned(), "t=1795000000,v1=00".to_owned())).collect();
        let request = Request { url: URL.to_owned(), headers, body: body.text().into_bytes() };
        assert!(request.verify(&endpoint).is_none(), "{} proved {request:?}", endpoint.provider().name);
    }
}

/// The request as signed is proven. What is proven of it after the changes was so before them.
fn changed(
    endpoint: &Endpoint,
    was: &Request,
    url: &[Change],
    headers: &[(u8, Vec<Change>)],
    body: &[Change],
) {
    let provider = endpoint.provider();
    let before = was.verify(endpoint).unwrap_or_else(|| panic!("{} refused {was:?}", provider.name));
    let mut is = Request { body: Change::all(body, &was.body), ..was.clone() };
    is.url = Change::all_text(url, &was.url).unwrap_or_default();
    for (place, changes) in headers {
        let count = is.headers.len().max(1);
        if let Some((_, value)) = is.headers.get_mut(usize::from(*place) % count) {
            *value = Change::all_text(changes, value).unwrap_or_default();
        }
    }
    let Some(after) = is.verify(endpoint) else { return };
    assert_eq!(proven(&before), proven(&after), "{}: {was:?} became {is:?}", provider.name);
    // Of a form the parameters are signed, not how they are written.
    let is_form = provider.sends("application/x-www-form-urlencoded");
    if before.coverage() == Coverage::Body && !is_form {
        assert_eq!(was.body, is.body, "{}: {was:?} became {is:?}", provider.name);
    }
}

/// The names of all events that the signature covers.
fn proven(verified: &Verified) -> Vec<[Option<String>; 3]> {
    let proven = |event: &verification::Identity| {
        [
            event.id().filter(|_| event.proven.event_id).map(str::to_owned),
            event.event_type.clone().filter(|_| event.proven.event_type),
            event.occurred_at.clone().filter(|_| event.proven.occurred_at),
        ]
    };
    verified.events().iter().map(proven).collect()
}

/// A delivery as its provider signs it; none where only the provider has the key.
fn signed(endpoint: &Endpoint, id: &str, sent: &Body<'_>) -> Option<Request> {
    let id = if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric()) { "evt_1" } else { id };
    let body = match endpoint.provider().name {
        "adyen" => ITEMS.to_owned(),
        // A shorter one could be its challenge, and is never taken.
        "braintree" => format!("<notification><kind>check</kind>{}</notification>", sent.text()),
        _ => sent.text(),
    };
    let body = sign_body(endpoint, body.as_bytes(), now()).ok()?;
    let mut headers = sign(endpoint, URL, id, &body, now()).ok()?;
    headers.push(("content-type".to_owned(), endpoint.provider().media_types()[0].to_owned()));
    Some(Request { url: URL.to_owned(), headers, body })
}

#[derive(Clone, Debug)]
struct Request {
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn delivery(&self) -> Delivery {
        Delivery::new(self.url.clone(), self.headers.clone(), self.body.clone())
    }

    fn verify(&self, endpoint: &Endpoint) -> Option<Verified> {
        verify(endpoint, self.delivery(), now()).ok()
    }
}

/// One endpoint a provider, by the example of its document, and one with a scheme of its own.
fn chosen(number: u8) -> &'static Endpoint {
    static ENDPOINTS: OnceLock<Vec<Endpoint>> = OnceLock::new();
    let endpoints = ENDPOINTS.get_or_init(|| {
        let examples = Provider::all().iter().map(|provider| provider.example().to_string());
        let documents = examples.chain([CUSTOM.to_owned()]);
        documents.map(|document| Endpoint::parse("a", document.as_bytes()).expect("it is right")).collect()
    });
    &endpoints[usize::from(number) % endpoints.len()]
}

const URL: &str = "https://hooks.example.com/v1/webhooks/a?data.id=1";

/// The headers that providers sign with or that say who an event is.
const HEADERS: &[&str] = &[
    "authorization",
    "cko-signature",
    "content-type",
    "event-signature",
    "flutterwave-signature",
    "hmacsignature",
    "klarna-signature",
    "klarna-signing-key-id",
    "molam-signature",
    "paddle-signature",
    "paypal-auth-algo",
    "paypal-cert-url",
    "paypal-transmission-id",
    "paypal-transmission-sig",
    "paypal-transmission-time",
    "plaid-verification",
    "recurly-signature",
    "shopify-hmac-sha256",
    "shopify-webhook-id",
    "stripe-signature",
    "svix-id",
    "svix-signature",
    "svix-timestamp",
    "verif-hash",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
    "x-anet-signature",
    "x-callback-token",
    "x-cc-webhook-signature",
    "x-delivery-id",
    "x-github-delivery",
    "x-hub-signature-256",
    "x-mollie-signature",
    "x-paystack-signature",
    "x-razorpay-event-id",
    "x-razorpay-signature",
    "x-request-id",
    "x-shopify-hmac-sha256",
    "x-signature",
    "x-signature-sha256",
    "x-slack-request-timestamp",
    "x-slack-signature",
    "x-square-hmacsha256-signature",
    "x-square-signature",
    "x-twilio-signature",
    "acme-signature",
];

/// A body whose items Adyen signs.
const ITEMS: &str = r#"{"live":"false","notificationItems":[{"NotificationRequestItem":{"amount":{"currency":"EUR","value":1000},
    "eventCode":"AUTHORISATION","eventDate":"2026-11-18T09:06:40+01:00","merchantAccountCode":"acme",
    "merchantReference":"order:1","pspReference":"7914073381342284","success":"true"}}]}"#;

/// A scheme of a team's own.
const CUSTOM: &str = r#"{"provider": "custom", "mode": "live", "account": "acme-1",
    "secrets": [{"kid": "a", "secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}],
    "scheme": {"signed": {
        "signature": {"at": {"header": "acme-signature"}, "between": ",", "fields": ["tag", "signature"]},
        "methods": [{"tag": "v1", "algorithm": "hmac_sha256", "encoding": "hex"}],
        "key_id": {"tag": "key"},
        "timestamp": {"at": {"tag": "t"}, "unit": "seconds", "tolerance_seconds": 300},
        "signed": [{"at": {"tag": "t"}}, {"text": "."}, "body"]}},
    "identity": {
        "event_id": [{"json": "/id"}],
        "event_type": [{"joined": {"of": ["/object", "/action"], "by": "."}}],
        "occurred_at": [{"seconds": "/created"}]}}"#;
