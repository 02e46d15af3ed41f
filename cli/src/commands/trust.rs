//! Trust documents: looking at them, and keeping them fresh.

mod refresh;
mod show;

use clap::{Args, Subcommand};
use verification::Mode;

use crate::ledger::mode;
use crate::options::Options;
use crate::output::Output;

/// Show and refresh the certificates by which providers are believed.
#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    Refresh(refresh::Refresh),
    Show(show::Show),
}

/// Whose certificates.
#[derive(Args, Clone, Debug)]
pub(crate) struct Whose {
    /// The provider.
    #[arg(long, default_value = "paypal")]
    provider: String,

    /// Live or test.
    #[arg(long, value_parser = mode)]
    mode: Mode,
}

impl Trust {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        match self {
            Trust::Refresh(refresh) => refresh.run(options, output).await,
            Trust::Show(show) => show.run(options, output).await,
        }
    }
}
