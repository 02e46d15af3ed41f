//! What a function is told by its environment.

use anyhow::Context;

/// The variable `name`, which the template sets. The error names it.
pub fn env(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("the environment variable {name} is not set"))
}
