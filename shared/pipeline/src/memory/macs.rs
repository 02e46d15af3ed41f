//! Message authentication in memory.

use std::cell::Cell;

use aws_lc_rs::hmac;

use crate::Macs;

/// HMAC-SHA-256 under a key that is given.
pub struct MemoryMacs {
    key: hmac::Key,
    macs: Cell<u64>,
}

impl MemoryMacs {
    /// A service with this key.
    pub fn new(key: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), macs: Cell::new(0) }
    }

    /// Whether `mac` was made here for `digest`.
    pub fn holds(&self, digest: &[u8; 32], mac: &[u8]) -> bool {
        hmac::verify(&self.key, digest, mac).is_ok()
    }

    /// Calls of `mac`.
    pub fn macs(&self) -> u64 {
        self.macs.get()
    }
}

impl Macs for MemoryMacs {
    async fn mac(&self, digest: &[u8; 32]) -> anyhow::Result<Vec<u8>> {
        self.macs.update(|macs| macs + 1);
        Ok(hmac::sign(&self.key, digest).as_ref().to_vec())
    }
}
