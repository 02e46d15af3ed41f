//! Signs as a provider does: for tests, samples and the command line.

use std::{borrow::Cow, fmt, time::SystemTime};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256};

use crate::{
    Delivery, Endpoint, Place, Rejection, SigningKey, instant,
    message::Message,
    scheme::{Encoding, Field, Jwt, Method, Part, Scheme, Signed, Slot, Unit},
    signed,
    signer::Signer,
};

/// Why a delivery cannot be signed for an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsignable(pub(crate) &'static str);

impl fmt::Display for Unsignable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unsignable {}

/// The headers of a correctly signed delivery of `body` to `url`, from the same scheme that `verify` reads. Every
/// secret that is valid at `now` signs where the scheme has room for several signatures, else the newest. A scheme that
/// signs inside the body has none: see [`sign_body`](crate::sign_body). Where the endpoint document has only public
/// keys, [`sign_with`] takes the private one.
pub fn sign(
    endpoint: &Endpoint,
    url: &str,
    event_id: &str,
    body: &[u8],
    now: SystemTime,
) -> Result<Vec<(String, String)>, Unsignable> {
    let now = instant::milliseconds(now);
    let room = match endpoint.scheme {
        Scheme::Signed(scheme) if scheme.signature.between.is_some() && scheme.key_id.is_none() => usize::MAX,
        _ => 1,
    };
    headers(endpoint, url, event_id, body, now, || Signer::secrets(endpoint, now, room))
}

/// What [`sign`] gives, signed with the private key to one of the endpoint's public keys (Wise, Plaid, `v1a` of
/// Standard Webhooks) or to a certificate of its trust document (PayPal), whose URL then stands in the headers.
pub fn sign_with(
    endpoint: &Endpoint,
    url: &str,
    event_id: &str,
    body: &[u8],
    now: SystemTime,
    key: &SigningKey,
) -> Result<Vec<(String, String)>, Unsignable> {
    let now = instant::milliseconds(now);
    headers(endpoint, url, event_id, body, now, || Ok(vec![Signer::private(endpoint, key, now)?]))
}

fn headers<'k>(
    endpoint: &'k Endpoint,
    url: &str,
    event_id: &str,
    body: &[u8],
    now: i64,
    signers: impl FnOnce() -> Result<Vec<Signer<'k>>, Unsignable>,
) -> Result<Vec<(String, String)>, Unsignable> {
    let scheme = match endpoint.scheme {
        Scheme::Signed(scheme) if matches!(scheme.signature.at, Slot::Form(_)) => return Ok(Vec::new()),
        Scheme::Items(_) => return Ok(Vec::new()),
        Scheme::Signed(scheme) => scheme,
        Scheme::Jwt(scheme) => return token(scheme, &signers()?, body, now),
    };
    // A form is signed otherwise than any other body.
    let form = endpoint.provider.media_types.first().filter(|_| !body.starts_with(b"{"));
    let content_type = form.map(|form| ("content-type".to_owned(), (*form).to_owned()));
    let delivery = Delivery::new(url, content_type, body.to_vec());
    let message = Message::new(&delivery, &endpoint.settings, endpoint.scheme);
    let message = Message { webhook_id: endpoint.settings.webhook_ids.last().map(String::as_str), ..message };
    let signers = signers()?;
    let time = scheme.timestamp.map(|timestamp| written(timestamp.unit, now)).transpose()?;
    let known = Known {
        scheme,
        endpoint,
        event_id,
        transmission_id: transmission_id(event_id, body),
        time: time.as_deref(),
        kid: signers.last().and_then(|signer| signer.kid),
        certificate_url: signers.last().and_then(|signer| signer.certificate_url),
    };
    let mut items = Vec::with_capacity(signers.len());
    let mut tag = "";
    for signer in &signers {
        let (method, item) = known.item(signer, &message)?;
        tag = method.tag;
        items.push(item);
    }
    known.headers(items, tag)
}

/// A signed time as its unit is written.
fn written(unit: Unit, now: i64) -> Result<String, Unsignable> {
    match unit {
        Unit::Seconds | Unit::ByLength => Ok((now.div_euclid(1000)).to_string()),
        Unit::Milliseconds => Ok(now.to_string()),
        Unit::Rfc3339 => instant::to_rfc3339(now, false).ok_or(Unsignable("no such time")),
    }
}

/// The id of a transmission: the same for the same event and body, so that one that is sent again has the same.
fn transmission_id(event_id: &str, body: &[u8]) -> String {
    let digest = Sha256::new().chain_update(event_id).chain_update([0]).chain_update(body).finalize();
    let mut id = hex::encode(digest.get(..16).unwrap_or_default());
    for place in [8, 13, 18, 23] {
        id.insert(place, '-');
    }
    id
}

