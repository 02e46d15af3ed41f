use std::time::SystemTime;

use clap::{Args, Subcommand};

use crate::commands::replay::{Execution, oldest};
use crate::moment::moment;
use crate::options::Options;
use crate::output::Output;
use crate::replay::{How, Order};
use crate::stack::Stack;

/// Make the ledger again.
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    Rebuild(Rebuild),
}

/// Rebuild a lost or restored ledger from the archive. Announces nothing.
///
/// Sends what the archive holds through the processor, marked so that the rows say `rebuild` and no event is announced.
/// Rows that are there stay as they are: after a restore to a point in time, rebuild from that point on.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    tollgate ledger rebuild --dry-run\n  \
    tollgate ledger rebuild --since 2026-11-20T10:00:00Z --reason 'restored to 10:00'\n  \
    tollgate ledger rebuild --rate 1000 --yes --json")]
pub(crate) struct Rebuild {
    /// Received from then on: a date, a time, or an age such as 6h [default: all of the archive]
    #[arg(long, value_parser = moment, default_value = "2000-01-01", hide_default_value = true)]
    since: SystemTime,

    /// Received before then.
    #[arg(long, value_parser = moment, default_value = "now")]
    until: SystemTime,

    #[command(flatten)]
    run: Execution,
}

impl Ledger {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let Ledger::Rebuild(Rebuild { since, until, run }) = self;
        let stack = Stack::open(options).await?;
        let order = Order {
            stack: stack.name.clone(),
            since_ms: pipeline::unix_ms(since),
            until_ms: pipeline::unix_ms(until),
            provider: None,
            endpoint: None,
            event: None,
            event_type: None,
            how: How::Rebuild,
            oldest_ms: oldest(&stack)?,
        };
        run.carry_out("ledger-rebuild", order, &stack, output).await
    }
}
