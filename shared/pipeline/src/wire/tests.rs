use std::{fs, path::PathBuf};

use proptest::prelude::*;

use super::*;
use crate::{DataKey, Redaction, Screened, Withheld, samples};

const LONGEST: usize = 1024 * 1024;
const TAG: usize = 16;

fn key() -> LessSafeKey {
    DataKey::new([7; 32], Vec::new()).cipher().unwrap()
}

fn header(delivery: &Opened) -> Header {
    Header {
        source: delivery.source,
        stack: "stack".to_owned(),
        endpoint: delivery.envelope.endpoint.clone(),
        delivery_id: delivery.envelope.delivery_id.clone(),
        received_at_ms: delivery.envelope.received_at_ms,
        wrapped_key: b"a wrapped key".to_vec(),
        nonce: [9; 12],
    }
}

fn sealed(delivery: &Opened) -> String {
    seal(&header(delivery), &key(), &delivery.envelope, delivery.body.as_deref()).unwrap()
}

fn open(text: &str) -> Result<Opened, Failure> {
    parse(text)?.open(&key())
}

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/wire-v0.txt")
}

#[test]
fn the_golden_file_opens_to_the_samples() {
    let text = fs::read_to_string(golden()).unwrap();
    let opened: Vec<Opened> = text.lines().map(|line| open(line).unwrap()).collect();
    assert_eq!(opened, samples::golden());
    let flags: Vec<u8> = text.lines().map(|line| parse(line).unwrap().flags).collect();
    assert_eq!(flags, [COMPRESSED, 0, COMPRESSED]);
}

#[test]
fn what_is_written_now_has_the_headers_of_the_golden_file() {
    // Only the headers: another release of zstd may compress to other bytes.
    for (line, delivery) in fs::read_to_string(golden()).unwrap().lines().zip(samples::golden()) {
        let (was, is) = (parse(line).unwrap(), parse(&sealed(&delivery)).unwrap());
        assert_eq!(was.content, is.content);
        assert_eq!(was.bytes[..was.content], is.bytes[..is.content]);
        assert_eq!(open(&sealed(&delivery)).unwrap(), delivery);
    }
}

#[test]
fn a_label_is_read_without_a_key() {
    let label = Label::read(&sealed(&samples::golden()[1])).unwrap();
    let expected = Label {
        source: Source::Replay,
        stack: "stack".to_owned(),
        endpoint: "shop".to_owned(),
        delivery_id: "7f3b1c52-0002".to_owned(),
        received_at_ms: 1_795_000_000_123,
    };
    assert_eq!(label, expected);
    for (text, reason) in [("no base64!", "unsealed"), ("dGxndAE=", "unknown_version")] {
        assert_eq!(Label::read(text).unwrap_err().reason, reason, "{text}");
    }
}

#[test]
#[ignore = "writes the golden file of a version that has none yet"]
fn write_the_golden_file() {
    assert!(!golden().exists(), "golden files are never written again");
    let lines: Vec<String> = samples::golden().iter().map(|delivery| sealed(delivery) + "\n").collect();
    fs::write(golden(), lines.concat()).unwrap();
}

#[test]
fn a_message_is_laid_out_as_documented() {
    let delivery = &samples::golden()[0];
    let bytes = BASE64_STANDARD.decode(sealed(delivery)).unwrap();
    let expected = [
        &b"tlgt\x00\x01"[..],
        b"\x00\x07webhook",
        b"\x00\x05stack",
        b"\x00\x04shop",
        b"\x00\x0d7f3b1c52-0001",
        &1_795_000_000_123_i64.to_be_bytes(),
        b"\x00\x0da wrapped key",
        &[9; 12],
    ]
    .concat();
    assert_eq!(&bytes[..expected.len()], expected);
}

#[test]
fn a_message_with_any_bit_turned_is_refused() {
    for delivery in samples::golden() {
        let bytes = BASE64_STANDARD.decode(sealed(&delivery)).unwrap();
        // Every bit of the short ones; of the long one a sample that meets each place in a byte.
        let step = if bytes.len() > 2_000 { 13 } else { 1 };
        for bit in (0..bytes.len() * 8).step_by(step) {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let refused = open(&BASE64_STANDARD.encode(changed)).unwrap_err();
            let expected = if bit / 8 == 4 { Failure::transient("unknown_version") } else { UNSEALED };
            assert_eq!(refused, expected, "bit {bit}");
        }
        for length in (0..bytes.len()).step_by(step) {
            assert_eq!(open(&BASE64_STANDARD.encode(&bytes[..length])), Err(UNSEALED));
        }
    }
}

