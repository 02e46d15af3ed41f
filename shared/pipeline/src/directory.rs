//! The endpoint documents that the front door knows.

use std::{rc::Rc, time::SystemTime};

use verification::Endpoint;

use crate::EndpointDocuments;

/// A cache of endpoint documents.
#[derive(Default)]
pub struct Directory {}

/// What a look-up came to.
pub enum Found {
    /// There is one.
    Endpoint(Rc<Endpoint>),
    /// There is none of this name.
    Unknown,
    /// It cannot be told: the dependency is down, the document is invalid, or there were too many look-ups.
    Unavailable,
}

impl Directory {
    /// A directory that knows no endpoint yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Loads these endpoints, all at the same time. What fails is tried again when it is needed.
    pub async fn preload(
        &self,
        names: &[impl AsRef<str>],
        documents: &impl EndpointDocuments,
        now: SystemTime,
    ) {
        let _ = (names, documents, now);
        todo!()
    }

    /// The endpoint `name`, from the cache if that is fresh.
    pub async fn find(&self, name: &str, documents: &impl EndpointDocuments, now: SystemTime) -> Found {
        let _ = (name, documents, now);
        todo!()
    }

    /// Asks for the document again because a signature did not match. Rate-limited; gives the endpoint only if its document changed.
    pub async fn refresh(
        &self,
        name: &str,
        documents: &impl EndpointDocuments,
        now: SystemTime,
    ) -> Option<Rc<Endpoint>> {
        let _ = (name, documents, now);
        todo!()
    }
}
