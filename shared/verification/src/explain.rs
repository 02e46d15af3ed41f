//! Tells what [`verify`](crate::verify) does with a delivery, step by step, and what to do when it refuses.

use std::time::SystemTime;

use crate::{
    Delivery, Endpoint, Identity, Rejection,
    scheme::Scheme,
    trail::{Trail, step},
    verify::judge,
};

mod advice;
mod variants;
pub(crate) mod words;

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
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use verification::{Delivery, Endpoint, Rejection, explain, sign};
///
/// let document = br#"{"provider": "github", "mode": "live", "account": "acme",
///     "secrets": [{"secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}]}"#;
/// let endpoint = Endpoint::parse("code", document)?;
/// let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
/// let headers = sign(&endpoint, "https://hooks.example.com/", "", b"{}", now)?;
///
/// let explanation = explain(&endpoint, &Delivery::new("https://hooks.example.com/", headers, b"{}\n".to_vec()), now);
/// assert_eq!(explanation.outcome, Err(Rejection::SignatureMismatch));
/// assert!(explanation.advice.unwrap().contains("without its last line feed"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn explain(endpoint: &Endpoint, delivery: &Delivery, now: SystemTime) -> Explanation {
    let mut trail = Trail::listening();
    let judged = judge(endpoint, delivery, now, &mut trail);
    let mut steps = trail.into_steps();
    if let Ok(parts) = &judged {
        let found = words::identity(parts);
        steps.push(Step { what: step::IDENTITY, found, outcome: StepOutcome::Ok });
    }
    // A body of several items repeats its steps: what was not reached is what no item came to.
    for what in plan(endpoint.scheme) {
        if !steps.iter().any(|step| step.what == what) {
            steps.push(Step { what, found: String::new(), outcome: StepOutcome::NotReached });
        }
    }
    let advice = judged.as_ref().err().map(|refusal| advice::advise(endpoint, delivery, now, *refusal));
    let (outcome, kid) = match judged {
        Ok(parts) => (Ok(parts.identity), parts.kid),
        Err(rejection) => (Err(rejection), None),
    };
    Explanation { steps, outcome, kid, advice }
}

/// The steps of a scheme in their order.
fn plan(scheme: &Scheme) -> Vec<&'static str> {
    match scheme {
        Scheme::Items(_) => {
            vec![step::ITEMS, step::ITEM, step::PLACE, step::CONTENT, step::KEYS, step::IDENTITY]
        }
        Scheme::Jwt(_) => vec![
            step::PLACE,
            step::SIGNATURES,
            step::ALGORITHM,
            step::KEY_ID,
            step::KEYS,
            step::TIME,
            step::BODY_DIGEST,
            step::IDENTITY,
        ],
        Scheme::Signed(signed) => {
            let mut plan = vec![step::PLACE, step::SIGNATURES];
            plan.extend(signed.timestamp.map(|_| step::TIME));
            plan.extend(signed.key_id.map(|_| step::KEY_ID));
            plan.extend(signed.signature.tag_at.map(|_| step::ALGORITHM));
            plan.push(step::CONTENT);
            plan.extend(signed.certificate.map(|_| step::CERTIFICATE));
            plan.extend([step::KEYS, step::IDENTITY]);
            plan
        }
    }
}
