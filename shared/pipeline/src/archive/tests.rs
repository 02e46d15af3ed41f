use std::{
    fs,
    path::PathBuf,
    time::{Duration, UNIX_EPOCH},
};

use proptest::prelude::*;

use super::*;
use crate::{Redaction, Withheld, samples};

/// 2026-11-18T06:40:00Z
const NOW: Duration = Duration::from_mins(29_916_400);

fn build(deliveries: &[Opened]) -> Segment {
    Segment::build(&deliveries.iter().collect::<Vec<_>>(), UNIX_EPOCH + NOW).unwrap()
}

fn read(bytes: &[u8]) -> anyhow::Result<Vec<Opened>> {
    read_segment(bytes).collect()
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

#[test]
fn the_golden_file_reads_as_the_samples() {
    let bytes = fs::read(golden("archive-v0.ndjson.zst")).unwrap();
    assert_eq!(read(&bytes).unwrap(), samples::golden());
    let lines = zstd::decode_all(&bytes[..]).unwrap();
    assert_eq!(lines, fs::read(golden("archive-v0.ndjson")).unwrap());
}

#[test]
fn what_is_written_now_has_the_lines_of_the_golden_file() {
    let segment = build(&samples::golden());
    assert_eq!(zstd::decode_all(&segment.bytes[..]).unwrap(), fs::read(golden("archive-v0.ndjson")).unwrap());
}

#[test]
#[ignore = "writes the golden files of a version that has none yet"]
fn write_the_golden_file() {
    assert!(!golden("archive-v0.ndjson").exists(), "golden files are never written again");
    let segment = build(&samples::golden());
    fs::write(golden("archive-v0.ndjson.zst"), &segment.bytes).unwrap();
    fs::write(golden("archive-v0.ndjson"), zstd::decode_all(&segment.bytes[..]).unwrap()).unwrap();
}

#[test]
fn a_repeated_batch_makes_the_same_object_whatever_its_order() {
    let mut deliveries = samples::golden();
    let segment = build(&deliveries);
    assert_eq!((segment.lines, segment.mac.as_ref()), (3, None));
    assert_eq!(segment.digest, sha256(&segment.bytes));
    deliveries.reverse();
    deliveries.push(deliveries[0].clone());
    assert_eq!(build(&deliveries), segment);
    assert_ne!(build(&deliveries[1..3]).key, segment.key);
}

#[test]
fn a_key_has_the_hour_of_writing_and_the_digest_of_the_lines() {
    let deliveries = samples::golden();
    let lines = fs::read(golden("archive-v0.ndjson")).unwrap();
    let name = hex::encode(&sha256(&lines)[..16]);
    for (seconds, partition) in [
        (1_794_984_000, "date=2026-11-18/hour=06"),
        (1_795_046_399, "date=2026-11-18/hour=23"),
        (1_795_046_400, "date=2026-11-19/hour=00"),
        (0, "date=1970-01-01/hour=00"),
        (1_709_208_000, "date=2024-02-29/hour=12"),
    ] {
        let now = UNIX_EPOCH + Duration::from_secs(seconds);
        let segment = Segment::build(&deliveries.iter().collect::<Vec<_>>(), now).unwrap();
        assert_eq!(segment.key, format!("archive/v0/{partition}/{name}.ndjson.zst"));
    }
}

#[test]
fn a_line_is_as_in_a_segment() {
    let lines = fs::read_to_string(golden("archive-v0.ndjson")).unwrap();
    for (delivery, line) in samples::golden().iter().zip(lines.lines()) {
        assert_eq!(archive_line(delivery).unwrap(), line);
    }
}

#[test]
fn a_segment_of_nothing_is_not_built() {
    assert!(Segment::build(&[], UNIX_EPOCH).is_err());
    assert!(read(b"").is_err(), "an object that was cut to nothing");
}

#[test]
fn a_draft_is_full_after_so_many_bytes_of_lines() {
    let mut draft = Draft::default();
    let delivery = Opened { body: Some(vec![b'x'; BODY_LIMIT]), ..samples::golden().remove(0) };
    let mut added = 0;
    while !draft.is_full() {
        draft.add(&delivery).unwrap();
        added += BODY_LIMIT;
    }
    assert!((DRAFT_LIMIT - BODY_LIMIT..DRAFT_LIMIT + BODY_LIMIT).contains(&added), "{added}");
}

#[test]
fn a_segment_with_any_byte_changed_or_cut_is_refused() {
    let bytes = build(&samples::golden()[..1]).bytes;
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        // Not every bit of a frame's header bears on what it decompresses to; the digest covers those.
        assert!(read(&changed).map_or(true, |read| read == samples::golden()[..1]), "{at}");
        assert!(read(&bytes[..at]).is_err(), "{at}");
    }
    let mut wrong_sum = bytes.clone();
    *wrong_sum.last_mut().unwrap() ^= 1;
    assert!(read(&wrong_sum).is_err());
    assert!(read(&[&bytes[..], b"x"].concat()).is_err());
}

