//! Endpoint documents: finding and writing them, and making their secrets.

mod look;
mod policy;
mod roll;
mod versions;

use anyhow::Context as _;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use aws_sdk_secretsmanager::primitives::DateTime;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};
use serde::Serialize;
use serde_json::{Map, Value};
use verification::{Endpoint, Mode};
use zeroize::Zeroizing;

use crate::ledger::mode_name;
use crate::problem::Problem;
use crate::service::Call as _;
use crate::stack::Stack;
use crate::trust;

pub(crate) use look::{Kept, Look, State, coverage_name, days};
pub(crate) use policy::{protect, protects};
pub(crate) use roll::{Change, Rolled};
pub(crate) use versions::{Current, current, replace};

/// An endpoint document with one secret or none, as it is written.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    /// Who sends.
    pub(crate) provider: &'a str,
    /// Live or test.
    pub(crate) mode: Mode,
    /// Our account there.
    pub(crate) account: &'a str,
    /// The one secret; none if the provider signs with certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secrets: Option<[DocumentSecret<'a>; 1]>,
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
        Err(error)
            if ["ResourceExistsException", "InvalidRequestException"].map(Some).contains(&error.code()) => {}
        created => {
            created.or_cannot("write the endpoint document")?;
            return protect(stack, &id).await.map(|()| Added::Created);
        }
    }
    if current(stack, &id).await?.is_none() {
        return Err(Problem::failed(format!(
            "the endpoint {name} was removed, and its document is not gone yet"
        ))
        .advice(format!("choose another name, or bring it back:  tollgate endpoint restore {name}"))
        .into());
    }
    if !replace {
        return Ok(Added::Exists);
    }
    let put = secrets.put_secret_value().secret_id(&id).secret_string(document).send().await;
    put.or_cannot("replace the endpoint document")?;
    protect(stack, &id).await.map(|()| Added::Replaced)
}

/// The endpoint of this name.
pub(crate) async fn endpoint(stack: &Stack, name: &str) -> anyhow::Result<Endpoint> {
    let look = look(stack, name).await?.ok_or_else(|| absent(stack, name))?;
    look.endpoint.with_context(|| format!("the document of the endpoint {name} is not valid"))
}

/// The endpoint of this name, with the certificates of its trust document if it has them there.
pub(crate) async fn endpoint_with_trust(stack: &Stack, name: &str) -> anyhow::Result<Endpoint> {
    let endpoint = endpoint(stack, name).await?;
    if !endpoint.lacks_trust() {
        return Ok(endpoint);
    }
    let id = trust::id(stack, endpoint.provider(), endpoint.mode());
    let Some((_, document)) = trust::current(stack, &id).await? else {
        return Err(Problem::not_found(format!("there is no trust document {id}"))
            .advice("make it:  tollgate trust refresh --help")
            .into());
    };
    endpoint.with_trust(&serde_json::to_vec(&document)?).with_context(|| format!("{id} is not valid"))
}

/// What may be shown of the endpoint of this name; `None` if there is none.
pub(crate) async fn look(stack: &Stack, name: &str) -> anyhow::Result<Option<Look>> {
    let Some(current) = current(stack, &id(stack, name)?).await? else { return Ok(None) };
    let mut look = Look::at(name, &current.document, current.written);
    if let Ok(endpoint) = &look.endpoint
        && endpoint.lacks_trust()
    {
        let trust = trust::id(stack, endpoint.provider(), endpoint.mode());
        look.untrusting = trust::current(stack, &trust).await?.is_none();
    }
    Ok(Some(look))
}

/// The endpoint of a document that was read.
pub(crate) fn parsed(name: &str, current: &Current) -> anyhow::Result<Endpoint> {
    let refused =
        |error| Problem::failed(format!("the document of the endpoint {name} is not valid: {error}"));
    Ok(Endpoint::parse(name, &current.document).map_err(refused)?)
}

/// The secret's name of an endpoint's document.
pub(crate) fn id(stack: &Stack, name: &str) -> anyhow::Result<String> {
    if verification::valid_endpoint_name(name) {
        return Ok(format!("{}{name}", stack.documents_prefix()));
    }
    Err(Problem::usage(format!("{name} is not an endpoint name"))
        .advice("use a-z, 0-9 and -, at most 64 characters")
        .into())
}

/// There is no endpoint of this name.
pub(crate) fn absent(stack: &Stack, name: &str) -> Problem {
    Problem::not_found(format!("there is no endpoint {name} in {}", stack.name)).advice(format!(
        "those that there are:  tollgate endpoint list\nadd it:  tollgate endpoint add {name} --provider PROVIDER --generate"
    ))
}

/// Whose an endpoint is, in words.
pub(crate) fn whose(look: &Look) -> String {
    match &look.endpoint {
        Ok(endpoint) => {
            format!(
                "{} {}, account {}",
                endpoint.provider().title,
                mode_name(endpoint.mode()),
                endpoint.account()
            )
        }
        Err(_) => "whose document is not valid".to_owned(),
    }
}

/// An endpoint by its name.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// Its name.
    pub(crate) name: String,
    /// When its document is gone for good, in seconds since 1970, if it was removed.
    pub(crate) removed: Option<i64>,
}

/// All endpoints, those among them that were removed and can be brought back.
pub(crate) async fn all(stack: &Stack) -> anyhow::Result<Vec<Named>> {
    let prefix = stack.documents_prefix();
    let secrets = Client::new(stack.sdk.config());
    let filter = Filter::builder().key(FilterNameStringType::Name).values(&prefix).build();
    let mut pages =
        secrets.list_secrets().filters(filter).include_planned_deletion(true).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.or_cannot("list the endpoints")?;
        all.extend(page.secret_list().iter().filter_map(|secret| {
            let name = secret.name()?.strip_prefix(&prefix)?.to_owned();
            Some(Named { name, removed: secret.deleted_date().map(DateTime::secs) })
        }));
    }
    all.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// The names of all endpoints.
pub(crate) async fn names(stack: &Stack) -> anyhow::Result<Vec<String>> {
    Ok(all(stack)
        .await?
        .into_iter()
        .filter(|named| named.removed.is_none())
        .map(|named| named.name)
        .collect())
}

/// Removes an endpoint's document, after so many days or at once. Gives when it is gone, in seconds since 1970.
pub(crate) async fn remove(stack: &Stack, name: &str, days: Option<i64>) -> anyhow::Result<i64> {
    let call = Client::new(stack.sdk.config()).delete_secret().secret_id(id(stack, name)?);
    let call = match days {
        Some(days) => call.recovery_window_in_days(days),
        None => call.force_delete_without_recovery(true),
    };
    let answer = call.send().await.or_cannot("remove the endpoint document")?;
    Ok(answer.deletion_date().map(DateTime::secs).unwrap_or_default())
}

/// Brings a removed endpoint back.
pub(crate) async fn restore(stack: &Stack, name: &str) -> anyhow::Result<()> {
    let call = Client::new(stack.sdk.config()).restore_secret().secret_id(id(stack, name)?);
    call.send().await.or_cannot("bring the endpoint document back").map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(provider: &str, secret: &str) -> anyhow::Result<Zeroizing<String>> {
        let secrets = Some([DocumentSecret { kid: "k1", secret }]);
        Document { provider, mode: Mode::Test, account: "acct_1", secrets, settings: &Map::new() }
            .checked("shop")
    }

    #[test]
    fn an_invalid_document_is_refused_without_its_secret() {
        let refusal = format!("{:#}", document("stripe", "kurz").unwrap_err());
        assert!(refusal.contains("secret") && !refusal.contains("kurz"), "{refusal}");
    }
}
