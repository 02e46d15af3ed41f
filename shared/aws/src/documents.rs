//! Endpoint documents in Secrets Manager.

use anyhow::anyhow;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use pipeline::{EndpointDocuments, FetchError};
use zeroize::Zeroizing;

use crate::Sdk;
use crate::failure::{denies_access, failure};

/// One secret an endpoint, below a common prefix.
#[derive(Debug)]
pub struct SecretsDocuments {
    client: Client,
    prefix: String,
}

impl SecretsDocuments {
    /// The endpoint `shop` is the secret `<prefix>shop`; the prefix is `tollgate/<stack>/endpoints/`.
    pub fn new(sdk: &Sdk, prefix: impl Into<String>) -> Self {
        Self { client: Client::new(sdk.config()), prefix: prefix.into() }
    }
}

impl EndpointDocuments for SecretsDocuments {
    async fn fetch(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, FetchError> {
        let call = self.client.get_secret_value().secret_id(format!("{}{name}", self.prefix));
        match call.send().await {
            Ok(mut answer) => match (answer.secret_string.take(), answer.secret_binary.take()) {
                (Some(text), _) => Ok(Zeroizing::new(text.into_bytes())),
                (None, Some(bytes)) => Ok(Zeroizing::new(bytes.into_inner())),
                (None, None) => Err(FetchError::Unavailable(anyhow!("the secret has no value"))),
            },
            Err(error) if error.code().is_some_and(is_absent) => Err(FetchError::Absent),
            Err(error) => Err(FetchError::Unavailable(failure("read an endpoint document", &error))),
        }
    }
}

/// The answers that end a cached copy at once. `InvalidRequestException` is a secret that is being deleted.
fn is_absent(code: &str) -> bool {
    denies_access(code) || ["ResourceNotFoundException", "InvalidRequestException"].contains(&code)
}
