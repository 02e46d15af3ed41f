//! The table, and how far the webhook is from what it shall be.

use std::time::Duration;

use crate::{
    measure::{Samples, quantile},
    tools::{Instructions, is_root_store},
};

/// What is known of one function.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Deliveries in one event.
    pub(crate) deliveries: usize,
    pub(crate) samples: Samples,
    pub(crate) file_bytes: u64,
    pub(crate) zip_bytes: u64,
    pub(crate) instructions: Option<Instructions>,
    /// Files that it asked for until it was ready.
    pub(crate) files: Option<Vec<String>>,
}

/// Prints everything.
pub(crate) fn print(rows: &[Row]) {
    println!("{}", HEAD.map(|(name, width)| format!("{name:>width$}")).join("  "));
    for row in rows {
        let cells = cells(row);
        let padded = cells.iter().zip(HEAD).map(|(cell, (_, width))| format!("{cell:>width$}"));
        println!("{}", padded.collect::<Vec<_>>().join("  "));
    }
    println!(
        "\nTimes: milliseconds and microseconds of this machine, least (median) of {} processes;",
        rows.first().map_or(0, |row| row.samples.init.len())
    );
    println!("p50 and p99 are of an event, which for processor, archiver and publisher is a batch.");
    println!(
        "Built: until all is read and made, without a call; init: with the calls and TLS handshakes of its start-up."
    );
    println!(
        "Peak: with the pages of its file and of libraries; own: heap, stacks and changed data, after its events."
    );
    println!(
        "Instructions: callgrind, user space, SHA-256 in software. AWS answers at once, over TLS on loopback.\n"
    );
    for row in rows {
        println!(
            "{:>10}: a delivery is {} of an event; calls a delivery: {}",
            row.name,
            fraction(row.deliveries),
            row.samples.calls.each(row.samples.handled)
        );
    }
    println!();
    for row in rows {
        println!("{:>10}: {}", row.name, roots(row.files.as_deref()));
    }
    if let [hello, rest @ ..] = rows
        && let Some(webhook) = rest.iter().find(|row| row.name == "webhook")
    {
        println!("\nThe webhook and its bars:");
        for line in bars(webhook, hello) {
            println!("{line}");
        }
    }
}

const HEAD: [(&str, usize); 14] = [
    ("function", 10),
    ("built ms", 12),
    ("init ms", 12),
    ("first us", 8),
    ("cpu us", 13),
    ("p50 us", 7),
    ("p99 us", 7),
    ("peak MB", 7),
    ("own MB", 6),
    ("file MB", 7),
    ("zip MB", 6),
    ("built Minstr", 12),
    ("ready Minstr", 12),
    ("delivery kinstr", 15),
];

fn cells(row: &Row) -> [String; 14] {
    let samples = &row.samples;
    let memory = quantile(&samples.memory, 0.5);
    let count = |instructions: fn(Instructions) -> u64, unit: f64| {
        row.instructions
            .map_or_else(|| "-".to_owned(), |found| format!("{:.2}", float(instructions(found)) / unit))
    };
    [
        row.name.to_owned(),
        least_and_median(&samples.built, 1e3, 2),
        least_and_median(&samples.init, 1e3, 2),
        format!("{:.0}", us(quantile(&samples.first, 0.5))),
        least_and_median(&samples.cpu, 1e6, 0),
        format!("{:.0}", us(quantile(&samples.answers, 0.5))),
        format!("{:.0}", us(quantile(&samples.answers, 0.99))),
        format!("{:.1}", mb(memory.peak)),
        format!("{:.1}", mb(memory.own)),
        format!("{:.2}", mb(row.file_bytes)),
        format!("{:.2}", mb(row.zip_bytes)),
        count(|found| found.built, 1e6),
        count(|found| found.ready, 1e6),
        count(|found| found.delivery, 1e3),
    ]
}

fn fraction(deliveries: usize) -> String {
    if deliveries == 1 { "the whole".to_owned() } else { format!("1/{deliveries}") }
}

fn roots(files: Option<&[String]>) -> String {
    let Some(files) = files else { return "files not looked at: strace is not installed".to_owned() };
    let stores: Vec<_> = files.iter().filter(|file| is_root_store(file)).cloned().collect();
    if stores.is_empty() {
        format!("asks for {} files in init, none of them a root store", files.len())
    } else {
        format!("reads root stores in init: {}", stores.join(" "))
    }
}

/// What the front door is held to, and whether it is reached.
fn bars(webhook: &Row, hello: &Row) -> Vec<String> {
    let line = |what: &str, value: f64, bar: f64, unit: &str| {
        let verdict = if value <= bar { "reached" } else { "MISSED" };
        format!("  {what:<28} {value:>6.2} of {bar:.2} {unit:<14} {verdict}")
    };
    let built = |row: &Row| quantile(&row.samples.built, 0.0).as_secs_f64();
    let init = built(webhook) / built(hello);
    let mut lines = vec![
        line("built, of the bare function's", init, 1.5, "times"),
        line("peak memory", mb(quantile(&webhook.samples.memory, 0.5).peak), 8.0, "MB"),
        line("zip", mb(webhook.zip_bytes), 4.0, "MB"),
    ];
    if let Some(found) = webhook.instructions {
        lines.push(line("until built", float(found.built) / 1e6, 2.5, "M instructions"));
    }
    lines
}

fn least_and_median(samples: &[Duration], unit: f64, digits: usize) -> String {
    let [least, median] = [0.0, 0.5].map(|part| quantile(samples, part).as_secs_f64() * unit);
    format!("{least:.digits$} ({median:.digits$})")
}

fn us(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn mb(bytes: u64) -> f64 {
    float(bytes) / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn float(number: u64) -> f64 {
    number as f64
}
