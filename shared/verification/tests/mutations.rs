//! What is derived from the valid vectors: nothing that was changed within a signature's coverage is accepted, and
//! nothing outside of it changes what is proven.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use common::Vector;
use serde_json::Value;
use verification::{
    Coverage, Delivery, Endpoint, Identity, Provider, Verified,
    scheme::{Algorithm, Encoding, Scheme, Slot},
    verify,
};

mod common;

/// As many of a provider's vectors are changed bit by bit; all are changed otherwise.
const BITWISE: usize = 4;

/// The valid vectors of every provider, each with its place among them.
fn valid() -> impl Iterator<Item = (&'static Provider, usize, Vector)> {
    common::files().into_iter().flat_map(|file| {
        let provider = Provider::named(&file.provider).unwrap();
        let valid = file.vectors.into_iter().filter(|vector| vector.outcome().0 == "valid");
        valid.enumerate().map(move |(place, vector)| (provider, place, vector)).collect::<Vec<_>>()
    })
}

/// A request that can be changed.
#[derive(Clone)]
struct Request {
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn of(vector: &Vector) -> Self {
        Self { url: vector.url.clone(), headers: vector.headers.clone(), body: vector.body() }
    }

    fn verify(&self, endpoint: &Endpoint, now_ms: i64) -> Option<Verified> {
        let delivery = Delivery::new(self.url.clone(), self.headers.clone(), self.body.clone());
        verify(endpoint, delivery, common::at(now_ms)).ok()
    }

    /// The text in which the signatures stand, to be changed.
    fn signature_text(&self, provider: &Provider) -> Option<(Option<usize>, String)> {
        let at = match &provider.scheme {
            Scheme::Signed(signed) => signed.signature.at,
            Scheme::Jwt(jwt) => jwt.at,
            Scheme::Items(_) => Slot::Form("body"),
        };
        let Slot::Header(name) = at else {
            // A bar may be percent-encoded or not; without that, signatures are found beside it.
            return Some((None, String::from_utf8(self.body.clone()).ok()?.replace("%7C", "|")));
        };
        let name = name.trim_start_matches('*');
        let place = self.headers.iter().position(|(given, _)| given.to_ascii_lowercase().ends_with(name))?;
        Some((Some(place), self.headers[place].1.clone()))
    }

    fn with_signature_text(&self, place: Option<usize>, text: String) -> Self {
        let mut changed = self.clone();
        match place {
            Some(place) => changed.headers[place].1 = text,
            None => changed.body = text.into_bytes(),
        }
        changed
    }
}

/// The pieces of `text` that are signatures of the scheme, by their length.
fn signatures(provider: &Provider, text: &str) -> Vec<(String, Encoding, Vec<u8>)> {
    let methods = match &provider.scheme {
        Scheme::Signed(signed) => signed.methods,
        Scheme::Jwt(jwt) => jwt.methods,
        Scheme::Items(items) => items.methods,
    };
    let mut found = Vec::new();
    for method in methods {
        let bytes: &[usize] = match method.algorithm {
            Algorithm::HmacSha1 => &[20],
            Algorithm::HmacSha256 => &[32],
            Algorithm::HmacSha512 | Algorithm::Ed25519 | Algorithm::EcdsaP256 => &[64],
            Algorithm::RsaSha256 => &[256, 384, 512],
            Algorithm::Token => &[],
        };
        let separators = |c: char| !(c.is_ascii_alphanumeric() || "+/-_=".contains(c));
        let hex = |c: char| !c.is_ascii_hexdigit();
        let pieces: Vec<&str> = match method.encoding {
            Encoding::Hex | Encoding::HexAnyCase => text.split(hex).collect(),
            _ => text.split(separators).collect(),
        };
        for piece in pieces {
            let piece = piece.strip_prefix("v1=").unwrap_or(piece);
            if let Some(decoded) = decode(piece, method.encoding).filter(|d| bytes.contains(&d.len())) {
                found.push((piece.to_owned(), method.encoding, decoded));
            }
        }
    }
    found
}

fn decode(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Hex | Encoding::HexAnyCase => hex::decode(text).ok(),
        Encoding::Base64 => STANDARD.decode(text).ok(),
        Encoding::Base64Url => URL_SAFE_NO_PAD.decode(text).ok(),
        Encoding::Utf8 => Some(text.as_bytes().to_vec()),
    }
}

