//! Signs as a provider does: for tests, samples and the command line.

use std::{fmt, time::SystemTime};

use crate::Endpoint;

/// Why a delivery cannot be signed for an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsignable(pub(crate) &'static str);

impl fmt::Display for Unsignable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unsignable {}

/// The headers of a correctly signed delivery of `body` to `url`, from the same scheme that `verify` reads.
pub fn sign(
    endpoint: &Endpoint,
    url: &str,
    event_id: &str,
    body: &[u8],
    now: SystemTime,
) -> Result<Vec<(String, String)>, Unsignable> {
    let _ = (endpoint, url, event_id, body, now);
    todo!()
}
