//! The archive on S3.

use std::fmt::Write as _;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pipeline::{Archive, Put, Segment};

use crate::Sdk;
use crate::failure::failure;

/// One bucket. It is written to with the condition that there is no such object, and never otherwise.
#[derive(Debug)]
pub struct S3Archive {
    client: Client,
    bucket: String,
}

impl S3Archive {
    /// Object metadata: the SHA-256 of the object's bytes, in hexadecimal.
    pub const DIGEST: &str = "digest";
    /// Object metadata: the segment's MAC, in base64.
    pub const MAC: &str = "mac";
    /// The content type of a segment.
    pub const CONTENT_TYPE: &str = "application/zstd";

    /// The bucket of this name.
    pub fn new(sdk: &Sdk, bucket: impl Into<String>) -> Self {
        let mut config = aws_sdk_s3::config::Builder::from(sdk.config());
        config.set_force_path_style(Some(sdk.config().endpoint_url().is_some()));
        Self { client: Client::from_conf(config.build()), bucket: bucket.into() }
    }

    async fn create(&self, segment: &Segment) -> Result<(), SdkError<PutObjectError, HttpResponse>> {
        let mut call = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(&segment.key)
            .if_none_match("*")
            .content_type(Self::CONTENT_TYPE)
            // Object Lock wants the algorithm named; S3 checks the bytes against the value.
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .checksum_sha256(STANDARD.encode(segment.digest))
            .metadata(Self::DIGEST, hex(&segment.digest))
            .body(ByteStream::from(segment.bytes.clone()));
        if let Some(mac) = &segment.mac {
            call = call.metadata(Self::MAC, STANDARD.encode(mac));
        }
        let patience = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
        // The checksum is signed, so signing the bytes as well would prove nothing more and cost three quarters of the call.
        let call = call.customize().disable_payload_signing();
        call.config_override(aws_sdk_s3::config::Builder::new().timeout_config(patience))
            .send()
            .await
            .map(drop)
    }

    /// Whether the object under this key says that it has this digest.
    async fn holds(&self, segment: &Segment) -> anyhow::Result<bool> {
        let call = self.client.head_object().bucket(&self.bucket).key(&segment.key);
        let answer = call.send().await.map_err(|error| failure("look at a segment", &error))?;
        let digest = answer.metadata().and_then(|metadata| metadata.get(Self::DIGEST));
        Ok(digest == Some(&hex(&segment.digest)))
    }
}

impl Archive for S3Archive {
    async fn put(&self, segment: &Segment) -> anyhow::Result<Put> {
        let mut created = self.create(segment).await;
        if status(&created) == Some(CONFLICT) {
            created = self.create(segment).await;
        }
        match created {
            Ok(()) => Ok(Put::Created),
            Err(_) if status(&created) == Some(PRECONDITION_FAILED) => {
                Ok(if self.holds(segment).await? { Put::AlreadyThere } else { Put::Differs })
            }
            Err(error) => Err(failure("put a segment", &error)),
        }
    }
}

/// The status of the answer that refused a put.
fn status<E>(result: &Result<(), SdkError<E, HttpResponse>>) -> Option<u16> {
    Some(result.as_ref().err()?.raw_response()?.status().as_u16())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A segment can be some megabytes, and no sender waits for it.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// There is an object.
const PRECONDITION_FAILED: u16 = 412;
/// Another request about the same key was under way: send again.
const CONFLICT: u16 = 409;

#[cfg(test)]
mod tests {
    use pipeline::{Archive as _, Put, Segment};

    use super::S3Archive;
    use crate::canned::{Answer, Server};

    fn segment() -> Segment {
        let bytes = b"not really zstd".to_vec();
        Segment {
            key: "archive/v0/date=2026-11-23/hour=04/abc.ndjson.zst".to_owned(),
            digest: [7; 32],
            mac: Some(vec![1, 2, 3]),
            deliveries: 1,
            bytes,
        }
    }

    fn status(status: u16) -> Answer {
        Answer::Response(status, "", String::new())
    }

    /// The outcome of one put, and the methods by which it came about.
    async fn check(answers: Vec<Answer>, expected: Option<Put>, methods: &[&str]) {
        let server = Server::start(answers);
        let put = S3Archive::new(&server.sdk(), "bucket").put(&segment()).await;
        assert_eq!(put.ok(), expected);
        let seen: Vec<_> =
            server.seen().iter().map(|seen| seen.line.split(' ').next().unwrap().to_owned()).collect();
        assert_eq!(seen, methods);
    }

    #[tokio::test]
    async fn a_segment_is_created_only_where_there_is_none_and_checked_on_arrival() {
        let server = Server::start([status(200)]);
        let put = S3Archive::new(&server.sdk(), "bucket").put(&segment()).await;
        assert_eq!(put.unwrap(), Put::Created);

        let seen = server.only();
        assert_eq!(
            seen.line,
            "PUT /bucket/archive/v0/date%3D2026-11-23/hour%3D04/abc.ndjson.zst?x-id=PutObject"
        );
        assert_eq!(seen.body, segment().bytes);
        let check = |name: &str, expected: &str| assert_eq!(seen.header(name), Some(expected), "{name}");
        check("if-none-match", "*");
        check("content-type", "application/zstd");
        check("x-amz-sdk-checksum-algorithm", "SHA256");
        check("x-amz-checksum-sha256", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
        check("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        check("x-amz-meta-digest", "0707070707070707070707070707070707070707070707070707070707070707");
        check("x-amz-meta-mac", "AQID");
        assert_eq!(seen.header("x-amz-checksum-crc32"), None);
        let signed = seen.header("authorization").unwrap();
        assert!(signed.contains("if-none-match;") && signed.contains("x-amz-checksum-sha256;"), "{signed}");
    }

    #[tokio::test]
    async fn an_object_that_is_there_is_compared_by_its_digest() {
        let same = Answer::Response(
            200,
            "x-amz-meta-digest: 0707070707070707070707070707070707070707070707070707070707070707\r\n",
            String::new(),
        );
        let other = Answer::Response(200, "x-amz-meta-digest: 00\r\n", String::new());
        check(vec![status(412), same], Some(Put::AlreadyThere), &["PUT", "HEAD"]).await;
        check(vec![status(412), other], Some(Put::Differs), &["PUT", "HEAD"]).await;
        check(vec![status(412), status(200)], Some(Put::Differs), &["PUT", "HEAD"]).await;
        check(vec![status(412), status(403)], None, &["PUT", "HEAD"]).await;
    }

    #[tokio::test]
    async fn a_put_that_met_another_request_is_sent_once_more() {
        check(vec![status(409), status(200)], Some(Put::Created), &["PUT", "PUT"]).await;
        check(vec![status(409), status(409)], None, &["PUT", "PUT"]).await;
        check(vec![status(403)], None, &["PUT"]).await;
    }
}
