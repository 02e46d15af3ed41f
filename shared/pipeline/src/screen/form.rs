//! One pass over a form (`application/x-www-form-urlencoded`) that replaces some values and keeps every other byte.
//!
//! `card[number]` and `card[]` are a member and an element of `card`. A name that comes twice, apart from elements, is
//! refused, because readers understand it differently; so are bytes that a form has only percent-encoded.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    Fault, json,
    judge::{Judge, Scalar, Verdict},
    marks::Marks,
    patch::Patch,
    path::{MAX_DEPTH, Place, Step},
    rules, xml,
};

/// Looks at each name and value of `text`. Gives the new text, or none if nothing was replaced.
pub(super) fn screen(text: &str, judge: &mut Judge<'_>) -> Result<Option<Vec<u8>>, Fault> {
    if !text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>')) {
        return Err(Fault::Form);
    }
    let mut patch = Patch::new(text.as_bytes());
    let mut names: Vec<(u64, Cow<'_, str>)> = Vec::with_capacity(32);
    let mut at = 0;
    for pair in text.split('&') {
        let start = at;
        at += pair.len() + 1;
        if pair.is_empty() {
            continue;
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let mut decoded = decode(name, true)?;
        if Marks::of(&decoded).suspicious()
            && let Verdict::Replace(class) = judge.judge(&[], Scalar::Name(&decoded))
        {
            patch.replace(start, start + name.len(), &[encode(class.replacement()).as_bytes()]);
            decoded = Cow::Borrowed(class.replacement());
        }
        let place = steps(&decoded, judge)?;
        if !matches!(place.last(), Some(Step { place: Place::Index(_), .. })) {
            names.push((rules::hash(decoded.as_bytes()), decoded.clone()));
        }
        let value_start = start + pair.len() - value.len();
        if judge.base64_xml() == Some(decoded.as_ref()) {
            if let Some(new) = base64_xml(value, &place, judge)? {
                patch.replace(value_start, start + pair.len(), &[encode(&new).as_bytes()]);
            }
            continue;
        }
        let value = decode(value, true)?;
        if place.last().is_some_and(|step| step.class.is_some()) || Marks::of(&value).suspicious() {
            match judge.judge(&place, Scalar::Text(&value)) {
                Verdict::Keep => {}
                Verdict::Replace(class) => {
                    patch.replace(value_start, start + pair.len(), &[encode(class.replacement()).as_bytes()]);
                }
                Verdict::Rewrite(text) => {
                    patch.replace(value_start, start + pair.len(), &[encode(&text).as_bytes()]);
                }
            }
        }
    }
    if json::repeats(&mut names) { Err(Fault::DuplicateKey) } else { Ok(patch.finish()) }
}

/// Whether a text is two pairs of a name and a value, or more. A link is none.
pub(super) fn is_one(text: &str) -> bool {
    let in_name = |b: u8| b.is_ascii_alphanumeric() || b"_-.[]%".contains(&b);
    text.contains('&')
        && text.split('&').all(|pair| pair.split_once('=').is_some_and(|(name, _)| name.bytes().all(in_name)))
}

/// Looks at a text that may be a form by chance. It counts as one that cannot be read: it is replaced whole if anything is
/// found in it, and else looked at as any other.
pub(super) fn look(text: &str, judge: &mut Judge<'_>) -> Result<Option<Vec<u8>>, Fault> {
    screen(text, judge).and(Err(Fault::Form))
}

/// `a[b][]` as a path.
fn steps<'n>(name: &'n str, judge: &Judge<'_>) -> Result<Vec<Step<'static>>, Fault> {
    let (first, rest) = name.split_once('[').unwrap_or((name, ""));
    let rest = rest.strip_suffix(']').map(|rest| rest.split("]["));
    let whole: (&'n str, Option<std::str::Split<'n, &str>>) =
        if rest.is_some() { (first, rest) } else { (name, None) };
    let mut path = Vec::with_capacity(4);
    for name in std::iter::once(whole.0).chain(whole.1.into_iter().flatten()) {
        if path.len() == MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        let class = path.last().and_then(|step: &Step<'_>| step.class);
        path.push(if name.is_empty() && !path.is_empty() {
            Step::first(class)
        } else {
            let mut step = Step::member(Cow::Owned(name.to_owned()));
            step.class = judge.class(&path, step.hash);
            step
        });
    }
    Ok(path)
}

/// XML in base64, folded into lines or not: screened and written the same way. None if nothing was replaced.
fn base64_xml(value: &str, path: &[Step<'_>], judge: &mut Judge<'_>) -> Result<Option<String>, Fault> {
    // A plus stays a plus: base64 has no blanks.
    let folded = decode(value, false)?;
    let bytes = BASE64_STANDARD.decode(folded.replace('\n', "")).map_err(|_| Fault::Form)?;
    let text = String::from_utf8(bytes).map_err(|_| Fault::Utf8)?;
    let Some(new) = judge.within(path, |judge| xml::screen(&text, judge))? else { return Ok(None) };
    let new = BASE64_STANDARD.encode(new);
    let width = folded.find('\n').filter(|width| *width > 0).unwrap_or(new.len().max(1));
    let mut lines = Vec::new();
    let mut rest = new.as_str();
    while let Some((line, after)) = rest.split_at_checked(width) {
        lines.push(line);
        rest = after;
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    let end = if folded.ends_with('\n') { "\n" } else { "" };
    Ok(Some(lines.join("\n") + end))
}

/// Undoes percent-encoding.
fn decode(text: &str, plus_is_blank: bool) -> Result<Cow<'_, str>, Fault> {
    if !text.bytes().any(|b| b == b'%' || b == b'+' && plus_is_blank) {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        decoded.push(match byte {
            b'%' => {
                let (digits, after) = rest.split_at_checked(2).ok_or(Fault::Form)?;
                rest = after;
                let mut value = [0; 1];
                hex::decode_to_slice(digits, &mut value).map_err(|_| Fault::Form)?;
                value[0]
            }
            b'+' if plus_is_blank => b' ',
            byte => *byte,
        });
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| Fault::Utf8)
}

/// Percent-encodes all but letters, digits and `-._*`.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'*') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex::encode_upper([byte]));
        }
    }
    encoded
}
