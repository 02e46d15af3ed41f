use clap::Args;
use serde_json::json;

use crate::clock;
use crate::endpoints::{self, State, coverage_name, days};
use crate::ledger::mode_name;
use crate::options::Options;
use crate::output::Output;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};

/// Show an endpoint: whose it is, the names and times of its secrets, what is worth a look.
///
/// Never shows a secret, nor a part of one.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  tollgate endpoint show stripe-demo\n  \
    tollgate endpoint show shop --stack tollgate-prod --json")]
pub(crate) struct Show {
    /// Name of the endpoint.
    name: String,
}

impl Show {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let look = endpoints::look(&stack, &self.name)
            .await?
            .ok_or_else(|| endpoints::absent(&stack, &self.name))?;
        let (now, url) = (clock::now(), stack.endpoint_target(&self.name));
        let endpoint = look.endpoint.as_ref().ok();
        let written = clock::rfc3339(clock::from_seconds(look.written));
        let warnings = look.warnings(now);
        if output.json() {
            let secrets = look.secrets.iter().map(|secret| {
                json!({"kid": secret.kid, "not_before": secret.not_before, "not_after": secret.not_after,
                    "state": secret.state(now)})
            });
            return output.document(&json!({
                "endpoint": self.name, "url": url,
                "provider": endpoint.map(|endpoint| endpoint.provider().name),
                "mode": endpoint.map(verification::Endpoint::mode),
                "account": endpoint.map(verification::Endpoint::account),
                "coverage": endpoint.map(|endpoint| coverage_name(endpoint.coverage())),
                "written": written, "secrets": secrets.collect::<Vec<_>>(), "warnings": warnings,
            }));
        }
        let mut table = Table::default();
        table.entry("endpoint", self.name.as_str());
        if let Some(endpoint) = endpoint {
            table.entry("provider", endpoint.provider().title);
            table.entry("mode", mode_name(endpoint.mode()));
            table.entry("account", endpoint.account());
            table.entry("coverage", coverage_name(endpoint.coverage()));
        }
        table.entry("url", url);
        table.entry("written", format!("{written}, {} ago", days(look.age(now))));
        for secret in &look.secrets {
            let (state, tone) = match secret.state(now) {
                State::Valid => ("valid", Tone::Plain),
                State::Expired => ("expired", Tone::Bad),
                State::Waiting => ("not valid yet", Tone::Faint),
            };
            table
                .entry("secret", Cell::new(tone, format!("{}  {state}, {}", secret.name(), secret.window())));
        }
        for warning in warnings {
            table.entry("look", Cell::new(Tone::Bad, warning));
        }
        output.table(&table)
    }
}
