//! The row format, once: what DynamoDB holds, what its stream carries and what the memory ledger keeps. A row is a flat
//! map of attributes; every attribute of an event is in [`event_item`] and [`from_item`] and nowhere else.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Event, Link, Proof};

/// The partition key of the table.
pub const PK: &str = "pk";
/// The sort key of the table.
pub const SK: &str = "sk";
/// The index by payment.
pub const INDEX: &str = "payments";
/// The partition key of the index.
pub const PAYMENT: &str = "payment";
/// The sort key of the index.
pub const AT: &str = "at";
/// The sort key of an event's row.
pub const EVENT: &str = "event";
/// How the sort key of a conflict begins.
pub const CONFLICT: &str = "conflict#";
/// How the sort key of a link begins.
pub const LINK: &str = "link#";
/// The sort key of a proof.
pub const PROOF: &str = "proof#";
/// Whether the publisher announces the row.
pub const ANNOUNCE: &str = "announce";
/// The interpretation's version: a row is only overwritten by a higher one.
pub const INTERPRETATION: &str = "interpretation";
/// The digest of the screened body: a row is only overwritten from an equal one.
pub const BODY: &str = "body";

/// A row.
pub type Item = BTreeMap<String, Attribute>;

/// A value in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// A string (`S`).
    Text(String),
    /// A whole number (`N`).
    Number(i64),
    /// A boolean (`BOOL`).
    Flag(bool),
}

/// A row that is not one of ours: the attribute that is missing or malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidItem {
    /// The attribute's name.
    pub attribute: &'static str,
}

impl fmt::Display for InvalidItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missing or malformed attribute {}", self.attribute)
    }
}

impl std::error::Error for InvalidItem {}

impl Event {
    /// The event's row.
    pub fn to_item(&self) -> Item {
        event_item(self)
    }

    /// Reads an event's or a conflict's row. Attributes that are not known are ignored.
    pub fn from_item(item: &Item) -> Result<Event, InvalidItem> {
        from_item(item)
    }
}

impl Link {
    /// The link's row.
    pub fn to_item(&self) -> Item {
        todo!()
    }

    /// Reads a link's row.
    pub fn from_item(item: &Item) -> Result<Link, InvalidItem> {
        let _ = item;
        todo!()
    }
}

impl Proof {
    /// The proof's row.
    pub fn to_item(&self) -> Item {
        todo!()
    }

    /// Reads a proof's row.
    pub fn from_item(item: &Item) -> Result<Proof, InvalidItem> {
        let _ = item;
        todo!()
    }
}

fn event_item(event: &Event) -> Item {
    let _ = event;
    todo!()
}

fn from_item(item: &Item) -> Result<Event, InvalidItem> {
    let _ = item;
    todo!()
}
