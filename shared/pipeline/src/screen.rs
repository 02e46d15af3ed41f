//! From a verified delivery to one that may be stored.
//!
//! The rule: a body is kept if all of it can be read, as JSON, a form or XML, with what must not be stored replaced and every
//! other byte as it came; anything else is withheld, because what it holds cannot be told. What must not be stored is
//! found in two ways: by the name of a member (`common`, and `providers` with the documentation of each), and by what a
//! value looks like (`card`, `text`), decoded, so that escapes hide nothing. A value that is JSON or XML itself is
//! opened; one that cannot be read, or is a form, is replaced whole if it holds anything. Braintree's XML in base64 is
//! decoded, screened and encoded again. Paths of identity and facts are kept as they are, and hits on them are counted.
//!
//! To add a provider, add a row to `providers`; to add a format, a module like `json`.

mod card;
mod class;
mod common;
mod findings;
mod form;
mod json;
mod judge;
mod marks;
mod patch;
mod path;
mod providers;
mod rules;
mod text;
mod unread;
mod xml;

use tracing::debug;
use verification::{Identity, Provider, Verified, VerifiedParts};

pub use class::{DataClass, Policy};

use crate::{Arrival, Envelope, Redaction, Replay, Withheld};
use findings::Findings;
use judge::Judge;
use providers::Row;

/// The largest body that travels, in bytes: sealed and in base64 it fits a queue's 1 MiB even when it does not compress.
pub const BODY_LIMIT: usize = 720 * 1024;

/// Longest part of an identity, in bytes. A ledger key has room for less.
const IDENTITY_LIMIT: usize = 512;
/// Longest account that is kept, in characters: it is there to be recognised.
const ACCOUNT_LIMIT: usize = 128;
/// Longest trace id, in bytes.
const TRACE_ID_LIMIT: usize = 256;

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// A delivery that holds nothing that must not be stored. [`screen`] and [`screen_by`] make one, and a segment of the
/// archive that was proven gives back what was one.
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

    /// The same, marked as sent again.
    pub(crate) fn replayed(mut self, how: Replay) -> Self {
        self.envelope.replay = Some(how);
        self
    }

    /// One that was never a delivery, to test what comes after screening.
    #[cfg(test)]
    pub(crate) fn sample(envelope: Envelope, body: Option<Vec<u8>>) -> Self {
        Self { envelope, body }
    }
}

/// Replaces what must never be stored, by the policy `strict`. See [`screen_by`].
pub fn screen(verified: Verified, arrival: Arrival) -> Screened {
    screen_by(Policy::Strict, verified, arrival)
}

/// Replaces what a policy says. Never fails: a body that cannot be screened is withheld, with its length and the
/// reason: `invalid_utf8`, `invalid_json` (also what is no format at all), `invalid_form`, `invalid_xml`,
/// `duplicate_key`, `too_deep`, `too_large`, or `identity_too_long`.
pub fn screen_by(policy: Policy, verified: Verified, arrival: Arrival) -> Screened {
    let parts = verified.into_parts();
    let wrong_mode = parts.observed_mode.is_some_and(|observed| observed != parts.mode);
    let stated = parts.observed_account.filter(|_| parts.wrong_account);
    let wrong_account = stated.map(|account| account.chars().take(ACCOUNT_LIMIT).collect());
    let VerifiedParts { endpoint, provider, mode, account, coverage, identity, body, kid, .. } = parts;
    let length = body.len() as u64;

    let (identity, screened) = match bounded(identity) {
        Some(identity) => (identity, rewrite(policy, provider, &parts.identity_paths, body)),
        None => (Identity::default(), Err("identity_too_long")),
    };
    let (found, body, withheld) = match screened {
        Ok((found, body)) => (found, Some(body), None),
        Err(reason) => (Findings::default(), None, Some(Withheld { reason: reason.to_owned(), length })),
    };
    if found.exempted > 0 {
        debug!(provider = provider.name, count = found.exempted, "hits on paths of identity and facts");
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
        replay: None,
    };
    Screened { envelope, body }
}

/// What screening makes of a body, and what it replaced; or the reason why it would be withheld. To try a policy on
/// text that is no delivery: nothing comes of it that a queue would take.
///
/// ```
/// use pipeline::{Policy, screened_body};
/// use verification::Provider;
///
/// let stripe = Provider::named("stripe").ok_or("no such provider")?;
/// let body = br#"{"id": "evt_1", "data": {"object": {"receipt_email": "jane@example.com"}}}"#;
/// let (body, redactions) = screened_body(Policy::Strict, stripe, body.to_vec())?;
/// assert_eq!(body, br#"{"id": "evt_1", "data": {"object": {"receipt_email": "[email]"}}}"#);
/// assert_eq!(redactions[0].path, "/data/object/receipt_email");
/// # Ok::<(), &'static str>(())
/// ```
pub fn screened_body(
    policy: Policy,
    provider: &Provider,
    body: Vec<u8>,
) -> Result<(Vec<u8>, Vec<Redaction>), &'static str> {
    let (found, body) = rewrite(policy, provider, provider.identity_paths(), body)?;
    Ok((body, found.redactions))
}

/// Why a text could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Json,
    Form,
    Xml,
    Utf8,
    DuplicateKey,
    TooDeep,
}

impl Fault {
    fn reason(self) -> &'static str {
        match self {
            Self::Json => "invalid_json",
            Self::Form => "invalid_form",
            Self::Xml => "invalid_xml",
            Self::Utf8 => "invalid_utf8",
            Self::DuplicateKey => "duplicate_key",
            Self::TooDeep => "too_deep",
        }
    }
}

/// The body as it may be stored, or why there is none. `identity` are JSON pointers; `*` stands for any index.
fn rewrite(
    policy: Policy,
    provider: &Provider,
    identity: &[&str],
    body: Vec<u8>,
) -> Result<(Findings, Vec<u8>), &'static str> {
    if body.is_empty() {
        return Ok((Findings::default(), body));
    }
    let text = std::str::from_utf8(&body).map_err(|_| Fault::Utf8.reason())?;
    let mut judge = Judge::new(policy, Row::named(provider.name), identity);
    let rewritten = match text.trim_ascii_start().bytes().next() {
        Some(b'<') => xml::screen(text, &mut judge),
        Some(b'{' | b'[' | b'"') => json::screen(text, &mut judge),
        _ if provider.sends(FORM) => form::screen(text, &mut judge),
        _ => json::screen(text, &mut judge),
    };
    let found = judge.found;
    let body = rewritten.map_err(Fault::reason)?.unwrap_or(body);
    // After the rewriting, since a replacement can be longer than what it replaces.
    if body.len() > BODY_LIMIT {
        return Err("too_large");
    }
    Ok((found, body))
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
