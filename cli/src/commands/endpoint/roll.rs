use std::time::Duration;

use clap::{ArgGroup, Args};
use serde_json::{Value, json};
use verification::{Endpoint, Provider};

use crate::audit::{self, Act};
use crate::clock;
use crate::commands::endpoint::remove::Leave;
use crate::endpoints::{self, Change, Current, Rolled, State, days};
use crate::options::Options;
use crate::output::Output;
use crate::secrets::{Source, Taken};
use crate::signing;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};
use crate::terminal;

/// The overlap of a provider that does not say how long it sends again.
const UNKNOWN_RETRY: Duration = Duration::from_hours(72);

/// Roll the signing secret of an endpoint, in two steps; no delivery is refused on the way.
///
/// First, with the new secret: it is taken at once, and the old one until the overlap is over, by default as long as
/// the provider sends a delivery again. Then, when the provider signs with the new one: --retire takes out what has
/// ended.
///
/// Shows what it will do, and asks. The document is replaced only if nobody changed it meanwhile; the one before stays
/// in Secrets Manager as AWSPREVIOUS. Functions see it within 5 minutes, and at the first signature that does not fit.
#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("step").required(true).args(Source::OPTIONS).arg("retire"),
    after_help = "Examples:\n  \
        pbpaste | tollgate endpoint roll shop --secret-stdin\n  \
        tollgate endpoint roll orders --generate --show-secret --overlap 24h\n  \
        tollgate endpoint roll shop --retire\n  \
        tollgate endpoint roll shop --secret-file new.txt --overlap 0s    (the old one leaked)\n  \
        tollgate endpoint roll shop --secret-file new.txt --dry-run"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Roll {
    /// Name of the endpoint.
    name: String,

    #[command(flatten)]
    source: Source,

    /// Print the secret that was made.
    #[arg(long, conflicts_with_all = ["secret_stdin", "secret_file", "retire"])]
    show_secret: bool,

    /// Name of the new secret [default: today's date]
    #[arg(long, conflicts_with = "retire")]
    kid: Option<String>,

    /// How long the old secret is still taken: 90s, 30m, 24h, 3d [default: as long as the provider sends again]
    #[arg(long, value_name = "TIME", value_parser = span, conflicts_with = "retire")]
    overlap: Option<Duration>,

    /// Take out the secrets that have ended.
    #[arg(long)]
    retire: bool,

    /// Take out also those that have not ended yet, but will.
    #[arg(long, conflicts_with_all = Source::OPTIONS)]
    now: bool,

    /// Show what would be done, and do nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,

    #[command(flatten)]
    leave: Leave,
}

