//! What an event is called: its id, type and time, and where a provider writes them.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    Mode, instant,
    json::Pointers,
    kept,
    message::Message,
    scheme::{List, Text},
    xml,
};

/// No identity is longer: it becomes part of a ledger key.
const LONGEST: usize = 512;

/// What an event is called. A field is `None` where the message does not have it.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Default)]
pub struct Identity {
    /// The provider's id of the event, the same in every delivery of it.
    pub event_id: Option<String>,
    /// The provider's name of what happened.
    pub event_type: Option<String>,
    /// When it happened: as in the message, or RFC 3339 UTC when the message has a unix number.
    pub occurred_at: Option<String>,
    /// An id made of other fields, where the provider sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_id: Option<String>,
    /// What the signature binds where it does not bind the event id: PayPal's transmission id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_id: Option<String>,
    /// Which of the fields the signature covers.
    #[serde(default)]
    pub proven: Proven,
}

/// Which fields of an identity the signature covers; the others are what the message says, no more.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Proven {
    /// Of the event id, or of the derived one.
    pub event_id: bool,
    /// Of the event type.
    pub event_type: bool,
    /// Of the time.
    pub occurred_at: bool,
}

impl Identity {
    /// The id by which the event is known: the provider's, else the derived one.
    pub fn id(&self) -> Option<&str> {
        self.event_id.as_deref().or(self.derived_id.as_deref())
    }
}

/// Where a provider writes who an event is. Of several places the first that holds something counts.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The event's id.
    #[serde(default, deserialize_with = "kept::list", skip_serializing_if = "<[_]>::is_empty")]
    pub event_id: List<Place>,
    /// The event's type.
    #[serde(default, deserialize_with = "kept::list", skip_serializing_if = "<[_]>::is_empty")]
    pub event_type: List<Place>,
    /// The event's time.
    #[serde(default, deserialize_with = "kept::list", skip_serializing_if = "<[_]>::is_empty")]
    pub occurred_at: List<Place>,
    /// An id made of other fields.
    #[serde(default, deserialize_with = "kept::list", skip_serializing_if = "<[_]>::is_empty")]
    pub derived_id: List<Place>,
    /// What the signature binds instead of the event id.
    #[serde(default, deserialize_with = "kept::list", skip_serializing_if = "<[_]>::is_empty")]
    pub proof_id: List<Place>,
    /// Whether the event is live: `true` or `live`, `false` or `test`.
    #[serde(default, deserialize_with = "kept::list", skip_serializing_if = "<[_]>::is_empty")]
    pub live: List<Place>,
    /// Whether the event is a test: `true` or `false`.
    #[serde(default, deserialize_with = "kept::list", skip_serializing_if = "<[_]>::is_empty")]
    pub test: List<Place>,
    /// The account at the provider.
    #[serde(default, deserialize_with = "kept::list", skip_serializing_if = "<[_]>::is_empty")]
    pub account: List<Place>,
}

impl Names {
    /// Nothing is named: the base of a constant.
    pub const NONE: Self = Self {
        event_id: &[],
        event_type: &[],
        occurred_at: &[],
        derived_id: &[],
        proof_id: &[],
        live: &[],
        test: &[],
        account: &[],
    };

    /// All places, in the order of the fields.
    pub fn places(&self) -> impl Iterator<Item = &'static Place> + use<> {
        let Self { event_id, event_type, occurred_at, derived_id, proof_id, live, test, account } = *self;
        [event_id, event_type, occurred_at, derived_id, proof_id, live, test, account].into_iter().flatten()
    }
}

