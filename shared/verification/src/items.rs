//! The verifier of signatures inside the body: each item is signed over fields of its own.

use std::borrow::Cow;

use serde_json::value::RawValue;
use subtle::Choice;

use crate::{
    Endpoint, Rejection, decode,
    explain::words,
    identity::scalar,
    json::Pointers,
    keys::ReadyKey,
    scheme::Items,
    trail::{Trail, step},
};

/// No body has more events: GoCardless sends 250 at most.
const MOST_ITEMS: usize = 1000;

/// The items of the list at a JSON pointer; `None` if there is none, or too many.
pub(crate) fn items<'j>(json: &'j [u8], at: &str) -> Option<Vec<&'j RawValue>> {
    let mut pointers = Pointers::default();
    pointers.add(at)?;
    let list = pointers.read(json)?.pop()??;
    let items: Vec<&RawValue> = serde_json::from_str(list.get()).ok()?;
    (1..=MOST_ITEMS).contains(&items.len()).then_some(items)
}

/// The key whose signatures fit all items: the first item's, if they differ.
pub(crate) fn prove(
    scheme: &Items,
    endpoint: &Endpoint,
    body: &[u8],
    now: i64,
    trail: &mut Trail,
) -> Result<Option<String>, Rejection> {
    let mut pointers = Pointers::default();
    let mut place = |pointer| pointers.add(pointer).ok_or(Rejection::InvalidBody);
    let signature = place(scheme.signature)?;
    let fields: Vec<usize> = scheme.signed.iter().map(|field| place(field)).collect::<Result<_, _>>()?;

    let all = items(body, scheme.at);
    let count = all.as_ref().map(Vec::len);
    let told = || words::items(scheme.at, count);
    let mut first = None;
    for item in trail.step(step::ITEMS, all.ok_or(Rejection::InvalidBody), told)? {
        let values = pointers.read(item.get().as_bytes()).ok_or(Rejection::InvalidBody);
        let values = trail.step(step::ITEM, values, || format!("{} bytes", item.get().len()))?;
        let value = |place: usize| values.get(place).copied().flatten().map(RawValue::get);
        let signature = value(signature).and_then(scalar).filter(|text| !text.is_empty());
        let signature = signature.ok_or(Rejection::MissingHeader);
        let signature = trail.step(step::PLACE, signature, || words::quoted(scheme.signature))?;
        let texts: Vec<String> =
            fields.iter().map(|field| value(*field).and_then(scalar).unwrap_or_default()).collect();
        let content = texts.join(scheme.by);
        trail.step(step::CONTENT, Ok(()), || words::fields(scheme, &texts, &content))?;
        let key = key_for(scheme, endpoint, &signature, &content, now);
        let told = || words::keys(&endpoint.keys, now, |_| true, key.ok());
        first.get_or_insert(trail.step(step::KEYS, key, told)?);
    }
    Ok(first.and_then(|key: &ReadyKey| key.kid.clone()))
}

fn key_for<'e>(
    scheme: &Items,
    endpoint: &'e Endpoint,
    signature: &str,
    content: &str,
    now: i64,
) -> Result<&'e ReadyKey, Rejection> {
    let content = [Cow::Borrowed(content.as_bytes())];
    let (mut found, mut valid) = (None, false);
    for key in endpoint.keys.iter().filter(|key| key.is_valid_at(now)) {
        valid = true;
        for (index, method) in scheme.methods.iter().enumerate() {
            let Some(ready) = key.for_method(index) else { continue };
            let fits = decode::signature(signature, method.encoding)
                .map_or(Choice::from(0), |signature| ready.expect(&content).is(signature.as_slice()));
            if bool::from(fits) && found.is_none() {
                found = Some(key);
            }
        }
    }
    found.ok_or(if valid { Rejection::SignatureMismatch } else { Rejection::UnknownKey })
}
