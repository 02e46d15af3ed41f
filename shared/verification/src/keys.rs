//! Keys, made ready once when an endpoint document is read.

use std::borrow::Cow;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::{
    Secret,
    scheme::{Algorithm, Key, KeyEncoding, Method},
};

/// A shorter secret could be guessed.
const SHORTEST: usize = 16;

/// One secret of an endpoint document, ready for every method that it fits.
#[derive(Clone)]
pub(crate) struct ReadyKey {
    pub(crate) kid: Option<String>,
    /// Milliseconds since 1970, inclusive.
    pub(crate) not_before: Option<i64>,
    /// Milliseconds since 1970, inclusive.
    pub(crate) not_after: Option<i64>,
    /// The places of methods in the scheme, each with the key as that method takes it.
    pub(crate) methods: Vec<(usize, Ready)>,
}

impl ReadyKey {
    /// The RSA key of a certificate, for the one method of its scheme.
    pub(crate) fn certified(key: Vec<u8>) -> Self {
        Self { kid: None, not_before: None, not_after: None, methods: vec![(0, Ready::Rsa(key))] }
    }

    pub(crate) fn is_valid_at(&self, now: i64) -> bool {
        self.not_before.is_none_or(|from| from <= now) && self.not_after.is_none_or(|until| now <= until)
    }

    pub(crate) fn for_method(&self, method: usize) -> Option<&Ready> {
        self.methods.iter().find_map(|(index, ready)| (*index == method).then_some(ready))
    }
}

/// A key as its algorithm takes it: for a keyed hash the state after the key, so that a delivery is hashed once.
#[derive(Clone)]
pub(crate) enum Ready {
    HmacSha1(Hmac<Sha1>),
    HmacSha256(Hmac<Sha256>),
    HmacSha512(Hmac<Sha512>),
    Ed25519(Vec<u8>),
    Rsa(Vec<u8>),
    Ecdsa(Vec<u8>),
    Token(Secret),
}

/// The state after the key is as good as the key, and wiped on drop like one: with the feature `zeroize` of each hash.
const _: fn() = || {
    fn wiped<T: zeroize::ZeroizeOnDrop>() {}
    wiped::<Sha1>();
    wiped::<Sha256>();
    wiped::<Sha512>();
};

/// A key's answer to one content.
pub(crate) enum Expected<'k> {
    Mac([u8; 64], usize),
    Verified(&'static dyn VerificationAlgorithm, &'k [u8], Cow<'k, [u8]>),
    Token(&'k [u8]),
}

impl Ready {
    /// Whether both sides have it.
    pub(crate) fn is_shared(&self) -> bool {
        self.public().is_none()
    }

    /// The public key, if it is one.
    pub(crate) fn public(&self) -> Option<&Vec<u8>> {
        match self {
            Self::Ed25519(key) | Self::Rsa(key) | Self::Ecdsa(key) => Some(key),
            Self::HmacSha1(_) | Self::HmacSha256(_) | Self::HmacSha512(_) | Self::Token(_) => None,
        }
    }

    /// What a signature over `parts` must be.
    pub(crate) fn expect<'k>(&'k self, parts: &'k [Cow<'k, [u8]>]) -> Expected<'k> {
        match self {
            Self::HmacSha1(state) => mac(state, parts),
            Self::HmacSha256(state) => mac(state, parts),
            Self::HmacSha512(state) => mac(state, parts),
            Self::Ed25519(key) => Expected::Verified(&ED25519, key, whole(parts)),
            Self::Rsa(key) => Expected::Verified(&RSA_PKCS1_2048_8192_SHA256, key, whole(parts)),
            Self::Ecdsa(key) => Expected::Verified(&ECDSA_P256_SHA256_FIXED, key, whole(parts)),
            Self::Token(token) => Expected::Token(token.expose()),
        }
    }
}

