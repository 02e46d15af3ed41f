//! The stack that a command works on: the local one or a deployed one, found the same way.

use std::collections::BTreeMap;
use std::env;

use anyhow::Context as _;
use aws::{DynamoLedger, Patience, Sdk};

use crate::cloudformation::{self, Outputs};
use crate::local::{EnvFile, Layout};
use crate::options::Options;
use crate::problem::Problem;

/// How to reach a stack: its name and the variables that the SDK reads.
#[derive(Debug)]
pub(crate) struct Target {
    /// The stack's name.
    pub(crate) name: String,
    vars: BTreeMap<String, String>,
}

/// A stack that was found.
#[derive(Debug)]
pub(crate) struct Stack {
    /// Its name.
    pub(crate) name: String,
    /// Clients for it.
    pub(crate) sdk: Sdk,
    /// Whether it is the one on this machine.
    pub(crate) is_local: bool,
    /// Base of its URLs, without a slash at the end.
    pub(crate) url: String,
    outputs: Outputs,
}

impl Target {
    /// By the options, else by `TOLLGATE_STACK`, else the local stack.
    pub(crate) fn of(options: &Options) -> anyhow::Result<Self> {
        if let Some(name) = &options.stack {
            return Self::deployed(name);
        }
        let layout = Layout::find(options.dir.as_deref());
        match env::var("TOLLGATE_STACK") {
            Ok(name) if options.dir.is_none() && !name.is_empty() => Self::deployed(&name),
            _ => Self::local(&layout?),
        }
    }

    fn deployed(name: &str) -> anyhow::Result<Self> {
        if !cloudformation::valid_name(name) {
            return Err(Problem::usage(format!("{name} is not the name of a stack")).into());
        }
        let vars = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Ok(Self { name: name.to_owned(), vars: vars.collect() })
    }

    /// The local stack as `tollgate up` left it.
    pub(crate) fn local(layout: &Layout) -> anyhow::Result<Self> {
        let Some(file) = EnvFile::read(&layout.env_file())? else {
            return Err(Problem::not_found("no stack to work on")
                .advice("start the local one:      tollgate up\nor name a deployed one:   --stack NAME")
                .into());
        };
        Self::new(file)
    }

    /// What an env file says.
    pub(crate) fn new(file: EnvFile) -> anyhow::Result<Self> {
        let name = file.get("TOLLGATE_STACK").context("the env file names no stack")?.to_owned();
        Ok(Self { name, vars: file.into_vars() })
    }

    /// A variable of it.
    pub(crate) fn var(&self, name: &str) -> Option<String> {
        self.vars.get(name).cloned()
    }

    /// Finds the stack; `None` if it is not deployed.
    pub(crate) async fn find(self) -> anyhow::Result<Option<Stack>> {
        let sdk = Sdk::from_vars(Patience::Tool, |name| self.var(name)).map_err(|error| {
            Problem::failed(format!("cannot reach AWS: {error:#}")).advice(
                "set AWS_REGION and credentials, for example:\n\
                 eval \"$(aws configure export-credentials --profile NAME --format env)\"",
            )
        })?;
        let is_local = self.var("TOLLGATE_LOCAL_PORT").is_some();
        let outputs = cloudformation::outputs(sdk.config(), &self.name).await.map_err(|error| {
            Problem::failed(format!("{error:#}")).advice(if is_local {
                "the local stack was stopped, or the machine was: start it with   tollgate up"
            } else {
                "check AWS_REGION and the credentials, and that this machine reaches AWS"
            })
        })?;
        let Some(outputs) = outputs else { return Ok(None) };
        let url = match self.var("TOLLGATE_URL").filter(|url| !url.is_empty()) {
            Some(url) => url,
            None => outputs.get("ApiUrl").context("the stack has no output ApiUrl")?.clone(),
        };
        Ok(Some(Stack { name: self.name, is_local, sdk, url: url.trim_end_matches('/').to_owned(), outputs }))
    }
}

impl Stack {
    /// The stack that the options name.
    pub(crate) async fn open(options: &Options) -> anyhow::Result<Self> {
        let target = Target::of(options)?;
        let name = target.name.clone();
        target.find().await?.ok_or_else(|| {
            Problem::not_found(format!("the stack {name} is not deployed"))
                .advice("the local one starts with:   tollgate up\na deployed one with:         sam build && sam deploy")
                .into()
        })
    }

    /// A stack that nobody has to find.
    #[cfg(test)]
    pub(crate) fn of_test(name: &str, sdk: Sdk, url: &str, outputs: &[(&str, &str)]) -> Self {
        let outputs = outputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { name: name.to_owned(), is_local: false, sdk, url: url.to_owned(), outputs }
    }

    /// An output of the stack.
    pub(crate) fn output(&self, name: &str) -> anyhow::Result<&str> {
        let output = self.outputs.get(name).map(String::as_str);
        output
            .with_context(|| format!("the stack {} has no output {name}: is it of this version?", self.name))
    }

    /// All outputs of the stack, by name.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.outputs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The URL to give to a provider.
    pub(crate) fn endpoint_target(&self, name: &str) -> String {
        format!("{}/v1/webhooks/{name}", self.url)
    }

    /// What the names of all endpoint documents begin with.
    pub(crate) fn documents_prefix(&self) -> String {
        format!("tollgate/{}/endpoints/", self.name)
    }

    /// The ledger. What is written to it expires as what the processor writes.
    pub(crate) fn ledger(&self) -> anyhow::Result<DynamoLedger> {
        Ok(DynamoLedger::new(&self.sdk, self.output("LedgerTable")?).expiring_after(self.ledger_days()?))
    }

    /// How long the archive keeps an object, in days.
    pub(crate) fn archive_days(&self) -> anyhow::Result<u32> {
        self.days("ArchiveDays")
    }

    /// How long the ledger keeps a row, in days.
    pub(crate) fn ledger_days(&self) -> anyhow::Result<u32> {
        self.days("LedgerDays")
    }

    fn days(&self, name: &str) -> anyhow::Result<u32> {
        self.output(name)?.parse().with_context(|| format!("the output {name} is no number"))
    }
}

#[cfg(test)]
mod tests {
    use payments::Kind;
    use payments::Ledger as _;

    use crate::commands::tests::row;
    use crate::signed::canned::Server;

    use super::*;

    #[tokio::test]
    async fn a_row_that_is_read_again_expires_as_before() {
        let server = Server::start([("DynamoDB_20120810.PutItem", 200, "{}")]);
        let outputs = [("LedgerTable", "ledger"), ("LedgerDays", "60")];
        let stack = Stack::of_test("dev", server.sdk(), &server.url(), &outputs);
        let event = row("evt_1", Kind::PaymentCaptured, 100);
        assert!(stack.ledger().unwrap().replace_event(&event).await.unwrap());
        let expires = event.received_at_ms / 1000 + 60 * 86_400;
        let put = server.seen().pop().unwrap();
        assert!(put.contains(&format!(r#""expires":{{"N":"{expires}"}}"#)), "{put}");
    }
}
