//! What valgrind and strace say, where they are installed.

use std::process::{Command, Stdio};

use anyhow::Context;
use tests::Running;

use crate::{events::Work, function::Binary};

/// Instructions of a process in user space, as callgrind counts them.
#[derive(Clone, Copy)]
pub(crate) struct Instructions {
    /// Until it asked for its first event, without a call to AWS: everything is read and built.
    pub(crate) built: u64,
    /// Until it asked for its first event, with the calls and TLS handshakes of its start-up.
    pub(crate) ready: u64,
    /// Of one delivery, warm.
    pub(crate) delivery: u64,
}

/// Counts instructions; nothing if valgrind is not installed. The profile of the last and longest run stays beside the binary as
/// `<name>.callgrind`, for `callgrind_annotate`; it has names if the binary was built with `--config profile.release.strip=false`.
pub(crate) fn instructions(binary: &Binary, work: &Work) -> anyhow::Result<Option<Instructions>> {
    if !is_installed("valgrind") {
        return Ok(None);
    }
    let run = |events: usize, values: &[(&str, &str)]| {
        let profile = format!("--callgrind-out-file={}", binary.beside("callgrind").display());
        let job = work.of(binary.name)?;
        let mut command = binary.command_under(&["valgrind", "--tool=callgrind", &profile]);
        command.envs(values.iter().copied());
        let mut running = Running::start(command)?;
        for _ in 0..events {
            job.done_by(&mut running)?;
        }
        Ok((collected(&running.terminate()?)?, job.deliveries))
    };
    // Fifty times slower, and on a busy machine too slow for the time limits of calls: then once more.
    let run = |events, values| {
        let run = || run(events, values);
        run().or_else(|_: anyhow::Error| run()).or_else(|_| run())
    };
    let ((built, _), (ready, _)) = (run(0, &NO_CALLS)?, run(0, &[])?);
    let ((few, _), (many, deliveries)) = (run(FEW, &[])?, run(MANY, &[])?);
    let between = u64::try_from((MANY - FEW) * deliveries)?;
    Ok(Some(Instructions { built, ready, delivery: many.saturating_sub(few) / between }))
}

/// The total of a run, from callgrind's last words: `==7== Collected : 1234567`.
fn collected(words: &str) -> anyhow::Result<u64> {
    let total = words.lines().find_map(|line| line.split_once("Collected :"));
    let (_, total) = total.with_context(|| format!("valgrind did not count: {words}"))?;
    Ok(total.trim().parse()?)
}

/// The files that a process asks for until its first event, as the kernel sees it; nothing if strace is not installed.
pub(crate) fn files_asked_for(binary: &Binary) -> anyhow::Result<Option<Vec<String>>> {
    if !is_installed("strace") {
        return Ok(None);
    }
    let running = Running::start(binary.command_under(&["strace", "-f", "-qq", "-e", "trace=%file"]))?;
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

/// No key to ask for, no endpoint to load, and no address to which connections are opened.
pub(crate) const NO_CALLS: [(&str, &str); 3] =
    [("DATA_KEY_ID", ""), ("PRELOAD_ENDPOINTS", ""), ("AWS_ENDPOINT_URL", "https://")];
