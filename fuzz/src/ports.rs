//! A key service whose only key is known, and a moment.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use futures_util::FutureExt;
use pipeline::{DataKey, DataKeys, Failure, KeyContext, KeyError, Keyring, Message, Opened};

/// The key of the golden files: 32 times 7, under the name `a wrapped key`, for the stack `stack`.
pub struct KnownKey;

impl KnownKey {
    /// The key itself.
    pub const PLAINTEXT: [u8; 32] = [7; 32];
    /// Its wrapped form.
    pub const WRAPPED: &'static [u8] = b"a wrapped key";

    /// Opens one message as a consumer does.
    pub fn open(text: &str) -> Result<Opened, Failure> {
        let message = Message {
            id: String::new(),
            receipt: String::new(),
            body: text.to_owned(),
            attempts: 1,
            trace_id: None,
        };
        let opened = ready(Keyring::new("stack").open_all(vec![message], &Self));
        opened.into_iter().next().expect("one message, one answer").1
    }
}

impl DataKeys for KnownKey {
    async fn generate(&self, _: KeyContext<'_>) -> anyhow::Result<DataKey> {
        Ok(DataKey::new(Self::PLAINTEXT, Self::WRAPPED.to_vec()))
    }

    async fn unwrap(&self, wrapped: &[u8], context: KeyContext<'_>) -> Result<DataKey, KeyError> {
        match wrapped {
            Self::WRAPPED if context.stack == "stack" => Ok(DataKey::new(Self::PLAINTEXT, wrapped.to_vec())),
            b"down" => Err(KeyError::Unavailable(anyhow!("the key service is down"))),
            _ => Err(KeyError::Refused),
        }
    }
}

/// What becomes of a future that waits for nothing, as none does over ports in memory.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nothing to wait for")
}

/// 2026-11-18T11:06:40Z, when the golden files' deliveries were received.
pub fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_000_000)
}
