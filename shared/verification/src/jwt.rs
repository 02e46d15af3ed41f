//! The verifier of JSON web tokens. The algorithm and the key are the endpoint's; of the token's header only
//! `alg` and `kid` are read, and nothing that could bring a key of its own.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Endpoint, Rejection, decode, json::Pointers, message::Message, scheme::Jwt, signed};

#[derive(Deserialize)]
struct Header<'t> {
    alg: Cow<'t, str>,
    #[serde(default)]
    kid: Option<Cow<'t, str>>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

/// The key that signed the token, if the token is fresh and for this body.
pub(crate) fn prove(
    scheme: &Jwt,
    endpoint: &Endpoint,
    message: &Message<'_>,
    now: i64,
) -> Result<Option<String>, Rejection> {
    let token = message.find(&scheme.at)?.ok_or(Rejection::MissingHeader)?;
    let (content, signature) = token.rsplit_once('.').ok_or(Rejection::MalformedHeader)?;
    let (header, claims) = content.split_once('.').ok_or(Rejection::MalformedHeader)?;
    let segment = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| Rejection::MalformedHeader);
    let (header, claims) = (segment(header)?, segment(claims)?);
    let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| Rejection::MalformedHeader)?;

    let named = |(_, method): &(usize, &crate::scheme::Method)| method.tag == header.alg;
    let method = scheme.methods.iter().enumerate().find(named);
    let (index, method) = method.filter(|_| header.crit.is_none()).ok_or(Rejection::UnsupportedScheme)?;
    let kid = header.kid.as_deref().ok_or(Rejection::MalformedHeader)?;
    let key = endpoint.keys.iter().find(|key| key.kid.as_deref() == Some(kid) && key.is_valid_at(now));
    let (key, ready) =
        key.and_then(|key| Some((key, key.for_method(index)?))).ok_or(Rejection::UnknownKey)?;
    let content = [Cow::Borrowed(content.as_bytes())];
    let signature = decode::signature(signature, method.encoding).ok_or(Rejection::SignatureMismatch)?;
    if !bool::from(ready.expect(&content).is(signature.as_slice())) {
        return Err(Rejection::SignatureMismatch);
    }

    // Only now are the claims believed.
    let mut pointers = Pointers::default();
    pointers.add("/iat");
    pointers.add(&format!("/{}", scheme.body_digest));
    let claims = pointers.read(&claims).ok_or(Rejection::MalformedHeader)?;
    let claim = |place: usize| claims.get(place).copied().flatten().ok_or(Rejection::MalformedHeader);
    signed::check_age(crate::scheme::Unit::Seconds, claim(0)?.get(), &endpoint.settings, now)?;
    let digest: Cow<'_, str> =
        serde_json::from_str(claim(1)?.get()).map_err(|_| Rejection::MalformedHeader)?;
    let body = hex::encode(Sha256::digest(&message.delivery.body));
    if !bool::from(body.as_bytes().ct_eq(digest.as_bytes())) {
        return Err(Rejection::SignatureMismatch);
    }
    Ok(key.kid.clone())
}
