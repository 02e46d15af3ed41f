//! Data keys, and who seals with them.

use std::fmt;

use anyhow::anyhow;
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use zeroize::Zeroizing;

/// Who sealed a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The webhook function.
    Webhook,
    /// A replay of the archive.
    Replay,
}

impl Source {
    const ALL: [Self; 2] = [Self::Webhook, Self::Replay];

    /// Its name in the wire format, in archive lines and in the encryption context.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Replay => "replay",
        }
    }

    /// The source of this name.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str().as_bytes() == name)
    }
}

/// A data key: 32 bytes that are wiped on drop, and the same wrapped by the key service.
pub struct DataKey {
    plaintext: Zeroizing<[u8; 32]>,
    wrapped: Vec<u8>,
}

impl DataKey {
    /// Takes both forms as the key service gave them.
    pub fn new(plaintext: [u8; 32], wrapped: Vec<u8>) -> Self {
        Self { plaintext: Zeroizing::new(plaintext), wrapped }
    }

    /// The wrapped form, which is no secret.
    pub fn wrapped(&self) -> &[u8] {
        &self.wrapped
    }

    /// The key as the cipher takes it. The library wipes its own memory when it is freed.
    pub(crate) fn cipher(&self) -> anyhow::Result<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM, self.plaintext.as_slice());
        key.map(LessSafeKey::new).map_err(|_| anyhow!("set up a data key"))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey").finish_non_exhaustive()
    }
}
