//! Algorithms, and how keys and signatures are written.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::kept;

/// An algorithm that the scheme takes.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// The tag that names it; empty if the scheme has no tags.
    #[serde(default, deserialize_with = "kept::text", skip_serializing_if = "str::is_empty")]
    pub tag: Text,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// How the signature is written.
    pub encoding: Encoding,
    /// How the key is written in the endpoint document.
    #[serde(default = "plain", skip_serializing_if = "is_plain")]
    pub key: Key,
}

/// A signature algorithm.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// HMAC with SHA-1 (only where a provider has nothing better).
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-512.
    HmacSha512,
    /// Ed25519.
    Ed25519,
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaSha256,
    /// ECDSA on P-256 with SHA-256, the signature as two numbers of 32 bytes.
    EcdsaP256,
    /// No signature: the secret itself is sent.
    Token,
}

/// How bytes are written as text.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Hexadecimal, lower case only.
    Hex,
    /// Hexadecimal in either case.
    HexAnyCase,
    /// Base64 with padding.
    Base64,
    /// Base64 for URLs, without padding.
    Base64Url,
    /// The text's own bytes.
    Utf8,
}

/// How a key is written in the endpoint document.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// How the text becomes the key.
    pub encoding: KeyEncoding,
    /// A prefix that is not part of the key.
    #[serde(default, deserialize_with = "kept::text", skip_serializing_if = "str::is_empty")]
    pub prefix: Text,
    /// Whether a text without the prefix is a key of this method too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub prefix_optional: bool,
}

/// How a text becomes a key.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum KeyEncoding {
    /// The text's own bytes.
    Utf8,
    /// Hexadecimal.
    Hex,
    /// Base64 with padding.
    Base64,
    /// The SHA-1 digest of the text's bytes.
    Sha1,
    /// A public key in PEM.
    Pem,
    /// A public key as a JSON web key on P-256.
    Jwk,
}

fn plain() -> Key {
    Key::UTF8
}

fn is_plain(key: &Key) -> bool {
    *key == Key::UTF8
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(super) fn is_false(flag: &bool) -> bool {
    !*flag
}
