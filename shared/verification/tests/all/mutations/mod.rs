//! What is derived from the valid vectors: nothing that was changed within a signature's coverage is accepted, and
//! nothing outside of it changes what is proven.

use verification::{
    Delivery, Endpoint, Identity, Provider, Verified,
    scheme::{Scheme, Slot},
    verify,
};

use crate::common::{self, Vector};

mod bodies;
mod headers;
mod keys;
mod signatures;

/// As many of a provider's vectors are changed bit by bit; all are changed otherwise.
const BITWISE: usize = 4;

/// The valid vectors of every provider, each with its place among them.
fn valid() -> impl Iterator<Item = (&'static Provider, usize, Vector)> {
    common::files().into_iter().flat_map(|file| {
        let provider = Provider::named(&file.provider).unwrap();
        let valid = file.vectors.into_iter().filter(|vector| vector.outcome().0 == "valid");
        valid.enumerate().map(move |(place, vector)| (provider, place, vector)).collect::<Vec<_>>()
    })
}

/// A request that can be changed.
#[derive(Clone)]
struct Request {
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn of(vector: &Vector) -> Self {
        Self { url: vector.url.clone(), headers: vector.headers.clone(), body: vector.body() }
    }

    fn verify(&self, endpoint: &Endpoint, now_ms: i64) -> Option<Verified> {
        let delivery = Delivery::new(self.url.clone(), self.headers.clone(), self.body.clone());
        verify(endpoint, delivery, common::at(now_ms)).ok()
    }

    /// The text in which the signatures stand, to be changed.
    fn signature_text(&self, provider: &Provider) -> Option<(Option<usize>, String)> {
        let at = match &provider.scheme {
            Scheme::Signed(signed) => signed.signature.at,
            Scheme::Jwt(jwt) => jwt.at,
            Scheme::Items(_) => Slot::Form("body"),
        };
        let Slot::Header(name) = at else {
            // A bar may be percent-encoded or not; without that, signatures are found beside it.
            return Some((None, String::from_utf8(self.body.clone()).ok()?.replace("%7C", "|")));
        };
        let name = name.trim_start_matches('*');
        let place = self.headers.iter().position(|(given, _)| given.to_ascii_lowercase().ends_with(name))?;
        Some((Some(place), self.headers[place].1.clone()))
    }

    fn with_signature_text(&self, place: Option<usize>, text: String) -> Self {
        let mut changed = self.clone();
        match place {
            Some(place) => changed.headers[place].1 = text,
            None => changed.body = text.into_bytes(),
        }
        changed
    }
}

/// The proven names of an event; they must not depend on what the signature does not cover.
fn proven(identity: &Identity) -> [Option<&str>; 3] {
    let Identity { event_type, occurred_at, proven, .. } = identity;
    [
        identity.id().filter(|_| proven.event_id),
        event_type.as_deref().filter(|_| proven.event_type),
        occurred_at.as_deref().filter(|_| proven.occurred_at),
    ]
}

fn assert_same_proof(before: &Verified, after: &Verified, what: &str) {
    assert_eq!(proven(before.identity()), proven(after.identity()), "{what}");
    let all = |verified: &Verified| {
        verified.events().iter().map(|e| format!("{:?}", proven(e))).collect::<Vec<_>>()
    };
    assert_eq!(all(before), all(after), "{what}");
}
