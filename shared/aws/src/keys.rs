//! Data keys and MACs on KMS.

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use aws_sdk_kms::Client;
use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{DataKeySpec, MacAlgorithmSpec};
use pipeline::{DataKey, DataKeys, KeyContext, KeyError, Macs};
use zeroize::{Zeroize, Zeroizing};

use crate::Sdk;
use crate::failure::failure;

/// Data keys wrapped by one KMS key. What the SDK and the HTTP client held of a key's bytes is freed, not wiped: they own it.
#[derive(Debug)]
pub struct KmsDataKeys {
    client: Client,
    key: Option<String>,
}

impl KmsDataKeys {
    /// New data keys are wrapped by `key` (id or ARN). Consumers, which only unwrap, give none: which keys may unwrap is their role's policy.
    pub fn new(sdk: &Sdk, key: impl Into<Option<String>>) -> Self {
        Self { client: sdk.kms(), key: key.into().filter(|key: &String| !key.is_empty()) }
    }
}

impl DataKeys for KmsDataKeys {
    async fn generate(&self, context: KeyContext<'_>) -> anyhow::Result<DataKey> {
        let key = self.key.as_deref().context("no key is configured to wrap data keys")?;
        let call = self.client.generate_data_key().key_id(key).key_spec(DataKeySpec::Aes256);
        let answer = call.set_encryption_context(Some(encryption_context(context))).send().await;
        let answer = answer.map_err(|error| failure("generate a data key", &error))?;
        let wrapped = answer.ciphertext_blob.context("the answer has no wrapped key")?;
        data_key(answer.plaintext, wrapped.into_inner())
    }

    async fn unwrap(&self, wrapped: &[u8], context: KeyContext<'_>) -> Result<DataKey, KeyError> {
        let call = self.client.decrypt().ciphertext_blob(Blob::new(wrapped));
        let call =
            call.set_key_id(self.key.clone()).set_encryption_context(Some(encryption_context(context)));
        match call.send().await {
            Ok(answer) => data_key(answer.plaintext, wrapped.to_vec()).map_err(KeyError::Unavailable),
            Err(error) if error.code().is_some_and(refuses) => Err(KeyError::Refused),
            Err(error) => Err(KeyError::Unavailable(failure("unwrap a data key", &error))),
        }
    }
}

/// Not wrapped by a key that we may use under this context. A denied access is among them: the policy names the contexts.
fn refuses(code: &str) -> bool {
    let codes = [
        "AccessDeniedException",
        "IncorrectKeyException",
        "InvalidCiphertextException",
        "InvalidKeyUsageException",
        "NotFoundException",
        "ValidationException",
    ];
    codes.contains(&code)
}

