use clap::{ArgGroup, Args};
use serde_json::{Map, Value, json};
use verification::{Mode, Provider};
use zeroize::Zeroizing;

use crate::endpoints::{self, Added, Document, DocumentSecret};
use crate::ledger::{mode, mode_name};
use crate::local::certify;
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::secrets::{Source, Taken};
use crate::signing;
use crate::stack::Stack;
use crate::table::Table;

/// Add an endpoint and print the URL to give to its provider.
///
/// Writes one document to Secrets Manager. It works within seconds; nothing is deployed. The secret is read from
/// standard input or a file, or made here; one that was made is printed only if --show-secret asks for it.
#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("secret").args(Source::OPTIONS),
    after_help = "Examples:\n  \
        pbpaste | tollgate endpoint add shop --provider stripe --account acct_1 --mode live --secret-stdin\n  \
        tollgate endpoint add orders --provider standardwebhooks --generate --show-secret\n  \
        tollgate endpoint add shop --provider stripe --generate --setting tolerance_seconds=600"
)]
pub(crate) struct Add {
    /// Name of the endpoint, the last part of its URL: a-z, 0-9 and -, at most 64.
    name: String,

    /// Who sends.
    #[arg(long)]
    provider: String,

    /// Whether it takes live or test events.
    #[arg(long, default_value = "test", value_parser = mode)]
    mode: Mode,

    /// Our account at the provider, by the provider's own id of it if its events state one [default: "default"].
    /// Endpoints of one account share their events; an event of another account is kept and not recorded, unless the
    /// setting accounts lists it or is any.
    #[arg(long)]
    account: Option<String>,

    #[command(flatten)]
    source: Source,

    /// Print the secret that was made.
    #[arg(long, conflicts_with_all = ["secret_stdin", "secret_file"])]
    show_secret: bool,

    /// Name of the secret.
    #[arg(long, default_value = "k1")]
    kid: String,

    /// A setting of the endpoint; a number, a list, true and false are taken as such. Can be repeated.
    #[arg(long = "setting", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, Value)>,

    /// Replace the endpoint if there is one of this name. Its other secrets are gone then.
    #[arg(long)]
    replace: bool,
}

impl Add {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        if !verification::valid_endpoint_name(&self.name) {
            return Err(Problem::usage(format!("{} is not an endpoint name", self.name))
                .advice("use a-z, 0-9 and -, at most 64 characters")
                .into());
        }
        let Some(provider) = Provider::named(&self.provider) else {
            let known = Provider::all().iter().map(|provider| provider.name).collect::<Vec<_>>();
            return Err(Problem::usage(format!("{} is not a provider", self.provider))
                .advice(format!("providers: {}", known.join(", ")))
                .into());
        };
        self.source.check(provider)?;
        // A secret that was made here is for trying things out: nothing of a provider's account is known then.
        if provider.states_account() && self.account.is_none() && !self.source.generate {
            return Err(Problem::usage(format!("{} says which account an event is of", provider.title))
                .advice("give the id of yours with --account, or those of all with --account NAME --setting accounts=any")
                .into());
        }
        // Before the secret is asked for: whoever pastes it should not have to do so twice.
        let stack = Stack::open(options).await?;
        let Taken { secret, signing_key } = self.source.read(provider, &stack)?;
        let secret = secret.as_ref().map(|secret| secret.as_str());
        let document = self.document(secret)?;
        let added = endpoints::add(&stack, &self.name, &document, self.replace).await?;
        if added == Added::Exists {
            return Err(Problem::failed(format!("there is an endpoint {} already", self.name))
                .advice("choose another name, or replace it with --replace")
                .into());
        }
        if let Some(key) = &signing_key {
            signing::keep(options, &self.name, key)?;
            if provider.certificates().is_some() {
                certify(&stack, provider, self.mode, key).await?;
            }
        }
        self.show(&stack.endpoint_target(&self.name), secret, output)
    }

    fn document(&self, secret: Option<&str>) -> anyhow::Result<Zeroizing<String>> {
        let mut settings = self.settings.iter().cloned().collect::<Map<_, _>>();
        if self.account.is_none() && Provider::named(&self.provider).is_some_and(Provider::states_account) {
            settings.entry("accounts").or_insert_with(|| json!("any"));
        }
        let secrets = secret.map(|secret| [DocumentSecret { kid: &self.kid, secret }]);
        let (mode, account) = (self.mode, self.account());
        Document { provider: &self.provider, mode, account, secrets, settings: &settings }.checked(&self.name)
    }

    fn account(&self) -> &str {
        self.account.as_deref().unwrap_or("default")
    }

    fn show(&self, url: &str, secret: Option<&str>, output: &Output) -> anyhow::Result<()> {
        let kid = secret.map(|_| self.kid.as_str());
        let shown = secret.filter(|_| self.show_secret);
        if output.json() {
            let mut result = json!({
                "endpoint": self.name, "provider": self.provider, "mode": self.mode, "account": self.account(),
                "kid": kid, "url": url,
            });
            if let (Some(secret), Some(fields)) = (shown, result.as_object_mut()) {
                fields.insert("secret".to_owned(), json!(secret));
            }
            return output.document(&result);
        }
        let mut table = Table::default();
        table.entry("endpoint", self.name.as_str());
        table.entry("provider", self.provider.as_str());
        table.entry("mode", mode_name(self.mode));
        table.entry("account", self.account());
        table.entry(
            "secret",
            match (shown, kid) {
                (Some(secret), _) => secret.to_owned(),
                (None, Some(kid)) => format!("{kid} (not shown)"),
                (None, None) => "none: it signs with certificates".to_owned(),
            },
        );
        table.entry("url", url);
        output.table(&table)
    }
}

fn setting(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is expected")?;
    let plain = |value: &Value| value.is_number() || value.is_boolean() || value.is_array();
    let parsed = serde_json::from_str(value).ok().filter(plain);
    Ok((name.to_owned(), parsed.unwrap_or_else(|| Value::String(value.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_keeps_its_type() {
        let cases = [
            ("tolerance_seconds=600", json!(600)),
            ("strict=true", json!(true)),
            ("url=https://a.example/?b=c", json!("https://a.example/?b=c")),
            ("accounts=[\"a\"]", json!(["a"])),
            ("id={}", json!("{}")),
        ];
        for (text, expected) in cases {
            let (name, value) = setting(text).unwrap();
            assert_eq!(value, expected, "{name}");
        }
        assert!(setting("tolerance").is_err());
    }
}
