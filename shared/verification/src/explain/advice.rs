//! What to do about a refusal. Each supposition is tried by the verifier itself, over another document or another
//! body: only what would have held is said.

use std::time::SystemTime;

use super::{variants, words};
use crate::{
    Delivery, Endpoint, Provider, Rejection,
    message::Message,
    page, prove,
    scheme::{Scheme, Setting, Slot},
    settings::Settings,
};

/// One sentence for the refusal of `delivery`.
pub(super) fn advise(
    endpoint: &Endpoint,
    delivery: &Delivery,
    now: SystemTime,
    refusal: Rejection,
) -> String {
    let fits = |endpoint: &Endpoint, delivery: &Delivery| prove(endpoint, delivery, now).is_ok();
    match refusal {
        Rejection::MissingHeader | Rejection::InvalidBody | Rejection::UnsupportedScheme
            if let Some(other) = other_provider(endpoint, delivery) =>
        {
            format!("this looks like a delivery of {other}: the endpoint is for {}", endpoint.provider.name)
        }
        Rejection::MissingHeader => {
            "capture the request with all its headers, as it came from the provider: something that is signed is not there".to_owned()
        }
        Rejection::MalformedHeader => {
            "compare the header with the provider's documentation: it came twice, is too long, or does not have its form".to_owned()
        }
        Rejection::UnsupportedScheme => {
            format!("set the provider to sign by {}", page::methods(endpoint.scheme.methods()))
        }
        Rejection::TimestampTooOld | Rejection::TimestampInFuture => {
            if fits(&at_any_time(endpoint), delivery) {
                "the signature fits, only its time does not: verify it as of the time at which it was received; if that was it, a clock is wrong or the delivery was held back".to_owned()
            } else {
                "its time is out of the tolerance, and its signature would not fit at its own time either".to_owned()
            }
        }
        Rejection::SignatureMismatch | Rejection::UnknownKey => mismatch(endpoint, delivery, fits, refusal),
        Rejection::InvalidBody => {
            "the body is not what the provider sends: it must be the exact bytes of the request".to_owned()
        }
        Rejection::CertUrlNotAllowed => {
            "the certificate's URL is not the provider's: the delivery is forged, or for another provider".to_owned()
        }
        Rejection::UnknownCertificate => {
            "the trust document does not have this certificate: refresh it (tollgate trust refresh)".to_owned()
        }
        Rejection::UntrustedCertificate => {
            "the certificate does not lead to a root of the trust document, or is not the provider's: look at the trust document's roots".to_owned()
        }
        Rejection::CertificateExpired => {
            "a certificate was not valid at this time: verify as of the time at which the delivery was received, or refresh the trust document (tollgate trust refresh)".to_owned()
        }
    }
}

/// Why no key fits.
fn mismatch(
    endpoint: &Endpoint,
    delivery: &Delivery,
    fits: impl Fn(&Endpoint, &Delivery) -> bool,
    refusal: Rejection,
) -> String {
    let lifted = with_all_keys(&at_any_time(endpoint));
    if fits(&lifted, delivery) {
        let only = |place: &usize| {
            let one = lifted.supposing(|lifted| {
                let mut position = 0..;
                lifted.keys.retain(|_| position.next() == Some(*place));
            });
            fits(&one, delivery)
        };
        let key =
            (0..endpoint.keys.len()).find(only).and_then(|place| Some((place, endpoint.keys.get(place)?)));
        let name = key.map(|(place, key)| {
            let name = key.kid.as_deref().map_or(format!("number {}", place + 1), words::quoted);
            name + &words::window(key)
        });
        return format!(
            "the signature fits the key {}, which is not valid at this time: widen its not_before or not_after, or have the provider sign with the new one",
            name.unwrap_or_default()
        );
    }
    let with_body =
        |body: Vec<u8>| Delivery { body, url: delivery.url.clone(), headers: delivery.headers.clone() };
    if let Some(words) = variants::that_fits(&delivery.body, |body| fits(&lifted, &with_body(body))) {
        return format!(
            "the signature fits the body {words}: something between the provider and here changed it, and must pass on its exact bytes"
        );
    }
    for url in urls(endpoint, delivery) {
        let other = lifted.supposing(|lifted| lifted.settings.notification_url = Some(url.clone()));
        if fits(&other, delivery) {
            return format!(
                "the signature fits the URL {}: set notification_url to the URL as it is registered with the provider",
                words::quoted(&url)
            );
        }
    }
    match refusal {
        Rejection::UnknownKey => {
            "add the secret of the key that the delivery names to the endpoint: it is not there, or not valid at this time".to_owned()
        }
        _ => "no key of the endpoint made this signature: compare the secret with the provider's own (live and test have different ones, and so has each of its endpoints), and make sure that the body is the exact bytes of the request".to_owned(),
    }
}

/// The URLs that may have been signed instead.
fn urls(endpoint: &Endpoint, delivery: &Delivery) -> Vec<String> {
    if !endpoint.scheme.uses(Setting::NotificationUrl) && !endpoint.scheme.uses_url() {
        return Vec::new();
    }
    let own = endpoint.settings.notification_url.clone().unwrap_or_default();
    let mut urls = Vec::new();
    for url in [delivery.url.clone(), own] {
        let bare = url.split(['?', '#']).next().unwrap_or_default().to_owned();
        for url in [url, bare] {
            let slash = url.strip_suffix('/').map_or(format!("{url}/"), str::to_owned);
            let other = |url: &str| match url.split_once("://") {
                Some(("https", rest)) => format!("http://{rest}"),
                Some((_, rest)) => format!("https://{rest}"),
                None => String::new(),
            };
            urls.extend([other(&url), other(&slash), url, slash]);
        }
    }
    urls.retain(|url| !url.is_empty());
    urls
}

/// The endpoint with any signed time taken.
fn at_any_time(endpoint: &Endpoint) -> Endpoint {
    endpoint.supposing(|endpoint| (endpoint.settings.past, endpoint.settings.future) = (None, None))
}

/// The endpoint with all its keys valid.
fn with_all_keys(endpoint: &Endpoint) -> Endpoint {
    endpoint.supposing(|endpoint| {
        for key in &mut endpoint.keys {
            (key.not_before, key.not_after) = (None, None);
        }
    })
}

/// The one other provider whose signature stands in the request, if the endpoint's own does not.
fn other_provider(endpoint: &Endpoint, delivery: &Delivery) -> Option<&'static str> {
    let settings = Settings::default();
    let signs = |scheme: &Scheme| {
        let message = Message::new(delivery, &settings, scheme);
        let at = match scheme {
            Scheme::Signed(signed) => signed.signature.at,
            Scheme::Jwt(jwt) => jwt.at,
            Scheme::Items(_) => return false,
        };
        // An `authorization` header is no sign of any provider.
        at != Slot::Header("authorization") && message.find(&at).is_ok_and(|found| found.is_some())
    };
    if signs(endpoint.scheme) {
        return None;
    }
    Provider::all().iter().find(|provider| signs(&provider.scheme)).map(|provider| provider.name)
}
