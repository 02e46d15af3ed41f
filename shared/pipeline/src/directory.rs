//! The endpoint documents that the front door knows.

use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest::{Context, SHA256};
use futures_util::stream::{self, StreamExt};
use tracing::{error, warn};
use verification::{Endpoint, InvalidEndpoint, Mode, valid_endpoint_name};

use crate::{EndpointDocuments, FetchError};

mod bucket;
mod unknown;

use bucket::Bucket;
use unknown::Unknown;

/// A document is served without asking for this long.
const FRESH: Duration = Duration::from_mins(5);
/// While it cannot be asked for, the last good one is served for this long.
const STALE: Duration = Duration::from_hours(24);
/// Between two attempts to get a new document while the dependency fails: each may take seconds of a delivery's time.
const RETRY: Duration = Duration::from_secs(10);
/// Between two refreshes of one endpoint, which anyone can cause with a bad signature.
const REFRESH: Duration = Duration::from_mins(1);
/// Documents that are loaded at the same time at start-up.
const PRELOADS_AT_ONCE: usize = 16;

/// A cache of endpoint documents.
///
/// A document is served for 5 minutes without asking; then it is asked for again, and served for up to 24 hours
/// while the answer is no answer. "There is none" ends it at once. A document that is invalid never replaces a good
/// one. Look-ups of names that are not known pass a token bucket, and names that do not exist are remembered.
#[derive(Default)]
pub struct Directory {
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    entries: HashMap<String, Entry>,
    unknown: Unknown,
    bucket: Bucket,
    /// Age of the oldest document with secrets among those read since it was last asked for.
    oldest: Option<Duration>,
}

struct Entry {
    endpoint: Rc<Endpoint>,
    /// SHA-256 of the document and its trust document, to tell new ones.
    digest: [u8; 32],
    /// When the document was last seen to be the current one.
    confirmed: SystemTime,
    /// When it was last asked for in vain.
    failed: Option<SystemTime>,
    refreshed: Option<SystemTime>,
}

/// What a look-up came to.
pub enum Found {
    /// There is one.
    Endpoint(Rc<Endpoint>),
    /// There is none of this name.
    Unknown,
    /// It cannot be told: the dependency is down, the document is invalid, or there were too many look-ups.
    Unavailable,
}

/// What asking came to.
enum Asked {
    /// This is the document now, as it was before or new.
    Current {
        changed: bool,
    },
    Absent,
    /// No answer, or a document that is invalid: what is known stays.
    InVain,
}

impl Directory {
    /// A directory that knows no endpoint yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Loads these endpoints, at the same time. What fails is tried again when it is needed.
    pub async fn preload(
        &self,
        names: &[impl AsRef<str>],
        documents: &impl EndpointDocuments,
        now: SystemTime,
    ) {
        stream::iter(names)
            .for_each_concurrent(PRELOADS_AT_ONCE, async |name| {
                if valid_endpoint_name(name.as_ref()) {
                    self.ask(name.as_ref(), documents, now).await;
                } else {
                    error!("a name to preload is no endpoint's");
                }
            })
            .await;
    }

    /// The endpoint `name`, from the cache if that is fresh.
    pub async fn find(&self, name: &str, documents: &impl EndpointDocuments, now: SystemTime) -> Found {
        if !valid_endpoint_name(name) {
            return Found::Unknown;
        }
        if let Some(found) = self.without_asking(name, now) {
            return found;
        }
        match self.ask(name, documents, now).await {
            Asked::Current { .. } | Asked::InVain => self.known(name, now),
            Asked::Absent => Found::Unknown,
        }
    }

    /// Asks for the document again because a signature did not match: at most once a minute for an endpoint. Gives
    /// the endpoint only if its document changed.
    pub async fn refresh(
        &self,
        name: &str,
        documents: &impl EndpointDocuments,
        now: SystemTime,
    ) -> Option<Rc<Endpoint>> {
        {
            let mut state = self.state.borrow_mut();
            let entry = state.entries.get_mut(name)?;
            if entry.refreshed.is_some_and(|at| within(REFRESH, at, now)) {
                return None;
            }
            entry.refreshed = Some(now);
        }
        match self.ask(name, documents, now).await {
            Asked::Current { changed: true } => match self.known(name, now) {
                Found::Endpoint(endpoint) => Some(endpoint),
                Found::Unknown | Found::Unavailable => None,
            },
            Asked::Current { changed: false } | Asked::Absent | Asked::InVain => None,
        }
    }

    /// How long ago the oldest document with secrets was written, of those read since this was last asked.
    pub fn take_oldest(&self) -> Option<Duration> {
        self.state.borrow_mut().oldest.take()
    }

