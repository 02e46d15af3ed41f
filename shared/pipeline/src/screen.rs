//! From a verified delivery to one that may be stored.

use verification::Verified;

use crate::{Arrival, Envelope};

/// The largest body that travels, in bytes: sealed and in base64 it fits a queue's 1 MiB even when it does not compress.
pub const BODY_LIMIT: usize = 720 * 1024;

/// A delivery that holds nothing that must not be stored. Only [`screen`] makes one.
pub struct Screened {
    envelope: Envelope,
    body: Option<Vec<u8>>,
}

impl Screened {
    /// What is known of the delivery.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The screened body; none if it was withheld.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }
}

/// Replaces what must never be stored. Never fails: a body that cannot be screened is withheld.
pub fn screen(verified: Verified, arrival: Arrival) -> Screened {
    let _ = (verified, arrival);
    todo!()
}
