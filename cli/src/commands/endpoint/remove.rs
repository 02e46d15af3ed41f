use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use crate::audit::{self, Act};
use crate::clock;
use crate::endpoints;
use crate::options::Options;
use crate::output::Output;
use crate::stack::Stack;
use crate::table::Table;
use crate::terminal;

/// Remove an endpoint: its deliveries are refused.
///
/// Its document stays for 30 days and can be brought back until then; what was recorded and archived stays anyhow.
/// Shows what it will do, and asks.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  tollgate endpoint remove old-shop\n  \
    tollgate endpoint remove old-shop --recovery-days 7 --yes --reason 'shop closed'\n  \
    tollgate endpoint remove test-1 --without-recovery")]
pub(crate) struct Remove {
    /// Name of the endpoint.
    name: String,

    /// How many days it can be brought back.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(i64).range(7..=30))]
    recovery_days: i64,

    /// Delete it for good. Its secrets are lost; its name is free again.
    #[arg(long, conflicts_with = "recovery_days")]
    without_recovery: bool,

    #[command(flatten)]
    leave: Leave,
}

/// Bring back an endpoint that was removed.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  tollgate endpoint restore old-shop\n  \
    tollgate endpoint restore old-shop --reason 'removed by mistake'")]
pub(crate) struct Restore {
    /// Name of the endpoint.
    name: String,

    #[command(flatten)]
    leave: Leave,
}

/// What an act asks of its operator.
#[derive(Args, Debug)]
pub(crate) struct Leave {
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,

    /// Why, for the audit object.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

impl Remove {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let look = endpoints::look(&stack, &self.name)
            .await?
            .ok_or_else(|| endpoints::absent(&stack, &self.name))?;
        let mut plan = Table::default();
        plan.entry("remove", format!("{} of {}, {}", self.name, stack.name, endpoints::whose(&look)));
        plan.entry(
            "deliveries",
            "refused with 401, at the latest after the 5 minutes for which functions keep a document",
        );
        if let Ok(endpoint) = &look.endpoint {
            plan.entry("provider", retries(endpoint.provider().retry_hours));
        }
        plan.entry("what was received", "stays in ledger and archive");
        plan.entry(
            "the document",
            if self.without_recovery {
                "is deleted for good, with its secrets".to_owned()
            } else {
                format!(
                    "is deleted after {} days; until then: tollgate endpoint restore {}",
                    self.recovery_days, self.name
                )
            },
        );
        output.plan(&plan);
        terminal::confirm(self.leave.yes, &format!("remove {}?", self.name))?;
        let act = Act {
            command: "endpoint-remove",
            target: &self.name,
            counts: json!({"secrets": look.secrets.len()}),
            reason: self.leave.reason.as_deref(),
        };
        let audit = audit::record(&stack, &act, output).await?;
        let window = (!self.without_recovery).then_some(self.recovery_days);
        let gone = endpoints::remove(&stack, &self.name, window).await?;
        let gone = clock::rfc3339(clock::from_seconds(gone));
        if output.json() {
            return output.document(&json!({"endpoint": self.name, "removed": gone, "audit": audit}));
        }
        output.line(format!("{} is removed; its document is gone for good {gone}", self.name))
    }
}

impl Restore {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let all = endpoints::all(&stack).await?;
        let removed = all.iter().find(|named| named.name == self.name && named.removed.is_some());
        removed
            .with_context(|| format!("there is no endpoint {} to bring back in {}", self.name, stack.name))?;
        terminal::confirm(self.leave.yes, &format!("bring back {} of {}?", self.name, stack.name))?;
        let act = Act {
            command: "endpoint-restore",
            target: &self.name,
            counts: Value::Null,
            reason: self.leave.reason.as_deref(),
        };
        let audit = audit::record(&stack, &act, output).await?;
        endpoints::restore(&stack, &self.name).await?;
        if output.json() {
            return output.document(
                &json!({"endpoint": self.name, "url": stack.endpoint_target(&self.name), "audit": audit}),
            );
        }
        output.line(format!("{} is back: {}", self.name, stack.endpoint_target(&self.name)))
    }
}

/// What a provider does about refused deliveries.
fn retries(hours: u16) -> String {
    match hours {
        0 => "sends again as it likes, or not at all".to_owned(),
        hours => format!("sends what is refused again for {hours} h, then gives up"),
    }
}
