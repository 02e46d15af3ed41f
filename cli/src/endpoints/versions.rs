//! Endpoint documents as versions of a secret.

use anyhow::anyhow;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use zeroize::Zeroizing;

use crate::service::Call as _;
use crate::stack::Stack;

/// The current version of a document.
pub(crate) struct Current {
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
        written: answer
            .created_date()
            .map(aws_sdk_secretsmanager::primitives::DateTime::secs)
            .unwrap_or_default(),
        document: Zeroizing::new(document),
    }))
}

/// Secrets Manager answers `InvalidRequestException` for a secret that is to be deleted.
fn is_absent(code: Option<&str>) -> bool {
    ["ResourceNotFoundException", "InvalidRequestException"].into_iter().any(|absent| code == Some(absent))
}
