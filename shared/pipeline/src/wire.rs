//! The wire format of the queues, version 0. Golden file: `tests/golden/wire-v0.txt`.
//!
//! A message is base64 (RFC 4648, standard alphabet, padded) of
//!
//! | bytes | field |
//! |---|---|
//! | 4 | `tlgt` |
//! | 1 | version: 0 |
//! | 1 | flags: bit 0 set if the content is a zstd frame; the others are 0 |
//! | 2 + n | source: `webhook` or `replay` |
//! | 2 + n | stack, at most 128 |
//! | 2 + n | endpoint, at most 64 |
//! | 2 + n | delivery id, at most 128 |
//! | 8 | received, milliseconds of Unix time, signed |
//! | 2 + n | wrapped data key, at most 2,048 |
//! | 12 | nonce |
//! | rest | AES-256-GCM of the content, then its tag of 16 |
//!
//! Numbers are big-endian; `2 + n` is a length and that many bytes. Everything before the ciphertext is authenticated
//! with it. The content is a length of 4 bytes, the envelope in JSON of that length, and the screened body.
//! A reader of a new version ships one release before its writer.

use anyhow::{Context, anyhow, ensure};
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{BODY_LIMIT, Envelope, Failure, Opened, Source};

const MAGIC: &[u8; 4] = b"tlgt";
const VERSION: u8 = 0;
const COMPRESSED: u8 = 1;
const NONCE: usize = 12;

const SOURCE_LIMIT: usize = 16;
const STACK_LIMIT: usize = 128;
const ENDPOINT_LIMIT: usize = 64;
const DELIVERY_ID_LIMIT: usize = 128;
const WRAPPED_KEY_LIMIT: usize = 2048;
/// The longest envelope, in bytes of JSON. Screening keeps far below.
const ENVELOPE_LIMIT: usize = 32 * 1024;
const CONTENT_LIMIT: usize = 4 + ENVELOPE_LIMIT + BODY_LIMIT;

/// What can be read of a message without its key, and is believed only after it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) source: Source,
    pub(crate) stack: String,
    pub(crate) endpoint: String,
    pub(crate) delivery_id: String,
    pub(crate) received_at_ms: i64,
    pub(crate) wrapped_key: Vec<u8>,
    pub(crate) nonce: [u8; NONCE],
}

/// What stands on a sealed message for everyone to read. Who could send to the queue could write it: nothing of it is
/// proven before the message is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Who sealed it.
    pub source: Source,
    /// For which stack.
    pub stack: String,
    /// The endpoint's name.
    pub endpoint: String,
    /// Our id of the delivery.
    pub delivery_id: String,
    /// When it arrived, in milliseconds of Unix time.
    pub received_at_ms: i64,
}

impl Label {
    /// Reads the label of a message. Permanent: `unsealed`. Transient: `unknown_version`.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let Header { source, stack, endpoint, delivery_id, received_at_ms, .. } = parse(text)?.header;
        Ok(Self { source, stack, endpoint, delivery_id, received_at_ms })
    }
}

/// A message that has the form of one.
pub(crate) struct Parsed {
    pub(crate) header: Header,
    flags: u8,
    bytes: Vec<u8>,
    /// Where the ciphertext begins.
    content: usize,
}

/// Seals an envelope and its body under the key whose wrapped form the header has.
pub(crate) fn seal(
    header: &Header,
    key: &LessSafeKey,
    envelope: &Envelope,
    body: Option<&[u8]>,
) -> anyhow::Result<String> {
    let content = content(envelope, body.unwrap_or_default())?;
    let compressed = zstd::bulk::compress(&content, 1).context("compress a delivery")?;
    let (flags, content) =
        if compressed.len() < content.len() { (COMPRESSED, compressed) } else { (0, content) };

    encrypt(header, key, flags, &content)
}

fn encrypt(header: &Header, key: &LessSafeKey, flags: u8, content: &[u8]) -> anyhow::Result<String> {
    let mut message = write_header(header, flags)?;
    let start = message.len();
    message.extend_from_slice(content);
    let (authenticated, content) = message.split_at_mut_checked(start).context("split a message")?;
    let nonce = Nonce::assume_unique_for_key(header.nonce);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(authenticated), content);
    message.extend_from_slice(tag.map_err(|_| anyhow!("encrypt a delivery"))?.as_ref());
    Ok(BASE64_STANDARD.encode(message))
}

/// Reads the header of a message. Nothing is decrypted.
pub(crate) fn parse(text: &str) -> Result<Parsed, Failure> {
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| UNSEALED)?;
    let mut rest = bytes.as_slice();
    if take(&mut rest, MAGIC.len()) != Some(MAGIC) {
        return Err(UNSEALED);
    }
    match take(&mut rest, 1) {
        Some([VERSION]) => {}
        // After a roll-back there are messages of the newer version: they wait for the next release.
        Some(_) => return Err(Failure::transient("unknown_version")),
        None => return Err(UNSEALED),
    }
    let (flags, header) = read_header(&mut rest).ok_or(UNSEALED)?;
    let content = bytes.len() - rest.len();
    Ok(Parsed { header, flags, bytes, content })
}

