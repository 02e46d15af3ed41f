//! Endpoint and trust documents in Secrets Manager.

use std::time::SystemTime;

use anyhow::anyhow;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use pipeline::{Document, EndpointDocuments, FetchError};
use zeroize::Zeroizing;

use crate::Sdk;
use crate::failure::{denies_access, failure};

/// One secret a document: `tollgate/<stack>/endpoints/<name>` and `tollgate/<stack>/trust/<provider>-<mode>`.
#[derive(Debug)]
pub struct SecretsDocuments {
    client: Client,
    stack: String,
}

impl SecretsDocuments {
    /// The documents of this stack.
    pub fn new(sdk: &Sdk, stack: impl Into<String>) -> Self {
        Self { client: Client::new(sdk.config()), stack: stack.into() }
    }

    async fn read(&self, kind: &str, name: &str) -> Result<Document, FetchError> {
        let call = self.client.get_secret_value().secret_id(format!("tollgate/{}/{kind}/{name}", self.stack));
        match call.send().await {
            Ok(mut answer) => {
                let bytes = match (answer.secret_string.take(), answer.secret_binary.take()) {
                    (Some(text), _) => text.into_bytes(),
                    (None, Some(bytes)) => bytes.into_inner(),
                    (None, None) => {
                        return Err(FetchError::Unavailable(anyhow!("the secret has no value")));
                    }
                };
                let written = answer.created_date.and_then(|date| SystemTime::try_from(date).ok());
                Ok(Document { bytes: Zeroizing::new(bytes), written })
            }
            Err(error) if error.code().is_some_and(is_absent) => Err(FetchError::Absent),
            Err(error) => Err(FetchError::Unavailable(failure("read a document", &error))),
        }
    }
}

impl EndpointDocuments for SecretsDocuments {
    async fn fetch(&self, name: &str) -> Result<Document, FetchError> {
        self.read("endpoints", name).await
    }

    async fn fetch_trust(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, FetchError> {
        Ok(self.read("trust", name).await?.bytes)
    }
}

/// The answers that end a cached copy at once. `InvalidRequestException` is a secret that is being deleted.
fn is_absent(code: &str) -> bool {
    denies_access(code) || ["ResourceNotFoundException", "InvalidRequestException"].contains(&code)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use pipeline::{EndpointDocuments as _, FetchError};

    use super::SecretsDocuments;
    use crate::canned::{Answer, Server};

    async fn fetch(answer: Answer) -> (Server, Result<Vec<u8>, FetchError>) {
        let server = Server::start([answer.clone(), answer]);
        let documents = SecretsDocuments::new(&server.sdk(), "dev");
        let fetched = documents.fetch("shop").await.map(|document| document.bytes.to_vec());
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
    async fn a_document_says_when_it_was_written() {
        let answers = [r#"{"SecretString":"{}","CreatedDate":1795000000.5}"#, r#"{"SecretString":"{}"}"#];
        let server = Server::start(answers.map(Answer::ok));
        let documents = SecretsDocuments::new(&server.sdk(), "dev");
        let written = UNIX_EPOCH + Duration::from_millis(1_795_000_000_500);
        for expected in [Some(written), None] {
            assert_eq!(documents.fetch("shop").await.unwrap().written, expected);
        }
    }

    #[tokio::test]
    async fn a_trust_document_is_a_secret_beside_the_endpoints() {
        let server = Server::start([Answer::ok(r#"{"SecretString":"{}"}"#)]);
        let fetched = SecretsDocuments::new(&server.sdk(), "dev").fetch_trust("paypal-live").await;
        assert_eq!(fetched.unwrap().as_slice(), b"{}");
        assert_eq!(server.only().json(), serde_json::json!({"SecretId": "tollgate/dev/trust/paypal-live"}));
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
            assert_eq!(error.to_string(), format!("read a document: {code}"));
        }
        let (_, fetched) = fetch(Answer::ok("{}")).await;
        assert!(matches!(fetched, Err(FetchError::Unavailable(_))));
    }
}
