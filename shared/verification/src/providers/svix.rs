use super::{
    prelude::*,
    standardwebhooks::{PROVIDER, SIGNED},
};

/// Svix: Standard Webhooks under its own header names; its libraries take either set.
/// See <https://docs.svix.com/receiving/verifying-payloads/how-manual>.
pub(crate) const SVIX: Provider = Provider {
    name: "svix",
    title: "Svix",
    page: "https://docs.svix.com/receiving/verifying-payloads/how-manual",
    scheme: Scheme::Signed(Signed { header_prefixes: &["svix-", "webhook-"], ..SIGNED }),
    ..PROVIDER
};
