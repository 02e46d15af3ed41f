//! Processes of ours: commands whose output goes to a log, and telling one process from a later one of its number.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::problem::Problem;

/// Lines of a log that are shown when a command failed.
const LAST_LINES: usize = 20;

/// Runs a command to its end; its output goes to `log`. If it fails, the error shows the end of it.
pub(crate) fn run(command: &mut Command, what: &str, log: &Path) -> anyhow::Result<()> {
    let file = File::create(log).with_context(|| format!("write {}", log.display()))?;
    let errors = file.try_clone().context("write a log")?;
    let status = command.stdin(Stdio::null()).stdout(file).stderr(errors).status();
    let status = status.with_context(|| format!("run {}", command.get_program().display()))?;
    if status.success() {
        return Ok(());
    }
    Err(Problem::failed(format!("{what} failed ({status})")).advice(last_lines(log)).into())
}

/// The end of a log, and where the rest is.
pub(crate) fn last_lines(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>();
    let last = lines.iter().skip(lines.len().saturating_sub(LAST_LINES)).copied();
    let whole = format!("all of it: {}", log.display());
    last.chain([whole.as_str()]).collect::<Vec<_>>().join("\n")
}

/// What a process is, besides its number: its command and when it was started. `None` if there is none.
pub(crate) fn identity(pid: i32) -> Option<String> {
    if !Path::new("/proc/self/stat").exists() {
        return identity_by_ps(pid);
    }
    let command =
        fs::read_to_string(format!("/proc/{pid}/cmdline")).ok().filter(|command| !command.is_empty())?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces; the start is the 20th field after it.
    let started = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.to_owned();
    Some(format!("{started} {}", command.trim_end_matches('\0').replace('\0', " ")))
}

/// On a system without `/proc`.
fn identity_by_ps(pid: i32) -> Option<String> {
    let answer = Command::new("ps").args(["-o", "lstart=,command=", "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    (answer.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_one_identity_and_another_one_another() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(identity(own).is_some());
        assert_eq!(identity(own), identity(own));
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        // For a moment after it was started, a process has no command line yet.
        let command = std::iter::repeat_with(|| identity(pid)).flatten().next().unwrap();
        assert!(command.ends_with("sleep 60"), "{command}");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(identity(pid), None);
    }

    #[test]
    fn a_failure_shows_the_end_of_the_log() {
        let log = std::env::temp_dir().join(format!("tollgate-log-{}", std::process::id()));
        let mut command = Command::new("sh");
        let error =
            run(command.args(["-c", "seq 100; echo broken >&2; exit 3"]), "the test", &log).unwrap_err();
        let (exit, advice) = crate::problem::exit(&error);
        let advice = advice.unwrap();
        assert_eq!(exit, 1);
        assert!(
            advice.contains("\nbroken\n") && advice.contains("\n100\n") && !advice.contains("\n50\n"),
            "{advice}"
        );
        fs::remove_file(log).unwrap();
    }
}
