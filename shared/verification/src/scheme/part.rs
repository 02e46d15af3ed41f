//! What is signed, and where texts stand.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::kept;

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
