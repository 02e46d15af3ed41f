//! The archive's reader: never panics; its memory is bounded whatever a frame unpacks to; what it reads is written to the
//! same lines again; and what no MAC proves is never a delivery.

#![no_main]

use std::{io::Read, time::Duration};

use arbitrary::Arbitrary;
use fuzz::{Change, now, ready};
use libfuzzer_sys::fuzz_target;
use pipeline::{
    Days, Macs, Opened, Reader, Reading, Segment, Span, StoredSegment, archive_line, close_days,
    memory::{MemoryArchive, MemoryMacs},
    read_segment, verify_archive,
};

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// Any object.
    Bytes(&'a [u8]),
    /// The golden segment, changed.
    Golden(Vec<Change>),
    /// Lines of the golden segment, changed, and others.
    Lines(Vec<Line<'a>>),
    /// A manifest, changed.
    Manifest(Vec<Change>),
    /// A frame of blocks that no compressor writes.
    Frame { window: u8, blocks: Vec<Block<'a>> },
}

#[derive(Arbitrary, Debug)]
enum Line<'a> {
    Golden(u8, Vec<Change>),
    Other(&'a [u8]),
}

/// Bytes as they are, or one byte many times.
#[derive(Arbitrary, Debug)]
enum Block<'a> {
    Raw(&'a [u8]),
    Golden(u8),
    Repeated { byte: u8, length: u32, blocks: u16 },
}

fuzz_target!(|input: Input<'_>| {
    let bytes = match &input {
        Input::Bytes(bytes) => bytes.to_vec(),
        Input::Golden(changes) => Change::all(changes, GOLDEN),
        Input::Lines(lines) => compressed(&lines.iter().flat_map(Line::bytes).collect::<Vec<u8>>()),
        Input::Manifest(changes) => compressed(&Change::all(changes, &manifest())),
        Input::Frame { window, blocks } => frame(*window, blocks),
    };
    let read: Result<Vec<Opened>, _> = read_segment(&bytes).collect();
    if let Ok(deliveries) = &read {
        written_again(deliveries);
    }
    if let Input::Frame { .. } = input {
        return;
    }
    unproven(&bytes);
    proven(&bytes, read.ok());
});

/// Deliveries make a segment with one line each, which reads back as they are, and makes itself again.
fn written_again(deliveries: &[Opened]) {
    if deliveries.is_empty() {
        return;
    }
    let segment =
        Segment::build(&deliveries.iter().collect::<Vec<_>>(), now()).expect("what was read is written");
    let again: Vec<Opened> = read_segment(&segment.bytes).collect::<Result<_, _>>().expect("it is ours");
    assert_eq!(again.len(), segment.lines);
    assert!(deliveries.iter().all(|delivery| again.contains(delivery)));
    assert!(again.iter().all(|delivery| deliveries.contains(delivery)));
    let line = |delivery: &Opened| archive_line(delivery).expect("what was read is written") + "\n";
    let lines: String = again.iter().map(line).collect();
    let text = zstd::decode_all(segment.bytes.as_slice()).expect("it is ours");
    assert_eq!(lines.into_bytes(), text);
    assert_eq!(Segment::build(&again.iter().collect::<Vec<_>>(), now()).expect("it is ours"), segment);
}

/// An object that somebody put there who cannot make a MAC.
fn unproven(bytes: &[u8]) {
    let (archive, macs) = (MemoryArchive::new(), MemoryMacs::new(b"key"));
    let other = ready(MemoryMacs::new(b"another key").mac(&[0; 32])).expect("a MAC");
    for (name, mac) in [("0", None), ("1", Some(other)), ("2", Some(Vec::new()))] {
        let key = format!("archive/v0/date=2026-11-18/hour=11/{name}.ndjson.zst");
        archive.plant(key, StoredSegment { bytes: bytes.to_vec(), mac });
    }
    let mut reader = Reader::new(&archive, &macs, span()).with_unproven();
    let mut flawed = 0;
    while let Some(reading) = ready(reader.next()).expect("the archive is in memory") {
        match reading {
            Reading::Delivery(_) => panic!("believed without a MAC"),
            Reading::Flawed { .. } => flawed += 1,
            Reading::Unproven(_) => {}
        }
    }
    assert_eq!(flawed, 3);
}

/// The same with its MAC, under a segment's name and as a day's manifest: it can be read and be checked.
fn proven(bytes: &[u8], read: Option<Vec<Opened>>) {
    let (archive, macs) = (MemoryArchive::new(), MemoryMacs::new(b"key"));
    let mut text = Vec::new();
    let _ =
        zstd::Decoder::new(bytes).map(|text| text.take(16 << 20)).and_then(|mut t| t.read_to_end(&mut text));
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &text);
    let name = digest.as_ref().iter().take(16).fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
    let sum = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mac = ready(macs.mac(sum.as_ref().try_into().expect("32 bytes"))).expect("a MAC");
    let object = StoredSegment { bytes: bytes.to_vec(), mac: Some(mac) };
    archive.plant(format!("archive/v0/date=2026-11-18/hour=11/{name}.ndjson.zst"), object.clone());
    archive.plant("archive/manifests/v0/date=2026-11-17/manifest.ndjson.zst", object);

    let mut reader = Reader::new(&archive, &macs, span());
    let mut ids = Vec::new();
    while let Some(reading) = ready(reader.next()).expect("the archive is in memory") {
        if let Reading::Delivery(delivery) = reading {
            ids.push(delivery.envelope().delivery_id.clone());
        }
    }
    if let Some(mut read) = read {
        read.retain(|delivery| span().holds(delivery.envelope.received_at_ms));
        assert!(ids.iter().all(|id| read.iter().any(|delivery| delivery.envelope.delivery_id == *id)));
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "given twice");
        assert!(read.iter().all(|delivery| ids.contains(&delivery.envelope.delivery_id)));
    }
    let tomorrow = now() + Duration::from_hours(24);
    ready(close_days(&archive, &macs, tomorrow)).expect("the archive is in memory");
    let since = now() - Duration::from_hours(48);
    let days = Days { since, until: tomorrow, kept_since: since };
    ready(verify_archive(&archive, &macs, days, tomorrow, |_| {})).expect("the archive is in memory");
}

