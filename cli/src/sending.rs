//! Sends deliveries as a provider would: signed, and if asked for, broken on purpose.

use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use futures_util::{StreamExt as _, stream};
use verification::{
    Delivery, Endpoint, SigningKey, Verified, VerifiedParts, sign, sign_body, sign_with, verify,
};

use crate::clock;
use crate::http::{Answer, Http};
use crate::problem::Problem;

/// More than any provider's tolerance.
const STALE: Duration = Duration::from_hours(7 * 24);

/// How a delivery is to be broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flaws {
    /// Change the body after signing it.
    pub(crate) tamper: bool,
    /// Sign it as of long ago.
    pub(crate) stale: bool,
}

/// A delivery that is ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What became of a delivery.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The answer.
    pub(crate) answer: Answer,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Signed {
    /// Signs a body for an endpoint as of `now`: with the private `key` where the endpoint has only a public one.
    pub(crate) fn new(
        endpoint: &Endpoint,
        url: &str,
        event_id: &str,
        mut body: Vec<u8>,
        flaws: Flaws,
        key: Option<&SigningKey>,
        now: SystemTime,
    ) -> anyhow::Result<Self> {
        let provider = endpoint.provider();
        let at = if flaws.stale { now.checked_sub(STALE).context("the clock is before 1970")? } else { now };
        body = sign_body(endpoint, &body, at).with_context(|| format!("sign a body of {}", provider.name))?;
        let sign = |at| match key {
            Some(key) => sign_with(endpoint, url, event_id, &body, at, key),
            None => sign(endpoint, url, event_id, &body, at),
        };
        let mut headers = sign(at).with_context(|| format!("sign a delivery of {}", provider.name))?;
        if flaws.stale && headers == sign(now)? {
            return Err(Problem::usage(format!(
                "{} signs no time: its deliveries cannot be stale",
                provider.name
            ))
            .into());
        }
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            let media_type = provider.media_types().first().copied().unwrap_or("application/json");
            headers.push(("content-type".to_owned(), media_type.to_owned()));
        }
        if flaws.tamper {
            tamper(&mut body);
        }
        Ok(Self { url: url.to_owned(), headers, body })
    }

    /// What the front door makes of it, if it accepts it.
    pub(crate) fn judged(&self, endpoint: &Endpoint, now: SystemTime) -> Option<VerifiedParts> {
        let delivery = Delivery::new(self.url.as_str(), self.headers.clone(), self.body.clone());
        verify(endpoint, delivery, now).ok().map(Verified::into_parts)
    }

    /// Sends it once.
    pub(crate) async fn send(&self, http: &Http) -> anyhow::Result<Sent> {
        let start: Instant = clock::start();
        let answer = http.send("POST", &self.url, &self.headers, self.body.clone()).await?;
        Ok(Sent { answer, took: start.elapsed() })
    }

    /// Sends it `times` times, `at_once` of them at the same time.
    pub(crate) async fn send_all(
        &self,
        http: &Http,
        times: usize,
        at_once: usize,
    ) -> Vec<anyhow::Result<Sent>> {
        stream::iter(0..times).map(|_| self.send(http)).buffer_unordered(at_once).collect().await
    }
}

/// Changes the last digit of the body: it stays JSON of the same length, and says something else.
fn tamper(body: &mut Vec<u8>) {
    match body.iter_mut().rev().find(|byte| byte.is_ascii_digit()) {
        Some(digit) => *digit = if *digit == b'9' { b'8' } else { *digit + 1 },
        None => body.push(b' '),
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use verification::{Coverage, Provider, Rejection};

    use crate::samples::{self, Values};
    use crate::secrets::generated;

    use super::*;

    const URL: &str = "https://example.test/v1/webhooks/shop";

    fn signed(provider: &str, flaws: Flaws) -> (Endpoint, anyhow::Result<Signed>) {
        let document = format!(
            r#"{{"provider":"{provider}","mode":"test","account":"acct_1",
            "secrets":[{{"kid":"k1","secret":"whsec_0123456789abcdef0123456789abcdef"}}]}}"#
        );
        let endpoint = Endpoint::parse("shop", document.as_bytes()).unwrap();
        let body = br#"{"id":"evt_1","type":"charge.succeeded","created":1800000000}"#.to_vec();
        let signed = Signed::new(&endpoint, URL, "evt_1", body, flaws, None, now());
        (endpoint, signed)
    }

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(500_000)
    }

    /// The reason for which a delivery with these flaws is refused; `None` if it is accepted.
    fn refusal(flaws: Flaws) -> Option<Rejection> {
        let (endpoint, signed) = signed("stripe", flaws);
        let signed = signed.unwrap();
        verify(&endpoint, Delivery::new(signed.url, signed.headers, signed.body), now()).err()
    }

    #[test]
    fn a_delivery_without_flaws_is_accepted() {
        assert_eq!(refusal(Flaws::default()), None);
    }

    #[test]
    fn each_flaw_is_refused_for_its_own_reason() {
        assert_eq!(refusal(Flaws { tamper: true, stale: false }), Some(Rejection::SignatureMismatch));
        assert_eq!(refusal(Flaws { tamper: false, stale: true }), Some(Rejection::TimestampTooOld));
    }

    #[test]
    fn what_signs_no_time_cannot_be_stale() {
        assert!(signed("github", Flaws::default()).1.is_ok());
        let error = signed("github", Flaws { tamper: false, stale: true }).1.unwrap_err();
        assert_eq!(crate::problem::exit(&error).0, 2, "{error:#}");
    }

    #[test]
    fn every_providers_sample_is_signed_with_a_secret_made_here_and_accepted_unless_tampered_with() {
        for provider in Provider::all().iter().filter(|provider| provider.certificates().is_none()) {
            let made = generated(provider).unwrap();
            let mut document = provider.example();
            document["secrets"][0]["secret"] = made.secret.unwrap().as_str().into();
            let endpoint = Endpoint::parse("shop", document.to_string().as_bytes()).unwrap();
            let values = Values::new(provider.name, None, now()).unwrap();
            let body = samples::body(provider.name, None, &values).unwrap();
            let url = format!("{URL}{}", samples::query(provider.name, &body));
            let key = made.signing_key.as_ref();
            let check = |flaws: Flaws| {
                let signed = Signed::new(&endpoint, &url, &values.id, body.clone(), flaws, key, now());
                signed.unwrap_or_else(|error| panic!("{}: {error:#}", provider.name)).judged(&endpoint, now())
            };
            let accepted = check(Flaws::default());
            assert!(accepted.is_some(), "{}", provider.name);
            if provider.coverage == Coverage::Body {
                assert!(check(Flaws { tamper: true, stale: false }).is_none(), "{}", provider.name);
            }
        }
    }

    #[test]
    fn a_body_without_digits_can_be_tampered_with() {
        let mut body = b"{}".to_vec();
        tamper(&mut body);
        assert_eq!(body, b"{} ");
    }
}
