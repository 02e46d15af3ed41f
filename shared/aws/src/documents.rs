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

#[cfg(test)]
mod tests {
    use pipeline::{EndpointDocuments as _, FetchError};

    use super::SecretsDocuments;
    use crate::canned::{Answer, Server};

    async fn fetch(answer: Answer) -> (Server, Result<Vec<u8>, FetchError>) {
        let server = Server::start([answer.clone(), answer]);
        let documents = SecretsDocuments::new(&server.sdk(), "tollgate/dev/endpoints/");
        let fetched = documents.fetch("shop").await.map(|document| document.to_vec());
        (server, fetched)
    }

    #[tokio::test]
    async fn a_document_is_the_secret_of_its_name_as_text_or_bytes() {
        for answer in [r#"{"SecretString":"{}"}"#, r#"{"SecretBinary":"e30="}"#] {
            let (server, fetched) = fetch(Answer::ok(answer)).await;
            assert_eq!(fetched.unwrap(), b"{}");
            assert_eq!(server.only().header("x-amz-target"), Some("secretsmanager.GetSecretValue"));
            assert_eq!(server.only().json(), serde_json::json!({"SecretId": "tollgate/dev/endpoints/shop"}));
        }
    }

    #[tokio::test]
    async fn not_found_denied_and_deleted_are_absent_and_all_else_is_unavailable() {
        let absent = ["ResourceNotFoundException", "AccessDeniedException", "InvalidRequestException"];
        for code in absent {
            let (server, fetched) = fetch(Answer::error(400, code)).await;
            assert!(matches!(fetched, Err(FetchError::Absent)), "{code}");
            server.only();
        }
        let unavailable = ["DecryptionFailure", "InternalServiceError", "ThrottlingException", "Unheard"];
        for code in unavailable {
            let (_, fetched) = fetch(Answer::error(400, code)).await;
            let Err(FetchError::Unavailable(error)) = fetched else { panic!("{code}") };
            assert_eq!(error.to_string(), format!("read an endpoint document: {code}"));
        }
        let (_, fetched) = fetch(Answer::ok("{}")).await;
        assert!(matches!(fetched, Err(FetchError::Unavailable(_))));
    }
}