fn span() -> Span {
    Span { since: now() - Duration::from_hours(1), until: now() + Duration::from_hours(1) }
}

impl Line<'_> {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Golden(number, changes) => Change::all(changes, golden_line(*number)),
            Self::Other(bytes) => bytes.to_vec(),
        }
    }
}

/// A line of the golden segment, with its end.
fn golden_line(number: u8) -> &'static [u8] {
    LINES.split_inclusive(|byte| *byte == b'\n').nth(usize::from(number) % 3).expect("there are three")
}

fn compressed(text: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(text, 1).expect("it compresses")
}

fn manifest() -> Vec<u8> {
    let entry = format!(
        "{{\"key\":\"archive/v0/date=2026-11-17/hour=09/0.ndjson.zst\",\"length\":9,\"sha256\":\"{}\",\"mac\":\"AA==\"}}\n",
        "00".repeat(32)
    );
    format!("{{\"date\":\"2026-11-17\",\"previous\":null,\"segments\":1}}\n{entry}").into_bytes()
}

/// RFC 8878: a header with a window and no size, then blocks of at most 128 KiB.
fn frame(window: u8, blocks: &[Block<'_>]) -> Vec<u8> {
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0, window];
    let mut block = |kind: u32, length: usize, content: &[u8]| {
        let length = u32::try_from(length.min(128 << 10)).expect("short");
        bytes.extend_from_slice(&(kind << 1 | length << 3).to_le_bytes()[..3]);
        bytes.extend_from_slice(content);
    };
    for each in blocks {
        match each {
            Block::Raw(content) => block(0, content.len(), content),
            Block::Golden(number) => block(0, golden_line(*number).len(), golden_line(*number)),
            Block::Repeated { byte, length, blocks } => {
                for _ in 0..=*blocks {
                    block(1, *length as usize % ((128 << 10) + 1), &[*byte]);
                }
            }
        }
    }
    // The last block, of no length.
    bytes.extend_from_slice(&[1, 0, 0]);
    bytes
}

const GOLDEN: &[u8] = include_bytes!("../../shared/pipeline/tests/golden/archive-v0.ndjson.zst");
const LINES: &[u8] = include_bytes!("../../shared/pipeline/tests/golden/archive-v0.ndjson");
