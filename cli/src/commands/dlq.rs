//! Dead letters: looking at them, sending them back, and deleting them.

mod drop;
mod list;
mod plan;
mod redrive;
mod show;

use clap::Subcommand;

use crate::options::Options;
use crate::output::Output;

/// Look at what could not be handled, send it back, or drop it.
#[derive(Debug, Subcommand)]
pub(crate) enum Dlq {
    List(list::List),
    Show(show::Show),
    Redrive(redrive::Redrive),
    Drop(drop::Drop),
}

impl Dlq {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        match self {
            Dlq::List(list) => list.run(options, output).await,
            Dlq::Show(show) => show.run(options, output).await,
            Dlq::Redrive(redrive) => redrive.run(options, output).await,
            Dlq::Drop(drop) => drop.run(options, output).await,
        }
    }
}
