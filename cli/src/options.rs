//! The options of every command: which stack it works on, and for whom it prints.

use std::path::PathBuf;

use clap::Args;

/// Without any, a command works on the local stack.
#[derive(Args, Clone, Debug, Default)]
#[expect(clippy::doc_markdown, reason = "--help prints it as it is")]
pub(crate) struct Options {
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Work on this deployed stack [default: $TOLLGATE_STACK, else the local stack]
    ///
    /// It is reached with AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of the environment.
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "dir")]
    pub(crate) stack: Option<String>,

    /// Folder of the local stack [default: .local beside template.yaml]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}
