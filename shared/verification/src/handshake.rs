//! Set-up calls of providers, which are answered and never queued.

use std::{borrow::Cow, time::SystemTime};

use crate::{
    Endpoint, Handshake, form, instant,
    json::Pointers,
    provider::{Challenge, Greeting},
    sign::encode,
    signer::Signer,
};

/// The answer to an unsigned set-up call of the endpoint's provider, if the request is one: Braintree sends a GET
/// with `bt_challenge` and wants it signed. `method` is the HTTP method, `query` what stands after the `?`.
pub fn handshake(endpoint: &Endpoint, method: &str, query: &str, now: SystemTime) -> Option<Handshake> {
    let Greeting { parameter, lengths } = endpoint.provider.greeting.as_ref().filter(|_| method == "GET")?;
    let mut named = form::pairs(query.as_bytes()).filter(|(name, _)| name == parameter.as_bytes());
    let challenge = named.next().filter(|_| named.next().is_none())?.1;
    // Nothing but such a text is ever signed for a stranger.
    if !is_challenge(&challenge, lengths) {
        return None;
    }
    let signer = Signer::secrets(endpoint, instant::milliseconds(now), 1).ok()?.pop()?;
    let (index, method) = signer.method(endpoint.scheme.methods())?;
    let signature = encode(&signer.sign(index, &[Cow::Borrowed(&challenge)]).ok()?, method);
    Some(Handshake { status: 200, content_type: "text/plain", body: format!("{}|{signature}", signer.kid?) })
}

fn is_challenge(text: &[u8], lengths: &std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.iter().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b))
}

/// The answer to a signed set-up call, if the body is one.
pub(crate) fn answer(challenge: &Challenge, body: &[u8]) -> Option<Handshake> {
    let mut pointers = Pointers::default();
    let (at, echo) = (pointers.add(challenge.at)?, pointers.add(challenge.echo)?);
    let values = pointers.read(body)?;
    let text = |place: usize| serde_json::from_str::<String>((*values.get(place)?)?.get()).ok();
    if text(at)? != challenge.is {
        return None;
    }
    Some(Handshake { status: 200, content_type: "text/plain", body: text(echo)? })
}
