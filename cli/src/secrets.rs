//! Where a signing secret comes from: never from the command line, which others on the machine can read.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use verification::{Provider, SigningKey, generate};
use zeroize::Zeroizing;

use crate::problem::Problem;
use crate::stack::Stack;
use crate::terminal;

/// No secret is longer; a public key in PEM is 800 bytes.
const MOST_BYTES: u64 = 64 * 1024;

/// Where the signing secret comes from. A command says which of these it needs.
#[derive(Args, Clone, Debug, Default)]
#[group(skip)]
pub(crate) struct Source {
    /// Read the signing secret from standard input; at a terminal it is asked for and not shown.
    #[arg(long)]
    pub(crate) secret_stdin: bool,

    /// Read the signing secret from this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,

    /// Make a new signing secret.
    #[arg(long)]
    pub(crate) generate: bool,
}

impl Source {
    /// The names of its options, for an argument group.
    pub(crate) const OPTIONS: [&str; 3] = ["secret_stdin", "secret_file", "generate"];

    /// Whether it can be taken from there, asked before anything else is.
    pub(crate) fn check(&self, provider: &Provider) -> anyhow::Result<()> {
        let given = self.secret_stdin || self.secret_file.is_some();
        match provider.certificates() {
            Some(_) if given => Err(Problem::usage(format!("{} signs with certificates", provider.title))
                .advice("give no secret; its certificates come by:  tollgate trust refresh --help")
                .into()),
            None if !given && !self.generate => Err(Problem::usage("there is no signing secret")
                .advice("say where it comes from:  --secret-stdin, --secret-file FILE or --generate")
                .into()),
            _ => Ok(()),
        }
    }

    /// The secret. Where it is made here and public, its private key is kept on this machine, for the local stack; a
    /// deployed one has only its provider's public keys.
    pub(crate) fn read(&self, provider: &Provider, stack: &Stack) -> anyhow::Result<Taken> {
        if self.generate {
            let Taken { secret, signing_key } = generated(provider)?;
            if signing_key.is_some() && !stack.is_local {
                return Err(Problem::usage(format!("{} has the private key itself", provider.title))
                    .advice("give its public key:  --secret-file FILE; for PayPal:  tollgate trust refresh")
                    .into());
            }
            return Ok(Taken { secret, signing_key });
        }
        if provider.certificates().is_some() {
            return Ok(Taken { secret: None, signing_key: None });
        }
        let secret = match &self.secret_file {
            None => from_stdin(),
            Some(file) => {
                let opened = File::open(file).with_context(|| format!("open {}", file.display()))?;
                from(opened, &file.display().to_string())
            }
        }?;
        Ok(Taken { secret: Some(secret), signing_key: None })
    }
}

/// A secret as it stands in a document, and the private key to it if it is public.
pub(crate) struct Taken {
    /// None where the public key comes in a certificate.
    pub(crate) secret: Option<Zeroizing<String>>,
    /// What signs, if that is not the secret.
    pub(crate) signing_key: Option<SigningKey>,
}

/// A new secret in the form that the provider's own secrets have.
pub(crate) fn generated(provider: &Provider) -> anyhow::Result<Taken> {
    let made = generate(provider, None).map_err(|error| Problem::usage(error.to_string()))?;
    Ok(Taken { secret: made.secret, signing_key: made.signing_key })
}

/// The secret on standard input; from a person, if that is a terminal.
pub(crate) fn from_stdin() -> anyhow::Result<Zeroizing<String>> {
    if io::stdin().is_terminal()
        && let Some(line) = terminal::hidden_line("signing secret (it is not shown): ")?
    {
        return checked(&line, "what was typed");
    }
    from(io::stdin().lock(), "standard input")
}

fn from(reader: impl Read, place: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    reader
        .take(MOST_BYTES)
        .read_to_string(&mut text)
        .with_context(|| format!("read the secret from {place}"))?;
    checked(&text, place)
}

/// One line, or a key that is written in several.
fn checked(text: &str, place: &str) -> anyhow::Result<Zeroizing<String>> {
    let secret = text.trim();
    if secret.is_empty() {
        return Err(Problem::usage(format!("{place} holds no secret")).into());
    }
    let is_key = secret.starts_with("-----BEGIN ") || secret.starts_with('{');
    if secret.contains(['\n', '\r']) && !is_key {
        return Err(Problem::usage(format!("{place} holds more than a secret"))
            .advice("one line is expected, or a public key in PEM or as a JSON web key")
            .into());
    }
    Ok(Zeroizing::new(secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_line_or_a_key() {
        let check = |text: &str, expected: Option<&str>| {
            let found = from(text.as_bytes(), "here").ok();
            assert_eq!(found.as_deref().map(String::as_str), expected, "{text:?}");
        };
        check("whsec_1\n", Some("whsec_1"));
        check("  whsec_1\r\n", Some("whsec_1"));
        check("whsec_1\nwhsec_2\n", None);
        check(" \n", None);
        check(
            "-----BEGIN PUBLIC KEY-----\nAA==\n-----END\n",
            Some("-----BEGIN PUBLIC KEY-----\nAA==\n-----END"),
        );
        check("{\n\"kty\": \"EC\"\n}\n", Some("{\n\"kty\": \"EC\"\n}"));
    }

    #[test]
    fn a_refusal_does_not_repeat_the_secret() {
        let refusal = format!("{:#}", from("abcdefgh\nijklmnop".as_bytes(), "here").unwrap_err());
        assert!(!refusal.contains("abcdefgh") && !refusal.contains("ijklmnop"), "{refusal}");
    }
}
