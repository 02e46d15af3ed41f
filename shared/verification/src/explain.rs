//! Tells what [`verify`](crate::verify) does with a delivery, step by step, and what to do when it refuses.

use std::time::SystemTime;

use crate::{Delivery, Endpoint, Identity, Rejection, verify::judge};

/// What became of a delivery, and why. It holds no secret and no signature: neither a right nor a received one.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The verifier's steps in the order in which it works.
    pub steps: Vec<Step>,
    /// Who the event is, or why the delivery was refused: exactly what `verify` says.
    pub outcome: Result<Identity, Rejection>,
    /// The name of the key that fitted, if the endpoint document names it.
    pub kid: Option<String>,
    /// What to do about the refusal, in one sentence.
    pub advice: Option<String>,
}

/// One step of the verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was looked at.
    pub what: &'static str,
    /// What was found, in words.
    pub found: String,
    /// What came of it.
    pub outcome: StepOutcome,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// It held.
    Ok,
    /// It is why the delivery was refused.
    Failed,
    /// The delivery was refused before.
    NotReached,
}

/// Verifies as [`verify`](crate::verify) does, and tells how.
pub fn explain(endpoint: &Endpoint, delivery: &Delivery, now: SystemTime) -> Explanation {
    let judged = judge(endpoint, delivery, now);
    let (outcome, kid) = match judged {
        Ok(parts) => (Ok(parts.identity), parts.kid),
        Err(rejection) => (Err(rejection), None),
    };
    Explanation { steps: Vec::new(), outcome, kid, advice: None }
}
