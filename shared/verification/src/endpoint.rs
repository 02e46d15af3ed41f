//! One endpoint document: a provider, its signing secrets and its settings.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Provider;

/// Whether an endpoint takes live or test events.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Real money.
    Live,
    /// Sandbox and test events.
    Test,
}

/// One parsed endpoint document.
pub struct Endpoint {
    name: String,
    provider: &'static Provider,
    mode: Mode,
    account: String,
}

/// Why an endpoint document was refused: which field, and what was expected; never a value.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidEndpoint(String);

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidEndpoint {}

impl Endpoint {
    /// Reads the endpoint document of the endpoint `name`.
    pub fn parse(name: &str, document: &[u8]) -> Result<Self, InvalidEndpoint> {
        let _ = (name, document);
        todo!()
    }

    /// The endpoint's name, `[a-z0-9-]{1,64}`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who sends to it.
    pub fn provider(&self) -> &'static Provider {
        self.provider
    }

    /// Live or test.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Our account at the provider, as the document names it.
    pub fn account(&self) -> &str {
        &self.account
    }
}

/// Whether `name` can be an endpoint's: `[a-z0-9-]{1,64}`.
pub fn valid_endpoint_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
