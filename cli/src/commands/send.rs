use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Map, json};
use verification::{Endpoint, Mode, SigningKey, VerifiedParts};

use crate::clock;
use crate::endpoints::{self, Document, DocumentSecret};
use crate::http::Http;
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::samples::{self, Values};
use crate::secrets;
use crate::sending::{Flaws, Sent, Signed};
use crate::signing;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};
use crate::terminal;

/// Send a correctly signed sample delivery.
///
/// To an endpoint of the stack by its name, with its secret from Secrets Manager; or to any URL, with --provider and
/// the secret on standard input. Fails unless every answer is 2xx.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    tollgate send stripe-demo\n  \
    tollgate send stripe-demo --event charge.refunded --payment pi_123 --amount 500\n  \
    tollgate send stripe-demo --tamper          (401: the body is not what was signed)\n  \
    tollgate send stripe-demo --repeat 50 --concurrency 50\n  \
    echo \"$SECRET\" | tollgate send https://example.com/hook --provider stripe --secret-stdin")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Send {
    /// An endpoint's name, or a URL.
    #[arg(value_name = "NAME|URL")]
    to: String,

    /// As which provider to sign; for a URL only.
    #[arg(long)]
    provider: Option<String>,

    /// Read the signing secret from standard input; for a URL only.
    #[arg(long)]
    secret_stdin: bool,

    /// The provider's type of the event [default: its usual one]
    #[arg(long, value_name = "TYPE", conflicts_with = "body")]
    event: Option<String>,

    /// Send this file instead of a sample; - for standard input.
    #[arg(long, value_name = "FILE")]
    body: Option<String>,

    /// Id of the event [default: a new one]
    #[arg(long)]
    id: Option<String>,

    /// Id of the payment [default: a new one]; for samples that are not as documented by their provider.
    #[arg(long, value_name = "ID", conflicts_with = "body")]
    payment: Option<String>,

    /// Amount in minor units [default: 2000]; for the same samples.
    #[arg(long, value_name = "MINOR", conflicts_with = "body")]
    amount: Option<u32>,

    /// Currency of the amount [default: eur]; for the same samples.
    #[arg(long, value_name = "CODE", conflicts_with = "body")]
    currency: Option<String>,

    /// Sign with this private key (PEM) [default: the one that endpoint add --generate made, for the local stack]
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,

    /// Do not ask before a made-up delivery goes to a deployed stack's live endpoint.
    #[arg(long)]
    yes: bool,

    /// Change the body after signing it.
    #[arg(long)]
    tamper: bool,

    /// Sign it as of a week ago.
    #[arg(long)]
    stale: bool,

    /// Send the same delivery so many times.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    repeat: u32,

    /// So many of them at the same time.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    concurrency: u32,
}

