use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use aws::{Patience, Sdk};
use clap::Args;
use serde_json::json;

use crate::clock;
use crate::local::{self, ACCESS_KEY, Emulator, EnvFile, Layout, REGION, STACK};
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::stack::{Stack, Target};

/// Start the local stack: the real template and the real binaries on this machine.
///
/// Installs its tools into .local on the first run, starts MiniStack on 127.0.0.1 with permissions enforced, deploys
/// template.yaml with the SAM CLI, adds sample endpoints, sends sample deliveries and shows what became of each. Run
/// again, it does what is missing. Needs the release binaries (make build) and Python 3.11 or newer.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    tollgate up\n  \
    tollgate up --port 4576 --dir .local/test --no-samples\n  \
    set -a; . .local/env; set +a; curl -i \"$TOLLGATE_URL/health\"")]
pub(crate) struct Up {
    /// Port of 127.0.0.1 to listen on.
    #[arg(long, default_value_t = 4566)]
    port: u16,

    /// Add no sample endpoints and send nothing.
    #[arg(long)]
    no_samples: bool,
}

impl Up {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let started = clock::start();
        let layout = Layout::find(options.dir.as_deref())?;
        layout.root()?;
        let _taken = layout.take()?;
        let tools = local::tools(&layout, output)?;
        self.start_emulator(&layout, &tools.emulator, output).await?;
        let stack = self.deploy(&layout, &tools.sam, output).await?;
        let (file, tap) = write_env(&layout, stack).await?;
        let stack = Target::local(&layout)?.find().await?.context("the local stack is gone")?;
        output.progress(format!("the local stack is up after {}", clock::spent(started)));
        if self.no_samples {
            return show_without_samples(&stack, &file, output);
        }

        let added = local::add_endpoints(&stack).await?;
        if !added.is_empty() {
            output.progress(format!("added the endpoints {}", added.join(", ")));
        }
        output.progress("sending sample deliveries …");
        let outcomes = local::run_demo(&stack, &tap).await?;
        let whole = local::arrived(&outcomes) && outcomes.iter().all(|outcome| outcome.as_expected);
        if output.json() {
            output.document(&json!({ "url": stack.url, "env": file, "deliveries": outcomes }))?;
        } else {
            output.table(&local::outcome_table(&outcomes))?;
            let payment = outcomes.first().map_or("ID", |outcome| outcome.payment.as_str());
            output.line(format!(
                "\n{}",
                next_steps(&program(), &options_to_repeat(options), &stack.url, &file, payment)
            ))?;
        }
        if whole {
            return Ok(());
        }
        Err(Problem::failed("not every sample delivery did what it should")
            .advice("tollgate status shows where it waits")
            .into())
    }

    async fn start_emulator(&self, layout: &Layout, programs: &Path, output: &Output) -> anyhow::Result<()> {
        match Emulator::running(layout) {
            Some(running) if running.port != self.port => {
                return Err(Problem::failed(format!(
                    "the stack of this folder runs on port {}",
                    running.port
                ))
                .advice("stop it with tollgate down, or give the other one a folder of its own with --dir")
                .into());
            }
            Some(_) if local::fits(layout)? => return Ok(()),
            Some(_) => {
                output.progress("what runs was made from another template: starting afresh");
                Emulator::stop(layout)?;
            }
            None => {}
        }
        // What the last one held is gone with it.
        layout.remove_state()?;
        let start = clock::start();
        Emulator::start(layout, programs, self.port).await?;
        output.progress(format!(
            "MiniStack answers on 127.0.0.1:{} after {}",
            self.port,
            clock::spent(start)
        ));
        Ok(())
    }

    /// Deploys what changed and finds the stack.
    async fn deploy(&self, layout: &Layout, programs: &Path, output: &Output) -> anyhow::Result<Stack> {
        let start = clock::start();
        let env = base_env(self.port)?;
        let sdk = Sdk::from_vars(Patience::Tool, |name| env.get(name).map(str::to_owned))?;
        if local::deploy(layout, programs, &sdk, output).await? {
            output.progress(format!("  deployed in {}", clock::spent(start)));
        }
        Target::new(env)?.find().await?.context("sam deploy succeeded, but the stack is not there")
    }
}

/// What is known before the stack is.
fn base_env(port: u16) -> anyhow::Result<EnvFile> {
    let mut env = EnvFile::default();
    env.set("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))?;
    env.set("AWS_REGION", REGION)?;
    env.set("AWS_ACCESS_KEY_ID", ACCESS_KEY)?;
    env.set("AWS_SECRET_ACCESS_KEY", ACCESS_KEY)?;
    env.set("TOLLGATE_STACK", STACK)?;
    env.set("TOLLGATE_LOCAL_PORT", port.to_string())?;
    Ok(env)
}

/// Makes bus events visible and writes down how to reach it all.
async fn write_env(layout: &Layout, stack: Stack) -> anyhow::Result<(PathBuf, String)> {
    let emulator = Emulator::running(layout).context("the emulator ended")?;
    let mut env = base_env(emulator.port)?;
    let (id, stage) = (stack.output("ApiId")?, stack.output("ApiStage")?);
    local::make_binary(&format!("http://127.0.0.1:{}", emulator.port), id).await?;
    env.set("TOLLGATE_URL", format!("http://127.0.0.1:{}/_aws/execute-api/{id}/{stage}", emulator.port))?;
    for (name, value) in stack.outputs() {
        env.set(&output_variable(name), value)?;
    }
    let tap = local::tap(&stack).await?;
    env.set("TOLLGATE_BUS_QUEUE_URL", tap.as_str())?;
    env.write(&layout.env_file())?;
    Ok((layout.env_file(), tap))
}

/// The variable of an output of the stack: `LedgerTable` is `TOLLGATE_LEDGER_TABLE`.
fn output_variable(output: &str) -> String {
    let mut name = "TOLLGATE".to_owned();
    for letter in output.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

fn show_without_samples(stack: &Stack, file: &Path, output: &Output) -> anyhow::Result<()> {
    if output.json() {
        return output.document(&json!({ "url": stack.url, "env": file, "deliveries": [] }));
    }
    output.line(format!("url  {}\nenv  {}", stack.url, file.display()))
}

/// The options that the next commands need too.
fn options_to_repeat(options: &Options) -> String {
    options.dir.as_ref().map_or_else(String::new, |dir| format!(" --dir {}", dir.display()))
}

/// This program, as the person who runs it called it.
fn program() -> String {
    env::args().next().unwrap_or_else(|| "tollgate".to_owned())
}

fn next_steps(program: &str, options: &str, url: &str, env: &Path, payment: &str) -> String {
    format!(
        "try next:\n  \
         {program} payment show {payment}{options}\n  \
         {program} send stripe-demo --event payment_intent.payment_failed{options}\n  \
         {program} send stripe-demo --repeat 50 --concurrency 10{options}\n  \
         {program} status{options}\n  \
         curl -i -H 'content-type: application/json' -d '{{}}' {url}/v1/webhooks/stripe-demo   # 401: it is not signed\n\
         the stack's addresses and keys: {}\n\
         stop it: {program} down{options}",
        env.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_try_next_can_be_pasted() {
        let text =
            next_steps("./tollgate", " --dir .local/a", "http://127.0.0.1:4566/x", Path::new("env"), "pi_1");
        assert!(text.contains("\n  ./tollgate payment show pi_1 --dir .local/a\n"), "{text}");
        assert!(text.contains("-d '{}' http://127.0.0.1:4566/x/v1/webhooks/stripe-demo  "), "{text}");
    }
}
