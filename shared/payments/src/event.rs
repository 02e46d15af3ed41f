//! One event as the ledger keeps it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::{Amount, EventKey, Id, Kind, Link, PaymentKey, instant};

/// Longest name of a provider's event type, in bytes; what is longer is cut.
const TYPE: usize = 56;
/// Longest delivery id, in bytes.
const DELIVERY_ID: usize = 36;
/// Longest trace id, in bytes: the root of an X-Ray id has 35.
const TRACE_ID: usize = 40;
/// Longest event id within `at`, in bytes.
const ORDER: usize = 24;

/// What a provider said, once: one row of the ledger, below 1 kB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The row's key and the event's id everywhere else.
    pub key: EventKey,
    /// What it says.
    pub kind: Kind,
    /// The provider's own name for it, at most 56 bytes.
    pub provider_type: Option<String>,
    /// The object that it is about.
    pub object: Option<Id>,
    /// The object that this one belongs to: the charge of a refund, the order of a capture.
    pub parent: Option<Id>,
    /// The payment that it is filed under; `None` for an event that is about none.
    pub payment: Option<PaymentKey>,
    /// How much.
    pub amount: Amount,
    /// When it happened, as the provider says. Milliseconds since 1970.
    pub occurred_at_ms: Option<i64>,
    /// When its delivery arrived. Milliseconds since 1970.
    pub received_at_ms: i64,
    /// When it was put into the ledger. Milliseconds since 1970.
    pub recorded_at_ms: i64,
    /// The delivery that brought it, at most 36 bytes.
    pub delivery_id: String,
    /// The trace of that delivery, at most 40 bytes.
    pub trace_id: Option<String>,
    /// Whether the provider's signature covers the facts: kind, object, parent, amount.
    pub proven: bool,
    /// The road it came by.
    pub origin: Origin,
    /// Whether it is published on the bus when it is new.
    pub announce: bool,
    /// The version of the rules that read it.
    pub interpretation: u32,
    /// The screened body that it was read from.
    pub body: BodyDigest,
    /// Whether it is kept beside another event that has the same id and another content.
    pub conflict: bool,
}

/// The road by which an event came to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// From the provider.
    Webhook,
    /// From the archive, to make up for what was missed.
    Replay,
    /// From the archive, into an empty ledger. Never announced.
    Rebuild,
}

impl Origin {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Webhook => "webhook",
            Origin::Replay => "replay",
            Origin::Rebuild => "rebuild",
        }
    }

    /// The origin of this name.
    pub fn named(name: &str) -> Option<Origin> {
        [Origin::Webhook, Origin::Replay, Origin::Rebuild].into_iter().find(|origin| origin.as_str() == name)
    }
}

/// SHA-256 of a screened body in base64 (URL alphabet, no padding). It lets a later interpretation prove that it read
/// the same bytes. There is no digest of an unscreened body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyDigest(String);

impl BodyDigest {
    /// The digest of this screened body.
    pub fn of(screened_body: &[u8]) -> BodyDigest {
        BodyDigest(URL_SAFE_NO_PAD.encode(Sha256::digest(screened_body)))
    }

    /// Reads a stored digest.
    pub fn stored(text: &str) -> Option<BodyDigest> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| BodyDigest(text.to_owned()))
    }

    /// 43 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Event {
    /// Whether both say the same happened: kind, object, amount and currency agree. What one of them does not say is
    /// no difference. Of two versions of the rules, reading the same body is enough, and a kind that only one of them
    /// knows is no difference either.
    pub fn agrees_with(&self, other: &Event) -> bool {
        let same_rules = self.interpretation == other.interpretation;
        if !same_rules && self.body == other.body {
            return true;
        }
        let unknown = self.kind == Kind::Other || other.kind == Kind::Other;
        let kind = self.kind == other.kind || (unknown && !same_rules);
        let object = self.object.is_none() || other.object.is_none() || self.object == other.object;
        let unstated = self.amount == Amount::Unstated || other.amount == Amount::Unstated;
        kind && object && (unstated || self.amount == other.amount)
    }

    /// The link from its object to its payment, if it is filed under another object: a capture under its order, a
    /// refund or a dispute under its payment. It leads from the id of either to all events of the payment.
    pub fn link(&self) -> Option<Link> {
        let parent = self.payment.clone()?;
        let child = parent.sibling(self.object.as_ref()?);
        (child != parent).then_some(Link { child, parent })
    }

    /// The sort key of its row: `event`, or `conflict#` and a digest of what the comparison looks at, so that the same
    /// conflict twice is one row.
    pub fn sort_key(&self) -> String {
        if !self.conflict {
            return "event".to_owned();
        }
        let object = self.object.as_ref().map_or("", Id::as_str);
        let core = format!("{}\n{object}\n{}", self.kind, self.amount);
        let digest = hex::encode(Sha256::digest(core.as_bytes()));
        format!("conflict#{}", digest.get(..32).unwrap_or_default())
    }

    /// The sort key within its payment: the time it happened (or arrived, if it does not say) and its id.
    pub fn at(&self) -> String {
        let id = self.key.encoded_id();
        let time = instant::text(self.occurred_at_ms.unwrap_or(self.received_at_ms));
        format!("{time}#{}", id.get(..ORDER).unwrap_or(id))
    }
}

/// Cuts what only informs to the length that a row allows.
pub(crate) fn provider_type(text: &str) -> String {
    cut(text, TYPE)
}

pub(crate) fn delivery_id(text: &str) -> String {
    cut(text, DELIVERY_ID)
}

/// The root of an X-Ray header (`Root=1-…;Parent=…`), or the text itself.
pub(crate) fn trace_id(text: &str) -> String {
    let root = text.split(';').find_map(|field| field.trim().strip_prefix("Root="));
    cut(root.unwrap_or(text), TRACE_ID)
}

fn cut(text: &str, limit: usize) -> String {
    text.get(..text.floor_char_boundary(limit)).unwrap_or_default().to_owned()
}
