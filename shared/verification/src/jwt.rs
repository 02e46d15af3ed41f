//! The verifier of JSON web tokens. The algorithm and the key are the endpoint's; of the token's header only
//! `alg` and `kid` are read, and nothing that could bring a key of its own.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    Endpoint, Rejection, decode,
    explain::words,
    json::Pointers,
    message::Message,
    scheme::{Jwt, Method, Unit},
    signed::{Proof, check_age},
    trail::{Trail, step},
};

/// The key that signed the token, if the token is fresh and for this body.
pub(crate) fn prove(
    scheme: &Jwt,
    endpoint: &Endpoint,
    message: &Message<'_>,
    now: i64,
    trail: &mut Trail,
) -> Result<Proof, Rejection> {
    let token = message.find(&scheme.at).and_then(|token| token.ok_or(Rejection::MissingHeader));
    let token = trail.step(step::PLACE, token, || words::place(&scheme.at, message))?;
    let read = Token::read(&token);
    let told = || format!("a token of {} parts", token.split('.').count());
    let Token { header, content, claims, signature } = trail.step(step::SIGNATURES, read, told)?;

    let named = |(_, method): &(usize, &Method)| method.tag == header.alg;
    let method = scheme.methods.iter().enumerate().find(named).filter(|_| header.crit.is_none());
    let method = method.ok_or(Rejection::UnsupportedScheme);
    let (index, method) = trail.step(step::ALGORITHM, method, || words::quoted(&header.alg))?;
    let kid = header.kid.as_deref().ok_or(Rejection::MalformedHeader);
    let kid = trail.step(step::KEY_ID, kid, || words::quoted(header.kid.as_deref().unwrap_or_default()))?;

    let key = endpoint.keys.iter().find(|key| key.kid.as_deref() == Some(kid) && key.is_valid_at(now));
    let ready = key.and_then(|key| Some((key, key.for_method(index)?))).ok_or(Rejection::UnknownKey);
    let content = [Cow::Borrowed(content.as_bytes())];
    let key = ready.and_then(|(key, ready)| {
        let signature = decode::signature(signature, method.encoding).ok_or(Rejection::SignatureMismatch)?;
        let fits = bool::from(ready.expect(&content).is(signature.as_slice()));
        fits.then_some(key).ok_or(Rejection::SignatureMismatch)
    });
    let asked = |place: usize| endpoint.keys.get(place).is_some_and(|key| key.kid.as_deref() == Some(kid));
    let key = trail.step(step::KEYS, key, || words::keys(&endpoint.keys, now, asked, key.ok()))?;

    // Only now are the claims believed.
    let mut pointers = Pointers::default();
    pointers.add("/iat");
    pointers.add(&format!("/{}", scheme.body_digest));
    let claims = pointers.read(&claims).unwrap_or_default();
    let claim = |place: usize| claims.get(place).copied().flatten().map(RawValue::get);
    let time = claim(0).ok_or(Rejection::MalformedHeader);
    let fresh = time.and_then(|time| check_age(Unit::Seconds, time, &endpoint.settings, now));
    let told = || words::time(Ok(claim(0).map(Cow::Borrowed)), Unit::Seconds, &endpoint.settings, now);
    let signed_at_ms = Some(trail.step(step::TIME, fresh, told)?);
    let body = &message.delivery.body;
    trail.step(step::BODY_DIGEST, is_digest_of(claim(1), body), || words::body_digest(body))?;
    Ok(Proof { kid: key.kid.clone(), signed_at_ms })
}

/// A token taken apart. Nothing of it is believed.
struct Token<'t> {
    header: Header,
    /// What is signed: header and claims as they are written.
    content: &'t str,
    claims: Vec<u8>,
    signature: &'t str,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

impl<'t> Token<'t> {
    fn read(token: &'t str) -> Result<Self, Rejection> {
        let (content, signature) = token.rsplit_once('.').ok_or(Rejection::MalformedHeader)?;
        let (header, claims) = content.split_once('.').ok_or(Rejection::MalformedHeader)?;
        let segment = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| Rejection::MalformedHeader);
        let (header, claims) = (segment(header)?, segment(claims)?);
        let header = serde_json::from_slice(&header).map_err(|_| Rejection::MalformedHeader)?;
        Ok(Self { header, content, claims, signature })
    }
}

/// Whether the claim is the body's digest, in a time that depends on its length only.
fn is_digest_of(claim: Option<&str>, body: &[u8]) -> Result<(), Rejection> {
    let digest: Option<String> = claim.and_then(|claim| serde_json::from_str(claim).ok());
    let digest = digest.ok_or(Rejection::MalformedHeader)?;
    let is_it = hex::encode(Sha256::digest(body)).as_bytes().ct_eq(digest.as_bytes());
    if bool::from(is_it) { Ok(()) } else { Err(Rejection::SignatureMismatch) }
}
