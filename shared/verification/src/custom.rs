//! Schemes that a team describes in an endpoint document, in the words of the providers' constants.

use std::sync::{Mutex, PoisonError};

use crate::{
    Coverage, Provider,
    document::{Fields, InvalidEndpoint, Node},
    identity::{Names, Place},
    scheme::{Algorithm, Encoding, Field, KeyEncoding, List, Method, Part, Scheme, Signed, Slot, Text},
    settings::{LEAST_TOLERANCE, MOST_TOLERANCE},
};

/// The provider of endpoints that describe their own scheme. Its coverage is computed for each scheme.
pub(crate) static CUSTOM: Provider = Provider {
    name: "custom",
    title: "Custom",
    coverage: Coverage::Sender,
    media_types: &["application/json", "application/x-www-form-urlencoded"],
    ..Provider::BASE
};

/// A described scheme is kept while the program runs, so there is an end to how many there can be.
const MOST_SCHEMES: usize = 256;

/// The schemes described so far, by their text: one that is read again, or fails again, costs nothing more.
static DESCRIBED: Mutex<Vec<(String, Result<Described, InvalidEndpoint>)>> = Mutex::new(Vec::new());

/// A described scheme, and where it finds who an event is.
#[derive(Clone, Copy)]
pub(crate) struct Described {
    pub(crate) scheme: &'static Scheme,
    pub(crate) names: &'static Names,
}

/// Reads `scheme` and `identity` of a document. A `sample` may have any tolerance.
pub(crate) fn read(document: &Fields<'_>, sample: bool) -> Result<Described, InvalidEndpoint> {
    let node = document.required("scheme")?;
    let names = document.optional("identity");
    let text = format!("{sample} {} {}", node.json(), names.map(Node::json).unwrap_or_default());
    let mut described = DESCRIBED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, known)) = described.iter().find(|(known, _)| *known == text) {
        return known.clone();
    }
    if described.len() == MOST_SCHEMES {
        return Err(node.refuse(format!("no more than {MOST_SCHEMES} different schemes in one process")));
    }
    let fresh = describe(node, names, sample);
    described.push((text, fresh.clone()));
    fresh
}

fn describe(node: &Node<'_>, names: Option<&Node<'_>>, sample: bool) -> Result<Described, InvalidEndpoint> {
    let scheme: Scheme = node.value()?;
    check(&scheme, sample).map_err(|expected| node.refuse(expected))?;
    let all = names.map_or(Ok(Names::NONE), Node::value)?;
    if let Some(place) = all.places().find(|place| !is_place(place)) {
        let wrong = place
            .header()
            .map_or("JSON pointers that begin with /", |_| "header names of letters, digits and -");
        return Err(names.unwrap_or(node).refuse(wrong));
    }
    Ok(Described { scheme: Box::leak(Box::new(scheme)), names: Box::leak(Box::new(all)) })
}

fn is_place(place: &Place) -> bool {
    place.pointers().iter().all(|pointer| pointer.starts_with('/'))
        && place.header().is_none_or(is_header_name)
}

fn is_header_name(name: &str) -> bool {
    let rest = name.strip_prefix('*').unwrap_or(name);
    (1..=64).contains(&rest.len())
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// What the words alone cannot rule out. `Err` says what was expected.
fn check(scheme: &Scheme, sample: bool) -> Result<(), &'static str> {
    check_methods(scheme.methods())?;
    match scheme {
        Scheme::Signed(signed) => check_signed(signed, sample),
        Scheme::Items(items) => {
            let mut pointers = items.signed.iter().chain([&items.at, &items.signature]);
            let fits = !items.signed.is_empty() && pointers.all(|pointer| pointer.starts_with('/'));
            fits.then_some(()).ok_or("items with signed fields, all named by JSON pointers that begin with /")
        }
        Scheme::Jwt(jwt) => {
            let fits = matches!(jwt.at, Slot::Header(name) if is_header_name(name));
            fits.then_some(()).ok_or("a token in a header")?;
            check_tolerance(Some(jwt.tolerance_seconds), sample)
        }
    }
}

