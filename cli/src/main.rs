//! `tollgate`: the operator's and the developer's tool.
//!
//! A command is a file in `commands/`: its arguments and what it does. `local/` is the stack on this machine, `stack`
//! is how a command reaches the stack that it works on, `output` is all that a command prints. To add a command, write
//! its file and name it in `commands.rs`.

mod archive;
mod audit;
mod captured;
mod clock;
mod cloudformation;
mod commands;
mod dead_letters;
mod endpoints;
mod exposition;
mod http;
mod ledger;
mod local;
mod moment;
mod options;
mod output;
mod pace;
mod period;
mod problem;
mod query;
mod replay;
mod samples;
mod secrets;
mod sending;
mod service;
mod signed;
mod signing;
mod stack;
mod stop;
mod table;
mod terminal;
mod trust;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Cli;
use crate::output::Output;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::of_process(cli.options.json);
    match cli.run(&output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output.fail(&error),
    }
}
