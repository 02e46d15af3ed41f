use clap::Args;
use serde_json::json;

use crate::local::{Emulator, Layout};
use crate::options::Options;
use crate::output::Output;

/// Stop the local stack and remove its state.
///
/// Stops the process that `tollgate up` started for this folder and no other. What was built and installed stays, so
/// that the next start is quick; what was received is gone.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  tollgate down\n  tollgate down --dir .local/test")]
pub(crate) struct Down {}

impl Down {
    pub(crate) fn run(options: &Options, output: &Output) -> anyhow::Result<()> {
        let layout = Layout::find(options.dir.as_deref())?;
        let stopped = Emulator::stop(&layout)?;
        layout.remove_state()?;
        if output.json() {
            return output.document(&json!({ "stopped": stopped }));
        }
        output.line(if stopped { "the local stack is stopped" } else { "no local stack was running" })
    }
}