#[test]
fn a_text_with_any_character_changed_is_refused() {
    let text = sealed(&samples::golden()[0]);
    for at in 0..text.len() {
        for other in ["A", "/", "=", " ", "\n", "-", "é", ""] {
            let mut changed = text.clone();
            changed.replace_range(at..=at, other);
            assert!(changed == text || open(&changed).is_err(), "{other:?} at {at}");
        }
    }
}

#[test]
fn another_key_does_not_open() {
    let other = DataKey::new([8; 32], Vec::new()).cipher().unwrap();
    assert_eq!(parse(&sealed(&samples::golden()[0])).unwrap().open(&other), Err(UNSEALED));
}

#[test]
fn content_that_the_format_does_not_have_is_malformed() {
    let delivery = &samples::golden()[2];
    let good = content(&delivery.envelope, b"").unwrap();
    let other = |change: fn(&mut Envelope)| {
        let mut envelope = delivery.envelope.clone();
        change(&mut envelope);
        content(&envelope, b"").unwrap()
    };
    // They would open to a body if there were no bound.
    let huge = |length: usize| {
        let mut content = content(&samples::envelope("7f3b1c52-0003"), b"").unwrap();
        content.resize(length, b' ');
        content
    };
    let bomb = zstd::bulk::compress(&huge(64 * 1024 * 1024), 1).unwrap();
    // A frame that does not say how long it is.
    let silent_bomb = zstd::encode_all(&huge(CONTENT_LIMIT + 1)[..], 1).unwrap();
    for (name, flags, content, expected) in [
        ("as it should be", 0, good.clone(), Ok(delivery.clone())),
        ("a withheld body", 0, [&good, &b"x"[..]].concat(), Err(MALFORMED)),
        ("cut in the envelope", 0, good[..good.len() - 1].to_vec(), Err(MALFORMED)),
        ("cut in the length", 0, good[..3].to_vec(), Err(MALFORMED)),
        ("nothing", 0, Vec::new(), Err(MALFORMED)),
        ("a length beyond the end", 0, [&[0xff; 4][..], &good].concat(), Err(MALFORMED)),
        ("no zstd", COMPRESSED, good.clone(), Err(MALFORMED)),
        ("a bomb", COMPRESSED, bomb, Err(MALFORMED)),
        ("a bomb of unknown size", COMPRESSED, silent_bomb, Err(MALFORMED)),
        ("other endpoint", 0, other(|envelope| envelope.endpoint.push('x')), Err(MALFORMED)),
        ("other delivery", 0, other(|envelope| envelope.delivery_id.push('x')), Err(MALFORMED)),
        ("other time", 0, other(|envelope| envelope.received_at_ms += 1), Err(MALFORMED)),
    ] {
        let text = encrypt(&header(delivery), &key(), flags, &content).unwrap();
        assert_eq!(open(&text), expected, "{name}");
    }
}

#[test]
fn a_flag_or_source_that_is_not_known_is_refused() {
    let delivery = &samples::golden()[2];
    let good = content(&delivery.envelope, b"").unwrap();
    let text = encrypt(&header(delivery), &key(), 2, &good).unwrap();
    assert_eq!(open(&text), Err(UNSEALED));
    // What is no message of ours does not wait a day for a release that could read it.
    assert_eq!(open(&BASE64_STANDARD.encode(b"{\"a\":1}")), Err(UNSEALED));
    assert_eq!(open(&BASE64_STANDARD.encode(b"tlgt\x01")), Err(Failure::transient("unknown_version")));
    for name in ["", "Webhook", "webhooks"] {
        assert_eq!(Source::named(name.as_bytes()), None);
    }
}

#[test]
fn fields_over_their_limits_are_not_written() {
    let delivery = &samples::golden()[2];
    for (length, change) in [
        (STACK_LIMIT, (|header, length| header.stack = "s".repeat(length)) as fn(&mut Header, usize)),
        (ENDPOINT_LIMIT, |header, length| header.endpoint = "e".repeat(length)),
        (DELIVERY_ID_LIMIT, |header, length| header.delivery_id = "d".repeat(length)),
        (WRAPPED_KEY_LIMIT, |header, length| header.wrapped_key = vec![0; length]),
    ] {
        for (length, written) in [(length, true), (length + 1, false)] {
            let mut header = header(delivery);
            change(&mut header, length);
            let text = encrypt(&header, &key(), 0, b"");
            assert_eq!(text.is_ok(), written);
            assert!(text.is_err() || parse(&text.unwrap()).unwrap().header == header);
        }
    }
    let long = "s".repeat(STACK_LIMIT + 1);
    let length = u16::try_from(long.len()).unwrap().to_be_bytes();
    let bytes = BASE64_STANDARD.decode(sealed(delivery)).unwrap();
    // 15 bytes before the stack, 7 of it.
    let longer = [&bytes[..15], &length[..], long.as_bytes(), &bytes[22..]].concat();
    assert!(parse(&BASE64_STANDARD.encode(&bytes)).is_ok());
    assert!(parse(&BASE64_STANDARD.encode(longer)).is_err());
    let body = vec![b'1'; BODY_LIMIT + 1];
    assert!(seal(&header(delivery), &key(), &samples::envelope("d"), Some(&body)).is_err());
    let envelope = Envelope { account: "a".repeat(ENVELOPE_LIMIT), ..samples::envelope("d") };
    assert!(seal(&header(delivery), &key(), &envelope, None).is_err());
}

