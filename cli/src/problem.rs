//! What a person can act on: a message, what to do next, and the exit code that a script sees.

use std::fmt;

/// An error with its exit code and advice. Anything else that fails is exit code 1 without advice.
#[derive(Debug)]
pub(crate) struct Problem {
    message: String,
    advice: Option<String>,
    exit: u8,
}

impl Problem {
    /// It did not work: exit code 1.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None, exit: 1 }
    }

    /// It was asked for wrongly: exit code 2, as clap's own.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None, exit: 2 }
    }

    /// It is not there: exit code 3.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None, exit: 3 }
    }

    /// A delivery would be refused: exit code 4.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None, exit: 4 }
    }

    /// What was checked is not as it should be: exit code 4.
    pub(crate) fn not_intact(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None, exit: 4 }
    }

    /// There was nothing to change: exit code 5.
    pub(crate) fn unchanged(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None, exit: 5 }
    }

    /// Says what to do next.
    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// The exit code of an error and its advice.
pub(crate) fn exit(error: &anyhow::Error) -> (u8, Option<&str>) {
    match error.chain().find_map(|cause| cause.downcast_ref::<Problem>()) {
        Some(problem) => (problem.exit, problem.advice.as_deref()),
        None => (1, None),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_exit_code_and_the_advice_survive_added_context() {
        let error = Err::<(), _>(Problem::not_found("no such event").advice("try another"))
            .context("show it")
            .unwrap_err();
        assert_eq!(exit(&error), (3, Some("try another")));
    }

    #[test]
    fn any_other_error_is_a_failure() {
        assert_eq!(exit(&anyhow::anyhow!("broken")), (1, None));
    }
}
