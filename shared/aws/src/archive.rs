//! The archive on S3.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, GlacierJobParameters, Object, ObjectStorageClass, OptionalObjectAttributes,
    RestoreRequest, Tier,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pipeline::{Archive, Head, Listed, Put, Segment, StoredSegment};

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

    /// Asks for a copy of a cold object that can be read for so many days. It takes hours; asking again does no harm.
    pub async fn restore(&self, key: &str, days: i32) -> anyhow::Result<()> {
        let how = GlacierJobParameters::builder().tier(Tier::Bulk).build().context("a tier")?;
        let request = RestoreRequest::builder().days(days).glacier_job_parameters(how).build();
        let call = self.client.restore_object().bucket(&self.bucket).key(key).restore_request(request);
        match call.send().await {
            Err(error) if error.code() == Some("RestoreAlreadyInProgress") => Ok(()),
            answer => answer.map(drop).map_err(|error| failure("restore a segment", &error)),
        }
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
                let head = self.head(&segment.key).await?;
                // Whoever puts an object says its digest; its MAC nobody knows before the archiver has made it.
                let ours = Head { digest: Some(segment.digest), mac: segment.mac.clone() };
                let same = head == Some(ours);
                Ok(if same { Put::AlreadyThere } else { Put::Differs })
            }
            Err(error) => Err(failure("put a segment", &error)),
        }
    }

    async fn list(&self, prefix: &str, after: &str) -> anyhow::Result<Vec<Listed>> {
        let call = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let call = call.set_start_after(Some(after.to_owned()).filter(|after| !after.is_empty()));
        let call = call.optional_object_attributes(OptionalObjectAttributes::RestoreStatus);
        let page = call.send().await.map_err(|error| failure("list segments", &error))?;
        Ok(page.contents.unwrap_or_default().into_iter().filter_map(listed).collect())
    }

    async fn head(&self, key: &str) -> anyhow::Result<Option<Head>> {
        let answer = self.client.head_object().bucket(&self.bucket).key(key).send().await;
        if status(&answer) == Some(NOT_FOUND) {
            return Ok(None);
        }
        let answer = answer.map_err(|error| failure("look at a segment", &error))?;
        let metadata = |name| answer.metadata().and_then(|metadata| metadata.get(name));
        Ok(Some(Head {
            digest: metadata(Self::DIGEST).and_then(|text| unhex(text)),
            mac: mac(metadata(Self::MAC)),
        }))
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<StoredSegment>> {
        let answer = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            answer => answer.map_err(|error| failure("get a segment", &error))?,
        };
        let mac = mac(answer.metadata().and_then(|metadata| metadata.get(Self::MAC)));
        let bytes = answer.body.collect().await.context("get a segment")?;
        Ok(Some(StoredSegment { bytes: bytes.to_vec(), mac }))
    }
}

/// An object as a listing has it.
fn listed(object: Object) -> Option<Listed> {
    let frozen =
        matches!(object.storage_class, Some(ObjectStorageClass::Glacier | ObjectStorageClass::DeepArchive));
    // A copy that was restored has a day on which it goes again.
    let restored = object.restore_status.is_some_and(|status| status.restore_expiry_date.is_some());
    let length = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(u64::MAX);
    Some(Listed { key: object.key?, length, cold: frozen && !restored })
}

/// One that does not decode cannot hold.
fn mac(text: Option<&String>) -> Option<Vec<u8>> {
    text.map(|text| STANDARD.decode(text).unwrap_or_default())
}

/// The status of the answer that refused a call.
fn status<T, E>(result: &Result<T, SdkError<E, HttpResponse>>) -> Option<u16> {
    Some(result.as_ref().err()?.raw_response()?.status().as_u16())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let byte = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
    let bytes = (0..32).map(byte).collect::<Option<Vec<u8>>>()?;
    bytes.try_into().ok().filter(|_| text.len() == 64)
}

/// A segment can be some megabytes, and no sender waits for it.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// There is an object.
const PRECONDITION_FAILED: u16 = 412;
/// There is no object.
const NOT_FOUND: u16 = 404;
/// Another request about the same key was under way: send again.
const CONFLICT: u16 = 409;

#[cfg(test)]
mod tests {
    use pipeline::{Archive as _, Head, Put, Segment};

    use super::S3Archive;
    use crate::canned::{Answer, Server};

