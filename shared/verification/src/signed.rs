//! The verifier of signatures over parts of a request: headers, age, keys, rotation and comparison for all of them.

use std::borrow::Cow;

use subtle::Choice;

use crate::{
    Endpoint, Rejection,
    candidates::{Candidate, Candidates},
    decode,
    explain::words,
    instant,
    keys::{Ready, ReadyKey},
    message::Message,
    scheme::{Method, Part, Signed, Slot, Timestamp, Unit},
    settings::Settings,
    trail::{Trail, step},
};

/// Braintree's set-up call has a text of up to this many letters signed for anyone: none that short is a payload.
const LONGEST_CHALLENGE: usize = 32;

/// What was signed, piece by piece; the body is borrowed.
pub(crate) type Content<'c> = Vec<Cow<'c, [u8]>>;

/// What held.
#[derive(Debug)]
pub(crate) struct Proof {
    /// The name of the key that fitted, if the endpoint document names it.
    pub(crate) kid: Option<String>,
    /// When it was signed, in milliseconds since 1970, where the scheme signs a time.
    pub(crate) signed_at_ms: Option<i64>,
}

/// Looks for the key whose signature fits, among those valid at `now` (milliseconds since 1970).
pub(crate) fn prove(
    scheme: &Signed,
    endpoint: &Endpoint,
    message: &Message<'_>,
    now: i64,
    trail: &mut Trail,
) -> Result<Proof, Rejection> {
    let text = needed(message.find(&scheme.signature.at), Rejection::MissingHeader);
    let text = trail.step(step::PLACE, text, || words::place(&scheme.signature.at, message))?;
    let candidates = Candidates::new(&scheme.signature, &text);
    let candidates =
        trail.step(step::SIGNATURES, candidates, || words::signatures(&scheme.signature, &text))?;
    let find = |slot: &Slot| candidates.find(message, slot);

    let signed_at_ms = match &scheme.timestamp {
        None => None,
        Some(Timestamp { at, unit, .. }) => {
            let fresh = needed(find(at), absent(at))
                .and_then(|time| check_age(*unit, &time, &endpoint.settings, now));
            let told = || words::time(find(at), *unit, &endpoint.settings, now);
            Some(trail.step(step::TIME, fresh, told)?)
        }
    };
    let key_id = match &scheme.key_id {
        None => None,
        Some(slot) => {
            let default = || endpoint.settings.default_kid.as_deref().map(Cow::Borrowed);
            let named = needed(find(slot).map(|named| named.or_else(default)), absent(slot));
            Some(trail.step(step::KEY_ID, named, || words::text(slot, message.prefix, find(slot)))?)
        }
    };
    let tag = match &scheme.signature.tag_at {
        None => None,
        Some(slot) => {
            let optional = scheme.methods.iter().any(|method| method.tag.is_empty());
            let tag = find(slot)
                .and_then(|tag| if optional { Ok(tag) } else { needed(Ok(tag), absent(slot)).map(Some) });
            trail.step(step::ALGORITHM, tag, || words::text(slot, message.prefix, find(slot)))?
        }
    };
    let contents = contents(scheme, endpoint, message, &candidates);
    let told = contents.as_ref().map(|_| ()).map_err(|rejection| *rejection);
    trail.step(step::CONTENT, told, || words::contents(scheme, message.prefix, contents.as_ref().ok()))?;
    let contents = contents?;
    let certified = match &scheme.certificate {
        None => None,
        Some(rules) => {
            let key = needed(find(&rules.url), absent(&rules.url))
                .and_then(|url| endpoint.trust.key(rules, &url, now));
            let key = trail
                .step(step::CERTIFICATE, key, || words::text(&rules.url, message.prefix, find(&rules.url)))?;
            Some([ReadyKey::certified(key)])
        }
    };
    let mut search = Search {
        scheme,
        keys: certified.as_ref().map_or(&endpoint.keys, |keys| keys.as_slice()),
        now,
        contents: &contents,
        key_id: key_id.as_deref(),
        tag: tag.as_deref(),
        asked: 0,
    };
    let key = search.find(&candidates);
    let asked = |place: usize| search.asked >> place & 1 == 1;
    let key = trail.step(step::KEYS, key, || words::keys(search.keys, now, asked, key.ok()))?;
    Ok(Proof { kid: key.kid.clone(), signed_at_ms })
}

/// A text that must be there.
fn needed<T>(found: Result<Option<T>, Rejection>, absent: Rejection) -> Result<T, Rejection> {
    found?.ok_or(absent)
}

/// All contents that are taken, for each webhook id where that is signed: their pieces in one list.
pub(crate) struct Contents<'c> {
    pieces: Content<'c>,
    count: usize,
}

impl Contents<'_> {
    /// Each content, in the order of the scheme's.
    pub(crate) fn each(&self, scheme: &Signed) -> impl Iterator<Item = &[Cow<'_, [u8]>]> {
        let mut rest = self.pieces.as_slice();
        scheme.contents().cycle().take(self.count).map(move |parts| {
            let (content, after) = rest.split_at_checked(parts.len()).unwrap_or_default();
            rest = after;
            content
        })
    }
}

fn contents<'c>(
    scheme: &Signed,
    endpoint: &'c Endpoint,
    message: &Message<'c>,
    candidates: &Candidates<'c>,
) -> Result<Contents<'c>, Rejection> {
    let ids = endpoint.settings.webhook_ids.iter().map(|id| Some(id.as_str()));
    let none = ids.len() == 0;
    let mut all = Contents { pieces: Vec::with_capacity(scheme.signed.len()), count: 0 };
    for webhook_id in ids.chain(none.then_some(None)) {
        let message = Message { webhook_id, ..*message };
        let find = |slot: &Slot| candidates.find(&message, slot);
        for parts in scheme.contents() {
            for part in parts {
                all.pieces.push(piece(part, &message, find)?);
            }
            all.count += 1;
        }
    }
    Ok(all)
}

