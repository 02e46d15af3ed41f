//! Endpoint documents in memory.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::SystemTime,
};

use anyhow::anyhow;
use zeroize::Zeroizing;

use crate::{Document, EndpointDocuments, FetchError};

/// Documents by endpoint name. A name without one is absent; all are unavailable while the service is down.
#[derive(Default)]
pub struct MemoryDocuments {
    documents: RefCell<HashMap<String, Written>>,
    trust: RefCell<HashMap<String, Vec<u8>>>,
    down: Cell<bool>,
    fetches: Cell<u64>,
}

#[derive(Clone)]
struct Written {
    bytes: Vec<u8>,
    at: Option<SystemTime>,
}

impl MemoryDocuments {
    /// No document at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes the document of the endpoint `name`.
    pub fn write(&self, name: impl Into<String>, document: impl Into<Vec<u8>>) {
        self.documents.borrow_mut().insert(name.into(), Written { bytes: document.into(), at: None });
    }

    /// Writes it and says when that was.
    pub fn write_at(&self, name: impl Into<String>, document: impl Into<Vec<u8>>, written: SystemTime) {
        let document = Written { bytes: document.into(), at: Some(written) };
        self.documents.borrow_mut().insert(name.into(), document);
    }

    /// Writes the trust document `name`.
    pub fn write_trust(&self, name: impl Into<String>, document: impl Into<Vec<u8>>) {
        self.trust.borrow_mut().insert(name.into(), document.into());
    }

    /// Deletes the document of the endpoint `name`, or denies it to us: the port cannot tell.
    pub fn delete(&self, name: &str) {
        self.documents.borrow_mut().remove(name);
    }

    /// Whether the service fails from now on.
    pub fn set_down(&self, down: bool) {
        self.down.set(down);
    }

    /// Calls of `fetch` and `fetch_trust`.
    pub fn fetches(&self) -> u64 {
        self.fetches.get()
    }
}

impl MemoryDocuments {
    fn read<T: Clone>(&self, documents: &RefCell<HashMap<String, T>>, name: &str) -> Result<T, FetchError> {
        self.fetches.update(|fetches| fetches + 1);
        if self.down.get() {
            return Err(FetchError::Unavailable(anyhow!("the documents are down")));
        }
        documents.borrow().get(name).cloned().ok_or(FetchError::Absent)
    }
}

impl EndpointDocuments for MemoryDocuments {
    async fn fetch(&self, name: &str) -> Result<Document, FetchError> {
        let Written { bytes, at } = self.read(&self.documents, name)?;
        Ok(Document { bytes: Zeroizing::new(bytes), written: at })
    }

    async fn fetch_trust(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, FetchError> {
        self.read(&self.trust, name).map(Zeroizing::new)
    }
}