fn check_methods(methods: List<Method>) -> Result<(), &'static str> {
    if !(1..=8).contains(&methods.len()) {
        return Err("1 to 8 methods");
    }
    for (index, method) in methods.iter().enumerate() {
        let (key, encoding) = (method.key.encoding, method.encoding);
        let key_fits = match method.algorithm {
            Algorithm::RsaSha256 => key == KeyEncoding::Pem,
            Algorithm::EcdsaP256 => key == KeyEncoding::Jwk,
            Algorithm::Ed25519 => matches!(key, KeyEncoding::Base64 | KeyEncoding::Hex),
            Algorithm::Token => key == KeyEncoding::Utf8,
            _ => !matches!(key, KeyEncoding::Pem | KeyEncoding::Jwk),
        };
        if !key_fits {
            return Err("methods whose key.encoding fits their algorithm");
        }
        if encoding == Encoding::Utf8 && method.algorithm != Algorithm::Token {
            return Err("methods whose signatures are written in hex or base64");
        }
        if methods.iter().take(index).any(|other| other.tag == method.tag) {
            return Err("methods with different tags");
        }
    }
    Ok(())
}

fn check_signed(signed: &Signed, sample: bool) -> Result<(), &'static str> {
    let fields = signed.signature.fields;
    let tokens = signed.methods.iter().all(|method| method.algorithm == Algorithm::Token);
    let tagged = fields.contains(&Field::Tag) || signed.signature.tag_at.is_some();
    let slots = || signed.slots().chain([signed.signature.at]).chain(signed.timestamp.map(|time| time.at));
    let names: fn(Slot) -> Option<Text> = |slot| match slot {
        Slot::Header(name) | Slot::HeaderField { header: name, .. } => Some(name),
        _ => None,
    };
    if signed.certificate.is_some() {
        return Err("no certificate: a described scheme has keys of its own");
    }
    if fields.iter().filter(|field| **field == Field::Signature).count() != 1 || fields.len() > 3 {
        return Err("signature.fields with one signature");
    }
    if fields.len() > 1 && signed.signature.between == Some(signed.signature.assign) {
        return Err("signature.between and signature.assign to differ");
    }
    if !tagged && signed.methods.iter().any(|method| !method.tag.is_empty()) {
        return Err("methods without tags, or a tag among signature.fields or in signature.tag_at");
    }
    if fields.contains(&Field::Tag) && signed.methods.iter().any(|method| method.tag.is_empty()) {
        return Err("methods with tags, as signature.fields has one");
    }
    if fields.contains(&Field::KeyId) && signed.key_id.is_some() {
        return Err("one place for the key id: key_id or signature.fields");
    }
    if slots().filter_map(names).any(|name| !is_header_name(name)) {
        return Err("header names of letters, digits and -");
    }
    if slots().filter_map(names).any(|name| name.starts_with('*')) == signed.header_prefixes.is_empty() {
        return Err("header_prefixes exactly where header names begin with *");
    }
    if signed.also_signed.len() > 4 || signed.contents().any(|parts| parts.len() > 32) {
        return Err("at most 4 also_signed, and 32 parts in each");
    }
    if !tokens && signed.contents().any(|parts| parts.iter().all(|part| matches!(part, Part::Text(_)))) {
        return Err("signed parts that are of the delivery, such as body");
    }
    if let Some(timestamp) = &signed.timestamp {
        let signs_it = |parts: List<Part>| parts.iter().any(|part| part.slot() == Some(timestamp.at));
        if !signed.contents().all(signs_it) {
            return Err("the timestamp among the signed parts: unsigned it proves nothing");
        }
        check_tolerance(timestamp.tolerance_seconds, sample)?;
    }
    Ok(())
}

fn check_tolerance(seconds: Option<u32>, sample: bool) -> Result<(), &'static str> {
    let fits = sample || seconds.is_some_and(|seconds| (LEAST_TOLERANCE..=MOST_TOLERANCE).contains(&seconds));
    fits.then_some(()).ok_or("tolerance_seconds from 30 to 900")
}
