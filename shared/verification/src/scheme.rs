//! The words in which a signature scheme is described: by the providers of this crate as constants, and by a
//! team in an endpoint document as JSON of the same shape.

use serde::{Deserialize, Serialize};

use crate::kept;

mod rules;

pub use rules::{header, query, tagged, text};

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

/// Where the signatures stand, and how they are written.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The text that holds them.
    pub at: Slot,
    /// What stands between several; without it there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<char>,
    /// The fields of one, in order.
    #[serde(default = "bare", deserialize_with = "kept::list", skip_serializing_if = "is_bare")]
    pub fields: List<Field>,
    /// What stands between the fields of one.
    #[serde(default = "equals", skip_serializing_if = "is_equals")]
    pub assign: char,
    /// Whether blanks around items and tags are dropped.
    #[serde(default, skip_serializing_if = "is_false")]
    pub trim: bool,
    /// Whether tags are compared without regard to case.
    #[serde(default, skip_serializing_if = "is_false")]
    pub any_case: bool,
    /// Whether a signature without its tag is taken too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tag_optional: bool,
    /// Where the tag stands, when it is not beside the signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_at: Option<Slot>,
}

/// A field of one signature.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Says which method.
    Tag,
    /// Says which key.
    KeyId,
    /// The signature itself.
    Signature,
}

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

/// The signed time.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Timestamp {
    /// Where it stands.
    pub at: Slot,
    /// Its unit.
    pub unit: Unit,
    /// How many seconds it may be from now, if the endpoint does not say; without it, any time is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance_seconds: Option<u32>,
}

/// The unit of a signed time.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Milliseconds if it has 13 digits or more, else seconds.
    ByLength,
    /// RFC 3339.
    Rfc3339,
}

/// A part of what is signed.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// This text.
    Text(#[serde(deserialize_with = "kept::text")] Text),
    /// The body's exact bytes.
    Body,
    /// The text found there.
    At(Slot),
    /// The text found there with its label; nothing if there is none.
    Labelled {
        /// What stands before it.
        #[serde(deserialize_with = "kept::text")]
        before: Text,
        /// Where it stands.
        at: Slot,
        /// What stands after it.
        #[serde(deserialize_with = "kept::text")]
        after: Text,
    },
    /// The text found there, which may hold only the letters of base64 and line feeds.
    Base64Text(Slot),
    /// The CRC-32 of the body, in decimal. It proves nothing against who knows one delivery.
    Crc32,
    /// The names and values of a form body, sorted, without repetitions. Any other body must have its SHA-256, in
    /// hexadecimal, in this parameter of the URL.
    FormOrDigest(#[serde(deserialize_with = "kept::text")] Text),
}

/// Where a text stands in a request or in the endpoint's settings.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// A header's value without surrounding blanks.
    Header(#[serde(deserialize_with = "kept::text")] Text),
    /// The value of one field of a header `name=value,name=value`.
    HeaderField {
        /// The header.
        #[serde(deserialize_with = "kept::text")]
        header: Text,
        /// The name of the field.
        #[serde(deserialize_with = "kept::text")]
        field: Text,
    },
    /// The value of this tag among the signatures.
    Tag(#[serde(deserialize_with = "kept::text")] Text),
    /// The first item among the signatures.
    First,
    /// A setting of the endpoint.
    Setting(Setting),
    /// A parameter of the URL, percent-decoded once.
    Query(#[serde(deserialize_with = "kept::text")] Text),
    /// The same in lower case.
    QueryLower(#[serde(deserialize_with = "kept::text")] Text),
    /// A field of a form body.
    Form(#[serde(deserialize_with = "kept::text")] Text),
    /// The URL as called: that of the endpoint's settings, if set, with the query of the request.
    Url,
    /// The same with the port written out.
    UrlWithPort,
    /// The same without a port.
    UrlWithoutPort,
}

/// A setting that a signature may cover.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// The URL as registered with the provider, never as seen by us.
    NotificationUrl,
    /// The id of the webhook as the provider shows it.
    WebhookId,
}

fn bare() -> List<Field> {
    &[Field::Signature]
}

fn is_bare(fields: &List<Field>) -> bool {
    *fields == [Field::Signature]
}

fn equals() -> char {
    '='
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_equals(assign: &char) -> bool {
    *assign == '='
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

fn plain() -> Key {
    Key::UTF8
}

fn is_plain(key: &Key) -> bool {
    *key == Key::UTF8
}
