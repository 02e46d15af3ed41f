//! Where the local stack listens.

use std::fs;

use crate::stack::{Stack, shared};

#[test]
fn the_local_stack_listens_on_this_machine_only() {
    shared(async |_| {
        let file =
            fs::read(Stack::folder().join("emulator.pid")).expect("tollgate up wrote the emulator's pid");
        let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
        let mut processes = vec![file["pid"].to_string()];
        processes.extend(children(&processes[0]));
        let sockets: Vec<String> = processes.iter().flat_map(|pid| sockets(pid)).collect();
        let mut listening = 0;
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in fs::read_to_string(table).unwrap_or_default().lines().skip(1) {
                let fields: Vec<&str> = line.split_whitespace().collect();
                let (local, state, inode) = (fields[1], fields[3], fields[9]);
                if state == LISTEN && sockets.iter().any(|socket| socket == inode) {
                    listening += 1;
                    let address = local.split(':').next().unwrap();
                    assert!(address == LOOPBACK || address == LOOPBACK6, "listens on {local} ({table})");
                }
            }
        }
        assert!(listening > 0, "the emulator listens nowhere");
    });
}

/// State of a listening socket, and `127.0.0.1` and `::1` as the kernel writes them (little-endian words).
const LISTEN: &str = "0A";
const LOOPBACK: &str = "0100007F";
const LOOPBACK6: &str = "00000000000000000000000001000000";

fn children(pid: &str) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The inodes of a process's sockets.
fn sockets(pid: &str) -> Vec<String> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let targets = files.filter_map(|file| fs::read_link(file.path()).ok()?.to_str().map(str::to_owned));
    targets
        .filter_map(|target| Some(target.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect()
}
