//! Turning a provider's events into facts.

use verification::{Coverage, Identity, Mode};

use crate::{Event, Origin};

/// The version of the rules in this folder. Raise it when a rule reads the same body in another way.
pub const INTERPRETATION: u32 = 1;

/// A verified and screened delivery.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Our id of the delivery.
    pub delivery_id: &'a str,
    /// When it arrived. Milliseconds since 1970.
    pub received_at_ms: i64,
    /// The trace it belongs to.
    pub trace_id: Option<&'a str>,
    /// The endpoint's name.
    pub endpoint: &'a str,
    /// The endpoint's provider.
    pub provider: &'a str,
    /// The endpoint's mode.
    pub mode: Mode,
    /// The endpoint's account.
    pub account: &'a str,
    /// What verification read: the event's id, type and time.
    pub identity: &'a Identity,
    /// What the signature covers.
    pub coverage: Coverage,
    /// The screened body.
    pub body: &'a [u8],
    /// The road it came by.
    pub origin: Origin,
}

/// A delivery that gives no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uninterpretable {
    /// It has no event id.
    Unidentified,
}

impl Uninterpretable {
    /// The stable name, for logs and dead letters.
    pub fn reason(self) -> &'static str {
        match self {
            Uninterpretable::Unidentified => "unidentified",
        }
    }
}

/// Reads the events of a delivery: one, or as many as the body holds.
pub fn interpret(received: &Received<'_>) -> Result<Vec<Event>, Uninterpretable> {
    let _ = received;
    todo!()
}
