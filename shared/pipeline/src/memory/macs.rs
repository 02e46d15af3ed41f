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

    async fn holds(&self, digest: &[u8; 32], mac: &[u8]) -> anyhow::Result<bool> {
        Ok(hmac::verify(&self.key, digest, mac).is_ok())
    }
}
