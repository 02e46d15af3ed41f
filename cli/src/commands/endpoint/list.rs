use clap::Args;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::clock;
use crate::endpoints::{self, Look, Named, State, coverage_name, days};
use crate::ledger::mode_name;
use crate::options::Options;
use crate::output::Output;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};

/// Documents that are read at the same time.
const AT_ONCE: usize = 8;

/// List the endpoints, and what is worth a look about each.
///
/// Reads every endpoint's document; its secrets are never shown.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tollgate endpoint list\n  tollgate endpoint list --stack tollgate-prod\n  \
    tollgate endpoint list --json | jq '.[] | select(.warnings != [])'"
)]
pub(crate) struct List {}

impl List {
    pub(crate) async fn run(options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = &Stack::open(options).await?;
        let named = endpoints::all(stack).await?;
        let looks = stream::iter(named).map(async |named| {
            let look = match named.removed {
                None => endpoints::look(stack, &named.name).await?,
                Some(_) => None,
            };
            anyhow::Ok((named, look))
        });
        let rows = looks.buffered(AT_ONCE).collect::<Vec<_>>().await;
        let rows = rows.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        if output.json() {
            return output.document(
                &rows.iter().map(|(named, look)| document(named, look.as_ref())).collect::<Vec<_>>(),
            );
        }
        if rows.is_empty() {
            return output.line("there are no endpoints: tollgate endpoint add --help");
        }
        let mut table = Table::new(&[
            "endpoint", "provider", "mode", "account", "coverage", "secrets", "written", "look",
        ]);
        for (named, look) in &rows {
            table.row(cells(named, look.as_ref()));
        }
        output.table(&table)
    }
}

fn document(named: &Named, look: Option<&Look>) -> Value {
    let endpoint = look.and_then(|look| look.endpoint.as_ref().ok());
    json!({
        "endpoint": named.name,
        "provider": endpoint.map(|endpoint| endpoint.provider().name),
        "mode": endpoint.map(verification::Endpoint::mode),
        "account": endpoint.map(verification::Endpoint::account),
        "coverage": endpoint.map(|endpoint| coverage_name(endpoint.coverage())),
        "secrets": look.map(|look| look.secrets.len()),
        "written": look.map(|look| clock::rfc3339(clock::from_seconds(look.written))),
        "removed": named.removed.map(|at| clock::rfc3339(clock::from_seconds(at))),
        "warnings": look.map(|look| look.warnings(clock::now())).unwrap_or_default(),
    })
}

fn cells(named: &Named, look: Option<&Look>) -> Vec<Cell> {
    let now = clock::now();
    let mut cells = vec![Cell::from(named.name.as_str())];
    let Some(look) = look else {
        let until = named.removed.map(|at| clock::rfc3339(clock::from_seconds(at)));
        cells.extend(["", "", "", "", "", ""].map(Cell::from));
        let says = until.map_or("removed".to_owned(), |until| format!("removed, gone for good {until}"));
        cells.push(Cell::new(Tone::Faint, says));
        return cells;
    };
    match &look.endpoint {
        Ok(endpoint) => cells.extend([
            Cell::from(endpoint.provider().name),
            mode_name(endpoint.mode()).into(),
            endpoint.account().into(),
            coverage_name(endpoint.coverage()).into(),
        ]),
        Err(_) => cells.extend(["?", "", "", ""].map(Cell::from)),
    }
    let valid = look.secrets.iter().filter(|secret| secret.state(now) == State::Valid).count();
    let secrets = if look.secrets.is_empty() {
        "none".to_owned()
    } else {
        format!("{valid} of {} valid", look.secrets.len())
    };
    cells.push(secrets.into());
    cells.push(format!("{} ago", days(look.age(now))).into());
    let warnings = look.warnings(now);
    cells.push(match warnings.as_slice() {
        [] => Cell::new(Tone::Good, "ok"),
        [only] => Cell::new(Tone::Bad, only),
        [first, more @ ..] => Cell::new(Tone::Bad, format!("{first} (and {} more)", more.len())),
    });
    cells
}
