//! Proves that a webhook delivery came from its provider.
//!
//! A [`Delivery`] is believed in nothing. [`verify`] takes it with an [`Endpoint`] (one parsed endpoint
//! document) and the time, and gives back [`Verified`] or the [`Rejection`] with its reason. A provider is one
//! value in one table ([`Provider`]): where its signature stands, what is signed, by which digest and key, and
//! where the event's identity is found. To add one, write a file in `providers/`, list it there, and add its
//! vectors. Nothing here reads a clock, a file, the environment or the network.

mod candidates;
mod certificate;
mod coverage;
mod custom;
mod decode;
mod delivery;
mod der;
mod document;
mod endpoint;
mod example;
mod explain;
mod form;
mod generate;
mod handshake;
mod identity;
mod instant;
mod items;
mod json;
mod jwt;
mod kept;
mod keys;
mod message;
mod page;
mod provider;
mod providers;
mod rejection;
pub mod scheme;
mod secret;
mod settings;
mod sign;
mod sign_body;
mod signed;
mod signer;
mod signing_key;
mod trail;
mod url;
mod verify;
mod xml;

pub use certificate::{Certified, certified};
pub use coverage::{Coverage, coverage_of};
pub use delivery::Delivery;
pub use document::InvalidEndpoint;
pub use endpoint::{Endpoint, Mode, valid_endpoint_name};
pub use explain::{Explanation, Step, StepOutcome, explain};
pub use form::percent_decode;
pub use generate::{Generated, generate};
pub use handshake::handshake;
pub use identity::{Identity, Names, Place, Proven};
pub use page::providers_page;
pub use provider::{Answer, Challenge, Events, Greeting, Provider};
pub use rejection::Rejection;
pub use secret::Secret;
pub use sign::{Unsignable, sign, sign_with};
pub use sign_body::sign_body;
pub use signing_key::SigningKey;
pub use verify::{Handshake, Verified, VerifiedParts, prove, verify};