#[test]
fn lines_that_the_format_does_not_have_are_refused() {
    let text = String::from_utf8(zstd::decode_all(&build(&samples::golden()).bytes[..]).unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let [full, bytes, withheld] = lines[..] else { panic!("three lines") };
    let with = |line: &str, more: &str| format!("{},{more}}}", line.strip_suffix('}').unwrap());
    for (name, line, good) in [
        ("as it is", full.to_owned(), true),
        ("as it is, bytes", bytes.to_owned(), true),
        ("as it is, withheld", withheld.to_owned(), true),
        ("a field that is new", with(full, r#""new":1"#), true),
        ("another body", full.replace("evt_1\\\"", "evt_2\\\""), false),
        ("two bodies", with(full, r#""body_base64":"""#), false),
        ("a body that was withheld", with(withheld, r#""body":"""#), false),
        ("a digest of nothing", with(withheld, r#""sha256":"00""#), false),
        ("no base64", bytes.replace("\"body_base64\":\"", "\"body_base64\":\"-"), false),
        ("no source", full.replace("\"source\":\"webhook\"", "\"source\":\"other\""), false),
        ("no JSON", full.replacen('{', "", 1), false),
        ("an empty line", String::new(), false),
    ] {
        let segment = zstd::encode_all(format!("{line}\n").as_bytes(), 1).unwrap();
        assert_eq!(read(&segment).is_ok(), good, "{name}");
        let error = read(&segment).err().map(|error| format!("{error:#}")).unwrap_or_default();
        assert!(!error.contains("evt_"), "{error}");
    }
    let unfinished = zstd::encode_all(full.as_bytes(), 1).unwrap();
    assert!(read(&unfinished).is_err());
}

#[test]
fn an_error_ends_the_reading_and_memory_stays_bounded() {
    // Compresses to little, and would be read if there were no bound.
    let text = zstd::decode_all(&build(&samples::golden()[..1]).bytes[..]).unwrap();
    let line = [vec![b' '; usize::try_from(LINE_LIMIT).unwrap()], text].concat();
    let bomb = zstd::encode_all(&line.repeat(10)[..], 1).unwrap();
    let results: Vec<bool> = read_segment(&bomb).map(|line| line.is_ok()).collect();
    assert_eq!(results, [false]);
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(WINDOW_LOG_LIMIT + 1).unwrap();
    Write::write_all(&mut encoder, &samples::noise(1000)).unwrap();
    let wide = encoder.finish().unwrap();
    let error = read_segment(&wide).next().unwrap().unwrap_err();
    assert!(format!("{error:#}").contains("too much memory"), "{error:#}");
}

#[test]
fn the_longest_line_is_read() {
    // Each byte of the body is escaped as six, and the list of redactions is as long as screening makes it.
    let redaction = Redaction { path: "/a".repeat(3 * 1024), class: "card_number".to_owned() };
    let envelope = Envelope { redactions: vec![redaction; 2], ..samples::envelope("d") };
    let deliveries = [Opened { envelope, body: Some(vec![1; BODY_LIMIT]), source: Source::Webhook }];
    assert_eq!(read(&build(&deliveries).bytes).unwrap(), deliveries);
}

proptest! {
    #[test]
    fn every_body_comes_back_exactly(bodies in prop::collection::vec(
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..100).prop_map(Some),
            "[\\x00-\\x7f\u{2028}é😀]{0,60}".prop_map(|text| Some(text.into_bytes())),
            Just(None),
        ],
        1..8,
    )) {
        let deliveries: Vec<Opened> = bodies.into_iter().enumerate().map(|(number, body)| {
            let mut envelope = samples::envelope(&number.to_string());
            if body.is_none() {
                envelope.withheld = Some(Withheld { reason: "too_deep".to_owned(), length: 7 });
            }
            Opened { envelope, body, source: Source::Replay }
        }).collect();
        prop_assert_eq!(read(&build(&deliveries).bytes).unwrap(), deliveries);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,200}") {
        let _ = read(&bytes);
        let _ = read(&zstd::encode_all(text.as_bytes(), 1).unwrap());
    }
}
