//! What the kernel says about a process, and what is made of many samples.

use std::{fs, time::Duration};

use anyhow::Context;

use crate::cloud::Calls;

/// What was measured of one function.
#[derive(Default)]
pub(crate) struct Samples {
    /// Of each process, until it asked for its first event.
    pub(crate) init: Vec<Duration>,
    /// The same of processes that make no calls in init.
    pub(crate) built: Vec<Duration>,
    /// Of each process, its first event.
    pub(crate) first: Vec<Duration>,
    /// Of each event after that.
    pub(crate) answers: Vec<Duration>,
    /// Of each process, CPU a delivery.
    pub(crate) cpu: Vec<Duration>,
    /// Of each process, after its events.
    pub(crate) memory: Vec<Memory>,
    /// Of the last process, after its first event.
    pub(crate) calls: Calls,
    /// Deliveries of that process, after its first event.
    pub(crate) handled: usize,
}

/// CPU time of all threads of a process. The kernel counts it to the nanosecond.
pub(crate) fn cpu(process: u32) -> anyhow::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Resident memory of a process, in bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Memory {
    /// The most that it ever had, pages of its file and of libraries among it.
    pub(crate) peak: u64,
    /// What it has now of its own: heap, stacks, changed data.
    pub(crate) own: u64,
}

/// The memory of a process.
pub(crate) fn memory(process: u32) -> anyhow::Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let bytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
        anyhow::Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    };
    Ok(Memory { peak: bytes("VmHWM:")?, own: bytes("RssAnon:")? })
}

/// The value below which this part of the samples lies.
pub(crate) fn quantile<T: Ord + Copy + Default>(samples: &[T], part: f64) -> T {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    let index = (part * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}