impl Roll {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let id = endpoints::id(&stack, &self.name)?;
        let current = endpoints::current(&stack, &id).await?;
        let current = current.ok_or_else(|| endpoints::absent(&stack, &self.name))?;
        let endpoint = endpoints::parsed(&self.name, &current)?;
        let (Some(rolled), taken) = self.next(&stack, &endpoint, &current)? else {
            return self.nothing(output);
        };
        output.plan(&self.plan(&stack, endpoint.provider(), &rolled));
        if self.dry_run {
            return self.show(&rolled, None, None, output);
        }
        terminal::confirm(self.leave.yes, &format!("write this to {}?", self.name))?;
        let act = Act {
            command: if self.retire { "endpoint-retire" } else { "endpoint-roll" },
            target: &self.name,
            counts: json!({
                "added": rolled.count(Change::Added),
                "ended": rolled.count(Change::Ended),
                "retired": rolled.count(Change::Retired),
                "stay": rolled.count(Change::Stays),
            }),
            reason: self.leave.reason.as_deref(),
        };
        let audit = audit::record(&stack, &act, output).await?;
        endpoints::replace(&stack, &id, &current.version, &rolled.document).await?;
        let Taken { secret, signing_key } = taken;
        if let Some(key) = &signing_key {
            signing::keep(options, &self.name, key)?;
        }
        let secret = secret.filter(|_| self.show_secret);
        self.show(&rolled, Some(&audit), secret.as_ref().map(|secret| secret.as_str()), output)
    }

    /// The next document, and what was added to it.
    fn next(
        &self,
        stack: &Stack,
        endpoint: &Endpoint,
        current: &Current,
    ) -> anyhow::Result<(Option<Rolled>, Taken)> {
        let (name, document, now) = (&self.name, &current.document, clock::now());
        if self.retire {
            let nothing = Taken { secret: None, signing_key: None };
            return Ok((Rolled::without_ended(name, document, self.now, now)?, nothing));
        }
        self.source.check(endpoint.provider())?;
        let taken = self.source.read(endpoint.provider(), stack)?;
        let secret = taken.secret.as_ref().map_or("", |secret| secret.as_str());
        let overlap = self.overlap.unwrap_or_else(|| retry_period(endpoint.provider()));
        let rolled = Rolled::with(name, document, secret, self.kid.as_deref(), overlap, now)?;
        Ok((Some(rolled), taken))
    }

    fn plan(&self, stack: &Stack, provider: &Provider, rolled: &Rolled) -> Table {
        let mut plan = Table::default();
        plan.entry("roll", format!("{} of {}, {}", self.name, stack.name, provider.title));
        for (secret, change) in &rolled.secrets {
            let becomes = match change {
                Change::Added => "new, taken at once".to_owned(),
                Change::Ended => format!("is taken {}", secret.window()),
                Change::Retired => format!("is taken out (it was taken {})", secret.window()),
                Change::Stays => format!("stays as it is, taken {}", secret.window()),
            };
            plan.entry("secret", format!("{}  {becomes}", secret.name()));
        }
        if rolled.count(Change::Ended) > 0 && self.overlap.is_none() {
            let sends = match provider.retry_hours {
                0 => "does not say how long it sends a delivery again".to_owned(),
                hours => format!("sends a delivery again for {}", days(Duration::from_hours(hours.into()))),
            };
            plan.entry("overlap", format!("{} {sends}", provider.title));
        }
        if !self.retire {
            plan.entry("then", format!("let {} sign with the new secret, and afterwards:", provider.title));
            plan.entry("", format!("tollgate endpoint roll {} --retire", self.name));
        }
        plan
    }

    fn nothing(&self, output: &Output) -> anyhow::Result<()> {
        if output.json() {
            return output.document(&json!({"endpoint": self.name, "changed": false, "secrets": []}));
        }
        output.line(format!("no secret of {} has ended: nothing to retire", self.name))
    }

    fn show(
        &self,
        rolled: &Rolled,
        audit: Option<&str>,
        secret: Option<&str>,
        output: &Output,
    ) -> anyhow::Result<()> {
        let now = clock::now();
        if output.json() {
            let secrets = rolled.secrets.iter().map(|(kept, change)| {
                json!({"kid": kept.kid, "not_before": kept.not_before, "not_after": kept.not_after,
                    "state": kept.state(now), "change": change})
            });
            let mut result = json!({"endpoint": self.name, "changed": audit.is_some(),
                "secrets": secrets.collect::<Vec<_>>(), "audit": audit});
            if let (Some(secret), Some(fields)) = (secret, result.as_object_mut()) {
                fields.insert("secret".to_owned(), Value::from(secret));
            }
            return output.document(&result);
        }
        if audit.is_none() {
            return output.line("nothing was changed");
        }
        let mut table = Table::new(&["secret", "", ""]);
        for (kept, _) in rolled.secrets.iter().filter(|(_, change)| *change != Change::Retired) {
            let tone = if kept.state(now) == State::Valid { Tone::Good } else { Tone::Bad };
            let state = if kept.state(now) == State::Valid { "valid" } else { "not valid" };
            table.row([kept.name().into(), Cell::new(tone, state), kept.window().into()]);
        }
        output.table(&table)?;
        secret.map_or(Ok(()), |secret| output.line(format!("new secret: {secret}")))
    }
}

/// How long a provider sends a delivery again.
fn retry_period(provider: &Provider) -> Duration {
    match provider.retry_hours {
        0 => UNKNOWN_RETRY,
        hours => Duration::from_hours(hours.into()),
    }
}

/// Reads `90s`, `30m`, `24h` or `3d`.
fn span(text: &str) -> Result<Duration, String> {
    let expected = || "a time such as 90s, 30m, 24h or 3d is expected, 90d at most".to_owned();
    let unit = text.chars().last().ok_or_else(expected)?;
    let number: u64 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| expected())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(expected()),
    };
    let all = number.checked_mul(seconds).filter(|all| *all <= 90 * 86_400).ok_or_else(expected)?;
    Ok(Duration::from_secs(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        for (text, expected) in [
            ("0s", Some(0)),
            ("90s", Some(90)),
            ("30m", Some(1_800)),
            ("24h", Some(86_400)),
            ("3d", Some(259_200)),
            ("91d", None),
            ("24", None),
            ("h", None),
            ("", None),
            ("-1h", None),
            ("24hh", None),
            ("99999999999999999d", None),
        ] {
            assert_eq!(span(text).ok().map(|span| span.as_secs()), expected, "{text}");
        }
    }

    #[test]
    fn the_overlap_is_the_providers_retry_period_or_three_days() {
        let hours = |name: &str| retry_period(Provider::named(name).unwrap()).as_secs() / 3_600;
        assert_eq!((hours("wise"), hours("twilio")), (336, 72));
    }
}
