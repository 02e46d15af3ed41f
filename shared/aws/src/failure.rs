//! What an error of the SDK says in a log line.

use std::error::Error;

use anyhow::anyhow;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// The call and why it failed: the service's code for an answer, the causes for a call that got none.
///
/// A service's own words are kept only when it denies access (they name the principal, the action and the resource); others can quote
/// what was sent.
pub(crate) fn failure<E, R>(call: &'static str, error: &SdkError<E, R>) -> anyhow::Error
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    if let SdkError::ServiceError(_) = error {
        let code = error.code().unwrap_or("unknown error");
        return match error.message() {
            Some(message) if denies_access(code) => anyhow!("{call}: {code}: {message}"),
            _ => anyhow!("{call}: {code}"),
        };
    }
    let kind = match error {
        SdkError::ConstructionFailure(_) => "could not be built",
        SdkError::TimeoutError(_) => "timed out",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "timed out",
        SdkError::DispatchFailure(_) => "not sent or not answered",
        _ => "the answer could not be read",
    };
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    match causes.last() {
        Some(root) if matches!(error, SdkError::DispatchFailure(_)) => anyhow!("{call}: {kind}: {root}"),
        _ => anyhow!("{call}: {kind}"),
    }
}

/// The codes by which services say that a policy forbids the call.
pub(crate) fn denies_access(code: &str) -> bool {
    ["AccessDenied", "AccessDeniedException"].contains(&code)
}
