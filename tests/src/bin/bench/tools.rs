//! What valgrind and strace say, where they are installed.

use std::process::{Command, Stdio};

use anyhow::Context;

use crate::{
    cloud::Cloud,
    events::Work,
    function::{Binary, Running},
};

/// Instructions of a process in user space, as callgrind counts them.
#[derive(Clone, Copy)]
pub(crate) struct Instructions {
    /// Until it asked for its first event.
    pub(crate) ready: u64,
    /// Of one delivery, warm.
    pub(crate) delivery: u64,
}

/// Counts instructions; nothing if valgrind is not installed.
pub(crate) fn instructions(
    binary: &Binary,
    cloud: &Cloud,
    work: &Work,
) -> anyhow::Result<Option<Instructions>> {
    if !is_installed("valgrind") {
        return Ok(None);
    }
    let run = |events: usize| {
        let tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
        let job = work.of(binary.name)?;
        let mut running = Running::start(binary.command_under(&tool), cloud)?;
        for _ in 0..events {
            running.invoke(&job)?;
        }
        Ok((collected(&running.refuse()?)?, job.deliveries))
    };
    // Fifty times slower, and on a busy machine too slow for the time limits of calls: then once more.
    let run = |events| run(events).or_else(|_: anyhow::Error| run(events)).or_else(|_| run(events));
    let ((ready, _), (few, _), (many, deliveries)) = (run(0)?, run(FEW)?, run(MANY)?);
    let between = u64::try_from((MANY - FEW) * deliveries)?;
    Ok(Some(Instructions { ready, delivery: many.saturating_sub(few) / between }))
}

/// The total of a run, from callgrind's last words: `==7== Collected : 1234567`.
fn collected(words: &str) -> anyhow::Result<u64> {
    let total = words.lines().find_map(|line| line.split_once("Collected :"));
    let (_, total) = total.with_context(|| format!("valgrind did not count: {words}"))?;
    Ok(total.trim().parse()?)
}

/// The files that a process asks for until its first event, as the kernel sees it; nothing if strace is not installed.
pub(crate) fn files_asked_for(binary: &Binary, cloud: &Cloud) -> anyhow::Result<Option<Vec<String>>> {
    if !is_installed("strace") {
        return Ok(None);
    }
    let running = Running::start(binary.command_under(&["strace", "-f", "-qq", "-e", "trace=%file"]), cloud)?;
    let trace = running.refuse()?;
    let name = |line: &str| line.split('"').nth(1).map(str::to_owned);
    Ok(Some(trace.lines().filter_map(name).collect()))
}

/// Whether a file belongs to the system's store of trusted roots.
pub(crate) fn is_root_store(file: &str) -> bool {
    let folders = [
        "/etc/ssl",
        "/etc/pki",
        "/usr/lib/ssl",
        "/usr/share/ca-certificates",
        "/usr/local/share/ca-certificates",
    ];
    let endings = [".pem", ".crt"];
    folders.iter().any(|folder| file.starts_with(folder))
        || endings.iter().any(|ending| file.ends_with(ending))
}

fn is_installed(tool: &str) -> bool {
    Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Events of the longer and of the shorter run, whose difference is the cost of an event without start-up.
const MANY: usize = 30;
const FEW: usize = 5;
