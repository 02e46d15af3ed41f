//! The words in which a signature scheme is described: by the providers of this crate as constants, and by a
//! team in an endpoint document as JSON of the same shape.

use serde::{Deserialize, Serialize};

use crate::kept;

mod method;
mod part;
mod rules;
mod signature;

pub use method::{Algorithm, Encoding, Key, KeyEncoding, Method};
pub use part::{Part, Setting, Slot, Timestamp, Unit};
pub use rules::{header, query, tagged, text};
pub use signature::{Field, Signature};

/// A fixed text, from a constant or from a document.
pub type Text = &'static str;
/// A fixed list, from a constant or from a document.
pub type List<T> = &'static [T];

/// How a provider signs.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a constant that is not moved")]
pub enum Scheme {
    /// A signature over parts of the request, or a token that stands in its place.
    Signed(Signed),
    /// A signature inside each item of the body, over fields of that item.
    Items(Items),
    /// A JSON web token that names the body's digest.
    Jwt(Jwt),
}

/// A signature over parts of the request: keyed hash or public key.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Header names that begin with `*` begin with one of these instead; all of a delivery with the same one.
    #[serde(default, deserialize_with = "kept::texts", skip_serializing_if = "<[_]>::is_empty")]
    pub header_prefixes: List<Text>,
    /// Where the signatures stand.
    pub signature: Signature,
    /// The algorithms taken, each with its tag.
    #[serde(deserialize_with = "kept::list")]
    pub methods: List<Method>,
    /// Where the id of the key stands, apart from the signatures. With it, exactly that key is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<Slot>,
    /// The signed time, and how far it may be from ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// What is signed, in order.
    #[serde(deserialize_with = "kept::list")]
    pub signed: List<Part>,
    /// Other contents that are taken as well.
    #[serde(default, deserialize_with = "kept::list", skip_serializing_if = "<[_]>::is_empty")]
    pub also_signed: List<Content>,
    /// Where the certificate of the signing key is named, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// A signature inside each item of a JSON body, over fields of that item. All items must hold.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// The JSON pointer to the list of items.
    #[serde(deserialize_with = "kept::text")]
    pub at: Text,
    /// The pointer to the signature, from the item.
    #[serde(deserialize_with = "kept::text")]
    pub signature: Text,
    /// The pointers to the signed fields, from the item. A missing one is signed as an empty text.
    #[serde(deserialize_with = "kept::texts")]
    pub signed: List<Text>,
    /// What stands between the signed fields.
    #[serde(deserialize_with = "kept::text")]
    pub by: Text,
    /// The algorithm.
    #[serde(deserialize_with = "kept::list")]
    pub methods: List<Method>,
}

/// A JSON web token in a header, signed with the key that it names.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// The header that holds the token.
    pub at: Slot,
    /// The claim that is the body's SHA-256 in lower-case hexadecimal.
    #[serde(deserialize_with = "kept::text")]
    pub body_digest: Text,
    /// How many seconds `iat` may be from now, if the endpoint does not say.
    pub tolerance_seconds: u32,
    /// The algorithm; its tag is the token's `alg`.
    #[serde(deserialize_with = "kept::list")]
    pub methods: List<Method>,
}

/// A certificate that the delivery names and the trust document holds.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Where its URL stands.
    pub url: Slot,
    /// The hosts that it may have.
    #[serde(deserialize_with = "kept::texts")]
    pub hosts: List<Text>,
    /// What its path begins with.
    #[serde(deserialize_with = "kept::text")]
    pub path: Text,
    /// The domain that the certificate is for: this one, or one below it.
    #[serde(deserialize_with = "kept::text")]
    pub domain: Text,
}

/// What is signed, in order.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
pub struct Content(#[serde(deserialize_with = "kept::list")] pub List<Part>);