/// Names, types and values of the dead-letter attributes: see the test of the arithmetic.
const ATTRIBUTES: usize = 524;

/// The largest header, in bytes.
const HEADER_LIMIT: usize = 6
    + (2 + SOURCE_LIMIT)
    + (2 + STACK_LIMIT)
    + (2 + ENDPOINT_LIMIT)
    + (2 + DELIVERY_ID_LIMIT)
    + 8
    + (2 + WRAPPED_KEY_LIMIT)
    + NONCE;

#[test]
fn the_largest_message_fits_a_queue_with_its_dead_letter_attributes() {
    let message = (HEADER_LIMIT + CONTENT_LIMIT + TAG).div_ceil(3) * 4;
    // Name, type and value of each attribute count. A trace id has 256 bytes at most, a queue's name 80.
    let attributes = "tollgate.class".len()
        + "String".len()
        + "permanent".len()
        + "tollgate.reason".len()
        + "String".len()
        + 64
        + "tollgate.attempts".len()
        + "Number".len()
        + u32::MAX.to_string().len()
        + "tollgate.trace".len()
        + "String".len()
        + 256
        + "tollgate.source".len()
        + "String".len()
        + 80;
    assert_eq!((HEADER_LIMIT, CONTENT_LIMIT, message, attributes), (2_420, 770_052, 1_029_984, ATTRIBUTES));
    assert!(message + attributes <= LONGEST);
}

#[test]
fn the_largest_body_that_does_not_compress_fits_and_comes_back() {
    // The envelope at its longest: all that screening leaves of everything that comes from outside.
    let long = |length: usize| "\u{1}".repeat(length);
    let redaction = Redaction { path: "a".repeat(256), class: "card_number".to_owned() };
    let envelope = Envelope {
        trace_id: Some("\"".repeat(256)),
        account: long(128),
        identity: verification::Identity {
            event_id: Some(long(512)),
            event_type: Some(long(512)),
            occurred_at: Some(long(512)),
            derived_id: Some(long(512)),
            proof_id: Some(long(512)),
            ..verification::Identity::default()
        },
        kid: Some(long(128)),
        redactions: vec![redaction; 12 * 1024 / 290],
        ..samples::envelope(&"d".repeat(DELIVERY_ID_LIMIT))
    };
    let delivery = Opened { envelope, body: Some(samples::noise(BODY_LIMIT)), source: Source::Webhook };
    assert!(serde_json::to_vec(&delivery.envelope).unwrap().len() <= ENVELOPE_LIMIT);
    let text = sealed(&delivery);
    assert!(text.len() <= LONGEST - ATTRIBUTES, "{}", text.len());
    assert_eq!(open(&text).unwrap(), delivery);
}

#[test]
fn no_body_and_an_empty_body_are_told_apart() {
    let withheld = Withheld { reason: "too_deep".to_owned(), length: 9 };
    for (envelope, body) in [
        (samples::envelope("d"), Some(Vec::new())),
        (Envelope { withheld: Some(withheld), ..samples::envelope("d") }, None),
    ] {
        let screened = Screened::sample(envelope.clone(), body.clone());
        let delivery = Opened { envelope, body, source: Source::Replay };
        let text = seal(&header(&delivery), &key(), screened.envelope(), screened.body()).unwrap();
        assert_eq!(open(&text).unwrap(), delivery);
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(open(&text).is_err());
        prop_assert!(open(&BASE64_STANDARD.encode([b"tlgt\x00\x00", bytes.as_slice()].concat())).is_err());
    }

    #[test]
    fn no_content_makes_it_panic(flags in 0..2_u8, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = encrypt(&header(&samples::golden()[0]), &key(), flags, &bytes).unwrap();
        prop_assert_eq!(open(&text), Err(MALFORMED));
    }

    #[test]
    fn what_was_sealed_comes_back(body in prop::collection::vec(any::<u8>(), 0..2000), ms: i64, id in "[ -~é]{0,40}") {
        let envelope = Envelope { received_at_ms: ms, ..samples::envelope(&id) };
        let delivery = Opened { envelope, body: Some(body), source: Source::Webhook };
        prop_assert_eq!(open(&sealed(&delivery)), Ok(delivery));
    }
}
