//! From a verified delivery to one that may be stored.
//!
//! The rule: a body is kept if it is empty or one JSON text, with card numbers replaced and every other byte as it came;
//! anything else is withheld, because what it holds cannot be told. A card number is looked for in whole values
//! and whole keys, decoded, so that escapes hide nothing. Paths that the provider names as identity or fact are kept
//! as they are, and hits on them are counted.

mod card;
mod json;

use tracing::debug;
use verification::{Identity, Verified, VerifiedParts};

use crate::{Arrival, Envelope, Redaction, Withheld};
use json::{Fault, Scalar, Step};

/// The largest body that travels, in bytes: sealed and in base64 it fits a queue's 1 MiB even when it does not compress.
pub const BODY_LIMIT: usize = 720 * 1024;

/// The class of a replaced card number.
const CARD_NUMBER: &str = "card_number";
/// The string that stands in its place, also where a number stood.
const CARD_NUMBER_REPLACEMENT: &str = "[card-number]";

/// Longest part of an identity, in bytes. A ledger key has room for less.
const IDENTITY_LIMIT: usize = 512;
/// Longest account that is kept, in characters: it is there to be recognised.
const ACCOUNT_LIMIT: usize = 128;
/// Longest path of a redaction, in bytes.
const PATH_LIMIT: usize = 256;
/// Room for all redactions of a delivery, in bytes of JSON. More are counted only.
const REDACTIONS_LIMIT: usize = 12 * 1024;
/// Longest trace id, in bytes.
const TRACE_ID_LIMIT: usize = 256;

/// A delivery that holds nothing that must not be stored. [`screen`] makes one, and a segment of the archive that was
/// proven gives back what was one.
pub struct Screened {
    envelope: Envelope,
    body: Option<Vec<u8>>,
}

impl Screened {
    /// What is known of the delivery.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The screened body; none if it was withheld.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// What was screened before it was archived. Only proof of its segment may make one.
    pub(crate) fn of_proven(envelope: Envelope, body: Option<Vec<u8>>) -> Self {
        Self { envelope, body }
    }

    /// One that was never a delivery, to test what comes after screening.
    #[cfg(test)]
    pub(crate) fn sample(envelope: Envelope, body: Option<Vec<u8>>) -> Self {
        Self { envelope, body }
    }
}

/// Replaces what must never be stored. Never fails: a body that cannot be screened is withheld, with its length and the
/// reason: `invalid_utf8`, `invalid_json` (also what is no JSON at all), `duplicate_key`, `too_deep`, `too_large`,
/// or `identity_too_long`.
pub fn screen(verified: Verified, arrival: Arrival) -> Screened {
    let parts = verified.into_parts();
    let wrong_mode = parts.observed_mode.is_some_and(|observed| observed != parts.mode);
    let stated = parts.observed_account.filter(|_| parts.wrong_account);
    let wrong_account = stated.map(|account| account.chars().take(ACCOUNT_LIMIT).collect());
    let VerifiedParts { endpoint, provider, mode, account, coverage, identity, body, kid, .. } = parts;
    let length = body.len() as u64;

    let (identity, screened) = match bounded(identity) {
        Some(identity) => (identity, screen_body(body, &parts.identity_paths)),
        None => (Identity::default(), Err("identity_too_long")),
    };
    let (found, body, withheld) = match screened {
        Ok((found, body)) => (found, Some(body), None),
        Err(reason) => (Findings::default(), None, Some(Withheld { reason: reason.to_owned(), length })),
    };
    if found.exempted > 0 {
        debug!(provider = provider.name, count = found.exempted, "card numbers on paths of identity");
    }
    let envelope = Envelope {
        delivery_id: arrival.delivery_id,
        received_at_ms: arrival.received_at_ms,
        trace_id: arrival.trace_id.filter(|id| fit_for_attribute(id)),
        endpoint,
        provider: provider.name.to_owned(),
        mode,
        account,
        coverage,
        identity,
        kid,
        wrong_mode,
        wrong_account,
        redactions: found.redactions,
        more_redactions: found.more_redactions,
        exempted: found.exempted,
        withheld,
    };
    Screened { envelope, body }
}

/// What was found in a body.
#[derive(Debug, Default, PartialEq)]
struct Findings {
    redactions: Vec<Redaction>,
    /// What `redactions` takes, in bytes of JSON.
    recorded: usize,
    more_redactions: u32,
    exempted: u32,
}

