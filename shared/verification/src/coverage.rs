//! What a signature proves, and which names of an event it covers.

use serde::{Deserialize, Serialize};

use crate::{
    identity::{Names, Place, Proven},
    scheme::{Part, Scheme, Slot},
};

/// What a signature proves.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// Every byte of the body.
    Body,
    /// Named fields only.
    Fields,
    /// Nothing but the sender.
    Sender,
}

/// What the scheme's signature covers. PayPal's CRC-32 of the body covers nothing: another body with the same is made
/// in a moment.
pub fn coverage_of(scheme: &Scheme) -> Coverage {
    match scheme {
        Scheme::Items(_) => Coverage::Fields,
        Scheme::Jwt(_) => Coverage::Body,
        Scheme::Signed(signed) => {
            let body = |part: &Part| {
                matches!(part, Part::Body | Part::FormOrDigest(_) | Part::Base64Text(Slot::Form(_)))
            };
            let field = |part: &Part| matches!(part.slot(), Some(Slot::Query(_) | Slot::QueryLower(_)));
            // Every content that is taken must cover it.
            let all =
                |covers: &dyn Fn(&Part) -> bool| signed.contents().all(|parts| parts.iter().any(covers));
            if all(&body) {
                Coverage::Body
            } else if all(&field) {
                Coverage::Fields
            } else {
                Coverage::Sender
            }
        }
    }
}

/// Which names the signature covers.
pub(crate) fn proven(scheme: &Scheme, coverage: Coverage, names: &Names) -> Proven {
    let covers =
        |places: &[Place]| !places.is_empty() && places.iter().all(|place| covers(scheme, coverage, place));
    Proven {
        event_id: if names.event_id.is_empty() { covers(names.derived_id) } else { covers(names.event_id) },
        event_type: covers(names.event_type),
        occurred_at: covers(names.occurred_at),
    }
}

fn covers(scheme: &Scheme, coverage: Coverage, place: &Place) -> bool {
    match (scheme, place) {
        (Scheme::Items(items), place) => {
            let pointers = place.pointers();
            !pointers.is_empty() && pointers.iter().all(|pointer| items.signed.contains(pointer))
        }
        (Scheme::Signed(signed), Place::Header(name) | Place::HeaderBesideJson(name)) => {
            signed.contents().all(|parts| parts.iter().any(|part| part.header() == Some(name)))
        }
        (Scheme::Signed(signed), Place::Query(name)) => signed.contents().all(|parts| {
            let is_it = |slot| slot == Slot::Query(name) || slot == Slot::QueryLower(name);
            parts.iter().any(|part| part.slot().is_some_and(is_it))
        }),
        (Scheme::Jwt(_), Place::Header(_) | Place::HeaderBesideJson(_) | Place::Query(_)) => false,
        _ => coverage == Coverage::Body,
    }
}