impl Parsed {
    /// Decrypts the message and proves that it is as it was sealed.
    pub(crate) fn open(mut self, key: &LessSafeKey) -> Result<Opened, Failure> {
        let (authenticated, content) = self.bytes.split_at_mut_checked(self.content).ok_or(UNSEALED)?;
        let nonce = Nonce::assume_unique_for_key(self.header.nonce);
        let content = key.open_in_place(nonce, Aad::from(authenticated), content).map_err(|_| UNSEALED)?;
        if self.flags == COMPRESSED {
            let content = zstd::bulk::decompress(content, CONTENT_LIMIT).map_err(|_| MALFORMED)?;
            opened(&self.header, &content)
        } else {
            opened(&self.header, content)
        }
    }
}

/// It is not a message of ours, or not as it was sealed.
const UNSEALED: Failure = Failure::permanent("unsealed");
/// It was sealed with our key, but its content is not what this format has.
const MALFORMED: Failure = Failure::permanent("malformed");

fn content(envelope: &Envelope, body: &[u8]) -> anyhow::Result<Vec<u8>> {
    ensure!(body.len() <= BODY_LIMIT, "a body over the limit");
    let mut content = vec![0; 4];
    serde_json::to_writer(&mut content, envelope).context("write an envelope")?;
    let length = content.len() - 4;
    ensure!(length <= ENVELOPE_LIMIT, "an envelope over the limit");
    content.splice(..4, u32::try_from(length)?.to_be_bytes());
    content.extend_from_slice(body);
    Ok(content)
}

fn opened(header: &Header, mut content: &[u8]) -> Result<Opened, Failure> {
    let length = content.split_off(..4).and_then(|length| length.try_into().ok()).ok_or(MALFORMED)?;
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| MALFORMED)?;
    let envelope = content.split_off(..length).ok_or(MALFORMED)?;
    let envelope: Envelope = serde_json::from_slice(envelope).map_err(|_| MALFORMED)?;
    let same = envelope.endpoint == header.endpoint
        && envelope.delivery_id == header.delivery_id
        && envelope.received_at_ms == header.received_at_ms;
    let body = match envelope.withheld {
        None => Some(content.to_vec()),
        Some(_) if content.is_empty() => None,
        Some(_) => return Err(MALFORMED),
    };
    if same { Ok(Opened { envelope, body, source: header.source }) } else { Err(MALFORMED) }
}

fn write_header(header: &Header, flags: u8) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(1024);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[VERSION, flags]);
    put(&mut bytes, header.source.as_str().as_bytes(), SOURCE_LIMIT)?;
    put(&mut bytes, header.stack.as_bytes(), STACK_LIMIT)?;
    put(&mut bytes, header.endpoint.as_bytes(), ENDPOINT_LIMIT)?;
    put(&mut bytes, header.delivery_id.as_bytes(), DELIVERY_ID_LIMIT)?;
    bytes.extend_from_slice(&header.received_at_ms.to_be_bytes());
    put(&mut bytes, &header.wrapped_key, WRAPPED_KEY_LIMIT)?;
    bytes.extend_from_slice(&header.nonce);
    Ok(bytes)
}

fn put(bytes: &mut Vec<u8>, value: &[u8], limit: usize) -> anyhow::Result<()> {
    ensure!(value.len() <= limit, "a header field over its limit of {limit} bytes");
    bytes.extend_from_slice(&u16::try_from(value.len())?.to_be_bytes());
    bytes.extend_from_slice(value);
    Ok(())
}

fn read_header(rest: &mut &[u8]) -> Option<(u8, Header)> {
    let &[flags] = take(rest, 1)? else { return None };
    if flags & !COMPRESSED != 0 {
        return None;
    }
    let source = Source::named(field(rest, SOURCE_LIMIT)?)?;
    let stack = text(rest, STACK_LIMIT)?;
    let endpoint = text(rest, ENDPOINT_LIMIT)?;
    let delivery_id = text(rest, DELIVERY_ID_LIMIT)?;
    let received_at_ms = i64::from_be_bytes(take(rest, 8)?.try_into().ok()?);
    let wrapped_key = field(rest, WRAPPED_KEY_LIMIT)?.to_vec();
    let nonce = take(rest, NONCE)?.try_into().ok()?;
    Some((flags, Header { source, stack, endpoint, delivery_id, received_at_ms, wrapped_key, nonce }))
}

fn text(rest: &mut &[u8], limit: usize) -> Option<String> {
    String::from_utf8(field(rest, limit)?.to_vec()).ok()
}

/// A length of two bytes and as many bytes.
fn field<'a>(rest: &mut &'a [u8], limit: usize) -> Option<&'a [u8]> {
    let length = usize::from(u16::from_be_bytes(take(rest, 2)?.try_into().ok()?));
    if length > limit { None } else { take(rest, length) }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    rest.split_off(..length)
}

#[cfg(test)]
mod tests;
