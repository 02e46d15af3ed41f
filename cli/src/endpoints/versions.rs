//! Documents as versions of a secret: reading the current one, and replacing exactly that one.

use anyhow::{Context as _, anyhow};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use zeroize::Zeroizing;

use super::policy::protect;
use crate::problem::Problem;
use crate::service::Call as _;
use crate::stack::Stack;

/// The label of the version that functions read.
const CURRENT: &str = "AWSCURRENT";
/// The label of a version that was written and is not read yet.
const NEXT: &str = "TOLLGATE_NEXT";

/// The current version of a document.
pub(crate) struct Current {
    /// Its id.
    pub(crate) version: String,
    /// When it was written, in seconds since 1970.
    pub(crate) written: i64,
    /// Its bytes.
    pub(crate) document: Zeroizing<Vec<u8>>,
}

/// The current version of the secret `id`; `None` if there is no such secret.
pub(crate) async fn current(stack: &Stack, id: &str) -> anyhow::Result<Option<Current>> {
    let call = Client::new(stack.sdk.config()).get_secret_value().secret_id(id);
    let mut answer = match call.send().await {
        Err(error) if is_absent(error.code()) => return Ok(None),
        answer => answer.or_cannot("read the secret")?,
    };
    let document = match (answer.secret_string.take(), answer.secret_binary.take()) {
        (Some(text), _) => text.into_bytes(),
        (None, Some(bytes)) => bytes.into_inner(),
        (None, None) => return Err(anyhow!("the secret has no value")),
    };
    Ok(Some(Current {
        version: answer.version_id.take().context("the secret's version has no id")?,
        written: answer
            .created_date()
            .map(aws_sdk_secretsmanager::primitives::DateTime::secs)
            .unwrap_or_default(),
        document: Zeroizing::new(document),
    }))
}

/// Puts `document` in the place of the version `from`, and of no other: if another writer came first, nothing
/// changes for who reads.
///
/// The new version is written without a label that anyone reads. Then the label of the current version is moved from
/// `from` to it, which Secrets Manager refuses unless it still stands there. `from` stays as `AWSPREVIOUS`.
pub(crate) async fn replace(stack: &Stack, id: &str, from: &str, document: &str) -> anyhow::Result<()> {
    let client = Client::new(stack.sdk.config());
    let put = client.put_secret_value().secret_id(id).secret_string(document).version_stages(NEXT);
    let written = put.send().await.or_cannot("write the new version")?;
    let to = written.version_id().context("the new version has no id")?;
    let call = client.update_secret_version_stage().secret_id(id).version_stage(CURRENT);
    match call.remove_from_version_id(from).move_to_version_id(to).send().await {
        Err(error) if error.code() == Some("InvalidParameterException") => {
            Err(Problem::failed("another change came first: nothing was changed")
                .advice("look at what is there now, then do it again")
                .into())
        }
        moved => {
            moved.or_cannot("make the new version the current one")?;
            protect(stack, id).await
        }
    }
}

/// Secrets Manager answers `InvalidRequestException` for a secret that is to be deleted.
fn is_absent(code: Option<&str>) -> bool {
    ["ResourceNotFoundException", "InvalidRequestException"].into_iter().any(|absent| code == Some(absent))
}
