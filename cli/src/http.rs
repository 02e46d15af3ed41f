//! Requests outside of the AWS SDK, over the HTTP and TLS stack that the SDK brings.

use std::error::Error;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// API Gateway itself gives up after 29 seconds.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client with its pool of connections. HTTPS trusts what the system trusts.
#[derive(Debug)]
pub(crate) struct Http(Connector);

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Whether the status is 2xx.
    pub(crate) fn accepted(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text, for people.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Http {
    /// A client for this URL and others of its kind.
    pub(crate) fn of(url: &str) -> Self {
        // For plain HTTP the system's certificates are not even read.
        if url.starts_with("http://") {
            return Self(Connector::builder().build_http());
        }
        Self(Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build())
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> anyhow::Result<Answer> {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(method).map_err(|_| anyhow!("not an HTTP method"))?;
        request.set_uri(url).map_err(|_| anyhow!("not a URL: {url}"))?;
        for (name, value) in headers {
            let added = request.headers_mut().try_append(name.clone(), value.clone());
            added.map_err(|_| anyhow!("the header {name} cannot be sent"))?;
        }
        let call = async {
            let response = self.0.call(request).await.map_err(|error| anyhow!("{}", root_cause(&error)))?;
            let status = response.status().as_u16();
            let body = ByteStream::new(response.into_body()).collect().await.context("read the answer")?;
            anyhow::Ok(Answer { status, body: body.to_vec() })
        };
        let answer = tokio::time::timeout(TIMEOUT, call).await.context("no answer in 30 seconds")?;
        answer.with_context(|| format!("cannot reach {url}"))
    }
}

fn root_cause(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), root_cause)
}
