//! Signs as a provider does: for tests, samples and the command line.

use std::{borrow::Cow, fmt, time::SystemTime};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use crate::{
    Delivery, Endpoint, Place, Rejection, instant,
    keys::ReadyKey,
    message::Message,
    scheme::{Encoding, Field, Method, Part, Scheme, Signed, Slot, Unit},
    signed,
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
/// signs inside the body has none: see [`sign_body`](crate::sign_body).
pub fn sign(
    endpoint: &Endpoint,
    url: &str,
    event_id: &str,
    body: &[u8],
    now: SystemTime,
) -> Result<Vec<(String, String)>, Unsignable> {
    let scheme = match endpoint.scheme {
        Scheme::Signed(scheme) if matches!(scheme.signature.at, Slot::Form(_)) => return Ok(Vec::new()),
        Scheme::Signed(scheme) => scheme,
        Scheme::Items(_) => return Ok(Vec::new()),
        Scheme::Jwt(_) => return Err(PRIVATE),
    };
    let now = instant::milliseconds(now);
    // A form is signed otherwise than any other body.
    let form = endpoint.provider.media_types.first().filter(|_| !body.starts_with(b"{"));
    let content_type = form.map(|form| ("content-type".to_owned(), (*form).to_owned()));
    let delivery = Delivery::new(url, content_type, body.to_vec());
    let message = Message::new(&delivery, &endpoint.settings, endpoint.scheme);
    let keys = endpoint.keys.iter().filter(|key| key.is_valid_at(now));
    let room = if scheme.signature.between.is_some() && scheme.key_id.is_none() { usize::MAX } else { 1 };
    let (mut items, mut kid) = (Vec::new(), None);
    let time = scheme.timestamp.map(|timestamp| written(timestamp.unit, now));
    let time = time.transpose()?;
    for key in keys.rev().take(room) {
        kid = key.kid.as_deref().or(kid);
        let known = Known { scheme, event_id, time: time.as_deref(), kid };
        items.push(known.item(key, &message)?);
    }
    items.reverse();
    if items.is_empty() {
        return Err(Unsignable("no secret is valid at this time"));
    }
    let known = Known { scheme, event_id, time: time.as_deref(), kid };
    known.headers(items, endpoint)
}

/// A signed time as its unit is written.
fn written(unit: Unit, now: i64) -> Result<String, Unsignable> {
    match unit {
        Unit::Seconds | Unit::ByLength => Ok((now.div_euclid(1000)).to_string()),
        Unit::Milliseconds => Ok(now.to_string()),
        Unit::Rfc3339 => instant::to_rfc3339(now, false).ok_or(Unsignable("no such time")),
    }
}

pub(crate) const PRIVATE: Unsignable = Unsignable("the private key is the provider's");

/// What the signer puts at the scheme's slots.
struct Known<'k> {
    scheme: &'static Signed,
    event_id: &'k str,
    time: Option<&'k str>,
    kid: Option<&'k str>,
}

impl Known<'_> {
    fn at<'m>(&self, slot: &Slot, message: &Message<'m>) -> Result<Option<Cow<'m, str>>, Rejection> {
        let is_time = self.scheme.timestamp.is_some_and(|timestamp| timestamp.at == *slot);
        let own = match slot {
            _ if is_time => self.time,
            _ if self.scheme.key_id == Some(*slot) => self.kid,
            Slot::Header(_) => Some(self.event_id),
            _ => return message.find(slot),
        };
        Ok(own.map(|text| Cow::Owned(text.to_owned())))
    }

    /// One signature as the scheme writes it.
    fn item(&self, key: &ReadyKey, message: &Message<'_>) -> Result<String, Unsignable> {
        let made = self.scheme.methods.iter().enumerate();
        let mut made = made.filter_map(|(index, method)| Some((method, key.for_method(index)?)));
        let (method, ready) = made.next().ok_or(PRIVATE)?;
        let find = |slot: &Slot| self.at(slot, message);
        let parts: Result<signed::Content<'_>, Rejection> =
            self.scheme.signed.iter().map(|part| signed::piece(part, message, find)).collect();
        let parts = parts.map_err(|_| Unsignable("the request lacks something that the scheme signs"))?;
        let expected = ready.expect(&parts);
        let signature = encode(expected.signature().ok_or(PRIVATE)?, method);
        let fields = self.scheme.signature.fields.iter().map(|field| match field {
            Field::Tag => method.tag,
            Field::KeyId => key.kid.as_deref().unwrap_or_default(),
            Field::Signature => signature.as_str(),
        });
        Ok(fields.collect::<Vec<_>>().join(&self.scheme.signature.assign.to_string()))
    }

    /// All headers: the signatures, and what they cover beside the body.
    fn headers(
        &self,
        mut items: Vec<String>,
        endpoint: &Endpoint,
    ) -> Result<Vec<(String, String)>, Unsignable> {
        let Signed { header_prefixes, signature, key_id, timestamp, .. } = self.scheme;
        let slots = timestamp.map(|timestamp| (timestamp.at, self.time));
        let mut headers = Vec::new();
        for (slot, value) in slots.into_iter().chain(key_id.map(|slot| (slot, self.kid))) {
            let value = value.ok_or(Unsignable("the secret has no kid"))?;
            match slot {
                Slot::Tag(tag) => items.insert(0, format!("{tag}{}{value}", signature.assign)),
                Slot::First => items.insert(0, value.to_owned()),
                Slot::Header(name) => headers.push((name, value.to_owned())),
                _ => return Err(Unsignable("the scheme puts its time or key where it cannot be written")),
            }
        }
        let Slot::Header(name) = signature.at else {
            return Err(Unsignable("the signature is not in a header"));
        };
        let between = signature.between.map(String::from).unwrap_or_default();
        headers.push((name, items.join(&between)));
        let covered = self.scheme.signed.iter().filter_map(Part::header);
        let ids = endpoint.names.event_id.iter().filter_map(Place::header);
        for name in covered.chain(ids) {
            if !headers.iter().any(|(known, _)| *known == name) {
                headers.push((name, self.event_id.to_owned()));
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
