//! That a batch takes no more memory than the function has, however well its bodies compress. The only test of its
//! process, whose memory it measures.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use common::{archiver, now, sealed};
use pipeline::{Message, memory::MemoryArchive};

/// Large bodies that take nothing in a queue: an event of 6 MB could hold thousands.
const MESSAGES: usize = 96;
const BODY: usize = 700 << 10;
/// More than it takes in the function, whose build is optimised.
const MOST: usize = 90 << 20;

/// The most memory that the process has had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() << 10
}

#[tokio::test]
async fn many_large_bodies_that_compress_are_written_piece_by_piece() {
    let archiver = archiver(MemoryArchive::new());
    let body = format!(r#"{{"id":"evt_1","livemode":true,"pad":"{}"}}"#, "a".repeat(BODY));
    let mut messages = Vec::new();
    for number in 0..MESSAGES {
        let sealed = sealed(&archiver, &format!("d-{number:04}"), &body).await;
        let id = number.to_string();
        let body = sealed.as_text().to_owned();
        messages.push(Message { receipt: id.clone(), id, body, attempts: 1, trace_id: None });
    }
    let before = peak();
    assert!(archiver.handle(messages, now()).await.is_empty());
    let grown = peak() - before;
    println!("{} MiB of bodies: {} MiB more memory", (MESSAGES * BODY) >> 20, grown >> 20);
    assert!(grown < MOST, "{} MiB", grown >> 20);

    let objects = archiver.ports().archive.objects();
    let mut kept = 0;
    for object in objects.values() {
        kept += pipeline::read_segment(&object.bytes).map(Result::unwrap).count();
    }
    assert_eq!(kept, MESSAGES);
    assert!(objects.len() > 1, "one segment would be larger than a reader should have to take");
}
