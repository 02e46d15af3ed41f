//! What a person is asked at the terminal. Never on standard input, which may hold a secret or a body.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Write as _};

use anyhow::Context as _;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::problem::Problem;

/// Asks whether to go on, unless `yes` says so already. Without a person at a terminal it is refused.
pub(crate) fn confirm(yes: bool, question: &str) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    let Some(mut terminal) = terminal() else {
        return Err(Problem::failed("not done: there is no one to ask")
            .advice("look at the plan above, then say --yes")
            .into());
    };
    write!(terminal, "{question} [y/N] ").context("ask at the terminal")?;
    let mut answer = String::new();
    BufReader::new(terminal).read_line(&mut answer).context("read the answer")?;
    if agrees(&answer) {
        return Ok(());
    }
    Err(Problem::failed("not done: you said no").into())
}

/// A line that is not shown while it is typed; `None` if there is no terminal.
pub(crate) fn hidden_line(question: &str) -> anyhow::Result<Option<Zeroizing<String>>> {
    let Some(mut terminal) = terminal() else { return Ok(None) };
    write!(terminal, "{question}").context("ask at the terminal")?;
    let shown = tcgetattr(&terminal).context("ask the terminal for its modes")?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    let mut line = Zeroizing::new(String::new());
    tcsetattr(&terminal, OptionalActions::Flush, &hidden).context("hide what is typed")?;
    let read = BufReader::new(&terminal).read_line(&mut line);
    tcsetattr(&terminal, OptionalActions::Flush, &shown).context("show what is typed again")?;
    writeln!(terminal).context("ask at the terminal")?;
    read.context("read from the terminal")?;
    Ok(Some(line))
}

fn agrees(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str())
}

/// The terminal of a person who can see what is asked.
fn terminal() -> Option<File> {
    if !io::stderr().is_terminal() {
        return None;
    }
    OpenOptions::new().read(true).write(true).open("/dev/tty").ok()
}

#[cfg(test)]
mod tests {
    use super::agrees;

    #[test]
    fn only_a_plain_yes_agrees() {
        for yes in ["y", "yes", "Y\n", " YES \n"] {
            assert!(agrees(yes), "{yes}");
        }
        for no in ["", "\n", "n", "no", "yep", "y n", "ja"] {
            assert!(!agrees(no), "{no}");
        }
    }
}