/// A JSON web token that names the body's digest.
fn token(
    scheme: &Jwt,
    signers: &[Signer<'_>],
    body: &[u8],
    now: i64,
) -> Result<Vec<(String, String)>, Unsignable> {
    let Slot::Header(name) = scheme.at else { return Err(Unsignable("the token is not in a header")) };
    let signer = signers.last().ok_or(UNSIGNED)?;
    let (index, method) = signer.method(scheme.methods).ok_or(PRIVATE)?;
    let kid = signer.kid.ok_or(Unsignable("the secret has no kid"))?;
    let header = serde_json::json!({"alg": method.tag, "kid": kid, "typ": "JWT"});
    let mut claims = serde_json::Map::new();
    claims.insert("iat".to_owned(), now.div_euclid(1000).into());
    claims.insert(scheme.body_digest.to_owned(), hex::encode(Sha256::digest(body)).into());
    let segment = |json: String| URL_SAFE_NO_PAD.encode(json);
    let content =
        format!("{}.{}", segment(header.to_string()), segment(serde_json::Value::from(claims).to_string()));
    let signature = signer.sign(index, &[Cow::Borrowed(content.as_bytes())])?;
    Ok(vec![(name.to_owned(), format!("{content}.{}", encode(&signature, method)))])
}

pub(crate) const PRIVATE: Unsignable =
    Unsignable("the endpoint document has only public keys: the private key must be given");
pub(crate) const UNSIGNED: Unsignable = Unsignable("no secret is valid at this time");

/// What the signer puts at the scheme's slots.
struct Known<'k> {
    scheme: &'static Signed,
    endpoint: &'k Endpoint,
    event_id: &'k str,
    transmission_id: String,
    time: Option<&'k str>,
    kid: Option<&'k str>,
    certificate_url: Option<&'k str>,
}

impl Known<'_> {
    fn at<'m>(&self, slot: &Slot, message: &Message<'m>) -> Result<Option<Cow<'m, str>>, Rejection> {
        let own = match slot {
            _ if self.scheme.timestamp.is_some_and(|timestamp| timestamp.at == *slot) => self.time,
            _ if self.scheme.key_id == Some(*slot) => self.kid,
            Slot::Header(name) => Some(self.id(name)),
            _ => return message.find(slot),
        };
        Ok(own.map(|text| Cow::Owned(text.to_owned())))
    }

    /// The id that a header holds: that of the event, or of the transmission where that is what the signature binds.
    fn id(&self, header: &str) -> &str {
        let binds = self.endpoint.names.proof_id.iter().any(|place| place.header() == Some(header));
        if binds { &self.transmission_id } else { self.event_id }
    }

    /// One signature as the scheme writes it, and by which method.
    fn item(
        &self,
        signer: &Signer<'_>,
        message: &Message<'_>,
    ) -> Result<(&'static Method, String), Unsignable> {
        let (index, method) = signer.method(self.scheme.methods).ok_or(PRIVATE)?;
        let find = |slot: &Slot| self.at(slot, message);
        let parts: Result<signed::Content<'_>, Rejection> =
            self.scheme.signed.iter().map(|part| signed::piece(part, message, find)).collect();
        let parts = parts.map_err(|_| Unsignable("the request lacks something that the scheme signs"))?;
        let signature = encode(&signer.sign(index, &parts)?, method);
        let fields = self.scheme.signature.fields.iter().map(|field| match field {
            Field::Tag => method.tag,
            Field::KeyId => signer.kid.unwrap_or_default(),
            Field::Signature => signature.as_str(),
        });
        Ok((method, fields.collect::<Vec<_>>().join(&self.scheme.signature.assign.to_string())))
    }

    /// All headers: the signatures, and what they cover beside the body.
    fn headers(&self, mut items: Vec<String>, tag: &str) -> Result<Vec<(String, String)>, Unsignable> {
        let Signed { header_prefixes, signature, key_id, timestamp, .. } = self.scheme;
        let mut slots = Vec::new();
        slots.extend(timestamp.map(|timestamp| (timestamp.at, self.time)));
        slots.extend(key_id.map(|slot| (slot, self.kid)));
        slots.extend(signature.tag_at.filter(|_| !tag.is_empty()).map(|slot| (slot, Some(tag))));
        slots.extend(self.scheme.certificate.map(|certificate| (certificate.url, self.certificate_url)));
        let mut headers = Vec::new();
        for (slot, value) in slots {
            let value = value.ok_or(Unsignable("the secret has no kid"))?;
            match slot {
                Slot::Tag(tag) => items.insert(0, format!("{tag}{}{value}", signature.assign)),
                Slot::First => items.insert(0, value.to_owned()),
                Slot::Header(name) => headers.push((name, value.to_owned())),
                Slot::HeaderField { header, field } => headers.push((header, format!("{field}={value}"))),
                _ => return Err(Unsignable("the scheme puts its time or key where it cannot be written")),
            }
        }
        let Slot::Header(name) = signature.at else {
            return Err(Unsignable("the signature is not in a header"));
        };
        let between = signature.between.map(String::from).unwrap_or_default();
        headers.push((name, items.join(&between)));
        let covered = self.scheme.signed.iter().filter_map(Part::header);
        let ids = self.endpoint.names.event_id.iter().filter_map(Place::header);
        for name in covered.chain(ids) {
            if !headers.iter().any(|(known, _)| *known == name) {
                headers.push((name, self.id(name).to_owned()));
            }
        }
        let prefix = header_prefixes.first().copied().unwrap_or_default();
        let full =
            |name: &str| name.strip_prefix('*').map_or(name.to_owned(), |rest| format!("{prefix}{rest}"));
        Ok(headers.into_iter().map(|(name, value)| (full(name), value)).collect())
    }
}

pub(crate) fn encode(bytes: &[u8], method: &Method) -> String {
    match method.encoding {
        Encoding::Hex | Encoding::HexAnyCase => hex::encode(bytes),
        Encoding::Base64 => STANDARD.encode(bytes),
        Encoding::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
    }
}
