//! The table of providers: one file, one value each.

mod standardwebhooks;
mod stripe;
mod svix;

use crate::Provider;

/// All providers, in the order of the documentation.
pub(crate) static ALL: [Provider; 3] = [stripe::STRIPE, standardwebhooks::STANDARD_WEBHOOKS, svix::SVIX];

/// What a provider's file needs.
mod prelude {
    pub(super) use crate::{
        Answer, Coverage, Provider,
        identity::{Names, Place, json, named},
        provider::JSON,
        scheme::{
            Algorithm, Encoding, Field, Key, KeyEncoding, Method, Part, Scheme, Signature, Signed, Timestamp,
            Unit, header, tagged, text,
        },
    };
}
