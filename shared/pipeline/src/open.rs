//! From a queue's messages to deliveries that were sealed for this stack.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
};

use aws_lc_rs::aead::LessSafeKey;
use futures_util::stream::{self, StreamExt};
use tracing::{error, warn};

use crate::{
    DataKeys, Envelope, Failure, KeyContext, KeyError, Message, Source, guarded,
    wire::{self, Parsed},
};

/// Wrapped keys that are unwrapped at the same time.
const UNWRAPS_AT_ONCE: usize = 16;
/// Keys that are kept.
const KEYS_KEPT: usize = 1024;

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

/// Opens what was sealed for one stack, and remembers the 1,024 data keys used last.
pub struct Keyring {
    stack: String,
    only: Option<Source>,
    kept: RefCell<Kept>,
}

/// A key is of one source: under another, the key service would refuse to unwrap it.
type KeyId = (Source, Vec<u8>);
type Unwrapped = Result<Rc<LessSafeKey>, Failure>;

impl Keyring {
    /// A keyring without keys.
    pub fn new(stack: impl Into<String>) -> Self {
        Self { stack: stack.into(), only: None, kept: RefCell::default() }
    }

    /// Opens only what this source sealed.
    #[must_use]
    pub fn only(self, source: Source) -> Self {
        Self { only: Some(source), ..self }
    }

    /// Opens a batch, each message by itself, in the order given. Asks `keys` once for each wrapped key.
    ///
    /// Permanent: `unsealed` (not a message of ours, or changed), `foreign_stack`, `wrong_source`,
    /// `key_refused`, `malformed`.
    /// Transient: `unknown_version`, `key_unavailable`.
    pub async fn open_all(
        &self,
        messages: Vec<Message>,
        keys: &impl DataKeys,
    ) -> Vec<(Message, Result<Opened, Failure>)> {
        let parsed: Vec<(Message, Result<Parsed, Failure>)> = messages
            .into_iter()
            .map(|message| {
                let parsed = self.parse(&message);
                (message, parsed)
            })
            .collect();
        let needed: HashSet<KeyId> =
            parsed.iter().filter_map(|(_, parsed)| parsed.as_ref().ok()).map(key_id).collect();
        let unwrapped: HashMap<KeyId, Unwrapped> = stream::iter(needed)
            .map(async |id| {
                let key = self.unwrap(&id, keys).await;
                (id, key)
            })
            .buffer_unordered(UNWRAPS_AT_ONCE)
            .collect()
            .await;

        let mut results = Vec::with_capacity(parsed.len());
        for (message, parsed) in parsed {
            let opened = guarded(async {
                let parsed = parsed?;
                let key = unwrapped.get(&key_id(&parsed)).cloned();
                parsed.open(key.unwrap_or(Err(Failure::transient("key_unavailable")))?.as_ref())
            });
            let opened = opened.await;
            results.push((message, opened));
        }
        results
    }

    fn parse(&self, message: &Message) -> Result<Parsed, Failure> {
        let parsed = wire::parse(&message.body)?;
        // Asked before the key service is: it would refuse too, at the price of a call.
        if parsed.header.stack != self.stack {
            return Err(Failure::permanent("foreign_stack"));
        }
        if self.only.is_some_and(|only| only != parsed.header.source) {
            return Err(Failure::permanent("wrong_source"));
        }
        Ok(parsed)
    }

    async fn unwrap(&self, id: &KeyId, keys: &impl DataKeys) -> Unwrapped {
        if let Some(key) = self.kept.borrow_mut().find(id) {
            return Ok(key);
        }
        let context = KeyContext { stack: &self.stack, source: id.0 };
        match keys.unwrap(&id.1, context).await {
            Ok(key) => {
                let cipher = key.cipher().map_err(|_| Failure::permanent("key_refused"))?;
                let cipher = Rc::new(cipher);
                self.kept.borrow_mut().keep(id.clone(), Rc::clone(&cipher));
                Ok(cipher)
            }
            Err(KeyError::Refused) => {
                warn!(reason = "key_refused", "data key refused");
                Err(Failure::permanent("key_refused"))
            }
            Err(KeyError::Unavailable(error)) => {
                error!(reason = "key_unavailable", error = format!("{error:#}"), "data key not unwrapped");
                Err(Failure::transient("key_unavailable"))
            }
        }
    }
}

fn key_id(parsed: &Parsed) -> KeyId {
    (parsed.header.source, parsed.header.wrapped_key.clone())
}

/// The keys used last.
#[derive(Default)]
struct Kept {
    keys: HashMap<KeyId, (u64, Rc<LessSafeKey>)>,
    uses: u64,
}

impl Kept {
    fn find(&mut self, id: &KeyId) -> Option<Rc<LessSafeKey>> {
        let (used, key) = self.keys.get_mut(id)?;
        self.uses += 1;
        *used = self.uses;
        Some(Rc::clone(key))
    }

    fn keep(&mut self, id: KeyId, key: Rc<LessSafeKey>) {
        if self.keys.len() >= KEYS_KEPT {
            let oldest = self.keys.iter().min_by_key(|(_, (used, _))| *used).map(|(id, _)| id.clone());
            oldest.map(|id| self.keys.remove(&id));
        }
        self.uses += 1;
        self.keys.insert(id, (self.uses, key));
    }
}

#[cfg(test)]
mod tests;
