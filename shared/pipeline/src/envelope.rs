//! What travels beside a body, from the webhook function to ledger and archive.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use verification::{Coverage, Identity, Mode};

/// A time in milliseconds of Unix time; one before 1970 is 0.
pub fn unix_ms(time: SystemTime) -> i64 {
    i64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

/// What the front door knows of a request, beside what was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Our id of this delivery: the request id. One delivery has one, a repeated delivery has another.
    pub delivery_id: String,
    /// When it arrived, in milliseconds of Unix time.
    pub received_at_ms: i64,
    /// The trace that it belongs to. Longer than 256 bytes, or other than visible ASCII: not kept.
    pub trace_id: Option<String>,
}

/// What is known of a delivery after it was verified and screened. Holds nothing that must not be stored.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Our id of this delivery.
    pub delivery_id: String,
    /// When it arrived, in milliseconds of Unix time.
    pub received_at_ms: i64,
    /// The trace that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The endpoint's name.
    pub endpoint: String,
    /// The provider's name.
    pub provider: String,
    /// The endpoint's mode.
    pub mode: Mode,
    /// The endpoint's account.
    pub account: String,
    /// What the signature proved.
    pub coverage: Coverage,
    /// The first or only event.
    pub identity: Identity,
    /// The key whose signature fitted, where the endpoint document names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The message says that it is of the other mode than the endpoint: kept, never recorded.
    #[serde(default)]
    pub wrong_mode: bool,
    /// The account that the message states, when it is none of the endpoint's: kept, never recorded. At most 128
    /// characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_account: Option<String>,
    /// What was replaced in the body, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<Redaction>,
    /// How many more were replaced than `redactions` has room for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_redactions: u32,
    /// How many values look like one to replace but stand where the provider has identity or facts, and were kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub exempted: u32,
    /// Why there is no body, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
    /// What is to become of it, if an operator sends it again. Only the source `replay` may say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
}

/// How a delivery that is replayed is recorded, where its event is new to the ledger.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Replay {
    /// And announced.
    Announce,
    /// And not announced.
    Silent,
    /// As part of a ledger that was lost: of the origin `rebuild`, and not announced.
    Rebuild,
}

impl Envelope {
    /// Why it is kept in the archive but never recorded, in `snake_case`.
    pub fn ignored(&self) -> Option<&'static str> {
        match (self.wrong_mode, &self.wrong_account) {
            (true, _) => Some("wrong_mode"),
            (false, Some(_)) => Some("wrong_account"),
            (false, None) => None,
        }
    }
}

/// One value that was replaced; never the value.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    /// JSON pointer (RFC 6901), cut after 256 bytes.
    pub path: String,
    /// What it was, for example `card_number`.
    pub class: String,
}

/// A body that was not kept.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// Why it could not be screened, in `snake_case`.
    pub reason: String,
    /// Its length in bytes.
    pub length: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