fn encryption_context(context: KeyContext<'_>) -> HashMap<String, String> {
    let pairs = [("tollgate:stack", context.stack), ("tollgate:source", context.source.as_str())];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn data_key(plaintext: Option<Blob>, wrapped: Vec<u8>) -> anyhow::Result<DataKey> {
    let plaintext = Zeroizing::new(plaintext.context("the answer has no key")?.into_inner());
    let mut key =
        <[u8; 32]>::try_from(plaintext.as_slice()).map_err(|_| anyhow!("the data key is not of 256 bits"))?;
    let data_key = DataKey::new(key, wrapped);
    key.zeroize();
    Ok(data_key)
}

/// MACs by one KMS key for HMAC-SHA-256.
#[derive(Debug)]
pub struct KmsMacs {
    client: Client,
    key: String,
}

impl KmsMacs {
    /// The key of this id or ARN.
    pub fn new(sdk: &Sdk, key: impl Into<String>) -> Self {
        Self { client: sdk.kms(), key: key.into() }
    }
}

impl Macs for KmsMacs {
    async fn mac(&self, digest: &[u8; 32]) -> anyhow::Result<Vec<u8>> {
        let call = self.client.generate_mac().key_id(&self.key).mac_algorithm(MacAlgorithmSpec::HmacSha256);
        let answer = call.message(Blob::new(digest.as_slice())).send().await;
        let answer = answer.map_err(|error| failure("generate a mac", &error))?;
        Ok(answer.mac.context("the answer has no mac")?.into_inner())
    }

    async fn holds(&self, digest: &[u8; 32], mac: &[u8]) -> anyhow::Result<bool> {
        // KMS takes no other length, and none of ours has another.
        if mac.len() != MAC_LENGTH {
            return Ok(false);
        }
        let call = self.client.verify_mac().key_id(&self.key).mac_algorithm(MacAlgorithmSpec::HmacSha256);
        let call = call.message(Blob::new(digest.as_slice())).mac(Blob::new(mac));
        match call.send().await {
            Ok(answer) => Ok(answer.mac_valid),
            Err(error) if error.code() == Some("KMSInvalidMacException") => Ok(false),
            Err(error) => Err(failure("verify a mac", &error)),
        }
    }
}

/// Bytes of an HMAC-SHA-256.
const MAC_LENGTH: usize = 32;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use pipeline::{DataKeys as _, KeyContext, KeyError, Macs as _, Source};
    use serde_json::json;

    use super::{KmsDataKeys, KmsMacs};
    use crate::canned::{Answer, Server};

    const CONTEXT: KeyContext<'_> = KeyContext { stack: "dev", source: Source::Webhook };

    #[tokio::test]
    async fn a_data_key_is_generated_for_a_stack_and_a_source() {
        let key = STANDARD.encode([7; 32]);
        let server =
            Server::start([Answer::ok(format!(r#"{{"CiphertextBlob":"AQID","Plaintext":"{key}"}}"#))]);
        KmsDataKeys::new(&server.sdk(), "key-1".to_owned()).generate(CONTEXT).await.unwrap();

        let seen = server.only();
        assert_eq!(seen.header("x-amz-target"), Some("TrentService.GenerateDataKey"));
        let context = json!({"tollgate:stack": "dev", "tollgate:source": "webhook"});
        assert_eq!(
            seen.json(),
            json!({"KeyId": "key-1", "KeySpec": "AES_256", "EncryptionContext": context})
        );
    }

    #[tokio::test]
    async fn a_key_of_another_size_is_not_taken() {
        let server = Server::start([Answer::ok(r#"{"CiphertextBlob":"AQID","Plaintext":"AQID"}"#)]);
        assert!(KmsDataKeys::new(&server.sdk(), "key-1".to_owned()).generate(CONTEXT).await.is_err());
    }

    async fn unwrap(answer: Answer) -> (Server, Result<(), KeyError>) {
        let server = Server::start([answer.clone(), answer]);
        let keys = KmsDataKeys::new(&server.sdk(), String::new());
        let unwrapped = keys.unwrap(&[1, 2, 3], CONTEXT).await.map(drop);
        (server, unwrapped)
    }

    #[tokio::test]
    async fn a_data_key_is_unwrapped_under_its_context() {
        let key = STANDARD.encode([7; 32]);
        let (server, unwrapped) = unwrap(Answer::ok(format!(r#"{{"Plaintext":"{key}"}}"#))).await;
        assert!(unwrapped.is_ok());
        let context = json!({"tollgate:stack": "dev", "tollgate:source": "webhook"});
        assert_eq!(server.only().json(), json!({"CiphertextBlob": "AQID", "EncryptionContext": context}));
    }

    #[tokio::test]
    async fn a_key_that_was_not_wrapped_for_us_is_refused_and_a_failure_is_not() {
        let refused = [
            "AccessDeniedException",
            "IncorrectKeyException",
            "InvalidCiphertextException",
            "ValidationException",
        ];
        for code in refused {
            let (server, unwrapped) = unwrap(Answer::error(400, code)).await;
            assert!(matches!(unwrapped, Err(KeyError::Refused)), "{code}");
            server.only();
        }
        for code in
            ["DisabledException", "KMSInvalidStateException", "ThrottlingException", "KMSInternalException"]
        {
            let (_, unwrapped) = unwrap(Answer::error(400, code)).await;
            assert!(matches!(unwrapped, Err(KeyError::Unavailable(_))), "{code}");
        }
    }

    #[tokio::test]
    async fn a_mac_is_made_over_a_digest() {
        let server = Server::start([Answer::ok(r#"{"Mac":"AQID"}"#)]);
        let mac = KmsMacs::new(&server.sdk(), "mac-1").mac(&[9; 32]).await.unwrap();
        assert_eq!(mac, [1, 2, 3]);
        let message = STANDARD.encode([9; 32]);
        let expected = json!({"KeyId": "mac-1", "MacAlgorithm": "HMAC_SHA_256", "Message": message});
        assert_eq!(server.only().json(), expected);
    }

    #[tokio::test]
    async fn a_mac_holds_only_if_kms_says_so() {
        let check = async |answers: Vec<Answer>, mac: &[u8], expected: Option<bool>| {
            let server = Server::start(answers);
            assert_eq!(KmsMacs::new(&server.sdk(), "mac-1").holds(&[9; 32], mac).await.ok(), expected);
            server
        };
        let server = check(vec![Answer::ok(r#"{"MacValid":true}"#)], &[1; 32], Some(true)).await;
        let (message, mac) = (STANDARD.encode([9; 32]), STANDARD.encode([1; 32]));
        let expected =
            json!({"KeyId": "mac-1", "Mac": mac, "MacAlgorithm": "HMAC_SHA_256", "Message": message});
        assert_eq!(server.only().json(), expected);
        check(vec![Answer::error(400, "KMSInvalidMacException")], &[1; 32], Some(false)).await;
        check(vec![Answer::ok("{}")], &[1; 32], Some(false)).await;
        check(vec![], b"short", Some(false)).await;
        check(vec![Answer::error(400, "AccessDeniedException")], &[1; 32], None).await;
    }
}
