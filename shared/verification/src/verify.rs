//! From a [`Delivery`] to [`Verified`], or the reason why not.

use std::{borrow::Cow, time::SystemTime};

use serde::{Deserialize, Serialize};

use crate::{Delivery, Endpoint, Identity, Mode, Provider, Rejection};

/// What a signature proves.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// Every byte of the body.
    Body,
    /// Named fields only.
    Fields,
    /// Nothing but the sender.
    Sender,
}

/// The answer to a provider's signed set-up call, which is answered and never queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The exact body.
    pub body: String,
}

/// A delivery that was proven. Only [`verify`] makes one.
pub struct Verified(VerifiedParts);

/// What a [`Verified`] consists of.
pub struct VerifiedParts {
    /// The endpoint's name.
    pub endpoint: String,
    /// Who sent it.
    pub provider: &'static Provider,
    /// The endpoint's mode.
    pub mode: Mode,
    /// The endpoint's account.
    pub account: String,
    /// What the signature proves.
    pub coverage: Coverage,
    /// The first or only event.
    pub identity: Identity,
    /// Every event of the body, in order; never empty.
    pub events: Vec<Identity>,
    /// The exact bytes received.
    pub body: Vec<u8>,
    /// The mode that the message states.
    pub observed_mode: Option<Mode>,
    /// The account that the message states.
    pub observed_account: Option<String>,
    /// The key that fitted, if the endpoint document names it.
    pub kid: Option<String>,
    /// JSON pointers (`*` stands for any index) to identity and facts, which screening must not touch.
    pub identity_paths: Vec<Cow<'static, str>>,
    /// What to answer instead of queueing, when this is a set-up call.
    pub handshake: Option<Handshake>,
}

impl Verified {
    /// The endpoint's name.
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// Who sent it.
    pub fn provider(&self) -> &'static Provider {
        self.0.provider
    }

    /// The endpoint's mode.
    pub fn mode(&self) -> Mode {
        self.0.mode
    }

    /// The endpoint's account.
    pub fn account(&self) -> &str {
        &self.0.account
    }

    /// What the signature proves.
    pub fn coverage(&self) -> Coverage {
        self.0.coverage
    }

    /// The first or only event.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// Every event of the body, in order; never empty.
    pub fn events(&self) -> &[Identity] {
        &self.0.events
    }

    /// The exact bytes received.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The mode that the message states.
    pub fn observed_mode(&self) -> Option<Mode> {
        self.0.observed_mode
    }

    /// The account that the message states.
    pub fn observed_account(&self) -> Option<&str> {
        self.0.observed_account.as_deref()
    }

    /// The key that fitted, if the endpoint document names it.
    pub fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// JSON pointers (`*` stands for any index) to identity and facts, which screening must not touch.
    pub fn identity_paths(&self) -> &[Cow<'static, str>] {
        &self.0.identity_paths
    }

    /// What to answer instead of queueing, when this is a set-up call.
    pub fn handshake(&self) -> Option<&Handshake> {
        self.0.handshake.as_ref()
    }

    /// All of it, owned.
    pub fn into_parts(self) -> VerifiedParts {
        self.0
    }
}

/// Proves that `delivery` was sent to `endpoint` by its provider.
pub fn verify(endpoint: &Endpoint, delivery: Delivery, now: SystemTime) -> Result<Verified, Rejection> {
    let _ = (endpoint, delivery, now);
    todo!()
}
