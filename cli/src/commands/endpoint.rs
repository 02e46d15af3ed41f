//! Endpoints: adding, looking at, rolling and removing them.

mod add;
mod list;
mod remove;
mod roll;
mod show;

pub(crate) use remove::Leave;

use clap::Subcommand;

use crate::options::Options;
use crate::output::Output;

/// Add, show, roll and remove endpoints: URLs that a provider delivers to.
#[derive(Debug, Subcommand)]
pub(crate) enum Endpoint {
    Add(add::Add),
    List(list::List),
    Show(show::Show),
    Roll(roll::Roll),
    Remove(remove::Remove),
    Restore(remove::Restore),
}

impl Endpoint {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        match self {
            Endpoint::Add(add) => add.run(options, output).await,
            Endpoint::List(list::List {}) => list::List::run(options, output).await,
            Endpoint::Show(show) => show.run(options, output).await,
            Endpoint::Roll(roll) => roll.run(options, output).await,
            Endpoint::Remove(remove) => remove.run(options, output).await,
            Endpoint::Restore(restore) => restore.run(options, output).await,
        }
    }
}
