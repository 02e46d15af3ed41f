//! Which deliveries bring the same event, so that each is recorded from the one that was received first.
//!
//! The ledger keeps what comes first. The queue has no order, and the archive has one of hours only: a delivery that was
//! captured and sent again could come before the one that it repeats. So those that came first are sent first.

use std::collections::{HashMap, HashSet};
use std::mem;

use payments::{Event, EventKey, Received};
use pipeline::Envelope;
use sha2::{Digest as _, Sha256};

/// Keys that are remembered at least, and at most twice as many: what a table of 30 MB holds before it grows. What is
/// repeated after more of them comes long after its first anyway.
const KEYS_KEPT: usize = 7 << 16;

/// The beginning of a SHA-256.
type Hash = [u8; 16];

/// Who claims which event.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    newer: HashMap<Hash, Claim>,
    older: HashMap<Hash, Claim>,
    repeats: HashMap<Hash, Repeat>,
    contested: HashSet<Hash>,
}

/// What a delivery is that is not the first to bring its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Repeat {
    /// Another brought the same event before: a repetition by the provider, or a conflict.
    OfEvent,
    /// Another event with what its provider signed came before. The ledger records nothing of it.
    OfProof,
}

/// The first delivery that brought something.
#[derive(Clone, Copy, Debug)]
struct Claim {
    received_at_ms: i64,
    delivery: Hash,
    /// What it brought, where a key stands for one thing only.
    content: Hash,
}

impl Claims {
    /// Takes note of a delivery. Returns which of its events were not met before, or none if nothing of it would be
    /// recorded.
    pub(crate) fn enter(
        &mut self,
        received: &Received<'_>,
        events: &[Event],
    ) -> anyhow::Result<Option<Vec<bool>>> {
        let claim = Claim {
            received_at_ms: received.received_at_ms,
            delivery: hash(received.delivery_id),
            content: Hash::default(),
        };
        if let Some((proof, _)) = payments::proof(received, events)? {
            let content = hash([proof.event.as_str(), " ", proof.body.as_str()].concat());
            let key = hash(["proof ", proof.transmission.as_str()].concat());
            if let Some(before) = self.claim(key, Claim { content, ..claim })
                && before.content != content
            {
                let (_, later) = in_order(before, claim);
                self.repeats.insert(later.delivery, Repeat::OfProof);
                if later.delivery == claim.delivery {
                    return Ok(None);
                }
            }
        }
        let mut news = Vec::with_capacity(events.len());
        for event in events {
            let key = key_of(&event.key);
            let before = self.claim(key, claim);
            if let Some(before) = before.filter(|before| before.delivery != claim.delivery) {
                let (_, later) = in_order(before, claim);
                self.contested.insert(key);
                self.repeats.entry(later.delivery).or_insert(Repeat::OfEvent);
            }
            news.push(before.is_none());
        }
        Ok(Some(news))
    }

    /// What this delivery repeats, if it does.
    pub(crate) fn repeat(&self, envelope: &Envelope) -> Option<Repeat> {
        self.repeats.get(&hash(&envelope.delivery_id)).copied()
    }

    /// How many deliveries are not sent, as the ledger would record nothing of them.
    pub(crate) fn unsent(&self) -> u64 {
        self.repeats.values().filter(|repeat| **repeat == Repeat::OfProof).count() as u64
    }

    /// Whether any delivery is to be sent after those that came first.
    pub(crate) fn has_repeats(&self) -> bool {
        self.repeats.values().any(|repeat| *repeat == Repeat::OfEvent)
    }

    /// Whether several deliveries brought this event.
    pub(crate) fn is_contested(&self, key: &EventKey) -> bool {
        self.contested.contains(&key_of(key))
    }

    /// Returns who claimed it before; the earlier of both keeps it.
    fn claim(&mut self, key: Hash, claim: Claim) -> Option<Claim> {
        let before = self.newer.get(&key).or_else(|| self.older.get(&key)).copied();
        if self.newer.len() >= KEYS_KEPT {
            self.older = mem::take(&mut self.newer);
        }
        self.newer.insert(key, before.map_or(claim, |before| in_order(before, claim).0));
        before
    }
}

/// By the time of reception, and by id where that is the same.
fn in_order(one: Claim, other: Claim) -> (Claim, Claim) {
    let at = |claim: &Claim| (claim.received_at_ms, claim.delivery);
    if at(&one) <= at(&other) { (one, other) } else { (other, one) }
}

fn key_of(key: &EventKey) -> Hash {
    hash(["event ", key.as_str()].concat())
}

fn hash(text: impl AsRef<[u8]>) -> Hash {
    *Sha256::digest(text).first_chunk().unwrap_or(&[0; 16])
}
