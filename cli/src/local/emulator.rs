//! MiniStack: started on the loopback address with its permissions enforced, and stopped again.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::clock;
use crate::http::Http;
use crate::local::layout::Layout;
use crate::local::{REGION, process};
use crate::problem::Problem;

/// A quiet machine needs half a second.
const START: Duration = Duration::from_mins(1);
const STOP: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// A process that was started for a local stack.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Emulator {
    /// Its number.
    pub(crate) pid: i32,
    /// Where it listens, on 127.0.0.1.
    pub(crate) port: u16,
    /// So that another process of that number is never taken for it.
    identity: String,
}

impl Emulator {
    /// The one of this folder, if it still runs.
    pub(crate) fn running(layout: &Layout) -> Option<Self> {
        let written = fs::read(layout.pid_file()).ok()?;
        let emulator: Self = serde_json::from_slice(&written).ok()?;
        (process::identity(emulator.pid).as_ref() == Some(&emulator.identity)).then_some(emulator)
    }

    /// Starts one and waits until it answers.
    pub(crate) async fn start(layout: &Layout, programs: &Path, port: u16) -> anyhow::Result<Self> {
        check_port(port)?;
        let log = layout.log("emulator");
        let mut child = spawn(layout, programs, port, &log)?;
        let pid = i32::try_from(child.id()).context("a process number")?;
        let started = clock::start();
        let health = format!("http://127.0.0.1:{port}/_ministack/health");
        let http = Http::of(&health);
        loop {
            if let Some(status) = child.try_wait().context("look after the emulator")? {
                let problem = Problem::failed(format!("the emulator ended ({status})"));
                return Err(problem.advice(process::last_lines(&log)).into());
            }
            // Before it answers, so that `down` finds it if this process ends meanwhile.
            let written = Self::note(layout, pid, port)?;
            let answers =
                http.send("GET", &health, &[], Vec::new()).await.is_ok_and(|answer| answer.accepted());
            if let (Some(emulator), true) = (written, answers) {
                return Ok(emulator);
            }
            if started.elapsed() > START {
                end(pid);
                let problem =
                    Problem::failed(format!("the emulator did not answer in {} s", START.as_secs()));
                return Err(problem.advice(process::last_lines(&log)).into());
            }
            sleep(PAUSE).await;
        }
    }

    /// Writes down which process it is; `None` while it has no command line yet.
    fn note(layout: &Layout, pid: i32, port: u16) -> anyhow::Result<Option<Self>> {
        let Some(identity) = process::identity(pid) else {
            return Ok(None);
        };
        let emulator = Self { pid, port, identity };
        fs::write(layout.pid_file(), serde_json::to_vec(&emulator)?)
            .context("write the emulator's pid file")?;
        Ok(Some(emulator))
    }

    /// Stops the one of this folder; `false` if none runs.
    pub(crate) fn stop(layout: &Layout) -> anyhow::Result<bool> {
        let Some(emulator) = Self::running(layout) else {
            return Ok(false);
        };
        let gone = || Self::running(layout).is_none();
        let pid = Pid::from_raw(emulator.pid).context("the pid file names no process")?;
        // Its own handler stops the functions that it runs.
        let _ = kill_process(pid, Signal::TERM);
        let started = clock::start();
        while !gone() && started.elapsed() < STOP {
            std::thread::sleep(PAUSE);
        }
        // Whatever it left behind is in the group that it was started in.
        end(emulator.pid);
        Ok(true)
    }
}

/// Ends a group of processes at once.
fn end(group: i32) {
    if let Some(group) = Pid::from_raw(group) {
        // The group may be gone already.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

fn check_port(port: u16) -> anyhow::Result<()> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Problem::failed(format!("port {port} of 127.0.0.1 cannot be used: {error}"))
            .advice("something else listens there; choose another with --port")
            .into()),
    }
}

/// The process sees no variable of ours but these: it hands its whole environment on to the functions.
fn spawn(layout: &Layout, programs: &Path, port: u16, log: &Path) -> anyhow::Result<Child> {
    let (home, temporary) = (layout.emulator().join("home"), layout.emulator().join("tmp"));
    for folder in [&home, &temporary] {
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    }
    let file = File::create(log).with_context(|| format!("write {}", log.display()))?;
    Command::new(programs.join("python"))
        .args(["-m", "ministack"])
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("HOME", &home)
        .env("TMPDIR", &temporary)
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("MINISTACK_REGION", REGION)
        .env("AWS_DEFAULT_REGION", REGION)
        // Without it, functions would call AWS itself.
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("AUTH", "true")
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .env("PERSIST_STATE", "0")
        .current_dir(layout.emulator())
        .stdin(Stdio::null())
        .stdout(file.try_clone().context("write a log")?)
        .stderr(file)
        .process_group(0)
        .spawn()
        .context("start the emulator")
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    fn layout(name: &str) -> Layout {
        let layout =
            Layout::find(Some(&env::temp_dir().join(format!("tollgate-{name}-{}", std::process::id()))));
        layout.unwrap()
    }

    fn own_pid() -> i32 {
        i32::try_from(std::process::id()).unwrap()
    }

    #[test]
    fn a_port_that_is_taken_is_refused() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let refusal = check_port(port).unwrap_err().to_string();
        assert!(refusal.contains(&port.to_string()), "{refusal}");
        drop(taken);
        check_port(port).unwrap();
    }

    #[test]
    fn another_process_of_the_same_number_is_neither_taken_for_it_nor_stopped() {
        let layout = layout("pid");
        let _taken = layout.take().unwrap();
        Emulator::note(&layout, own_pid(), 1).unwrap().unwrap();
        assert_eq!(Emulator::running(&layout).unwrap().pid, own_pid());

        let other = Emulator { pid: own_pid(), port: 1, identity: "1 python -m ministack".to_owned() };
        fs::write(layout.pid_file(), serde_json::to_vec(&other).unwrap()).unwrap();
        assert!(Emulator::running(&layout).is_none());
        assert!(!Emulator::stop(&layout).unwrap());
        fs::remove_dir_all(layout.pid_file().parent().unwrap()).unwrap();
    }

    #[test]
    fn one_folder_is_for_one_up_at_a_time() {
        let layout = layout("lock");
        let first = layout.take().unwrap();
        assert!(layout.take().is_err());
        drop(first);
        layout.take().unwrap();
        fs::remove_dir_all(layout.pid_file().parent().unwrap()).unwrap();
    }
}
