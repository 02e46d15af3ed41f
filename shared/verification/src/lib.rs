//! Proves that a webhook delivery came from its provider.
//!
//! A [`Delivery`] is believed in nothing. [`verify`] takes it with an [`Endpoint`] (one parsed endpoint
//! document) and the time, and gives back [`Verified`] or the [`Rejection`] with its reason. A provider is one
//! value in one table ([`Provider`]): where its signature stands, what is signed, by which digest and key, and
//! where the event's identity is found. To add one, write a file in `providers/`, list it there, and add its
//! vectors. Nothing here reads a clock, a file, the environment or the network.

mod delivery;
mod endpoint;
mod identity;
mod provider;
mod rejection;
mod secret;
mod sign;
mod verify;

pub use delivery::Delivery;
pub use endpoint::{Endpoint, InvalidEndpoint, Mode, valid_endpoint_name};
pub use identity::Identity;
pub use provider::{Answer, Provider};
pub use rejection::Rejection;
pub use secret::Secret;
pub use sign::{Unsignable, sign};
pub use verify::{Coverage, Handshake, Verified, VerifiedParts, verify};