/// Where a name stands. The body is read only after the signature held.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A header's value.
    Header(#[serde(deserialize_with = "kept::text")] Text),
    /// A header's value, if the body is JSON: an unsigned header names no event where there is none.
    HeaderBesideJson(#[serde(deserialize_with = "kept::text")] Text),
    /// A text at this JSON pointer.
    Json(#[serde(deserialize_with = "kept::text")] Text),
    /// A text, a whole number or a truth value at this JSON pointer.
    Scalar(#[serde(deserialize_with = "kept::text")] Text),
    /// At this JSON pointer a number of seconds since 1970, or a text that is taken as it is.
    Seconds(#[serde(deserialize_with = "kept::text")] Text),
    /// At this JSON pointer a number of milliseconds since 1970, or a text that is taken as it is.
    Milliseconds(#[serde(deserialize_with = "kept::text")] Text),
    /// A parameter of the URL.
    Query(#[serde(deserialize_with = "kept::text")] Text),
    /// The text of an element in the XML that a form field holds in base64.
    FormXml {
        /// The form field.
        #[serde(deserialize_with = "kept::text")]
        field: Text,
        /// The element's path from the root, with `/` between.
        #[serde(deserialize_with = "kept::text")]
        path: Text,
    },
    /// What is at these JSON pointers, all of it, joined.
    Joined {
        /// The pointers.
        #[serde(deserialize_with = "kept::texts")]
        of: List<Text>,
        /// What stands between.
        #[serde(deserialize_with = "kept::text")]
        by: Text,
    },
}

impl Place {
    /// The header that it reads.
    pub(crate) fn header(&self) -> Option<&'static str> {
        if let Self::Header(name) | Self::HeaderBesideJson(name) = self { Some(name) } else { None }
    }

    /// The JSON pointers that it reads.
    pub fn pointers(&self) -> &[Text] {
        match self {
            Self::Header(_) | Self::HeaderBesideJson(_) | Self::Query(_) | Self::FormXml { .. } => &[],
            Self::Json(at) | Self::Scalar(at) | Self::Seconds(at) | Self::Milliseconds(at) => {
                std::slice::from_ref(at)
            }
            Self::Joined { of, .. } => of,
        }
    }
}

/// A text at a JSON pointer.
pub(crate) const fn json(pointer: &'static str) -> Place {
    Place::Json(pointer)
}

/// A header's value, if the body is JSON.
pub(crate) const fn beside(header: &'static str) -> Place {
    Place::HeaderBesideJson(header)
}

/// A header's value.
pub(crate) const fn named(header: &'static str) -> Place {
    Place::Header(header)
}

/// The names of one event, read out of a message whose signature held.
pub(crate) struct Reading<'a> {
    pub(crate) message: &'a Message<'a>,
    pub(crate) pointers: &'a Pointers,
    pub(crate) values: Vec<Option<&'a RawValue>>,
    is_json: bool,
}

impl Names {
    /// The pointers of all places.
    pub(crate) fn pointers(&self) -> Option<Pointers> {
        let mut pointers = Pointers::default();
        for pointer in self.places().flat_map(Place::pointers) {
            pointers.add(pointer)?;
        }
        Some(pointers)
    }
}

impl<'a> Reading<'a> {
    pub(crate) fn new(message: &'a Message<'a>, pointers: &'a Pointers, json: &'a [u8]) -> Self {
        let values = pointers.read(json);
        Self { message, pointers, is_json: values.is_some(), values: values.unwrap_or_default() }
    }

    /// Who the event is.
    pub(crate) fn identity(&self, names: &Names, proven: Proven) -> Identity {
        Identity {
            event_id: self.first(names.event_id),
            event_type: self.first(names.event_type),
            occurred_at: self.first(names.occurred_at),
            derived_id: self.first(names.derived_id),
            proof_id: self.first(names.proof_id),
            proven,
        }
    }

    /// The mode that the message states.
    pub(crate) fn mode(&self, names: &Names) -> Option<Mode> {
        let (live, test) = (self.first(names.live), self.first(names.test));
        match (live.as_deref(), test.as_deref()) {
            (Some("true" | "live"), _) | (_, Some("false")) => Some(Mode::Live),
            (Some("false" | "test"), _) | (_, Some("true")) => Some(Mode::Test),
            _ => None,
        }
    }

    /// The first of the places that holds something.
    pub(crate) fn first(&self, places: &[Place]) -> Option<String> {
        let usable = |text: &String| !text.is_empty() && text.len() <= LONGEST;
        places.iter().find_map(|place| self.read(place).filter(usable))
    }

    fn value(&self, pointer: &str) -> Option<&'a str> {
        let value: &RawValue = (*self.values.get(self.pointers.position(pointer)?)?)?;
        Some(value.get())
    }

    fn read(&self, place: &Place) -> Option<String> {
        match place {
            Place::Header(name) => Some(self.message.header(name).ok()??.to_owned()),
            Place::HeaderBesideJson(name) if self.is_json => {
                Some(self.message.header(name).ok()??.to_owned())
            }
            Place::HeaderBesideJson(_) => None,
            Place::Query(name) => self.message.query(name).ok().flatten(),
            Place::FormXml { field, path } => {
                let payload = self.message.form(field).ok()??;
                xml::text(&STANDARD.decode(payload.replace('\n', "")).ok()?, path)
            }
            Place::Json(at) => text(self.value(at)?),
            Place::Scalar(at) => scalar(self.value(at)?),
            Place::Seconds(at) => {
                let value = self.value(at)?;
                text(value)
                    .or_else(|| instant::to_rfc3339(value.parse::<i64>().ok()?.checked_mul(1000)?, false))
            }
            Place::Milliseconds(at) => {
                let value = self.value(at)?;
                text(value).or_else(|| instant::to_rfc3339(value.parse().ok()?, true))
            }
            Place::Joined { of, by } => {
                let parts: Option<Vec<String>> = of.iter().map(|at| scalar(self.value(at)?)).collect();
                Some(parts?.join(by))
            }
        }
    }
}

fn text(value: &str) -> Option<String> {
    serde_json::from_str::<String>(value).ok().filter(|text| !text.is_empty())
}

/// A text; or a whole number or truth value exactly as it is written.
pub(crate) fn scalar(value: &str) -> Option<String> {
    let written = || {
        let digits = value.strip_prefix('-').unwrap_or(value);
        let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        (whole || matches!(value, "true" | "false")).then(|| value.to_owned())
    };
    text(value).or_else(written)
}
