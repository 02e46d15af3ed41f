//! Sealing and opening.

use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::{DataKeys, Envelope, Failure, Message, Screened};

/// Who sealed a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The webhook function.
    Webhook,
    /// A replay of the archive.
    Replay,
}

impl Source {
    /// Its name in the wire format and in the encryption context.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Replay => "replay",
        }
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
}

/// Seals deliveries of one source for one stack.
pub struct Sealer {
    stack: String,
    source: Source,
}

impl Sealer {
    /// A sealer without a key: it asks for one when it needs it.
    pub fn new(stack: impl Into<String>, source: Source) -> Self {
        Self { stack: stack.into(), source }
    }

    /// Encrypts and authenticates one delivery. Asks `keys` only when there is no key or it is spent.
    pub async fn seal(
        &self,
        screened: &Screened,
        keys: &impl DataKeys,
        now: SystemTime,
    ) -> anyhow::Result<Sealed> {
        let _ = (screened, keys, now, &self.stack, self.source);
        todo!()
    }

    /// Gets a key ahead of the first delivery.
    pub async fn warm(&self, keys: &impl DataKeys, now: SystemTime) {
        let _ = (keys, now);
        todo!()
    }
}

/// A sealed delivery: what queues take.
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

/// A delivery that was sealed for this stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// What is known of it.
    pub envelope: Envelope,
    /// The screened body; none if it was withheld.
    pub body: Option<Vec<u8>>,
    /// Who sealed it.
    pub source: Source,
}

/// Opens what was sealed for one stack, and remembers data keys.
pub struct Keyring {
    stack: String,
}

impl Keyring {
    /// A keyring without keys.
    pub fn new(stack: impl Into<String>) -> Self {
        Self { stack: stack.into() }
    }

    /// Opens a batch, each message by itself, in the order given. Asks `keys` once for each wrapped key.
    pub async fn open_all(
        &self,
        messages: Vec<Message>,
        keys: &impl DataKeys,
    ) -> Vec<(Message, Result<Opened, Failure>)> {
        let _ = (messages, keys, &self.stack);
        todo!()
    }
}
