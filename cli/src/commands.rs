//! The commands: one file each, and a folder for a noun with several verbs.

mod archive;
mod dlq;
mod doctor;
mod down;
mod endpoint;
mod event;
mod ledger;
mod list;
mod metrics;
mod payment;
mod publish;
mod replay;
mod send;
mod status;
mod trust;
mod up;
mod verify;

use clap::{Parser, Subcommand};

use crate::options::Options;
use crate::output::Output;

/// Receive, prove, record and keep payment webhooks.
#[derive(Debug, Parser)]
#[command(
    name = "tollgate",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 asked for wrongly, 3 not there, 4 refused (verify) or not intact (archive verify),\n\
        5 nothing to change (trust refresh).\n\n\
        Start here:\n  tollgate up\n  tollgate send stripe-demo\n  tollgate status"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Up),
    Down(down::Down),
    Status(status::Status),
    #[command(subcommand)]
    Endpoint(endpoint::Endpoint),
    #[command(subcommand)]
    Trust(trust::Trust),
    Send(send::Send),
    Verify(verify::Verify),
    #[command(subcommand)]
    Event(event::Event),
    #[command(subcommand)]
    Payment(payment::Payment),
    Doctor(doctor::Doctor),
    Metrics(metrics::Metrics),
    #[command(subcommand)]
    Archive(archive::Archive),
    Replay(replay::ReplayCommand),
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    #[command(subcommand)]
    Dlq(dlq::Dlq),
}

impl Cli {
    /// Does what was asked for.
    pub(crate) async fn run(self, output: &Output) -> anyhow::Result<()> {
        let options = &self.options;
        match self.command {
            Command::Up(up) => up.run(options, output).await,
            Command::Down(down::Down {}) => down::Down::run(options, output),
            Command::Status(status) => status.run(options, output).await,
            Command::Endpoint(endpoint) => endpoint.run(options, output).await,
            Command::Send(send) => send.run(options, output).await,
            Command::Trust(trust) => trust.run(options, output).await,
            Command::Verify(verify) => verify.run(output),
            Command::Event(event) => event.run(options, output).await,
            Command::Payment(payment) => payment.run(options, output).await,
            Command::Doctor(doctor) => doctor.run(options, output).await,
            Command::Metrics(metrics) => metrics.run(options, output).await,
            Command::Archive(archive) => archive.run(options, output).await,
            Command::Replay(replay) => replay.run(options, output).await,
            Command::Ledger(ledger) => ledger.run(options, output).await,
            Command::Dlq(dlq) => dlq.run(options, output).await,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
