use clap::Args;
use serde_json::json;

use crate::clock;
use crate::commands::trust::Whose;
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};
use crate::trust;

/// Show the certificates by which a provider is believed, and until when.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  tollgate trust show --mode live --stack tollgate-prod\n  \
    tollgate trust show --mode live --document >trust.json    (for tollgate verify --trust)")]
pub(crate) struct Show {
    #[command(flatten)]
    whose: Whose,

    /// Print the document itself.
    #[arg(long)]
    document: bool,
}

impl Show {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let provider = trust::provider(&self.whose.provider)?;
        let stack = Stack::open(options).await?;
        let id = trust::id(&stack, provider, self.whose.mode);
        let Some((_, document)) = trust::current(&stack, &id).await? else {
            return Err(Problem::not_found(format!("there is no trust document {id}"))
                .advice("make it:  tollgate trust refresh --help")
                .into());
        };
        if self.document {
            return output.document(&document);
        }
        let judged = trust::judged(provider, &document, clock::now())?;
        let print = |url: &str| document.certificates.get(url).and_then(|pem| trust::fingerprint(pem));
        if output.json() {
            let certificates = judged.iter().map(|one| {
                json!({"url": one.url, "ends": one.ends.map(trust::ends), "sha256": print(&one.url),
                    "believed": one.believed.is_ok(), "reason": one.believed.err().map(verification::Rejection::reason)})
            });
            return output
                .document(&json!({"document": id, "certificates": certificates.collect::<Vec<_>>()}));
        }
        let mut table = Table::new(&["", "certificate", "until", "sha256"]);
        for one in &judged {
            let state = match one.believed {
                Ok(()) => Cell::new(Tone::Good, "believed"),
                Err(reason) => Cell::new(Tone::Bad, reason.reason()),
            };
            let ends = one.ends.map_or("?".to_owned(), trust::ends);
            table.row([
                state,
                one.url.as_str().into(),
                ends.into(),
                print(&one.url).unwrap_or_default().into(),
            ]);
        }
        output.table(&table)
    }
}