impl Findings {
    fn record(&mut self, redaction: Redaction) {
        let size = serde_json::to_vec(&redaction).map_or(REDACTIONS_LIMIT, |json| json.len() + 1);
        if self.recorded + size > REDACTIONS_LIMIT {
            self.more_redactions += 1;
        } else {
            self.recorded += size;
            self.redactions.push(redaction);
        }
    }
}

/// The body as it may be stored, or why there is none. `exempt` are JSON pointers; `*` stands for any index.
fn screen_body(body: Vec<u8>, exempt: &[&str]) -> Result<(Findings, Vec<u8>), &'static str> {
    let mut found = Findings::default();
    if body.is_empty() {
        return Ok((found, body));
    }
    let text = std::str::from_utf8(&body).map_err(|_| "invalid_utf8")?;
    let rewritten = json::rewrite(text, |path, scalar| {
        let (is_card, is_key) = match scalar {
            Scalar::Key(text) => (card::in_text(text), true),
            Scalar::String(text) => (card::in_text(text), false),
            Scalar::Number(text) => (card::in_number(text), false),
        };
        if !is_card {
            return None;
        }
        if !is_key && exempt.iter().any(|pattern| names(pattern, path)) {
            found.exempted += 1;
            return None;
        }
        let mut path = pointer(path);
        if is_key {
            path = path + "/" + CARD_NUMBER_REPLACEMENT;
        }
        found.record(Redaction { path: cut(path), class: CARD_NUMBER.to_owned() });
        Some(CARD_NUMBER_REPLACEMENT)
    })
    .map_err(|fault| match fault {
        Fault::Invalid => "invalid_json",
        Fault::DuplicateKey => "duplicate_key",
        Fault::TooDeep => "too_deep",
    })?;
    let body = rewritten.unwrap_or(body);
    // After the rewriting, since a replacement can be longer than what it replaces.
    if body.len() > BODY_LIMIT {
        return Err("too_large");
    }
    Ok((found, body))
}

/// Whether the JSON pointer `pattern`, in which `*` stands for any index, names the place at `path`.
fn names(pattern: &str, path: &[Step<'_>]) -> bool {
    let mut segments = pattern.split('/').skip(1);
    path.iter().all(|step| {
        segments.next().is_some_and(|segment| match step {
            Step::Array { index } => segment == "*" || segment == index.to_string(),
            Step::Object { key, .. } => segment != "*" && escaped(key).eq(segment.chars()),
        })
    }) && segments.next().is_none()
}

/// RFC 6901, with no more of it than is kept: a body can have a long key around many card numbers.
fn pointer(path: &[Step<'_>]) -> String {
    let mut pointer = String::new();
    for step in path {
        if pointer.len() > PATH_LIMIT {
            break;
        }
        pointer.push('/');
        match step {
            Step::Array { index } => pointer.push_str(&index.to_string()),
            Step::Object { key, .. } => pointer.extend(escaped(key).take(PATH_LIMIT)),
        }
    }
    pointer
}

fn escaped(key: &str) -> impl Iterator<Item = char> {
    key.chars().flat_map(|c| {
        let (first, second) = match c {
            '~' => ('~', Some('0')),
            '/' => ('~', Some('1')),
            c => (c, None),
        };
        std::iter::once(first).chain(second)
    })
}

fn cut(mut path: String) -> String {
    if path.len() > PATH_LIMIT {
        path.truncate(path.floor_char_boundary(PATH_LIMIT - '…'.len_utf8()));
        path.push('…');
    }
    path
}

/// The identity, if every part of it has a sensible length: an id that is cut would be another id.
fn bounded(identity: Identity) -> Option<Identity> {
    let Identity { event_id, event_type, occurred_at, derived_id, proof_id, .. } = &identity;
    let parts = [event_id, event_type, occurred_at, derived_id, proof_id];
    let fits = parts.into_iter().flatten().all(|part| part.len() <= IDENTITY_LIMIT);
    fits.then_some(identity)
}

/// A trace id comes partly from the sender; it becomes a message attribute.
fn fit_for_attribute(trace_id: &str) -> bool {
    (1..=TRACE_ID_LIMIT).contains(&trace_id.len()) && trace_id.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
