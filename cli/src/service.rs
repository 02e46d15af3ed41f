//! What a failed call to AWS says to the person who made it.

use std::error::Error;
use std::fmt::Debug;

use anyhow::anyhow;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Turns a call's error into a sentence.
pub(crate) trait Call<T> {
    /// `cannot <what>: <the service's code and words, or the last cause>`.
    fn or_cannot(self, what: &str) -> anyhow::Result<T>;
}

impl<T, E, R> Call<T> for Result<T, SdkError<E, R>>
where
    E: ProvideErrorMetadata + Error + 'static,
    R: Debug,
{
    fn or_cannot(self, what: &str) -> anyhow::Result<T> {
        self.map_err(|error| match (error.code(), error.message()) {
            (Some(code), Some(message)) => anyhow!("cannot {what}: {code}: {message}"),
            (Some(code), None) => anyhow!("cannot {what}: {code}"),
            (None, _) => {
                let causes = std::iter::successors(error.source(), |&cause| cause.source());
                match causes.last() {
                    Some(root) => anyhow!("cannot {what}: {error}: {root}"),
                    None => anyhow!("cannot {what}: {error}"),
                }
            }
        })
    }
}
