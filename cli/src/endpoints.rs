//! Endpoint documents: finding and writing them, and making their secrets.

use anyhow::{Context as _, anyhow};
use aws_lc_rs::rand;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pipeline::{EndpointDocuments as _, FetchError};
use serde::Serialize;
use serde_json::{Map, Value};
use verification::{Endpoint, Mode};
use zeroize::Zeroizing;

use crate::problem::Problem;
use crate::service::Call as _;
use crate::stack::Stack;

/// Random bytes of a generated secret.
const SECRET_BYTES: usize = 32;

/// An endpoint document with one secret, as it is written.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    /// Who sends.
    pub(crate) provider: &'a str,
    /// Live or test.
    pub(crate) mode: Mode,
    /// Our account there.
    pub(crate) account: &'a str,
    /// The one secret.
    pub(crate) secrets: [DocumentSecret<'a>; 1],
    /// Settings of the provider.
    pub(crate) settings: &'a Map<String, Value>,
}

/// A signing secret in a document.
#[derive(Serialize)]
pub(crate) struct DocumentSecret<'a> {
    /// Its name.
    pub(crate) kid: &'a str,
    /// Its value.
    pub(crate) secret: &'a str,
}

impl Document<'_> {
    /// The bytes to store, if they make an endpoint.
    pub(crate) fn checked(&self, name: &str) -> anyhow::Result<Zeroizing<String>> {
        let text = Zeroizing::new(serde_json::to_string(self)?);
        match Endpoint::parse(name, text.as_bytes()) {
            Ok(_) => Ok(text),
            Err(error) => Err(Problem::usage(format!("this would be no valid endpoint: {error}")).into()),
        }
    }
}

/// What became of a document that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// It is new.
    Created,
    /// It took the place of another.
    Replaced,
    /// There was one, which was left as it is.
    Exists,
}

/// Writes the document of the endpoint `name`; over another one only if told so.
pub(crate) async fn add(stack: &Stack, name: &str, document: &str, replace: bool) -> anyhow::Result<Added> {
    let secrets = Client::new(stack.sdk.config());
    let id = format!("{}{name}", stack.documents_prefix());
    let created = secrets
        .create_secret()
        .name(&id)
        .description(format!("Tollgate endpoint {name}"))
        .kms_key_id(stack.output("StorageKeyArn")?)
        .secret_string(document)
        .send()
        .await;
    match created {
        Err(error) if error.code() == Some("ResourceExistsException") => {}
        created => return created.or_cannot("write the endpoint document").map(|_| Added::Created),
    }
    if !replace {
        return Ok(Added::Exists);
    }
    let put = secrets.put_secret_value().secret_id(&id).secret_string(document).send().await;
    put.or_cannot("replace the endpoint document").map(|_| Added::Replaced)
}

/// The endpoint of this name.
pub(crate) async fn endpoint(stack: &Stack, name: &str) -> anyhow::Result<Endpoint> {
    if !verification::valid_endpoint_name(name) {
        return Err(
            Problem::usage(format!("{name} is not an endpoint name: a-z, 0-9 and -, at most 64")).into()
        );
    }
    match stack.documents().fetch(name).await {
        Ok(document) => Endpoint::parse(name, &document)
            .with_context(|| format!("the document of the endpoint {name} is not valid")),
        Err(FetchError::Absent) => {
            Err(Problem::not_found(format!("there is no endpoint {name} in {}", stack.name))
                .advice(format!("add it:  tollgate endpoint add {name} --provider PROVIDER --generate"))
                .into())
        }
        Err(FetchError::Unavailable(error)) => Err(error),
    }
}

/// The names of all endpoints.
pub(crate) async fn names(stack: &Stack) -> anyhow::Result<Vec<String>> {
    let prefix = stack.documents_prefix();
    let secrets = Client::new(stack.sdk.config());
    let filter = Filter::builder().key(FilterNameStringType::Name).values(&prefix).build();
    let mut pages = secrets.list_secrets().filters(filter).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.or_cannot("list the endpoints")?;
        names.extend(
            page.secret_list()
                .iter()
                .filter_map(|secret| Some(secret.name()?.strip_prefix(&prefix)?.to_owned())),
        );
    }
    names.sort_unstable();
    Ok(names)
}

/// A new secret in the form that the provider's own secrets have.
pub(crate) fn generated_secret(provider: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut random = Zeroizing::new([0; SECRET_BYTES]);
    rand::fill(random.as_mut_slice()).map_err(|_| anyhow!("the system gives no random bytes"))?;
    Ok(Zeroizing::new(match provider {
        "stripe" => format!("whsec_{}", hex::encode(random.as_slice())),
        "standardwebhooks" | "svix" => format!("whsec_{}", STANDARD.encode(random.as_slice())),
        _ => hex::encode(random.as_slice()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(provider: &str, secret: &str) -> anyhow::Result<Zeroizing<String>> {
        let secrets = [DocumentSecret { kid: "k1", secret }];
        Document { provider, mode: Mode::Test, account: "acct_1", secrets, settings: &Map::new() }
            .checked("shop")
    }

    #[test]
    fn a_generated_secret_makes_a_valid_endpoint() {
        for provider in ["stripe", "standardwebhooks", "svix"] {
            let secret = generated_secret(provider).unwrap();
            document(provider, &secret).unwrap_or_else(|error| panic!("{provider}: {error:#}"));
        }
    }

    #[test]
    fn two_generated_secrets_differ() {
        assert_ne!(*generated_secret("stripe").unwrap(), *generated_secret("stripe").unwrap());
    }

    #[test]
    fn an_invalid_document_is_refused_without_its_secret() {
        let refusal = format!("{:#}", document("stripe", "kurz").unwrap_err());
        assert!(refusal.contains("secret") && !refusal.contains("kurz"), "{refusal}");
    }
}