    /// What can be answered at once; takes a token if it cannot and the name is not known.
    fn without_asking(&self, name: &str, now: SystemTime) -> Option<Found> {
        let mut state = self.state.borrow_mut();
        if let Some(entry) = state.entries.get(name) {
            let fresh = within(FRESH, entry.confirmed, now);
            let tried = entry.failed.is_some_and(|at| within(RETRY, at, now));
            return (fresh || tried).then(|| entry.serve(now));
        }
        if state.unknown.has(name, now) {
            return Some(Found::Unknown);
        }
        if !state.bucket.take(now) {
            warn!(reason = "look_ups", "too many look-ups of endpoints that are not cached");
            return Some(Found::Unavailable);
        }
        None
    }

    fn known(&self, name: &str, now: SystemTime) -> Found {
        self.state.borrow().entries.get(name).map_or(Found::Unavailable, |entry| entry.serve(now))
    }

    async fn ask(&self, name: &str, documents: &impl EndpointDocuments, now: SystemTime) -> Asked {
        let read = read(name, documents).await;
        let mut state = self.state.borrow_mut();
        match read {
            Ok(Read { endpoint, digest, written }) => {
                // Certificates are no secrets; they have ends of their own.
                if endpoint.provider().certificates().is_none() {
                    let age = written.map(|written| now.duration_since(written).unwrap_or_default());
                    state.oldest = state.oldest.max(age);
                }
                let before = state.entries.get_mut(name);
                let refreshed = before.as_ref().and_then(|entry| entry.refreshed);
                if let Some(entry) = before
                    && entry.digest == digest
                {
                    entry.confirmed = now;
                    return Asked::Current { changed: false };
                }
                let endpoint = Rc::new(endpoint);
                let entry = Entry { endpoint, digest, confirmed: now, failed: None, refreshed };
                state.entries.insert(name.to_owned(), entry);
                Asked::Current { changed: true }
            }
            Err(Unread::Absent) => {
                if state.entries.remove(name).is_some() {
                    warn!(endpoint = name, "the endpoint document is gone");
                }
                state.unknown.remember(name, now);
                Asked::Absent
            }
            Err(Unread::InVain { reason, error }) => {
                error!(endpoint = name, reason, error, "no endpoint document");
                if let Some(entry) = state.entries.get_mut(name) {
                    entry.failed = Some(now);
                }
                Asked::InVain
            }
        }
    }
}

/// What was read.
struct Read {
    endpoint: Endpoint,
    digest: [u8; 32],
    written: Option<SystemTime>,
}

/// Why there is no endpoint.
enum Unread {
    /// It has no document.
    Absent,
    /// No answer, or one that cannot be used.
    InVain { reason: &'static str, error: String },
}

/// The endpoint as its document says now, with the certificates of its trust document if it needs one, and the
/// SHA-256 of both.
async fn read(name: &str, documents: &impl EndpointDocuments) -> Result<Read, Unread> {
    let unavailable =
        |error: anyhow::Error| Unread::InVain { reason: "unavailable", error: format!("{error:#}") };
    let invalid =
        |error: InvalidEndpoint| Unread::InVain { reason: "invalid_document", error: error.to_string() };
    let document = documents.fetch(name).await.map_err(|error| match error {
        FetchError::Absent => Unread::Absent,
        FetchError::Unavailable(error) => unavailable(error),
    })?;
    let mut sum = Context::new(&SHA256);
    sum.update(&document.bytes);
    let mut endpoint = Endpoint::parse(name, &document.bytes).map_err(invalid)?;
    if endpoint.lacks_trust() {
        let mode = match endpoint.mode() {
            Mode::Live => "live",
            Mode::Test => "test",
        };
        let trust = format!("{}-{mode}", endpoint.provider().name);
        let trust = documents.fetch_trust(&trust).await.map_err(|error| match error {
            // The provider is to send again what cannot be judged before somebody mends this.
            FetchError::Absent => {
                Unread::InVain { reason: "no_trust", error: format!("no trust document {trust}") }
            }
            FetchError::Unavailable(error) => unavailable(error),
        })?;
        sum.update(&trust);
        endpoint = endpoint.with_trust(&trust).map_err(invalid)?;
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(sum.finish().as_ref());
    Ok(Read { endpoint, digest, written: document.written })
}

impl Entry {
    fn serve(&self, now: SystemTime) -> Found {
        if within(STALE, self.confirmed, now) {
            Found::Endpoint(Rc::clone(&self.endpoint))
        } else {
            Found::Unavailable
        }
    }
}

/// Whether less than `span` has passed since `then`. A clock that went back has passed nothing.
fn within(span: Duration, then: SystemTime, now: SystemTime) -> bool {
    now.duration_since(then).map_or(true, |passed| passed < span)
}

#[cfg(test)]
mod tests;