/// The content in one piece, which public-key algorithms want; copied only if it is in several.
fn whole<'k>(parts: &'k [Cow<'k, [u8]>]) -> Cow<'k, [u8]> {
    match parts {
        [part] => Cow::Borrowed(part),
        parts => Cow::Owned(parts.concat()),
    }
}

fn mac<M: Mac + Clone>(state: &M, parts: &[Cow<'_, [u8]>]) -> Expected<'static> {
    let mut state = state.clone();
    for part in parts {
        state.update(part);
    }
    let output = state.finalize().into_bytes();
    let mut bytes = [0; 64];
    let length = output.len().min(bytes.len());
    bytes.iter_mut().zip(&output).for_each(|(byte, given)| *byte = *given);
    Expected::Mac(bytes, length)
}

impl Expected<'_> {
    /// Whether `signature` is it; for a keyed hash in a time that depends on its length only.
    pub(crate) fn is(&self, signature: &[u8]) -> Choice {
        match self {
            Self::Mac(bytes, length) => bytes.get(..*length).unwrap_or_default().ct_eq(signature),
            // Texts of any length are compared as 32 bytes.
            Self::Token(token) => {
                Sha256::digest(signature).as_slice().ct_eq(Sha256::digest(token).as_slice())
            }
            Self::Verified(algorithm, key, content) => {
                let held = UnparsedPublicKey::new(*algorithm, key).verify(content, signature).is_ok();
                Choice::from(u8::from(held))
            }
        }
    }

    /// The signature itself, if the receiver can make it.
    pub(crate) fn signature(&self) -> Option<&[u8]> {
        match self {
            Self::Mac(bytes, length) => bytes.get(..*length),
            Self::Token(token) => Some(token),
            Self::Verified(..) => None,
        }
    }
}

/// The methods that `text` is a key of. `Err` says what was expected of a key that fits none.
pub(crate) fn ready(
    text: &str,
    methods: &[Method],
    encoding: Option<KeyEncoding>,
    any_length: bool,
) -> Result<Vec<(usize, Ready)>, &'static str> {
    let mut expected = "a key that fits the scheme";
    let mut all = Vec::new();
    for (index, method) in methods.iter().enumerate() {
        let key = Key { encoding: encoding.unwrap_or(method.key.encoding), ..method.key };
        match decode(text, &key).and_then(|key| make(method.algorithm, &key, any_length)) {
            Ok(ready) => all.push((index, ready)),
            Err(why) => expected = why,
        }
    }
    if all.is_empty() { Err(expected) } else { Ok(all) }
}

fn decode(text: &str, key: &Key) -> Result<Secret, &'static str> {
    let text = match text.strip_prefix(key.prefix) {
        Some(rest) => rest,
        None if key.prefix_optional => text,
        None => return Err("the prefix that the provider gives its keys"),
    };
    let bytes = match key.encoding {
        KeyEncoding::Utf8 => text.as_bytes().to_vec(),
        KeyEncoding::Hex => hex::decode(text).map_err(|_| "hexadecimal")?,
        KeyEncoding::Base64 => STANDARD.decode(text).map_err(|_| "base64 with padding")?,
        // Its digest is always long enough: the text itself is judged, and nothing is no key.
        KeyEncoding::Sha1 if text.trim().len() < SHORTEST || is_placeholder(text.as_bytes()) => Vec::new(),
        KeyEncoding::Sha1 => Sha1::digest(text.as_bytes()).to_vec(),
        KeyEncoding::Jwk => jwk(text).ok_or("a public JSON web key on P-256 without expired_at")?,
        KeyEncoding::Pem => pem(text, "PUBLIC KEY").ok_or("one public key in PEM")?,
    };
    Ok(Secret::new(bytes))
}

/// The bytes of the first block of that label.
pub(crate) fn pem(text: &str, label: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (block, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let block: Zeroizing<String> = Zeroizing::new(block.split_ascii_whitespace().collect());
    STANDARD.decode(block.as_bytes()).ok()
}

/// The uncompressed point of a JSON web key. A key that its provider has ended is none.
fn jwk(text: &str) -> Option<Vec<u8>> {
    #[derive(serde::Deserialize)]
    struct Jwk<'j> {
        kty: &'j str,
        crv: &'j str,
        x: &'j str,
        y: &'j str,
        #[serde(default)]
        alg: Option<&'j str>,
        #[serde(default, rename = "use")]
        usage: Option<&'j str>,
        #[serde(default)]
        expired_at: Option<serde::de::IgnoredAny>,
    }
    let jwk: Jwk<'_> = serde_json::from_str(text).ok()?;
    let is_ours = jwk.kty == "EC" && jwk.crv == "P-256" && jwk.alg.is_none_or(|alg| alg == "ES256");
    if !is_ours || jwk.usage.is_some_and(|usage| usage != "sig") || jwk.expired_at.is_some() {
        return None;
    }
    let (x, y) = (URL_SAFE_NO_PAD.decode(jwk.x).ok()?, URL_SAFE_NO_PAD.decode(jwk.y).ok()?);
    (x.len() == 32 && y.len() == 32).then(|| [&[4], x.as_slice(), y.as_slice()].concat())
}

fn make(algorithm: Algorithm, key: &Secret, any_length: bool) -> Result<Ready, &'static str> {
    let key = key.expose();
    let guessable = key.len() < SHORTEST && !any_length;
    if key.trim_ascii().is_empty() || guessable || is_placeholder(key) {
        return Err("a secret of at least 16 bytes that is not a placeholder");
    }
    let ready = match algorithm {
        Algorithm::HmacSha1 => Hmac::new_from_slice(key).ok().map(Ready::HmacSha1),
        Algorithm::HmacSha256 => Hmac::new_from_slice(key).ok().map(Ready::HmacSha256),
        Algorithm::HmacSha512 => Hmac::new_from_slice(key).ok().map(Ready::HmacSha512),
        Algorithm::Ed25519 => is_ed25519_key(key).then(|| Ready::Ed25519(key.to_vec())),
        Algorithm::RsaSha256 => Some(Ready::Rsa(key.to_vec())),
        Algorithm::EcdsaP256 => Some(Ready::Ecdsa(key.to_vec())),
        Algorithm::Token => Some(Ready::Token(Secret::new(key.to_vec()))),
    };
    ready.ok_or("a key of the scheme's algorithm")
}

/// One byte repeated, or a word that stands where a secret should be put.
fn is_placeholder(key: &[u8]) -> bool {
    let first = key.first();
    let words: [&[u8]; 6] = [b"changeme", b"change_me", b"placeholder", b"your_", b"xxxxxxxx", b"replace_"];
    let lower = Zeroizing::new(key.to_ascii_lowercase());
    key.iter().all(|byte| Some(byte) == first)
        || words.iter().any(|word| lower.windows(word.len()).any(|window| window == *word))
}

/// 32 bytes that are not a point of small order: under such a key a signature fits many contents.
fn is_ed25519_key(key: &[u8]) -> bool {
    let Ok(mut key) = <[u8; 32]>::try_from(key) else { return false };
    if let Some(last) = key.last_mut() {
        *last &= 0x7f;
    }
    let written = hex::encode(key);
    !SMALL_ORDER.contains(&written.as_str())
}

/// The points of small order in all their encodings, without the sign bit.
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];
