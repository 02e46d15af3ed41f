//! What the words of a scheme mean together, and the bases of constants.

use super::{
    Algorithm, Certificate, Encoding, Field, Key, KeyEncoding, List, Method, Part, Scheme, Setting,
    Signature, Signed, Slot,
};

/// A parameter of the URL.
pub const fn query(name: &'static str) -> Slot {
    Slot::Query(name)
}

/// A header's value.
pub const fn header(name: &'static str) -> Slot {
    Slot::Header(name)
}

/// The value of a tag among the signatures.
pub const fn tagged(tag: &'static str) -> Slot {
    Slot::Tag(tag)
}

/// A part that is always the same.
pub const fn text(text: &'static str) -> Part {
    Part::Text(text)
}

impl Scheme {
    /// Whether it signs a time.
    pub(crate) fn signs_time(&self) -> bool {
        match self {
            Self::Signed(signed) => signed.timestamp.is_some(),
            Self::Items(_) => false,
            Self::Jwt(_) => true,
        }
    }

    /// The tolerance of its signed time in seconds, if it prescribes one.
    pub(crate) fn tolerance(&self) -> Option<u32> {
        match self {
            Self::Signed(signed) => signed.timestamp.and_then(|timestamp| timestamp.tolerance_seconds),
            Self::Items(_) => None,
            Self::Jwt(jwt) => Some(jwt.tolerance_seconds),
        }
    }

    /// Whether the signature covers this setting.
    pub(crate) fn uses(&self, setting: Setting) -> bool {
        let Self::Signed(signed) = self else { return false };
        signed.contents().flatten().any(|part| *part == Part::At(Slot::Setting(setting)))
    }

    /// Whether it signs the URL as called.
    pub(crate) fn uses_url(&self) -> bool {
        let Self::Signed(signed) = self else { return false };
        signed.contents().flatten().any(|part| *part == Part::At(Slot::Url))
    }

    /// Whether its keys are shared secrets.
    pub(crate) fn is_keyed_hash(&self) -> bool {
        self.methods().iter().any(|method| method.algorithm.is_keyed_hash())
    }

    /// The algorithms that it takes.
    pub(crate) fn methods(&self) -> List<Method> {
        match self {
            Self::Signed(signed) => signed.methods,
            Self::Items(items) => items.methods,
            Self::Jwt(jwt) => jwt.methods,
        }
    }

    /// Whether a delivery names its key.
    pub(crate) fn has_key_id(&self) -> bool {
        match self {
            Self::Signed(signed) => {
                signed.key_id.is_some() || signed.signature.fields.contains(&Field::KeyId)
            }
            Self::Items(_) => false,
            Self::Jwt(_) => true,
        }
    }

    /// Where its certificate is named.
    pub(crate) fn certificate(&self) -> Option<&Certificate> {
        if let Self::Signed(signed) = self { signed.certificate.as_ref() } else { None }
    }
}

impl Signed {
    /// One signature in `x-signature` over the body alone: the base of a constant.
    pub const BASE: Self = Self {
        header_prefixes: &[],
        signature: Signature::bare(header("x-signature")),
        methods: &[],
        key_id: None,
        timestamp: None,
        signed: &[Part::Body],
        also_signed: &[],
        certificate: None,
    };

    /// The HMAC of the body, all of the header `name`: the scheme of many.
    pub(crate) const fn body_in(name: &'static str, methods: List<Method>) -> Self {
        Self { signature: Signature::bare(header(name)), methods, ..Self::BASE }
    }

    /// A shared token, all of the header `name`: it covers nothing.
    pub(crate) const fn token_in(name: &'static str) -> Self {
        let token =
            &[Method { tag: "", algorithm: Algorithm::Token, encoding: Encoding::Utf8, key: Key::UTF8 }];
        Self { signature: Signature::bare(header(name)), methods: token, signed: &[], ..Self::BASE }
    }

    /// Where the texts stand that it covers, and its key id.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.contents().flatten().filter_map(Part::slot).chain(self.key_id)
    }

    /// All contents that are taken.
    pub(crate) fn contents(&self) -> impl Iterator<Item = List<Part>> + Clone {
        std::iter::once(self.signed).chain(self.also_signed.iter().map(|also| also.0))
    }
}

impl Part {
    /// Where the text stands that it covers.
    pub(crate) fn slot(&self) -> Option<Slot> {
        match *self {
            Self::At(slot) | Self::Base64Text(slot) | Self::Labelled { at: slot, .. } => Some(slot),
            Self::Text(_) | Self::Body | Self::Crc32 | Self::FormOrDigest(_) => None,
        }
    }

    /// The header that it covers.
    pub(crate) fn header(&self) -> Option<&'static str> {
        if let Some(Slot::Header(name)) = self.slot() { Some(name) } else { None }
    }
}

impl Method {
    /// An HMAC with a plain secret, without a tag.
    pub(crate) const fn hmac(algorithm: Algorithm, encoding: Encoding) -> Self {
        Self { tag: "", algorithm, encoding, key: Key::UTF8 }
    }
}

impl Algorithm {
    pub(crate) fn is_keyed_hash(self) -> bool {
        matches!(self, Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha512)
    }
}

impl Signature {
    /// One signature, which is all of the text at `at`: the base of a constant.
    pub const fn bare(at: Slot) -> Self {
        Self {
            at,
            between: None,
            fields: &[Field::Signature],
            assign: '=',
            trim: false,
            any_case: false,
            tag_optional: false,
            tag_at: None,
        }
    }
}

impl Key {
    /// The text's own bytes.
    pub const UTF8: Self = Self::of(KeyEncoding::Utf8);

    /// A key without a prefix.
    pub const fn of(encoding: KeyEncoding) -> Self {
        Self { encoding, prefix: "", prefix_optional: false }
    }
}
