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
}
