//! Names of rows. A key is `provider#mode#account#id`; every part is percent-encoded and bounded, so that two
//! different names never give one key and a row stays under 1 kB.

use std::fmt;

use sha2::{Digest as _, Sha256};
use verification::Mode;

/// Longest provider name, in bytes.
const PROVIDER: usize = 24;
/// Longest account in a key, in encoded bytes.
const ACCOUNT: usize = 64;
/// Longest event id in a key, in encoded bytes.
const EVENT_ID: usize = 96;
/// Longest id of a provider's object, in encoded bytes.
pub(crate) const OBJECT_ID: usize = 80;
/// Bytes that end a part which was too long: `~` and half a SHA-256 of the whole in hex.
const TAIL: usize = 33;

/// The id of an object at the provider (a payment, refund, dispute …) in the form that keys and rows use:
/// percent-encoded, at most 80 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Id {
    /// The id as the provider writes it; `None` if it is blank.
    pub fn new(text: &str) -> Option<Id> {
        part(text, OBJECT_ID).map(Id)
    }

    pub(crate) fn stored(text: &str) -> Option<Id> {
        is_part(text, OBJECT_ID).then(|| Id(text.to_owned()))
    }

    /// As in keys and rows.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As the provider writes it (an id that was too long stays `start~digest`).
    pub fn text(&self) -> String {
        decoded(&self.0)
    }
}

/// `provider#mode#account#event id`: the partition key of an event's row and the event's id on the bus.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey(Key);

/// `provider#mode#account#payment`: the partition key of the index by payment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentKey(Key);

impl EventKey {
    /// The key of an event; all but the event id are from the endpoint document. `None` if a part is blank or the
    /// provider's name is not one.
    pub fn new(provider: &str, mode: Mode, account: &str, event_id: &str) -> Option<EventKey> {
        Key::new(provider, mode, account, &part(event_id, EVENT_ID)?).map(EventKey)
    }

    /// Reads a key as it is stored.
    pub fn parse(text: &str) -> Option<EventKey> {
        Key::parse(text, EVENT_ID).map(EventKey)
    }

    /// The event id as the provider writes it.
    pub fn event_id(&self) -> String {
        decoded(self.0.id())
    }

    /// The event id as in the key.
    pub(crate) fn encoded_id(&self) -> &str {
        self.0.id()
    }

    /// The payment with this id in the same account.
    pub fn payment(&self, id: &Id) -> PaymentKey {
        PaymentKey(self.0.sibling(&id.0))
    }
}

impl PaymentKey {
    /// The key of a payment; all but the payment's id are from the endpoint document.
    pub fn new(provider: &str, mode: Mode, account: &str, payment: &str) -> Option<PaymentKey> {
        Key::new(provider, mode, account, &part(payment, OBJECT_ID)?).map(PaymentKey)
    }

    /// Reads a key as it is stored.
    pub fn parse(text: &str) -> Option<PaymentKey> {
        Key::parse(text, OBJECT_ID).map(PaymentKey)
    }

    /// The id of the payment's own object.
    pub fn id(&self) -> Id {
        Id(self.0.id().to_owned())
    }

    /// Another object of the same account.
    #[must_use]
    pub fn sibling(&self, id: &Id) -> PaymentKey {
        PaymentKey(self.0.sibling(&id.0))
    }
}

macro_rules! parts_of_the_key {
    ($type:ty) => {
        impl $type {
            /// The whole key as it is stored.
            pub fn as_str(&self) -> &str {
                &self.0.0
            }

            /// The provider's name.
            pub fn provider(&self) -> &str {
                self.0.nth(0)
            }

            /// Live or test, as the endpoint says.
            pub fn mode(&self) -> Mode {
                if self.0.nth(1) == "live" { Mode::Live } else { Mode::Test }
            }

            /// The account as the endpoint says it.
            pub fn account(&self) -> String {
                decoded(self.0.nth(2))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

parts_of_the_key!(EventKey);
parts_of_the_key!(PaymentKey);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key(String);

impl Key {
    fn new(provider: &str, mode: Mode, account: &str, id: &str) -> Option<Key> {
        if !is_provider(provider) {
            return None;
        }
        let mode = match mode {
            Mode::Live => "live",
            Mode::Test => "test",
        };
        let account = part(account, ACCOUNT)?;
        Some(Key([provider, mode, &account, id].join("#")))
    }

    fn parse(text: &str, id_limit: usize) -> Option<Key> {
        let mut parts = text.split('#');
        let well_formed = parts.next().is_some_and(is_provider)
            && parts.next().is_some_and(|mode| matches!(mode, "live" | "test"))
            && parts.next().is_some_and(|account| is_part(account, ACCOUNT))
            && parts.next().is_some_and(|id| is_part(id, id_limit))
            && parts.next().is_none();
        well_formed.then(|| Key(text.to_owned()))
    }

    fn nth(&self, n: usize) -> &str {
        self.0.split('#').nth(n).unwrap_or_default()
    }

    fn id(&self) -> &str {
        self.nth(3)
    }

    fn sibling(&self, id: &str) -> Key {
        Key([self.nth(0), self.nth(1), self.nth(2), id].join("#"))
    }
}

fn is_provider(name: &str) -> bool {
    (1..=PROVIDER).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
}

/// Percent-encodes what is not a letter, a digit or one of `-_.:`. A text that is longer than `limit` then is cut and
/// ends in `~` and a digest of the whole: a name of any length stays its own.
fn part(text: &str, limit: usize) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    let mut encoded = String::with_capacity(text.len().min(limit));
    for byte in text.bytes() {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex::encode_upper([byte]));
        }
    }
    if encoded.len() > limit {
        encoded = bounded(&encoded, limit, text);
    }
    Some(encoded)
}

fn bounded(encoded: &str, limit: usize, whole: &str) -> String {
    let mut start = encoded.get(..limit.saturating_sub(TAIL)).unwrap_or_default();
    // Not within an escape: `%` and one digit would read as another text.
    if let Some(at) = start.rfind('%').filter(|at| at + 3 > start.len()) {
        start = start.get(..at).unwrap_or_default();
    }
    let digest = hex::encode(Sha256::digest(whole.as_bytes()));
    format!("{start}~{}", digest.get(..TAIL - 1).unwrap_or_default())
}

fn is_part(text: &str, limit: usize) -> bool {
    (1..=limit).contains(&text.len()) && text.bytes().all(|b| plain(b) || matches!(b, b'%' | b'~'))
}

fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':')
}

fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let escape = after.split_at_checked(2).and_then(|(code, tail)| Some((hex::decode(code).ok()?, tail)));
        let (byte, tail) = escape.unwrap_or((vec![b'%'], after));
        bytes.extend(byte);
        rest = tail;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
