//! What is known of a provider: one value.

use std::ops::RangeInclusive;

use crate::{
    Coverage, custom,
    identity::Names,
    providers,
    scheme::{Certificate, Scheme, Signed},
};

/// The answer a provider wants for an accepted delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The exact body.
    pub body: &'static str,
    /// The media type of the body.
    pub content_type: &'static str,
}

impl Answer {
    /// 200 without a body.
    pub const OK: Self = Self { status: 200, body: "", content_type: "text/plain" };
}

/// Who sends: one value a provider.
#[derive(Debug)]
pub struct Provider {
    /// Its name in endpoint documents, ledger keys and logs.
    pub name: &'static str,
    /// Its name as people write it.
    pub title: &'static str,
    /// The page that describes its signatures.
    pub page: &'static str,
    /// How it signs.
    pub scheme: Scheme,
    /// What its signature proves.
    pub coverage: Coverage,
    /// Where it writes who an event is.
    pub names: Names,
    /// Where the events of a body stand that can hold several.
    pub events: Option<Events>,
    /// What a signed set-up call asks for.
    pub challenge: Option<Challenge>,
    /// What an unsigned set-up call asks for.
    pub greeting: Option<Greeting>,
    /// What its secrets begin with where that is part of the key.
    pub secret_prefix: &'static str,
    /// JSON pointers (`*` stands for any index) to identity and facts, which screening must not touch.
    pub identity_paths: &'static [&'static str],
    /// The media types that it sends, in lower case, without parameters.
    pub media_types: &'static [&'static str],
    /// The answer it wants for an accepted delivery.
    pub answer: Answer,
    /// How long it waits for an answer, in seconds; 0 if it does not say.
    pub timeout_seconds: u16,
    /// How long it sends a delivery again, in hours; 0 if it does not.
    pub retry_hours: u16,
    /// When it sends again, in words.
    pub retries: &'static str,
}

/// The events of a body that can hold several.
#[derive(Debug)]
pub struct Events {
    /// The JSON pointer to their list.
    pub at: &'static str,
    /// Where each says who it is, from the event.
    pub names: Names,
}

/// A signed set-up call: it is answered and is no event.
#[derive(Debug)]
pub struct Challenge {
    /// The JSON pointer to a text that says so.
    pub at: &'static str,
    /// That text.
    pub is: &'static str,
    /// The JSON pointer to the text that is to be sent back.
    pub echo: &'static str,
}

/// An unsigned set-up call, `GET ?parameter=challenge`: it is answered with `kid|signature of the challenge`.
#[derive(Debug)]
pub struct Greeting {
    /// The parameter of the URL that holds the challenge, which is lower-case hexadecimal.
    pub parameter: &'static str,
    /// How long the challenge is.
    pub lengths: RangeInclusive<usize>,
}

/// What most providers send.
pub(crate) const JSON: &[&str] = &["application/json"];

/// What some providers send.
pub(crate) const FORM: &[&str] = &["application/x-www-form-urlencoded"];

impl Provider {
    /// What most providers have in common: the base of a constant.
    pub(crate) const BASE: Self = Self {
        name: "",
        title: "",
        page: "",
        scheme: Scheme::Signed(Signed::BASE),
        coverage: Coverage::Body,
        names: Names::NONE,
        events: None,
        challenge: None,
        greeting: None,
        secret_prefix: "",
        identity_paths: &[],
        media_types: JSON,
        answer: Answer::OK,
        timeout_seconds: 0,
        retry_hours: 0,
        retries: "not stated",
    };

    /// All providers, in the order of the documentation.
    pub fn all() -> &'static [Self] {
        &providers::ALL
    }

    /// The provider of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().iter().chain([&custom::CUSTOM]).find(|provider| provider.name == name)
    }

    /// Whether a delivery names the key that signed it, so that a secret must have the provider's own kid.
    pub fn names_key(&self) -> bool {
        self.scheme.has_key_id()
    }

    /// Whether events say which account they are of: it is compared with the endpoint's.
    pub fn states_account(&self) -> bool {
        !self.names.account.is_empty()
    }

    /// Which certificates of a trust document it signs with, if it does; its endpoints have no secrets then.
    pub fn certificates(&self) -> Option<&Certificate> {
        self.scheme.certificate()
    }

    /// The answer it wants for an accepted delivery.
    pub fn accepted_answer(&self) -> Answer {
        self.answer
    }

    /// The media types that it sends, in lower case, without parameters.
    pub fn media_types(&self) -> &'static [&'static str] {
        self.media_types
    }

    /// Whether it sends this `content-type` (parameters and case are ignored).
    pub fn sends(&self, content_type: &str) -> bool {
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        self.media_types.iter().any(|known| known.eq_ignore_ascii_case(media_type))
    }

    /// Whether any provider sends this `content-type` (parameters and case are ignored).
    pub fn any_sends(content_type: &str) -> bool {
        Self::all().iter().any(|provider| provider.sends(content_type))
    }

    /// JSON pointers (`*` stands for any index) to identity and facts, which screening must not touch.
    pub fn identity_paths(&self) -> &'static [&'static str] {
        self.identity_paths
    }
}
