//! What a command prints: results on standard output, progress and errors on standard error.

use std::env;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use crate::problem;
use crate::table::Table;

/// What a shell reports of a process that ended because nobody reads: 128 and the number of SIGPIPE.
const BROKEN_PIPE: u8 = 141;

/// How this process prints.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    colours: bool,
}

#[expect(clippy::unused_self, reason = "whatever is printed goes through one value")]
impl Output {
    /// Colours only for a person at a terminal, who did not ask for none (<https://no-color.org>).
    pub(crate) fn of_process(json: bool) -> Self {
        let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { json, colours: wanted && !json && io::stdout().is_terminal() }
    }

    /// Whether a script reads it.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// A line of the result, for a person.
    pub(crate) fn line(&self, line: impl AsRef<str>) -> anyhow::Result<()> {
        Ok(writeln!(io::stdout(), "{}", line.as_ref())?)
    }

    /// A table of the result, for a person.
    pub(crate) fn table(&self, table: &Table) -> anyhow::Result<()> {
        Ok(write!(io::stdout(), "{}", table.render(self.colours))?)
    }

    /// What a command is about to do, for the person who is asked.
    pub(crate) fn plan(&self, plan: &Table) {
        let _ = write!(io::stderr(), "{}", plan.render(false));
    }

    /// The result, for a script: one JSON document.
    pub(crate) fn document(&self, result: &impl Serialize) -> anyhow::Result<()> {
        self.line(serde_json::to_string_pretty(result)?)
    }

    /// What is going on, for the person who waits.
    pub(crate) fn progress(&self, line: impl AsRef<str>) {
        // Nobody has to read along.
        let _ = writeln!(io::stderr(), "{}", line.as_ref());
    }

    /// Says why a command failed, and what to do next.
    pub(crate) fn fail(&self, error: &anyhow::Error) -> ExitCode {
        // A reader that has seen enough, as `head` has, needs no words; but what was left undone is no success.
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            return ExitCode::from(BROKEN_PIPE);
        }
        let (exit, advice) = problem::exit(error);
        self.progress(format!("error: {error:#}"));
        if let Some(advice) = advice {
            for line in advice.lines() {
                self.progress(format!("  {line}"));
            }
        }
        ExitCode::from(exit)
    }
}
