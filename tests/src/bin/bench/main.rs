//! What the functions cost: start-up and a delivery, function by function, beside a bare `lambda_runtime`.
//!
//! It starts the release binaries that lie beside it, plays the Lambda Runtime API and AWS to them on loopback (AWS with TLS 1.3),
//! checks every answer, and prints a table. Times are those of this machine; instruction counts (with valgrind) are nearly the same everywhere.
//!
//! ```text
//! cargo build --release && cargo run --release -p tests --bin bench [-- --quick] [function …]
//! ```

#![expect(clippy::indexing_slicing, reason = "a JSON value gives null for a member that it lacks")]

mod cloud;
mod events;
mod function;
mod measure;
mod report;
mod throughput;
mod tools;

use std::path::PathBuf;

use anyhow::{Context, ensure};
use tests::Running;

use crate::{
    cloud::Cloud,
    events::Work,
    function::Binary,
    measure::{Samples, cpu, memory},
    report::Row,
};

/// Processes started, and deliveries that each of them gets.
struct Effort {
    processes: usize,
    deliveries: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let chosen = |name: &str| {
        let mut names = arguments.iter().filter(|argument| !argument.starts_with("--")).peekable();
        names.peek().is_none() || names.any(|argument| argument == name)
    };
    let effort = if quick {
        Effort { processes: 3, deliveries: 50 }
    } else {
        Effort { processes: 15, deliveries: 400 }
    };

    let cloud = Cloud::start()?;
    let folder = folder()?;
    let work = Work::prepare(&folder, &cloud)?;
    let mut rows = Vec::new();
    for name in ["hello", "webhook", "processor", "archiver", "publisher"] {
        if name == "hello" || chosen(name) {
            eprintln!("{name} …");
            let binary = Binary::new(&folder, name, &cloud);
            rows.push(row(&binary, &work, &cloud, &effort).with_context(|| format!("the function {name}"))?);
        }
    }
    report::print(&rows);
    if let Some(processor) = rows.iter().find(|row| row.name == "processor") {
        throughput::print(&throughput::over_memory(if quick { 2_000 } else { 20_000 })?, processor);
    }
    Ok(())
}

/// Where this program lies; `cargo run` builds only this one, so the bare function is built from here.
fn folder() -> anyhow::Result<PathBuf> {
    let folder = std::env::current_exe()?.parent().context("no folder")?.to_owned();
    if let Some(cargo) = std::env::var_os("CARGO") {
        let arguments = ["build", "--release", "--quiet", "--locked", "-p", "tests", "--bin", "hello"];
        let built = std::process::Command::new(cargo).args(arguments).status()?;
        ensure!(built.success(), "hello was not built");
    }
    Ok(folder)
}

fn row(binary: &Binary, work: &Work, cloud: &Cloud, effort: &Effort) -> anyhow::Result<Row> {
    let mut samples = Samples::default();
    let mut deliveries = 1;
    for _ in 0..effort.processes {
        // A signature does not hold for ever, so it is made for each process.
        let job = work.of(binary.name)?;
        deliveries = job.deliveries;
        let running = Running::start(binary.command_with(&tools::NO_CALLS))?;
        samples.built.push(running.init);
        running.stop()?;
        let mut running = Running::start(binary.command())?;
        samples.init.push(running.init);
        // The first may open connections; it is measured apart.
        samples.first.push(job.done_by(&mut running)?);
        let (calls, before) = (cloud.calls(), cpu(running.id())?);
        let events = effort.deliveries.div_ceil(job.deliveries);
        for _ in 0..events {
            samples.answers.push(job.done_by(&mut running)?);
        }
        samples.handled = events * job.deliveries;
        samples.cpu.push(cpu(running.id())?.saturating_sub(before) / u32::try_from(samples.handled)?);
        samples.calls = cloud.calls().since(&calls);
        samples.memory.push(memory(running.id())?);
        running.stop()?;
    }
    Ok(Row {
        name: binary.name,
        deliveries,
        samples,
        file_bytes: binary.file_bytes()?,
        zip_bytes: binary.zip_bytes()?,
        instructions: tools::instructions(binary, work).unwrap_or_else(|error| {
            eprintln!("{} under valgrind: {error}", binary.name);
            None
        }),
        files: tools::files_asked_for(binary)?,
    })
}
