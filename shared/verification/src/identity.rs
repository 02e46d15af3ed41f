//! What an event is called: its id, type and time.

use serde::{Deserialize, Serialize};

/// What an event is called. A field is `None` where the message does not have it.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Default)]
pub struct Identity {
    /// The provider's id of the event, the same in every delivery of it.
    pub event_id: Option<String>,
    /// The provider's name of what happened.
    pub event_type: Option<String>,
    /// When it happened: as in the message, or RFC 3339 UTC when the message has a unix number.
    pub occurred_at: Option<String>,
}
