//! Data keys in memory.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use anyhow::anyhow;
use aws_lc_rs::rand;

use crate::{DataKey, DataKeys, KeyContext, KeyError, Source};

/// A key service that unwraps a key only under the context it was generated for. Two of them do not know each
/// other's keys.
#[derive(Default)]
pub struct MemoryKeys {
    keys: RefCell<HashMap<Vec<u8>, KnownKey>>,
    down: Cell<bool>,
    generates: Cell<u64>,
    unwraps: Cell<u64>,
}

struct KnownKey {
    plaintext: [u8; 32],
    stack: String,
    source: Source,
}

impl MemoryKeys {
    /// A service without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the service fails from now on.
    pub fn set_down(&self, down: bool) {
        self.down.set(down);
    }

    /// Calls of `generate`.
    pub fn generates(&self) -> u64 {
        self.generates.get()
    }

    /// Calls of `unwrap`.
    pub fn unwraps(&self) -> u64 {
        self.unwraps.get()
    }

    fn is_up(&self) -> anyhow::Result<()> {
        if self.down.get() { Err(anyhow!("the key service is down")) } else { Ok(()) }
    }
}

impl DataKeys for MemoryKeys {
    async fn generate(&self, context: KeyContext<'_>) -> anyhow::Result<DataKey> {
        self.generates.update(|calls| calls + 1);
        self.is_up()?;
        let (mut plaintext, mut wrapped) = ([0; 32], vec![0; 32]);
        rand::fill(&mut plaintext).map_err(|_| anyhow!("draw a key"))?;
        rand::fill(&mut wrapped).map_err(|_| anyhow!("draw a key's name"))?;
        let known = KnownKey { plaintext, stack: context.stack.to_owned(), source: context.source };
        self.keys.borrow_mut().insert(wrapped.clone(), known);
        Ok(DataKey::new(plaintext, wrapped))
    }

    async fn unwrap(&self, wrapped: &[u8], context: KeyContext<'_>) -> Result<DataKey, KeyError> {
        self.unwraps.update(|calls| calls + 1);
        self.is_up().map_err(KeyError::Unavailable)?;
        match self.keys.borrow().get(wrapped) {
            Some(key) if key.stack == context.stack && key.source == context.source => {
                Ok(DataKey::new(key.plaintext, wrapped.to_vec()))
            }
            _ => Err(KeyError::Refused),
        }
    }
}
