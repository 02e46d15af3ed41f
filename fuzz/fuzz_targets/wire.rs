//! The wire format: never panics; a label that can be read is what the message begins with; what was sealed opens to what it
//! was, and changed by a single bit to nothing; what opens is written to the same content again, and is within the bounds.

#![no_main]

use arbitrary::Arbitrary;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine, prelude::BASE64_STANDARD};
use fuzz::{Change, KnownKey, now, ready};
use libfuzzer_sys::fuzz_target;
use pipeline::{Arrival, Label, Opened, Sealer, Source, screen};
use verification::{Delivery, Endpoint, Provider, sign, verify};

/// The largest content of a message: a length, an envelope and a body.
const CONTENT_LIMIT: usize = 4 + 32 * 1024 + 720 * 1024;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// Any text.
    Text(&'a str),
    /// Any bytes after those that every message begins with.
    Bytes(&'a [u8]),
    /// A message of the golden file, changed.
    Golden(u8, Vec<Change>),
    /// A delivery that is sealed as the front door does, then changed.
    Delivery {
        id: &'a str,
        received_at_ms: i64,
        trace_id: Option<&'a str>,
        body: &'a [u8],
        changes: Vec<Change>,
    },
    /// A content that nobody seals, under the right key; now and then with more blanks than the format has room for.
    Content {
        flags: u8,
        compressed: bool,
        envelope: Vec<Change>,
        length: Vec<Change>,
        body: &'a [u8],
        blanks: u16,
    },
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Text(text) => stranger(text),
        Input::Bytes(bytes) => stranger(&BASE64_STANDARD.encode([b"tlgt\0", bytes].concat())),
        Input::Golden(number, changes) => changed(golden(number), &changes),
        Input::Delivery { id, received_at_ms, trace_id, body, changes } => {
            let arrival =
                Arrival { delivery_id: id.to_owned(), received_at_ms, trace_id: trace_id.map(str::to_owned) };
            if let Some(text) = sealed(arrival, body) {
                changed(&text, &changes);
            }
        }
        Input::Content { flags, compressed, envelope, length, body, blanks } => {
            let opened = KnownKey::open(golden(1)).expect("the golden file opens");
            let json = serde_json::to_vec(&opened.envelope).expect("an envelope is JSON");
            let json = Change::all(&envelope, &json);
            let start = Change::all(&length, &u32::try_from(json.len()).expect("short").to_be_bytes());
            let content =
                [&start, &json, body, &vec![b' '; usize::from(blanks.saturating_sub(60_000)) * 256]].concat();
            insider(flags, compressed, &content);
        }
    }
});

/// What somebody without the key sends: refused, unless it is a golden message itself.
fn stranger(text: &str) {
    label(text);
    assert!(KnownKey::open(text).is_err() || GOLDEN.lines().any(|line| line == text), "a forgery");
}

/// What was sealed, as it was and after some changes.
fn changed(text: &str, changes: &[Change]) {
    label(text);
    let opened = KnownKey::open(text).expect("it is as it was sealed");
    let said = label(text).expect("a message has a label");
    assert_eq!(said.endpoint, opened.envelope.endpoint);
    assert_eq!(said.delivery_id, opened.envelope.delivery_id);
    assert_eq!((said.received_at_ms, said.source), (opened.envelope.received_at_ms, opened.source));
    let bytes = BASE64_STANDARD.decode(text).expect("a message is base64");
    for other in [Some(BASE64_STANDARD.encode(Change::all(changes, &bytes))), Change::all_text(changes, text)]
    {
        let Some(other) = other.filter(|other| other != text) else { continue };
        label(&other);
        assert!(KnownKey::open(&other).is_err(), "changed and opened: {other}");
    }
}

/// What somebody with the key sends.
fn insider(flags: u8, compressed: bool, content: &[u8]) {
    let packed = zstd::bulk::compress(content, 1).expect("it compresses");
    let written = if compressed { &packed } else { content };
    let opened = KnownKey::open(&encrypted(flags, written));
    let Ok(opened) = opened else { return };
    assert!(content.len() <= CONTENT_LIMIT || !compressed, "{} bytes", content.len());
    let mut again = serde_json::to_vec(&opened.envelope).expect("an envelope is JSON");
    again.splice(..0, u32::try_from(again.len()).expect("short").to_be_bytes());
    again.extend_from_slice(opened.body.as_deref().unwrap_or_default());
    assert_eq!(KnownKey::open(&encrypted(0, &again)), Ok(opened));
}

/// Reads a label, and holds it to what the message begins with.
fn label(text: &str) -> Option<Label> {
    let label = Label::read(text).ok()?;
    let bytes = BASE64_STANDARD.decode(text).expect("a message is base64");
    assert_eq!(BASE64_STANDARD.encode(&bytes), text);
    assert!(bytes.starts_with(&header(&label, bytes[5])), "{label:?}");
    Some(label)
}

/// The header of a message up to its wrapped key.
fn header(label: &Label, flags: u8) -> Vec<u8> {
    let Label { source, stack, endpoint, delivery_id, received_at_ms } = label;
    let mut bytes = [b"tlgt\0".as_slice(), &[flags]].concat();
    for field in [source.as_str(), stack, endpoint, delivery_id] {
        bytes.extend_from_slice(&u16::try_from(field.len()).expect("short").to_be_bytes());
        bytes.extend_from_slice(field.as_bytes());
    }
    [bytes, received_at_ms.to_be_bytes().to_vec()].concat()
}

/// A message under the header of a golden one.
fn encrypted(flags: u8, content: &[u8]) -> String {
    let label = Label::read(golden(1)).expect("a message has a label");
    let mut bytes = header(&label, flags);
    bytes.extend_from_slice(&u16::try_from(KnownKey::WRAPPED.len()).expect("short").to_be_bytes());
    bytes.extend_from_slice(&[KnownKey::WRAPPED, &[9; 12]].concat());
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &KnownKey::PLAINTEXT).expect("a key"));
    let mut content = content.to_vec();
    let nonce = Nonce::assume_unique_for_key([9; 12]);
    key.seal_in_place_append_tag(nonce, Aad::from(&bytes), &mut content).expect("it encrypts");
    BASE64_STANDARD.encode([bytes, content].concat())
}

/// A body from GitHub, sealed; none if its id is too long for the format.
fn sealed(arrival: Arrival, body: &[u8]) -> Option<String> {
    let provider = Provider::named("github").expect("it is there");
    let document = provider.example().to_string();
    let endpoint = Endpoint::parse("shop", document.as_bytes()).expect("an example is right");
    let headers = sign(&endpoint, "", "id", body, now()).expect("its secret signs");
    let verified = verify(&endpoint, Delivery::new("", headers, body.to_vec()), now()).expect("it is signed");
    let fits = arrival.delivery_id.len() <= 128;
    let screened = screen(verified, arrival);
    let sealed = ready(Sealer::new("stack", Source::Webhook).seal(&screened, &KnownKey, now()));
    assert_eq!(sealed.is_ok(), fits);
    let text = sealed.ok()?.as_text().to_owned();
    let expected = Opened {
        envelope: screened.envelope().clone(),
        body: screened.body().map(<[u8]>::to_vec),
        source: Source::Webhook,
    };
    assert_eq!(KnownKey::open(&text), Ok(expected));
    Some(text)
}

fn golden(number: u8) -> &'static str {
    GOLDEN.lines().nth(usize::from(number) % 3).expect("there are three")
}

const GOLDEN: &str = include_str!("../../shared/pipeline/tests/golden/wire-v0.txt");
