//! An archive in memory, for the tests of what reads it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    Archive, Envelope, Macs, Opened, Segment, Source, StoredSegment,
    memory::{MemoryArchive, MemoryMacs},
    samples,
};

/// 2026-11-18T06:40:00Z
const START: Duration = Duration::from_mins(29_916_400);

/// So many seconds after the start of time here.
pub(super) fn at(seconds: i64) -> SystemTime {
    let start = UNIX_EPOCH + START;
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { start - by } else { start + by }
}

/// A delivery that was received at this second.
pub(super) fn delivery(id: &str, received: i64) -> Opened {
    let received = at(received).duration_since(UNIX_EPOCH).unwrap().as_millis();
    let envelope = Envelope { received_at_ms: i64::try_from(received).unwrap(), ..samples::envelope(id) };
    Opened { envelope, body: Some(format!("{{\"id\":\"{id}\"}}").into_bytes()), source: Source::Webhook }
}

pub(super) struct World {
    pub(super) archive: MemoryArchive,
    pub(super) macs: MemoryMacs,
}

impl World {
    pub(super) fn new() -> Self {
        Self { archive: MemoryArchive::new(), macs: MemoryMacs::new(b"key") }
    }

    /// Writes a segment as the archiver does, and returns its key.
    pub(super) async fn write(&self, deliveries: &[Opened], written: i64) -> String {
        let mut segment = Segment::build(&deliveries.iter().collect::<Vec<_>>(), at(written)).unwrap();
        segment.mac = Some(self.macs.mac(&segment.digest).await.unwrap());
        self.archive.put(&segment).await.unwrap();
        segment.key
    }

    /// Changes what is kept under a key.
    pub(super) fn change(&self, key: &str, change: impl FnOnce(&mut StoredSegment)) {
        let mut object = self.archive.remove(key).unwrap();
        change(&mut object);
        self.archive.plant(key, object);
    }
}