impl Send {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let Target { endpoint, mut url, key } = self.target(options).await?;
        let values = self.values(&endpoint, clock::now())?;
        let body = self.body(&endpoint, &values)?;
        if !url.contains('?') {
            url += &samples::query(endpoint.provider().name, &body);
        }
        let flaws = Flaws { tamper: self.tamper, stale: self.stale };
        let signed = Signed::new(&endpoint, &url, &values.id, body, flaws, key.as_ref(), clock::now())?;
        let judged = signed.judged(&endpoint, clock::now());
        let http = Http::of(&url);
        let chosen = samples::can_choose(endpoint.provider().name);
        let (times, at_once) = (usize::try_from(self.repeat)?, usize::try_from(self.concurrency)?);
        let sent = signed.send_all(&http, times, at_once).await;
        let accepted = sent.iter().flatten().filter(|sent| sent.answer.accepted()).count();
        match (sent.as_slice(), self.repeat) {
            ([Ok(sent)], 1) => self.show_one(sent, &url, &values, judged.as_ref(), chosen, output)?,
            ([Err(_)], 1) => {}
            _ => show_many(&sent, &url, output)?,
        }
        if accepted == times {
            return Ok(());
        }
        match sent.into_iter().find_map(Result::err) {
            Some(error) => Err(error),
            None => Err(Problem::failed(format!("{} of {times} not accepted", times - accepted)).into()),
        }
    }

    /// Whose secret signs, and where the delivery goes.
    async fn target(&self, options: &Options) -> anyhow::Result<Target> {
        let key = self.signing_key.as_deref().map(signing::read).transpose()?;
        if !self.to.starts_with("http://") && !self.to.starts_with("https://") {
            if self.provider.is_some() || self.secret_stdin {
                return Err(Problem::usage("--provider and --secret-stdin are for a URL")
                    .advice("an endpoint of the stack has its own")
                    .into());
            }
            let stack = Stack::open(options).await?;
            let endpoint = endpoints::endpoint_with_trust(&stack, &self.to).await?;
            if !stack.is_local && endpoint.mode() == Mode::Live {
                let question =
                    format!("{} is a live endpoint of {}: record a made-up event?", self.to, stack.name);
                terminal::confirm(self.yes, &question)?;
            }
            let key = match key {
                None if stack.is_local => signing::kept(options, &self.to)?,
                key => key,
            };
            return Ok(Target { endpoint, url: stack.endpoint_target(&self.to), key });
        }
        let (Some(provider), true) = (&self.provider, self.secret_stdin) else {
            return Err(Problem::usage("a URL needs --provider and --secret-stdin").into());
        };
        let secret = secrets::from_stdin()?;
        let secrets = Some([DocumentSecret { kid: "k1", secret: &secret }]);
        let document =
            Document { provider, mode: Mode::Test, account: "default", secrets, settings: &Map::new() };
        let endpoint = Endpoint::parse("url", document.checked("url")?.as_bytes())?;
        Ok(Target { endpoint, url: self.to.clone(), key })
    }

    fn values(&self, endpoint: &Endpoint, now: SystemTime) -> anyhow::Result<Values> {
        let mut values = Values::new(endpoint.provider().name, self.payment.as_deref(), now)?;
        if let Some(id) = &self.id {
            values.id.clone_from(id);
        }
        let chosen = self.payment.is_some() || self.amount.is_some() || self.currency.is_some();
        if chosen && !samples::can_choose(endpoint.provider().name) {
            return Err(Problem::usage(format!(
                "the samples of {} are as it documents them",
                endpoint.provider().title
            ))
            .advice("leave out --payment, --amount and --currency, or send a body of your own:  --body FILE")
            .into());
        }
        values.amount = self.amount.unwrap_or(values.amount);
        if let Some(currency) = &self.currency {
            values.currency = currency.to_ascii_lowercase();
        }
        Ok(values)
    }

    fn body(&self, endpoint: &Endpoint, values: &Values) -> anyhow::Result<Vec<u8>> {
        match self.body.as_deref() {
            None => samples::body(endpoint.provider().name, self.event.as_deref(), values),
            Some("-") => {
                let mut body = Vec::new();
                io::stdin().read_to_end(&mut body).context("read the body from standard input")?;
                Ok(body)
            }
            Some(file) => fs::read(file).with_context(|| format!("read the body from {file}")),
        }
    }

    fn show_one(
        &self,
        sent: &Sent,
        url: &str,
        values: &Values,
        judged: Option<&VerifiedParts>,
        chosen: bool,
        output: &Output,
    ) -> anyhow::Result<()> {
        let (status, body) = (sent.answer.status, sent.answer.text());
        let event = match judged {
            Some(parts) => parts.identity.event_id.as_deref(),
            None => self.body.is_none().then_some(values.id.as_str()),
        };
        let payment = self.body.is_none().then_some(values.payment.as_str()).filter(|_| chosen);
        let mind = judged.and_then(not_recorded);
        if output.json() {
            return output.document(&json!({
                "url": url, "status": status, "body": body, "took_ms": millis(sent.took),
                "event": event, "payment": payment, "mind": mind,
            }));
        }
        let mut table = Table::default();
        table.entry("url", url);
        for (name, id) in [("event", event), ("payment", payment)] {
            if let Some(id) = id {
                table.entry(name, id);
            }
        }
        if let Some(mind) = mind {
            table.entry("mind", Cell::new(Tone::Bad, mind));
        }
        let tone = if sent.answer.accepted() { Tone::Good } else { Tone::Bad };
        table.entry("answer", Cell::new(tone, status.to_string()));
        table.entry("body", if body.is_empty() { "(empty)" } else { body.trim_end() });
        table.entry("took", format!("{:.1} ms", millis(sent.took)));
        output.table(&table)
    }
}

/// Where a delivery goes, and what signs it.
struct Target {
    endpoint: Endpoint,
    url: String,
    /// For a provider that signs with a private key.
    key: Option<SigningKey>,
}

/// Why an accepted delivery is acknowledged and not recorded.
fn not_recorded(parts: &VerifiedParts) -> Option<&'static str> {
    if parts.handshake.is_some() {
        return Some("a set-up call: answered, never recorded");
    }
    if parts.observed_mode.is_some_and(|mode| mode != parts.mode) {
        return Some("it is of the other mode than the endpoint: acknowledged, not recorded");
    }
    parts.wrong_account.then_some("it names another account than the endpoint: acknowledged, not recorded")
}

fn show_many(sent: &[anyhow::Result<Sent>], url: &str, output: &Output) -> anyhow::Result<()> {
    let mut statuses = std::collections::BTreeMap::<String, usize>::new();
    for sent in sent {
        let status = sent.as_ref().map_or("no answer".to_owned(), |sent| sent.answer.status.to_string());
        *statuses.entry(status).or_default() += 1;
    }
    let mut times = sent.iter().flatten().map(|sent| sent.took).collect::<Vec<_>>();
    times.sort_unstable();
    let spread = [0, 50, 99, 100].map(|percent| percentile(&times, percent).map(millis));
    let [min, p50, p99, max] = spread;
    if output.json() {
        return output.document(&json!({
            "url": url, "sent": sent.len(), "answers": statuses,
            "took_ms": { "min": min, "p50": p50, "p99": p99, "max": max },
        }));
    }
    let mut table = Table::default();
    table.entry("url", url);
    table.entry("sent", sent.len().to_string());
    for (status, count) in statuses {
        let tone = if status.starts_with('2') { Tone::Good } else { Tone::Bad };
        table.entry(&status, Cell::new(tone, count.to_string()));
    }
    for (name, value) in [("fastest", min), ("p50", p50), ("p99", p99), ("slowest", max)] {
        table.entry(name, value.map_or("-".to_owned(), |value| format!("{value:.1} ms")));
    }
    output.table(&table)
}

/// The smallest of sorted times that so many percent do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// Milliseconds, to the microsecond.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_occurred() {
        let times = (1..=200).map(Duration::from_millis).collect::<Vec<_>>();
        let at = |percent| percentile(&times, percent).map(|time| time.as_millis());
        assert_eq!([0, 50, 99, 100].map(at), [Some(1), Some(100), Some(198), Some(200)]);
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[Duration::from_millis(7)], 99), Some(Duration::from_millis(7)));
    }
}