fn encode(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Hex | Encoding::HexAnyCase => hex::encode(bytes),
        Encoding::Base64 => STANDARD.encode(bytes),
        Encoding::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[test]
fn no_bit_of_a_signature_can_be_changed() {
    let (mut count, mut providers) = (0, BTreeSet::new());
    for (provider, place, vector) in valid() {
        let endpoint = vector.endpoint().unwrap();
        let request = Request::of(&vector);
        let Some((header, text)) = request.signature_text(provider) else { continue };
        let all = signatures(provider, &text);
        let Some(bits) = all.iter().map(|(_, _, bytes)| bytes.len() * 8).min() else { continue };
        providers.insert(provider.name);
        let step = if place < BITWISE { 1 } else { 37 };
        for bit in (0..bits).step_by(step) {
            let mut changed = text.clone();
            for (piece, encoding, bytes) in &all {
                let mut bytes = bytes.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                changed = changed.replace(piece, &encode(&bytes, *encoding));
            }
            let refused =
                request.with_signature_text(header, changed).verify(&endpoint, vector.now_ms).is_none();
            assert!(refused, "{}/{}: bit {bit}", provider.name, vector.name);
            count += 1;
        }
    }
    println!("{count} changed signatures of {} providers", providers.len());
    // All but the three with tokens.
    assert_eq!(providers.len(), Provider::all().len() - 3, "{providers:?}");
    assert!(count > 40_000, "{count}");
}

#[test]
fn no_signature_is_accepted_shortened_or_lengthened() {
    let mut count = 0;
    for (provider, place, vector) in valid() {
        let endpoint = vector.endpoint().unwrap();
        let request = Request::of(&vector);
        let Some((header, text)) = request.signature_text(provider).filter(|_| place < BITWISE) else {
            continue;
        };
        let all = signatures(provider, &text);
        if all.is_empty() {
            continue;
        }
        let shortest = all.iter().map(|(_, _, bytes)| bytes.len()).min().unwrap_or_default();
        for length in (0..shortest).chain([shortest + 1]) {
            let resized = |bytes: &[u8]| {
                let mut bytes = bytes.to_vec();
                bytes.resize(length, 0);
                bytes
            };
            let changed = all.iter().fold(text.clone(), |text, (piece, encoding, bytes)| {
                text.replace(piece, &encode(&resized(bytes), *encoding))
            });
            let refused =
                request.with_signature_text(header, changed).verify(&endpoint, vector.now_ms).is_none();
            assert!(refused, "{}/{}: {length} bytes", provider.name, vector.name);
            count += 1;
        }
    }
    println!("{count} resized signatures");
    assert!(count > 3_000, "{count}");
}

/// The proven names of an event; they must not depend on what the signature does not cover.
fn proven(identity: &Identity) -> [Option<&str>; 3] {
    let Identity { event_type, occurred_at, proven, .. } = identity;
    [
        identity.id().filter(|_| proven.event_id),
        event_type.as_deref().filter(|_| proven.event_type),
        occurred_at.as_deref().filter(|_| proven.occurred_at),
    ]
}

fn assert_same_proof(before: &Verified, after: &Verified, what: &str) {
    assert_eq!(proven(before.identity()), proven(after.identity()), "{what}");
    let all = |verified: &Verified| {
        verified.events().iter().map(|e| format!("{:?}", proven(e))).collect::<Vec<_>>()
    };
    assert_eq!(all(before), all(after), "{what}");
}

/// What of a body is signed: of a form its decoded parameters, of anything else every byte.
fn signed_body(request: &Request, provider: &Provider) -> Vec<u8> {
    let is_form = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("content-type") && value.contains("form")
    };
    if provider.media_types().contains(&"application/json") && !request.headers.iter().any(is_form) {
        return request.body.clone();
    }
    let text = String::from_utf8_lossy(&request.body);
    let mut pairs: Vec<Vec<u8>> = text.split('&').map(unescape).collect();
    if provider.name == "braintree" {
        pairs.retain(|pair| pair.starts_with(b"bt_payload="));
    }
    pairs.sort();
    pairs.dedup();
    pairs.concat()
}

fn unescape(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let escaped = (*first == b'%').then(|| after.get(..2).and_then(|d| hex::decode(d).ok())).flatten();
        (bytes, rest) = match escaped {
            Some(byte) => ([bytes, byte].concat(), &after[2..]),
            None => ([bytes, vec![if *first == b'+' { b' ' } else { *first }]].concat(), after),
        };
    }
    bytes
}

