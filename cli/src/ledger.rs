//! From the id that a person has to the keys that the ledger has.

use anyhow::Context as _;
use clap::Args;
use payments::{EventKey, PaymentKey};
use verification::Mode;

use crate::endpoints;
use crate::problem::Problem;
use crate::stack::Stack;

/// Whose id it is, for the id of a provider. Without any, all endpoints of the stack are asked.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Hints {
    /// The endpoint that it came by.
    #[arg(long, value_name = "NAME")]
    endpoint: Option<String>,

    /// The provider that it comes from. With --account, no endpoint document is read.
    #[arg(long)]
    provider: Option<String>,

    /// Only live or only test events.
    #[arg(long, value_parser = mode)]
    mode: Option<Mode>,

    /// Our account at the provider, as in the endpoint document.
    #[arg(long)]
    account: Option<String>,
}

/// Reads `live` or `test`.
pub(crate) fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "live" => Ok(Mode::Live),
        "test" => Ok(Mode::Test),
        _ => Err("live or test is expected".to_owned()),
    }
}

/// `live` or `test`.
pub(crate) fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live",
        Mode::Test => "test",
    }
}

/// What ids are unique in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    provider: String,
    mode: Mode,
    name: String,
}

/// The keys that an event's id can stand for.
pub(crate) async fn event_keys(stack: &Stack, id: &str, hints: &Hints) -> anyhow::Result<Vec<EventKey>> {
    if id.contains('#') {
        return Ok(vec![EventKey::parse(id).with_context(|| malformed(id))?]);
    }
    let key = |at: Account| EventKey::new(&at.provider, at.mode, &at.name, id);
    Ok(accounts(stack, hints).await?.into_iter().filter_map(key).collect())
}

/// The keys that the id of a payment, or of a part of one, can stand for.
pub(crate) async fn payment_keys(stack: &Stack, id: &str, hints: &Hints) -> anyhow::Result<Vec<PaymentKey>> {
    if id.contains('#') {
        return Ok(vec![PaymentKey::parse(id).with_context(|| malformed(id))?]);
    }
    let key = |at: Account| PaymentKey::new(&at.provider, at.mode, &at.name, id);
    Ok(accounts(stack, hints).await?.into_iter().filter_map(key).collect())
}

fn malformed(id: &str) -> Problem {
    Problem::usage(format!("{id} is not a key"))
        .advice("a key is provider#mode#account#id; or give the provider's id alone")
}

async fn accounts(stack: &Stack, hints: &Hints) -> anyhow::Result<Vec<Account>> {
    if let Some(known) = stated(hints) {
        return Ok(known);
    }
    let names = match &hints.endpoint {
        Some(name) => vec![name.clone()],
        None => endpoints::names(stack).await?,
    };
    let mut accounts = Vec::new();
    for name in names {
        let endpoint = endpoints::endpoint(stack, &name).await?;
        let account = Account {
            provider: endpoint.provider().name.to_owned(),
            mode: endpoint.mode(),
            name: endpoint.account().to_owned(),
        };
        if agrees(&account, hints) && !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    if accounts.is_empty() {
        return Err(Problem::not_found("no endpoint of this stack is of that kind")
            .advice("give the whole key, or --provider and --account")
            .into());
    }
    Ok(accounts)
}

/// What the hints say without a look at any endpoint.
fn stated(hints: &Hints) -> Option<Vec<Account>> {
    let (provider, account) = (hints.provider.clone()?, hints.account.clone()?);
    let modes = hints.mode.map_or(vec![Mode::Live, Mode::Test], |mode| vec![mode]);
    let of_mode = |mode| Account { provider: provider.clone(), mode, name: account.clone() };
    Some(modes.into_iter().map(of_mode).collect())
}

fn agrees(account: &Account, hints: &Hints) -> bool {
    hints.provider.as_ref().is_none_or(|provider| *provider == account.provider)
        && hints.mode.is_none_or(|mode| mode == account.mode)
        && hints.account.as_ref().is_none_or(|name| *name == account.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(mode: Mode) -> Account {
        Account { provider: "stripe".to_owned(), mode, name: "acct_1".to_owned() }
    }

    #[test]
    fn provider_and_account_need_no_endpoint() {
        let hints = Hints {
            provider: Some("stripe".to_owned()),
            account: Some("acct_1".to_owned()),
            ..Hints::default()
        };
        assert_eq!(stated(&hints), Some(vec![account(Mode::Live), account(Mode::Test)]));
        let live = Hints { mode: Some(Mode::Live), ..hints };
        assert_eq!(stated(&live), Some(vec![account(Mode::Live)]));
    }

    #[test]
    fn each_hint_narrows() {
        let cases = [
            (Hints::default(), true),
            (Hints { mode: Some(Mode::Test), ..Hints::default() }, true),
            (Hints { mode: Some(Mode::Live), ..Hints::default() }, false),
            (Hints { provider: Some("adyen".to_owned()), ..Hints::default() }, false),
            (Hints { account: Some("acct_2".to_owned()), ..Hints::default() }, false),
        ];
        for (hints, expected) in cases {
            assert_eq!(agrees(&account(Mode::Test), &hints), expected, "{hints:?}");
        }
    }
}
