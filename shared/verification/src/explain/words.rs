//! What the verifier's steps found, in words. No word is a secret or a signature: a signature may be the secret itself
//! (a shared token), so only its length is told.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::{
    Rejection, VerifiedParts,
    candidates::Candidates,
    instant,
    keys::ReadyKey,
    message::Message,
    page,
    scheme::{Items, List, Part, Signature, Signed, Slot, Unit},
    settings::Settings,
    signed::Contents,
};

/// No text of a delivery is told at greater length.
const LONGEST: usize = 128;

/// A run of so many letters and digits may be a signature that stands in the wrong place.
const SHORTEST_SIGNATURE: usize = 40;

/// A text of the delivery as it can be shown: bounded, without control characters, and no signature.
pub(crate) fn quoted(text: &str) -> String {
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric());
    if runs.into_iter().any(|run| run.len() >= SHORTEST_SIGNATURE) {
        return format!("{} letters", text.len());
    }
    let shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    let more = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    format!("`{shown}{more}`")
}

pub(crate) fn place(slot: &Slot, message: &Message<'_>) -> String {
    let name = page::slot(*slot, &[message.prefix]);
    match message.find(slot) {
        Ok(Some(text)) => format!("{name}: {}", bytes(text.len())),
        Ok(None) => format!("{name}: absent or empty"),
        Err(_) => format!("{name}: came twice, or is too long or not readable"),
    }
}

pub(crate) fn signatures(rules: &Signature, text: &str) -> String {
    let Ok(candidates) = Candidates::new(rules, text) else { return "too many items".to_owned() };
    let told: Vec<String> = candidates
        .signatures()
        .map(|candidate| {
            // A tag or kid is shown only if it looks like one: it may be a token that was split by mistake.
            let plain = |text: &&str| text.len() <= 16 && text.bytes().all(|b| b.is_ascii_alphanumeric());
            let tag = candidate.tag.filter(plain).map(|tag| format!("{tag}, ")).unwrap_or_default();
            let kid = candidate.key_id.map(|kid| format!("key {}, ", quoted(kid))).unwrap_or_default();
            format!("{tag}{kid}{} letters", candidate.signature.len())
        })
        .collect();
    if told.is_empty() { "no signature of the scheme's form".to_owned() } else { told.join("; ") }
}

pub(crate) fn time(
    found: Result<Option<Cow<'_, str>>, Rejection>,
    unit: Unit,
    settings: &Settings,
    now: i64,
) -> String {
    let Ok(Some(text)) = found else { return "absent, empty, or there twice".to_owned() };
    let Some(signed) = instant::signed_time(&text, unit) else {
        return "not written as a time".to_owned();
    };
    let at = instant::to_rfc3339(signed, false).unwrap_or_default();
    let distance = now.saturating_sub(signed);
    let (allowed, side) = if distance < 0 { (settings.future, "ahead") } else { (settings.past, "old") };
    let allowed =
        allowed.map_or("any distance is taken".to_owned(), |seconds| format!("{seconds} s are taken"));
    format!("{} = {at}, {} s {side}; {allowed}", quoted(&text), distance.unsigned_abs() / 1000)
}

pub(crate) fn text(slot: &Slot, prefix: &str, found: Result<Option<Cow<'_, str>>, Rejection>) -> String {
    let name = page::slot(*slot, &[prefix]);
    match found {
        Ok(Some(text)) => format!("{name}: {}", quoted(&text)),
        Ok(None) => format!("{name}: absent or empty"),
        Err(_) => format!("{name}: came twice, or is too long"),
    }
}

pub(crate) fn contents(scheme: &Signed, prefix: &str, contents: Option<&Contents<'_>>) -> String {
    let Some(contents) = contents else {
        return "a part that is signed is absent or not readable".to_owned();
    };
    let parts: Vec<List<Part>> = scheme.contents().collect();
    let all = contents.each(scheme).zip(parts.iter().cycle()).map(|(content, parts)| {
        let names = parts.iter().zip(content).map(|(part, text)| match part {
            Part::Text(text) => quoted(text),
            part => format!("{} ({})", page::part(part, prefix), bytes(text.len())),
        });
        digest(&names.collect::<Vec<_>>().join(" + "), &content.concat())
    });
    let mut told: Vec<String> = Vec::new();
    for words in all {
        if !told.contains(&words) {
            told.push(words);
        }
    }
    told.join("; or ")
}

pub(crate) fn fields(scheme: &Items, texts: &[String], content: &str) -> String {
    let name = |field: &str| field.rsplit('/').next().unwrap_or_default().to_owned();
    let told = scheme.signed.iter().zip(texts).map(|(field, text)| {
        let absent = if text.is_empty() { " (empty)" } else { "" };
        format!("{}{absent}", name(field))
    });
    digest(&told.collect::<Vec<_>>().join(scheme.by), content.as_bytes())
}

pub(crate) fn body_digest(body: &[u8]) -> String {
    digest("body", body)
}

pub(crate) fn items(at: &str, count: Option<usize>) -> String {
    count.map_or(format!("{}: no list of items", quoted(at)), |count| format!("{}: {count}", quoted(at)))
}

/// Each key: whether it was asked, and whether it fits.
pub(crate) fn keys(
    keys: &[ReadyKey],
    now: i64,
    asked: impl Fn(usize) -> bool,
    found: Option<&ReadyKey>,
) -> String {
    let told = keys.iter().enumerate().map(|(place, key)| {
        let name = key.kid.as_deref().map_or(format!("number {}", place + 1), quoted);
        let result = match key {
            key if found.is_some_and(|found| std::ptr::eq(found, key)) => "fits",
            key if !key.is_valid_at(now) => "not asked, it is not valid at this time",
            _ if asked(place) => "does not fit",
            _ => "not asked, no signature is for it",
        };
        format!("{name}{}: {result}", window(key))
    });
    told.collect::<Vec<_>>().join("; ")
}

/// From when until when a key is valid.
pub(crate) fn window(key: &ReadyKey) -> String {
    let at = |name: &str, time: Option<i64>| {
        let time = instant::to_rfc3339(time?, false)?;
        Some(format!("{name} {time}"))
    };
    let ends: Vec<String> =
        at("from", key.not_before).into_iter().chain(at("until", key.not_after)).collect();
    if ends.is_empty() { String::new() } else { format!(" ({})", ends.join(" ")) }
}

pub(crate) fn identity(parts: &VerifiedParts) -> String {
    let events = parts.events.iter().map(|event| {
        let proven = if event.proven.event_id { "" } else { " (not signed)" };
        let id = event.id().map_or("the digest of its body".to_owned(), quoted);
        let kind = event.event_type.as_deref().map(|kind| format!(", type {}", quoted(kind)));
        let time = event.occurred_at.as_deref().map(|time| format!(", at {}", quoted(time)));
        format!("event {id}{proven}{}{}", kind.unwrap_or_default(), time.unwrap_or_default())
    });
    let mut told: Vec<String> = events.collect();
    told.extend(parts.observed_mode.map(|mode| format!("mode {mode:?}").to_lowercase()));
    told.extend(parts.observed_account.as_deref().map(|account| format!("account {}", quoted(account))));
    told.join("; ")
}

fn digest(names: &str, content: &[u8]) -> String {
    format!("{names}: {}, SHA-256 {}", bytes(content.len()), hex::encode(Sha256::digest(content)))
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