#[test]
fn no_covered_byte_of_a_body_can_be_changed_and_the_others_prove_nothing() {
    let (mut refused, mut accepted) = (0, 0);
    for (provider, place, vector) in valid() {
        let endpoint = vector.endpoint().unwrap();
        let request = Request::of(&vector);
        let before = request.verify(&endpoint, vector.now_ms).unwrap();
        let step = if place < BITWISE { 1 } else { 53 };
        for byte in (0..request.body.len()).step_by(step) {
            let mut changed = request.clone();
            changed.body[byte] ^= 1 << (byte % 7);
            let what = format!("{}/{}: byte {byte}", provider.name, vector.name);
            let Some(after) = changed.verify(&endpoint, vector.now_ms) else {
                refused += 1;
                continue;
            };
            accepted += 1;
            let covered = provider.coverage == Coverage::Body
                && signed_body(&request, provider) != signed_body(&changed, provider);
            assert!(!covered, "{what} was accepted");
            assert_same_proof(&before, &after, &what);
        }
        for body in [b"".as_slice(), b"{}", b"{\"id\":\"evt_forged\",\"type\":\"forged\"}", &[0xff; 9]] {
            let changed = Request { body: body.to_vec(), ..request.clone() };
            match changed.verify(&endpoint, vector.now_ms) {
                None => refused += 1,
                Some(after) => {
                    let same = signed_body(&request, provider) == signed_body(&changed, provider);
                    assert!(provider.coverage != Coverage::Body || same, "{}/{}", provider.name, vector.name);
                    assert_same_proof(&before, &after, &vector.name);
                    accepted += 1;
                }
            }
        }
    }
    println!(
        "{refused} changed bodies refused, {accepted} outside the coverage accepted, with the same proof"
    );
    assert!(refused > 30_000 && accepted > 4_000, "{refused} {accepted}");
}

#[test]
fn no_signed_field_of_an_adyen_item_can_be_changed() {
    let Some(Scheme::Items(scheme)) = Provider::named("adyen").map(|provider| provider.scheme) else {
        panic!()
    };
    let mut count = 0;
    for (_, _, vector) in valid().filter(|(provider, ..)| provider.name == "adyen") {
        let endpoint = vector.endpoint().unwrap();
        let request = Request::of(&vector);
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        for item in 0..body["notificationItems"].as_array().unwrap().len() {
            for field in scheme.signed {
                let mut changed = body.clone();
                let Some(value) = changed.pointer_mut(&format!("{}/{item}{field}", scheme.at)) else {
                    continue;
                };
                *value = match value {
                    Value::Number(number) => (number.as_i64().unwrap() + 1).into(),
                    Value::String(text) => format!("{text}x").into(),
                    _ => "x".into(),
                };
                let changed = Request { body: changed.to_string().into_bytes(), ..request.clone() };
                assert!(changed.verify(&endpoint, vector.now_ms).is_none(), "{}: {field}", vector.name);
                count += 1;
            }
        }
    }
    println!("{count} changed fields");
    assert!(count > 100, "{count}");
}

#[test]
fn no_signed_header_or_url_can_be_dropped_changed_or_repeated() {
    let (mut refused, mut accepted) = (0, 0);
    for (provider, _, vector) in valid() {
        let endpoint = vector.endpoint().unwrap();
        let request = Request::of(&vector);
        let before = request.verify(&endpoint, vector.now_ms).unwrap();
        let named = headers_of(provider);
        for place in 0..request.headers.len() {
            let (name, value) = request.headers[place].clone();
            let is_signed = named.iter().any(|known| name.to_ascii_lowercase().ends_with(known));
            let mut dropped = request.clone();
            dropped.headers.remove(place);
            let mut repeated = request.clone();
            repeated.headers.push((name.to_uppercase(), value.clone()));
            let mut too_long = request.clone();
            too_long.headers[place].1 = format!("{value}{}", "x".repeat(8192));
            let mut changed = request.clone();
            changed.headers[place].1 = format!("x{}", value.trim());
            for (what, changed) in
                [("dropped", dropped), ("repeated", repeated), ("long", too_long), ("changed", changed)]
            {
                let what = format!("{}/{}: {name} {what}", provider.name, vector.name);
                match changed.verify(&endpoint, vector.now_ms) {
                    None => refused += 1,
                    Some(after) => {
                        // One of several signatures may be changed; the bits of all are in another test.
                        let one_of_several = what.ends_with("changed") && value.contains([',', ' ']);
                        assert!(!is_signed || one_of_several, "{what} was accepted");
                        assert_same_proof(&before, &after, &what);
                        accepted += 1;
                    }
                }
            }
        }
        for url in [format!("{}x", request.url), format!("{}&data.id=1&bodySHA256=1", request.url)] {
            match (Request { url, ..request.clone() }).verify(&endpoint, vector.now_ms) {
                None => refused += 1,
                Some(after) => assert_same_proof(&before, &after, &vector.name),
            }
        }
    }
    println!(
        "{refused} changed headers and URLs refused, {accepted} unsigned ones accepted, with the same proof"
    );
    assert!(refused > 1_500, "{refused}");
}

