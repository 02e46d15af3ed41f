//! The row format, once: what DynamoDB holds, what its stream carries and what the memory ledger keeps. A row is a flat
//! map of attributes; every attribute of an event is in `Event::to_item` and `Event::from_item` and nowhere else.

use std::collections::BTreeMap;
use std::fmt;

use crate::event::BodyDigest;
use crate::{Amount, Currency, Event, EventKey, Id, Kind, Link, Money, Origin, PaymentKey, Proof};

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
/// How the sort key of a proof begins.
pub const PROOF: &str = "proof#";
/// Whether the publisher announces the row.
pub const ANNOUNCE: &str = "announce";
/// When the delivery arrived, in milliseconds since 1970.
pub const RECEIVED: &str = "received";
/// When the table forgets the row, in seconds of Unix time. The ports that expire rows set it; no event has it.
pub const EXPIRES: &str = "expires";
/// The interpretation's version: a row is only overwritten by a higher one.
pub const INTERPRETATION: &str = "version";
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
    /// The event's row, or the conflict's.
    pub fn to_item(&self) -> Item {
        let mut row = Writer::new(self.key.as_str(), &self.sort_key());
        if let Some(payment) = &self.payment {
            row.text(PAYMENT, payment.as_str());
            row.text(AT, &self.at());
        }
        row.text("kind", self.kind.as_str());
        row.optional("type", self.provider_type.as_deref());
        row.optional("object", self.object.as_ref().map(Id::as_str));
        row.optional("parent", self.parent.as_ref().map(Id::as_str));
        match &self.amount {
            Amount::Unstated => {}
            Amount::Unreadable => row.flag("unreadable", true),
            Amount::Stated(money) => {
                row.number("amount", money.minor());
                row.text("currency", money.currency().code());
            }
            Amount::Exact { value, currency } => {
                row.text("exact", value);
                row.optional("currency", currency.as_deref());
            }
        }
        if let Some(ms) = self.occurred_at_ms {
            row.number("occurred", ms);
        }
        row.number(RECEIVED, self.received_at_ms);
        row.number("recorded", self.recorded_at_ms);
        row.text("delivery", &self.delivery_id);
        row.optional("trace", self.trace_id.as_deref());
        row.flag("proven", self.proven);
        row.text("origin", self.origin.as_str());
        row.flag(ANNOUNCE, self.announce);
        row.number(INTERPRETATION, i64::from(self.interpretation));
        row.text(BODY, self.body.as_str());
        row.0
    }

    /// Reads an event's or a conflict's row. Attributes that are not known are ignored.
    pub fn from_item(item: &Item) -> Result<Event, InvalidItem> {
        let row = Reader(item);
        let sort_key = row.text(SK)?;
        let event = Event {
            key: row.parsed(PK, EventKey::parse)?,
            kind: row.parsed("kind", Kind::named)?,
            provider_type: row.optional("type")?.map(str::to_owned),
            object: row.parsed_if_present("object", Id::stored)?,
            parent: row.parsed_if_present("parent", Id::stored)?,
            payment: row.parsed_if_present(PAYMENT, PaymentKey::parse)?,
            amount: row.amount()?,
            occurred_at_ms: row.number_if_present("occurred")?,
            received_at_ms: row.number(RECEIVED)?,
            recorded_at_ms: row.number("recorded")?,
            delivery_id: row.text("delivery")?.to_owned(),
            trace_id: row.optional("trace")?.map(str::to_owned),
            proven: row.flag("proven")?,
            origin: row.parsed("origin", Origin::named)?,
            announce: row.flag(ANNOUNCE)?,
            interpretation: u32::try_from(row.number(INTERPRETATION)?)
                .map_err(|_| InvalidItem { attribute: INTERPRETATION })?,
            body: row.parsed(BODY, BodyDigest::stored)?,
            conflict: sort_key.starts_with(CONFLICT),
        };
        if event.sort_key() != sort_key {
            return Err(InvalidItem { attribute: SK });
        }
        if event.payment.is_some() && row.text(AT)? != event.at() {
            return Err(InvalidItem { attribute: AT });
        }
        Ok(event)
    }
}

impl Link {
    /// The link's row: under the child's name, one for each parent.
    pub fn to_item(&self) -> Item {
        Writer::new(self.child.as_str(), &format!("{LINK}{}", self.parent.id().as_str())).0
    }

