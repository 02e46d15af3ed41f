//! What a check says.

use serde::Serialize;

use crate::signed::Refused;
use crate::table::{Cell, Tone};

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Something does not work, or is not safe.
    Error,
    /// Something will not work, or is not as it should be.
    Warning,
    /// It could not be looked at.
    NotChecked,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// For the table.
    pub(crate) fn cell(self) -> Cell {
        match self {
            Severity::Error => Cell::new(Tone::Bad, "error"),
            Severity::Warning => Cell::new(Tone::Strong, "warning"),
            Severity::NotChecked => Cell::new(Tone::Strong, "not checked"),
            Severity::Note => Cell::new(Tone::Faint, "note"),
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// How much it matters.
    pub(crate) severity: Severity,
    /// What is the case.
    pub(crate) what: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mend: Option<String>,
}

impl Finding {
    /// Something does not work, or is not safe.
    pub(crate) fn error(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Error, what: what.into(), mend: Some(mend.into()) }
    }

    /// Something will not work, or is not as it should be.
    pub(crate) fn warning(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, what: what.into(), mend: Some(mend.into()) }
    }

    /// Worth knowing.
    pub(crate) fn note(what: impl Into<String>) -> Self {
        Self { severity: Severity::Note, what: what.into(), mend: None }
    }

    /// It could not be looked at.
    pub(crate) fn not_checked(error: &anyhow::Error) -> Self {
        let what = format!("{error:#}");
        let refused = error.downcast_ref::<Refused>().is_some_and(Refused::denied);
        let mend = if refused || denied(&what) {
            "the action must be in your policy: docs/operate.md lists those that the doctor reads with"
        } else {
            "run it again; if it stays so, look at the service itself"
        };
        Self { severity: Severity::NotChecked, what, mend: Some(mend.to_owned()) }
    }
}

fn denied(what: &str) -> bool {
    ["AccessDenied", "UnauthorizedOperation", "not authorized", "NotAuthorized"]
        .iter()
        .any(|word| what.contains(word))
}
