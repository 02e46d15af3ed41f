use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;
use verification::Provider;

use crate::audit::{self, Act};
use crate::clock;
use crate::commands::endpoint::Leave;
use crate::commands::trust::Whose;
use crate::http::Http;
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};
use crate::terminal;
use crate::trust::{self, Change, Refreshed};

/// No certificate with its chain is larger.
const MOST_BYTES: usize = 64 * 1024;

/// Fetch a provider's certificates anew, and let the functions believe those that hold.
///
/// Fetches the URLs that the trust document has, and those of --url; none but the provider's own (host, https, port and
/// path are checked). A certificate is taken only if the functions would believe it: chain to the roots, validity, name,
/// key usage. Old ones stay until they end.
///
/// Shows what it will do, and asks; for a schedule, say --yes. Exit code 5 if there was nothing to change, 1 if a
/// certificate could not be fetched or is not believed. Functions see it within 5 minutes, or at the first delivery that
/// names a certificate that they do not know.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    tollgate trust refresh --mode live --roots roots.pem --url https://api.paypal.com/v1/notifications/certs/CERT-360caa42\n  \
    tollgate trust refresh --mode live --yes --json --stack tollgate-prod    (every day)\n  \
    tollgate trust refresh --mode live --url https://api.paypal.com/v1/notifications/certs/CERT-360caa42 --from cert.pem")]
pub(crate) struct Refresh {
    #[command(flatten)]
    whose: Whose,

    /// Also the certificate at this URL. Can be repeated.
    #[arg(long = "url", value_name = "URL")]
    urls: Vec<String>,

    /// Believe these roots (PEM) instead of those that the document has.
    #[arg(long, value_name = "FILE")]
    roots: Option<PathBuf>,

    /// Fetch nothing: this file (PEM) is what the one --url holds.
    #[arg(long, value_name = "FILE", requires = "urls")]
    from: Option<PathBuf>,

    #[command(flatten)]
    leave: Leave,
}

impl Refresh {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let provider = trust::provider(&self.whose.provider)?;
        self.urls.iter().try_for_each(|url| allowed(provider, url))?;
        let roots = self.roots.as_deref().map(text).transpose()?;
        let given = match (&self.from, self.urls.as_slice()) {
            (None, _) => None,
            (Some(file), [url]) => Some((url.clone(), text(file)?)),
            _ => return Err(Problem::usage("--from is what one --url holds").into()),
        };
        let stack = Stack::open(options).await?;
        let id = trust::id(&stack, provider, self.whose.mode);
        let before = trust::current(&stack, &id).await?;
        let (version, before) = before.unzip();
        if before.is_none() && roots.is_none() {
            return Err(Problem::usage(format!("there is no trust document {id} yet"))
                .advice("say which roots to believe:  --roots FILE")
                .into());
        }
        let (fetched, failed) = if let Some(given) = given {
            (BTreeMap::from([given]), Vec::new())
        } else {
            let kept = before.iter().flat_map(|document| document.certificates.keys());
            fetch_all(provider, kept.chain(&self.urls).cloned().collect(), output).await
        };
        let refreshed = Refreshed::new(provider, before.as_ref(), roots.as_deref(), &fetched, clock::now())?;
        let changed = before.as_ref() != Some(&refreshed.document);
        let mut audit = None;
        if changed {
            if !output.json() {
                output.plan(&table(&refreshed));
            }
            terminal::confirm(self.leave.yes, &format!("write this to {id}?"))?;
            let counts = json!({
                "added": refreshed.count(Change::Added), "replaced": refreshed.count(Change::Replaced),
                "ended": refreshed.count(Change::Ended), "refused": refreshed.count(Change::Refused),
                "stay": refreshed.count(Change::Stays), "failed": failed.len(),
            });
            let act =
                Act { command: "trust-refresh", target: &id, counts, reason: self.leave.reason.as_deref() };
            audit = Some(audit::record(&stack, &act, output).await?);
            trust::write(&stack, &id, version.as_deref(), &refreshed.document).await?;
        }
        if output.json() {
            output.document(&json!({"document": id, "changed": changed, "audit": audit,
                "certificates": refreshed.lines, "failed": failed}))?;
        } else if changed {
            output.line(format!("{id} is written"))?;
        } else {
            output.table(&table(&refreshed))?;
        }
        finish(&refreshed, &failed, changed)
    }
}

/// What was not right, or that there was nothing to do.
fn finish(refreshed: &Refreshed, failed: &[String], changed: bool) -> anyhow::Result<()> {
    let refused = refreshed.count(Change::Refused);
    if refused > 0 || !failed.is_empty() {
        let text = format!("{refused} not believed, {} not fetched; what was there stays", failed.len());
        return Err(Problem::failed(text).into());
    }
    if changed { Ok(()) } else { Err(Problem::unchanged("nothing to change").into()) }
}

/// Only the provider's own URLs are called.
fn allowed(provider: &Provider, url: &str) -> anyhow::Result<()> {
    let rules = provider.certificates().context("a provider with certificates")?;
    if rules.allows(url) {
        return Ok(());
    }
    let hosts = rules.hosts.join(" or ");
    Err(Problem::usage("this is no URL of the provider's certificates")
        .advice(format!("it is to be https://{hosts}, and its path is to begin with {}", rules.path))
        .into())
}

/// What is at these URLs, and what could not be fetched. A URL that is kept is judged as any other.
async fn fetch_all(
    provider: &Provider,
    urls: BTreeSet<String>,
    output: &Output,
) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut fetched, mut failed) = (BTreeMap::new(), Vec::new());
    for url in urls {
        match fetch(provider, &url).await {
            Ok(pem) => drop(fetched.insert(url, pem)),
            Err(error) => {
                output.progress(format!("{url}: {error:#}"));
                failed.push(url);
            }
        }
    }
    (fetched, failed)
}

/// One GET, over TLS that the system trusts, without redirects.
async fn fetch(provider: &Provider, url: &str) -> anyhow::Result<String> {
    allowed(provider, url)?;
    let answer = Http::of(url).send("GET", url, &[], Vec::new()).await?;
    if answer.status != 200 {
        bail!("it answers {}", answer.status);
    }
    if answer.body.len() > MOST_BYTES {
        bail!("it answers with more than {MOST_BYTES} bytes");
    }
    String::from_utf8(answer.body).context("it does not answer with PEM")
}

fn text(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}

fn table(refreshed: &Refreshed) -> Table {
    let mut table = Table::new(&["", "certificate", "until", "sha256"]);
    for line in &refreshed.lines {
        let state = match line.change {
            Change::Added => Cell::new(Tone::Good, "added"),
            Change::Replaced => Cell::new(Tone::Good, "replaced"),
            Change::Stays => Cell::new(Tone::Faint, "stays"),
            Change::Ended => Cell::new(Tone::Bad, "has ended, taken out"),
            Change::Refused => {
                Cell::new(Tone::Bad, format!("not taken: {}", line.reason.unwrap_or_default()))
            }
        };
        let (ends, sha256) = (line.ends.clone().unwrap_or_default(), line.sha256.clone().unwrap_or_default());
        table.row([state, line.what.as_str().into(), ends.into(), sha256.into()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_url_but_the_providers_own_is_called() {
        let provider = Provider::named("paypal").unwrap();
        for url in [
            "http://api.paypal.com/v1/notifications/certs/CERT-1",
            "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
            "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
            "https://169.254.169.254/latest/meta-data/",
            "file:///etc/passwd",
        ] {
            let error = fetch(provider, url).await.unwrap_err();
            assert_eq!(crate::problem::exit(&error).0, 2, "{url}: {error:#}");
        }
    }
}