/// A text that must be there is not: a whole header, or a part of one.
fn absent(slot: &Slot) -> Rejection {
    match slot {
        Slot::Tag(_) | Slot::First => Rejection::MalformedHeader,
        _ => Rejection::MissingHeader,
    }
}

/// The signed time in milliseconds since 1970, if it is near enough to ours.
pub(crate) fn check_age(unit: Unit, text: &str, settings: &Settings, now: i64) -> Result<i64, Rejection> {
    let signed = instant::signed_time(text, unit).ok_or(Rejection::MalformedHeader)?;
    let beyond =
        |distance: i64, seconds: Option<u32>| seconds.is_some_and(|s| distance > i64::from(s) * 1000);
    if beyond(now.saturating_sub(signed), settings.past) {
        return Err(Rejection::TimestampTooOld);
    }
    if beyond(signed.saturating_sub(now), settings.future) {
        return Err(Rejection::TimestampInFuture);
    }
    Ok(signed)
}

/// The bytes of one signed part.
pub(crate) fn piece<'c>(
    part: &'c Part,
    message: &Message<'c>,
    find: impl Fn(&Slot) -> Result<Option<Cow<'c, str>>, Rejection>,
) -> Result<Cow<'c, [u8]>, Rejection> {
    Ok(match part {
        Part::Text(text) => Cow::Borrowed(text.as_bytes()),
        Part::Body => Cow::Borrowed(&message.delivery.body),
        Part::At(slot) => bytes(find(slot)?.ok_or(absent(slot))?),
        Part::Labelled { before, at, after } => match find(at)? {
            Some(text) => Cow::Owned([before, text.as_ref(), after].concat().into_bytes()),
            None => Cow::Borrowed(&[]),
        },
        Part::Base64Text(slot) => {
            let text = find(slot)?.ok_or(absent(slot))?;
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\n');
            if text.len() <= LONGEST_CHALLENGE || !text.bytes().all(plain) {
                return Err(Rejection::InvalidBody);
            }
            bytes(text)
        }
        Part::Crc32 => Cow::Owned(crc32fast::hash(&message.delivery.body).to_string().into_bytes()),
        Part::FormOrDigest(parameter) => Cow::Owned(message.form_or_digest(parameter)?),
    })
}

fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Every signature against every key that may have made it.
struct Search<'s> {
    scheme: &'s Signed,
    keys: &'s [ReadyKey],
    now: i64,
    contents: &'s Contents<'s>,
    /// The key that the delivery names apart from its signatures.
    key_id: Option<&'s str>,
    /// The method that the delivery names apart from its signatures.
    tag: Option<&'s str>,
    /// Bit `i`: the key at place `i` was asked.
    asked: u32,
}

impl<'s> Search<'s> {
    /// The first key that fits. All are tried, so that the time does not tell which one did.
    fn find(&mut self, candidates: &Candidates<'_>) -> Result<&'s ReadyKey, Rejection> {
        let mut found = None;
        for (index, method) in self.scheme.methods.iter().enumerate() {
            for (place, key) in self.keys.iter().enumerate() {
                let Some(ready) = key.for_method(index).filter(|_| key.is_valid_at(self.now)) else {
                    continue;
                };
                let fits = self.fits(key, place, ready, method, candidates);
                if bool::from(fits) && found.is_none() {
                    found = Some(key);
                }
            }
        }
        found.ok_or_else(|| self.refusal(candidates))
    }

    /// Whether one of the signatures is the key's over one of the contents, each of which is hashed once at most.
    fn fits(
        &mut self,
        key: &ReadyKey,
        place: usize,
        ready: &Ready,
        method: &Method,
        candidates: &Candidates<'_>,
    ) -> Choice {
        let mut fits = Choice::from(0);
        for content in self.contents.each(self.scheme) {
            let mut expected = None;
            for candidate in candidates.signatures() {
                let named = candidate.key_id.or(self.key_id);
                if !self.takes(method, &candidate) || named.is_some_and(|kid| key.kid.as_deref() != Some(kid))
                {
                    continue;
                }
                self.asked |= 1 << place;
                if let Some(signature) = decode::signature(candidate.signature, method.encoding) {
                    let expected = expected.get_or_insert_with(|| ready.expect(content));
                    fits |= expected.is(signature.as_slice());
                }
            }
        }
        fits
    }

    fn takes(&self, method: &Method, candidate: &Candidate<'_>) -> bool {
        match candidate.tag.or(self.tag) {
            Some(tag) => !method.tag.is_empty() && self.scheme.signature.is_tag(tag, method.tag),
            None => method.tag.is_empty() || self.scheme.signature.tag_optional,
        }
    }

    /// Why no key fits: how far the best signature came.
    fn refusal(&self, candidates: &Candidates<'_>) -> Rejection {
        if self.asked != 0 {
            return Rejection::SignatureMismatch;
        }
        let keyed = |index: usize| self.keys.iter().any(|key| key.for_method(index).is_some());
        let methods = || self.scheme.methods.iter().enumerate().filter(|(index, _)| keyed(*index));
        let mut signatures = candidates.signatures().peekable();
        if signatures.peek().is_none() {
            Rejection::MalformedHeader
        } else if signatures.any(|candidate| methods().any(|(_, method)| self.takes(method, &candidate))) {
            Rejection::UnknownKey
        } else {
            Rejection::UnsupportedScheme
        }
    }
}
