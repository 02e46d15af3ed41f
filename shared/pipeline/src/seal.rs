//! From a screened delivery to what a queue takes.

use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow};
use aws_lc_rs::{aead::LessSafeKey, rand};
use futures_util::lock::Mutex;
use tracing::error;

use crate::{
    DataKeys, KeyContext, Screened, Source,
    wire::{self, Header},
};

/// A data key seals for this long,
const KEY_LIFE: Duration = Duration::from_mins(5);
/// and this many messages: random nonces of 96 bits stay far from their bound of 2^32.
const KEY_MESSAGES: u32 = 1 << 20;

/// Seals deliveries of one source for one stack.
pub struct Sealer {
    stack: String,
    source: Source,
    /// Locked while a key is asked for, so that it is asked for once.
    key: Mutex<Option<SealingKey>>,
}

struct SealingKey {
    cipher: LessSafeKey,
    wrapped: Vec<u8>,
    since: SystemTime,
    messages: u32,
}

impl SealingKey {
    /// A clock that went back makes a new key: nobody can tell how old the present one is.
    fn is_spent(&self, now: SystemTime) -> bool {
        self.messages >= KEY_MESSAGES || !now.duration_since(self.since).is_ok_and(|age| age < KEY_LIFE)
    }
}

impl Sealer {
    /// A sealer without a key: it asks for one when it needs it.
    pub fn new(stack: impl Into<String>, source: Source) -> Self {
        Self { stack: stack.into(), source, key: Mutex::new(None) }
    }

    /// Encrypts and authenticates one delivery. Asks `keys` only when there is no key or it is spent.
    pub async fn seal(
        &self,
        screened: &Screened,
        keys: &impl DataKeys,
        now: SystemTime,
    ) -> anyhow::Result<Sealed> {
        let mut nonce = [0; 12];
        rand::fill(&mut nonce).map_err(|_| anyhow!("draw a nonce"))?;
        let envelope = screened.envelope();

        let mut slot = self.key.lock().await;
        let key = self.current(&mut slot, keys, now).await?;
        key.messages += 1;
        let header = Header {
            source: self.source,
            stack: self.stack.clone(),
            endpoint: envelope.endpoint.clone(),
            delivery_id: envelope.delivery_id.clone(),
            received_at_ms: envelope.received_at_ms,
            wrapped_key: key.wrapped.clone(),
            nonce,
        };
        let text = wire::seal(&header, &key.cipher, envelope, screened.body())?;
        Ok(Sealed {
            text,
            endpoint: header.endpoint,
            delivery_id: header.delivery_id,
            trace_id: envelope.trace_id.clone(),
        })
    }

    /// Gets a key ahead of the first delivery. If that fails, the first delivery tries again.
    pub async fn warm(&self, keys: &impl DataKeys, now: SystemTime) {
        let mut slot = self.key.lock().await;
        if let Err(error) = self.current(&mut slot, keys, now).await {
            error!(error = format!("{error:#}"), "no data key");
        }
    }

    async fn current<'a>(
        &self,
        slot: &'a mut Option<SealingKey>,
        keys: &impl DataKeys,
        now: SystemTime,
    ) -> anyhow::Result<&'a mut SealingKey> {
        if slot.as_ref().is_none_or(|key| key.is_spent(now)) {
            let context = KeyContext { stack: &self.stack, source: self.source };
            let key = keys.generate(context).await.context("ask for a data key")?;
            let cipher = key.cipher()?;
            *slot = Some(SealingKey { cipher, wrapped: key.wrapped().to_vec(), since: now, messages: 0 });
        }
        slot.as_mut().context("a data key")
    }
}

/// A sealed delivery: what queues take. Only [`Sealer`] makes one.
pub struct Sealed {
    text: String,
    endpoint: String,
    delivery_id: String,
    trace_id: Option<String>,
}

impl Sealed {
    /// The whole message in base64: safe for a queue.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// The endpoint's name: fit for a fair queue's message group.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Our id of the delivery.
    pub fn delivery_id(&self) -> &str {
        &self.delivery_id
    }

    /// The trace that the delivery belongs to.
    pub fn trace_id(&self) -> Option<&str> {
        self.trace_id.as_deref()
    }
}

#[cfg(test)]
mod tests;
