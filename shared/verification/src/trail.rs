//! What the verifier tells of its work, if somebody listens. It has no part in what is decided.

use crate::{Rejection, Step, StepOutcome};

/// The steps of a verifier.
pub(crate) mod step {
    pub(crate) const PLACE: &str = "where the signature stands";
    pub(crate) const SIGNATURES: &str = "signatures";
    pub(crate) const TIME: &str = "signed time";
    pub(crate) const KEY_ID: &str = "key id";
    pub(crate) const ALGORITHM: &str = "algorithm";
    pub(crate) const CONTENT: &str = "signed content";
    pub(crate) const CERTIFICATE: &str = "certificate";
    pub(crate) const KEYS: &str = "keys";
    pub(crate) const BODY_DIGEST: &str = "digest of the body";
    pub(crate) const ITEMS: &str = "items of the body";
    pub(crate) const ITEM: &str = "item";
    pub(crate) const IDENTITY: &str = "identity";
}

/// The steps so far, or nothing if nobody listens: then no word is made.
pub(crate) struct Trail(Option<Vec<Step>>);

impl Trail {
    pub(crate) fn silent() -> Self {
        Self(None)
    }

    pub(crate) fn listening() -> Self {
        Self(Some(Vec::new()))
    }

    /// Passes on what was judged, and notes it with what was found.
    pub(crate) fn step<T>(
        &mut self,
        what: &'static str,
        judged: Result<T, Rejection>,
        found: impl FnOnce() -> String,
    ) -> Result<T, Rejection> {
        if let Some(steps) = &mut self.0 {
            let outcome = if judged.is_ok() { StepOutcome::Ok } else { StepOutcome::Failed };
            steps.push(Step { what, found: found(), outcome });
        }
        judged
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.0.unwrap_or_default()
    }
}
