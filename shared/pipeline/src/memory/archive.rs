//! The archive in memory.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use aws_lc_rs::digest::{SHA256, digest};

use crate::{Archive, Head, Listed, Put, Segment, StoredSegment};

/// Objects that are created once and never changed, as S3 has them with `If-None-Match: *`.
#[derive(Default)]
pub struct MemoryArchive {
    objects: RefCell<BTreeMap<String, StoredSegment>>,
    cold: RefCell<BTreeSet<String>>,
    puts: Cell<u64>,
    gets: Cell<u64>,
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

    /// Takes an object away behind the port's back.
    pub fn remove(&self, key: &str) -> Option<StoredSegment> {
        self.objects.borrow_mut().remove(key)
    }

    /// Moves an object to cold storage.
    pub fn cool(&self, key: impl Into<String>) {
        self.cold.borrow_mut().insert(key.into());
    }

    /// Calls of `put`.
    pub fn puts(&self) -> u64 {
        self.puts.get()
    }

    /// Calls of `get`.
    pub fn gets(&self) -> u64 {
        self.gets.get()
    }
}

impl Archive for MemoryArchive {
    async fn put(&self, segment: &Segment) -> anyhow::Result<Put> {
        self.puts.update(|puts| puts + 1);
        let mut objects = self.objects.borrow_mut();
        Ok(match objects.get(&segment.key) {
            Some(stored) if stored.bytes == segment.bytes && stored.mac == segment.mac => Put::AlreadyThere,
            Some(_) => Put::Differs,
            None => {
                let object = StoredSegment { bytes: segment.bytes.clone(), mac: segment.mac.clone() };
                objects.insert(segment.key.clone(), object);
                Put::Created
            }
        })
    }

    async fn list(&self, prefix: &str, after: &str) -> anyhow::Result<Vec<Listed>> {
        let objects = self.objects.borrow();
        let from = if after < prefix { Bound::Included(prefix) } else { Bound::Excluded(after) };
        let cold = self.cold.borrow();
        let listed = objects.range::<str, _>((from, Bound::Unbounded)).map(|(key, object)| Listed {
            key: key.clone(),
            length: object.bytes.len() as u64,
            cold: cold.contains(key),
        });
        Ok(listed.take_while(|listed| listed.key.starts_with(prefix)).take(PAGE).collect())
    }

    async fn head(&self, key: &str) -> anyhow::Result<Option<Head>> {
        let digest = |bytes: &[u8]| <[u8; 32]>::try_from(digest(&SHA256, bytes).as_ref()).ok();
        let objects = self.objects.borrow();
        Ok(objects.get(key).map(|object| Head { digest: digest(&object.bytes), mac: object.mac.clone() }))
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<StoredSegment>> {
        self.gets.update(|gets| gets + 1);
        Ok(self.objects.borrow().get(key).cloned())
    }
}

/// Keys a listing has at most, as S3's.
const PAGE: usize = 1000;