    /// Reads a link's row.
    pub fn from_item(item: &Item) -> Result<Link, InvalidItem> {
        let row = Reader(item);
        let child = row.parsed(PK, PaymentKey::parse)?;
        let parent = row.parsed(SK, |sort_key| Id::stored(sort_key.strip_prefix(LINK)?))?;
        Ok(Link { parent: child.sibling(&parent), child })
    }
}

impl Proof {
    /// The proof's row.
    pub fn to_item(&self) -> Item {
        let sort_key = format!("{PROOF}{}", self.transmission.encoded_id());
        let mut row = Writer::new(self.transmission.as_str(), &sort_key);
        row.text("event", self.event.as_str());
        row.text(BODY, self.body.as_str());
        row.0
    }

    /// Reads a proof's row.
    pub fn from_item(item: &Item) -> Result<Proof, InvalidItem> {
        let row = Reader(item);
        let proof = Proof {
            transmission: row.parsed(PK, EventKey::parse)?,
            event: row.parsed("event", EventKey::parse)?,
            body: row.parsed(BODY, BodyDigest::stored)?,
        };
        let is_proof = row.text(SK)?.strip_prefix(PROOF) == Some(proof.transmission.encoded_id());
        if is_proof { Ok(proof) } else { Err(InvalidItem { attribute: SK }) }
    }
}

struct Writer(Item);

impl Writer {
    fn new(pk: &str, sk: &str) -> Writer {
        let mut row = Writer(Item::new());
        row.text(PK, pk);
        row.text(SK, sk);
        row
    }

    fn text(&mut self, name: &str, text: &str) {
        self.0.insert(name.to_owned(), Attribute::Text(text.to_owned()));
    }

    fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn number(&mut self, name: &str, number: i64) {
        self.0.insert(name.to_owned(), Attribute::Number(number));
    }

    fn flag(&mut self, name: &str, flag: bool) {
        self.0.insert(name.to_owned(), Attribute::Flag(flag));
    }
}

struct Reader<'a>(&'a Item);

impl<'a> Reader<'a> {
    fn optional(&self, attribute: &'static str) -> Result<Option<&'a str>, InvalidItem> {
        match self.0.get(attribute) {
            Some(Attribute::Text(text)) => Ok(Some(text)),
            None => Ok(None),
            Some(_) => Err(InvalidItem { attribute }),
        }
    }

    fn text(&self, attribute: &'static str) -> Result<&'a str, InvalidItem> {
        self.optional(attribute)?.ok_or(InvalidItem { attribute })
    }

    fn number_if_present(&self, attribute: &'static str) -> Result<Option<i64>, InvalidItem> {
        match self.0.get(attribute) {
            Some(Attribute::Number(number)) => Ok(Some(*number)),
            None => Ok(None),
            Some(_) => Err(InvalidItem { attribute }),
        }
    }

    fn number(&self, attribute: &'static str) -> Result<i64, InvalidItem> {
        self.number_if_present(attribute)?.ok_or(InvalidItem { attribute })
    }

    fn flag(&self, attribute: &'static str) -> Result<bool, InvalidItem> {
        match self.0.get(attribute) {
            Some(Attribute::Flag(flag)) => Ok(*flag),
            _ => Err(InvalidItem { attribute }),
        }
    }

    fn parsed<T>(
        &self,
        attribute: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, InvalidItem> {
        parse(self.text(attribute)?).ok_or(InvalidItem { attribute })
    }

    fn parsed_if_present<T>(
        &self,
        attribute: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, InvalidItem> {
        let text = self.optional(attribute)?;
        text.map(|text| parse(text).ok_or(InvalidItem { attribute })).transpose()
    }

    /// At most one of `amount`, `exact` and `unreadable` is there.
    fn amount(&self) -> Result<Amount, InvalidItem> {
        let currency = self.optional("currency")?;
        let (amount, exact) = (self.number_if_present("amount")?, self.optional("exact")?);
        match (amount, exact, self.0.contains_key("unreadable")) {
            (None, None, false) if currency.is_none() => Ok(Amount::Unstated),
            (None, None, true) if self.flag("unreadable")? && currency.is_none() => Ok(Amount::Unreadable),
            (Some(minor), None, false) => {
                let currency = self.parsed("currency", Currency::named)?;
                let money = Money::from_minor(minor, currency);
                money.map(Amount::Stated).map_err(|_| InvalidItem { attribute: "amount" })
            }
            (None, Some(value), false) => match Amount::exact(value, currency) {
                Amount::Unreadable => Err(InvalidItem { attribute: "exact" }),
                amount => Ok(amount),
            },
            _ => Err(InvalidItem { attribute: "amount" }),
        }
    }
}

#[cfg(test)]
mod tests;