/// The headers that the scheme reads, without what stands for `*`.
fn headers_of(provider: &Provider) -> Vec<&'static str> {
    let slots: Vec<Slot> = match &provider.scheme {
        Scheme::Signed(signed) => {
            let parts = signed.signed.iter().filter_map(|part| match part {
                verification::scheme::Part::At(slot) => Some(*slot),
                _ => None,
            });
            let certificate = signed.certificate.map(|certificate| certificate.url);
            parts.chain([signed.signature.at]).chain(signed.key_id).chain(certificate).collect()
        }
        Scheme::Jwt(jwt) => vec![jwt.at],
        Scheme::Items(_) => Vec::new(),
    };
    slots
        .iter()
        .filter_map(|s| if let Slot::Header(name) = s { Some(name.trim_start_matches('*')) } else { None })
        .collect()
}

#[test]
fn no_other_key_is_accepted() {
    let mut count = 0;
    for (provider, _, vector) in valid() {
        let mut document = vector.document();
        // Another key of the same form: each digit and each letter up to f is another.
        let other = |text: &str| -> String {
            let turn = |c: char, from: u8, n: u8| char::from(from + (c as u8 - from + 1) % n);
            text.chars()
                .map(|c| match c {
                    '0'..='9' => turn(c, b'0', 10),
                    'g'..='z' if !text.starts_with("wh") => turn(c, b'g', 20),
                    _ => c,
                })
                .collect()
        };
        if let Some(secrets) = document["secrets"].as_array_mut() {
            for secret in secrets {
                secret["secret"] = other(secret["secret"].as_str().unwrap()).into();
            }
        } else {
            document["settings"]["webhook_id"] = "OTHER".into();
        }
        count += 1;
        // A text that is no key any more is refused even earlier.
        let Ok(endpoint) = Endpoint::parse_sample("other", document.to_string().as_bytes()) else { continue };
        let accepted = Request::of(&vector).verify(&endpoint, vector.now_ms).is_some();
        assert!(!accepted, "{}/{}", provider.name, vector.name);
    }
    println!("{count} other keys");
    assert!(count > 400, "{count}");
}

#[test]
fn a_signed_time_is_accepted_within_the_tolerance_exactly() {
    let (mut count, mut providers) = (0, BTreeSet::new());
    for (provider, _, vector) in valid() {
        let timed = match &provider.scheme {
            Scheme::Signed(signed) => signed.timestamp.is_some(),
            Scheme::Jwt(_) => true,
            Scheme::Items(_) => false,
        };
        if !timed {
            continue;
        }
        providers.insert(provider.name);
        for (past, future) in [(300, 300), (30, 30), (900, 60)] {
            let mut document = vector.document();
            document["settings"]["tolerance_seconds"] = past.into();
            document["settings"]["future_tolerance_seconds"] = future.into();
            let endpoint = Endpoint::parse_sample("edges", document.to_string().as_bytes()).unwrap();
            let request = Request::of(&vector);
            let accepts = |now: i64| request.verify(&endpoint, now).is_some();
            // Any time at which it is accepted, then the edges on both sides of it.
            let steps = (-7200..7200).map(|step| vector.now_ms + step * 20_000);
            let Some(inside) = std::iter::once(vector.now_ms).chain(steps).find(|now| accepts(*now)) else {
                continue;
            };
            let edge = |sign: i64| {
                let (mut near, mut far) = (0, 2_000_000);
                while far - near > 1 {
                    let middle = i64::midpoint(near, far);
                    *(if accepts(inside + sign * middle) { &mut near } else { &mut far }) = middle;
                }
                inside + sign * near
            };
            let width = edge(1) - edge(-1);
            assert_eq!(width, (past + future) * 1000, "{}/{}", provider.name, vector.name);
            count += 2;
        }
    }
    println!("{count} edges of {} providers", providers.len());
    assert!(providers.len() == 10 && count > 500, "{providers:?} {count}");
}
