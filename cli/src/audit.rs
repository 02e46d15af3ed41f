//! The trace that an operator leaves: one create-only object in the archive's bucket for each act that changes what
//! the stack believes, keeps or handles again. It is written before the act: an act without a trace is worse than a
//! trace without its act. The bucket's Object Lock keeps it as long as the archive.

use std::time::SystemTime;

use anyhow::Context as _;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock;
use crate::output::Output;
use crate::query;
use crate::service::Call as _;
use crate::stack::Stack;

/// Bytes of the digest in an object's name.
const NAMING_BYTES: usize = 8;
/// There is an object of this name; it is named after its content.
const PRECONDITION_FAILED: u16 = 412;

/// What is done, to what, how many and why.
#[derive(Clone, Debug)]
pub(crate) struct Act<'a> {
    /// The command, in words joined by `-`: `endpoint-roll`.
    pub(crate) command: &'a str,
    /// What it is done to: an endpoint's name, a queue, a range of the archive.
    pub(crate) target: &'a str,
    /// How many of what, and which by their ids: an object, or null.
    pub(crate) counts: Value,
    /// Why, in the operator's words.
    pub(crate) reason: Option<&'a str>,
}

/// Writes an act down, and says where. Without it, the act must not be done.
pub(crate) async fn record(stack: &Stack, act: &Act<'_>, output: &Output) -> anyhow::Result<String> {
    let now = clock::now();
    let who = query::caller(stack.sdk.config()).await?;
    let entry = Entry::new(act, &stack.name, &who, now)?;
    let bucket = stack.output("ArchiveBucket")?;
    let mut config = aws_sdk_s3::config::Builder::from(stack.sdk.config());
    config.set_force_path_style(Some(stack.sdk.config().endpoint_url().is_some()));
    let put = Client::from_conf(config.build())
        .put_object()
        .bucket(bucket)
        .key(&entry.key)
        .if_none_match("*")
        .content_type("application/json")
        // Object Lock wants a checksum.
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .checksum_sha256(STANDARD.encode(entry.digest))
        .body(ByteStream::from(entry.document.into_bytes()))
        .send()
        .await;
    let status = put.as_ref().err().and_then(|error| Some(error.raw_response()?.status().as_u16()));
    if status != Some(PRECONDITION_FAILED) {
        put.or_cannot("write the audit object; nothing was done")?;
    }
    output.progress(format!("audit: s3://{bucket}/{}", entry.key));
    Ok(entry.key)
}

struct Entry {
    key: String,
    document: String,
    digest: [u8; 32],
}

#[derive(Serialize)]
struct Written<'a> {
    who: &'a str,
    at: &'a str,
    command: &'a str,
    stack: &'a str,
    target: &'a str,
    counts: &'a Value,
    reason: Option<&'a str>,
    version: &'static str,
}

impl Entry {
    fn new(act: &Act<'_>, stack: &str, who: &str, now: SystemTime) -> anyhow::Result<Self> {
        let time = OffsetDateTime::from(now);
        let seconds = time.replace_nanosecond(0)?.format(&Rfc3339).context("a time of this millennium")?;
        let at = format!("{}.{:03}Z", seconds.trim_end_matches('Z'), time.millisecond());
        let Act { command, target, counts, reason } = act;
        let version = env!("CARGO_PKG_VERSION");
        let written = Written { who, at: &at, command, stack, target, counts, reason: *reason, version };
        let document = serde_json::to_string(&written)?;
        let digest: [u8; 32] = Sha256::digest(document.as_bytes()).into();
        let (date, clock) = at.split_once('T').context("a time of this millennium")?;
        let clock: String = clock.chars().filter(char::is_ascii_digit).collect();
        let naming = hex::encode(digest.get(..NAMING_BYTES).unwrap_or_default());
        let key = format!("audit/v0/date={date}/{clock}-{command}-{naming}.json");
        Ok(Self { key, document, digest })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::json;

    use super::*;

    fn entry(target: &str, milliseconds: u64) -> Entry {
        let counts = json!({"secrets": 2});
        let act = Act { command: "endpoint-roll", target, counts, reason: Some("yearly") };
        let now = UNIX_EPOCH + Duration::from_millis(milliseconds);
        Entry::new(&act, "dev", "arn:aws:iam::1:user/ada", now).unwrap()
    }

    #[test]
    fn an_entry_says_who_did_what_to_what_when_how_many_and_why() {
        let entry = entry("shop", 1_800_000_000_250);
        let written: Value = serde_json::from_str(&entry.document).unwrap();
        assert_eq!(
            written,
            json!({
                "who": "arn:aws:iam::1:user/ada", "at": "2027-01-15T08:00:00.250Z", "command": "endpoint-roll",
                "stack": "dev", "target": "shop", "counts": {"secrets": 2}, "reason": "yearly",
                "version": env!("CARGO_PKG_VERSION"),
            })
        );
    }

    #[test]
    fn an_entry_is_named_by_its_time_its_command_and_its_content() {
        let (one, other) = (entry("shop", 1_800_000_000_250), entry("shop2", 1_800_000_000_250));
        let expected = "audit/v0/date=2027-01-15/080000250-endpoint-roll-";
        assert!(one.key.starts_with(expected), "{}", one.key);
        assert_ne!(one.key, other.key);
        assert_eq!(one.key, entry("shop", 1_800_000_000_250).key);
    }
}