    fn segment() -> Segment {
        let bytes = b"not really zstd".to_vec();
        Segment {
            key: "archive/v0/date=2026-11-23/hour=04/abc.ndjson.zst".to_owned(),
            digest: [7; 32],
            mac: Some(vec![1, 2, 3]),
            lines: 1,
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
    async fn an_object_that_is_there_is_compared_by_its_digest_and_its_mac() {
        let with = |headers| Answer::Response(200, headers, String::new());
        let same = "x-amz-meta-mac: AQID\r\n\
            x-amz-meta-digest: 0707070707070707070707070707070707070707070707070707070707070707\r\n";
        let planted = "x-amz-meta-mac: AQIE\r\n\
            x-amz-meta-digest: 0707070707070707070707070707070707070707070707070707070707070707\r\n";
        let other = "x-amz-meta-mac: AQID\r\nx-amz-meta-digest: 00\r\n";
        check(vec![status(412), with(same)], Some(Put::AlreadyThere), &["PUT", "HEAD"]).await;
        check(vec![status(412), with(planted)], Some(Put::Differs), &["PUT", "HEAD"]).await;
        check(vec![status(412), with(other)], Some(Put::Differs), &["PUT", "HEAD"]).await;
        check(vec![status(412), status(200)], Some(Put::Differs), &["PUT", "HEAD"]).await;
        check(vec![status(412), status(403)], None, &["PUT", "HEAD"]).await;
    }

    #[tokio::test]
    async fn a_listing_goes_on_after_a_key_and_says_what_must_be_restored() {
        let object = |key: &str, class: &str, more: &str| {
            format!(
                "<Contents><Key>{key}</Key><Size>7</Size><StorageClass>{class}</StorageClass>{more}</Contents>"
            )
        };
        let restored = "<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress>\
            <RestoreExpiryDate>2026-12-01T00:00:00.000Z</RestoreExpiryDate></RestoreStatus>";
        let restoring = "<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>";
        let page = [
            object("a", "STANDARD", ""),
            object("b", "GLACIER_IR", ""),
            object("c", "GLACIER", ""),
            object("d", "DEEP_ARCHIVE", restoring),
            object("e", "GLACIER", restored),
        ];
        let page = format!("<ListBucketResult>{}</ListBucketResult>", page.concat());
        let server = Server::start([Answer::ok(page), Answer::ok("<ListBucketResult></ListBucketResult>")]);
        let archive = S3Archive::new(&server.sdk(), "bucket");
        let listed = archive.list("archive/v0/", "archive/v0/x").await.unwrap();
        let cold: Vec<_> = listed.iter().map(|listed| (listed.key.as_str(), listed.cold)).collect();
        assert_eq!(cold, [("a", false), ("b", false), ("c", true), ("d", true), ("e", false)]);
        assert!(listed.iter().all(|listed| listed.length == 7));
        assert_eq!(archive.list("archive/v0/", "").await.unwrap(), []);
        let seen = server.seen();
        assert_eq!(
            seen[0].line,
            "GET /bucket/?list-type=2&prefix=archive%2Fv0%2F&start-after=archive%2Fv0%2Fx"
        );
        assert_eq!(seen[1].line, "GET /bucket/?list-type=2&prefix=archive%2Fv0%2F");
        assert_eq!(seen[0].header("x-amz-optional-object-attributes"), Some("RestoreStatus"));
    }

    #[tokio::test]
    async fn what_is_kept_with_an_object_is_read_without_it() {
        let check = async |answer: Answer, expected: Option<Head>| {
            let server = Server::start([answer]);
            assert_eq!(S3Archive::new(&server.sdk(), "bucket").head("a/b").await.unwrap(), expected);
            assert_eq!(server.only().line, "HEAD /bucket/a/b");
        };
        let with = |headers| Answer::Response(200, headers, String::new());
        let none = Head { digest: None, mac: None };
        check(status(404), None).await;
        check(with(""), Some(none.clone())).await;
        check(with("x-amz-meta-digest: 07\r\n"), Some(none)).await;
        let digest = "x-amz-meta-mac: AQID\r\n\
            x-amz-meta-digest: 0707070707070707070707070707070707070707070707070707070707070707\r\n";
        check(with(digest), Some(Head { digest: Some([7; 32]), mac: Some(vec![1, 2, 3]) })).await;
    }

    #[tokio::test]
    async fn an_object_comes_with_its_mac_and_one_that_is_gone_is_no_error() {
        let check = async |answer: Answer, expected: Option<Option<Vec<u8>>>| {
            let server = Server::start([answer]);
            let stored = S3Archive::new(&server.sdk(), "bucket").get("a/b").await.unwrap();
            assert_eq!(stored.as_ref().map(|stored| stored.mac.clone()), expected);
            assert!(stored.is_none_or(|stored| stored.bytes == b"bytes"));
        };
        let with = |headers: &'static str| Answer::Response(200, headers, "bytes".to_owned());
        check(with("x-amz-meta-mac: AQID\r\n"), Some(Some(vec![1, 2, 3]))).await;
        check(with("x-amz-meta-mac: ?\r\n"), Some(Some(vec![]))).await;
        check(with(""), Some(None)).await;
        let gone = "<Error><Code>NoSuchKey</Code></Error>".to_owned();
        check(Answer::Response(404, "", gone), None).await;
        let server = Server::start([status(403)]);
        assert!(S3Archive::new(&server.sdk(), "bucket").get("a/b").await.is_err());
    }

    #[tokio::test]
    async fn a_cold_object_is_asked_for_once_or_again() {
        let check = async |answer: Answer, done: bool| {
            let server = Server::start([answer]);
            assert_eq!(S3Archive::new(&server.sdk(), "bucket").restore("a/b", 7).await.is_ok(), done);
            server.only()
        };
        let seen = check(status(202), true).await;
        assert!(seen.line.starts_with("POST /bucket/a/b?restore"), "{}", seen.line);
        let body = String::from_utf8(seen.body).unwrap();
        assert!(body.contains("<Days>7</Days>") && body.contains("<Tier>Bulk</Tier>"), "{body}");
        let error = |code: &str| format!("<Error><Code>{code}</Code></Error>");
        check(Answer::Response(409, "", error("RestoreAlreadyInProgress")), true).await;
        check(Answer::Response(403, "", error("InvalidObjectState")), false).await;
    }

    #[tokio::test]
    async fn a_put_that_met_another_request_is_sent_once_more() {
        check(vec![status(409), status(200)], Some(Put::Created), &["PUT", "PUT"]).await;
        check(vec![status(409), status(409)], None, &["PUT", "PUT"]).await;
        check(vec![status(403)], None, &["PUT"]).await;
    }
}
