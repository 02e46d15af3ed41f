//! Answers to a provider. They tell an attacker nothing: all refusals for want of proof are one and the same.

use serde::Serialize;

/// On every answer of ours, and in the template on every answer of the gateway's own.
const SECURITY_HEADERS: [(&str, &str); 7] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Seconds that a provider is asked to wait after a failure of ours.
const RETRY_AFTER: &str = "30";

/// An answer in the shape that a REST API's proxy integration takes.
#[derive(Serialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// HTTP status.
    pub status_code: u16,
    #[serde(serialize_with = "as_map")]
    headers: Vec<(&'static str, String)>,
    /// Text of the body.
    pub body: String,
    is_base64_encoded: bool,
}

impl Answer {
    fn new(status_code: u16, content_type: &'static str, body: String, request_id: &str) -> Self {
        let mut headers: Vec<_> =
            SECURITY_HEADERS.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        headers.push(("content-type", content_type.to_owned()));
        headers.push(("x-request-id", request_id.to_owned()));
        Self { status_code, headers, body, is_base64_encoded: false }
    }

    /// 2xx in the words that the provider expects.
    pub(crate) fn accepted(answer: &verification::Answer, request_id: &str) -> Self {
        Self::new(answer.status, answer.content_type, answer.body.to_owned(), request_id)
    }

    /// What a provider's signed set-up call expects.
    pub(crate) fn handshake(handshake: &verification::Handshake, request_id: &str) -> Self {
        Self::new(handshake.status, handshake.content_type, handshake.body.clone(), request_id)
    }

    /// 413: the body is larger than the limit.
    pub(crate) fn too_large(request_id: &str) -> Self {
        Self::problem(413, "payload too large", request_id)
    }

    /// 415: no provider sends this media type or encoding.
    pub(crate) fn unsupported_media_type(request_id: &str) -> Self {
        Self::problem(415, "unsupported media type", request_id)
    }

    /// 401: unknown endpoint, or any failure of verification. The same for all but the request id.
    pub(crate) fn refused(request_id: &str) -> Self {
        Self::problem(401, "unauthorized", request_id)
    }

    /// 503: a dependency of ours failed, or time ran out. The provider sends it again.
    pub(crate) fn unavailable(request_id: &str) -> Self {
        let mut answer = Self::problem(503, "service unavailable", request_id);
        answer.headers.push(("retry-after", RETRY_AFTER.to_owned()));
        answer
    }

    /// A problem document. See <https://www.rfc-editor.org/rfc/rfc9457>.
    fn problem(status: u16, title: &str, request_id: &str) -> Self {
        let body = format!(r#"{{"title":"{title}","status":{status},"request_id":"{request_id}"}}"#);
        Self::new(status, "application/problem+json", body, request_id)
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }
}

fn as_map<S: serde::Serializer>(
    headers: &[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (*name, value)))
}
