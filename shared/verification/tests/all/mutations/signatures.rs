//! Every bit of every signature, and its length.

use std::collections::BTreeSet;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use verification::{
    Provider,
    scheme::{Algorithm, Encoding, Scheme},
};

use super::{BITWISE, Request, valid};

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
