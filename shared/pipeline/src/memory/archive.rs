//! The archive in memory.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use crate::{Archive, Put, Segment};

/// Objects that are created once and never changed, as S3 has them with `If-None-Match: *`.
#[derive(Default)]
pub struct MemoryArchive {
    objects: RefCell<BTreeMap<String, StoredSegment>>,
    puts: Cell<u64>,
}

/// One object, and the metadata that is kept with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSegment {
    /// The object.
    pub bytes: Vec<u8>,
    /// HMAC of its digest.
    pub mac: Option<Vec<u8>>,
}

impl MemoryArchive {
    /// An empty archive.
    pub fn new() -> Self {
        Self::default()
    }

    /// All objects by key.
    pub fn objects(&self) -> BTreeMap<String, StoredSegment> {
        self.objects.borrow().clone()
    }

    /// Puts an object there behind the port's back, as an intruder would.
    pub fn plant(&self, key: impl Into<String>, object: StoredSegment) {
        self.objects.borrow_mut().insert(key.into(), object);
    }

    /// Calls of `put`.
    pub fn puts(&self) -> u64 {
        self.puts.get()
    }
}

impl Archive for MemoryArchive {
    async fn put(&self, segment: &Segment) -> anyhow::Result<Put> {
        self.puts.update(|puts| puts + 1);
        let mut objects = self.objects.borrow_mut();
        Ok(match objects.get(&segment.key) {
            Some(stored) if stored.bytes == segment.bytes => Put::AlreadyThere,
            Some(_) => Put::Differs,
            None => {
                let object = StoredSegment { bytes: segment.bytes.clone(), mac: segment.mac.clone() };
                objects.insert(segment.key.clone(), object);
                Put::Created
            }
        })
    }
}
