use clap::{Args, Subcommand};
use payments::{BusEvent, Event as Row, Ledger as _};
use serde_json::{Value, json};

use crate::commands::list::List;
use crate::commands::publish::Publish;
use crate::ledger::{self, Hints};
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};

/// List and look at events, and announce them again.
#[derive(Debug, Subcommand)]
#[command(visible_alias = "events")]
pub(crate) enum Event {
    List(List),
    Show(Show),
    Publish(Publish),
}

/// Show an event of the ledger.
///
/// ID is the ledger's key (provider#mode#account#id) or the provider's own id of the event.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    tollgate event show evt_1NG8Du2eZvKYlo2CUI79vXWy\n  \
    tollgate event show evt_1NG8Du2eZvKYlo2CUI79vXWy --endpoint shop\n  \
    tollgate event show 'stripe#live#acct_1#evt_1NG8Du2eZvKYlo2CUI79vXWy' --json")]
pub(crate) struct Show {
    /// Key or id of the event.
    id: String,
    #[command(flatten)]
    hints: Hints,
}

impl Event {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        match self {
            Event::List(list) => list.run(options, output).await,
            Event::Show(show) => show.run(options, output).await,
            Event::Publish(publish) => publish.run(options, output).await,
        }
    }
}

impl Show {
    async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let ledger = stack.ledger()?;
        let mut found = Vec::new();
        for key in ledger::event_keys(&stack, &self.id, &self.hints).await? {
            if let Some(event) = ledger.event(&key).await? {
                found.push((event, ledger.conflicts(&key).await?));
            }
        }
        if found.is_empty() {
            return Err(Problem::not_found(format!("the ledger of {} has no event {}", stack.name, self.id))
                .advice(
                    "it may be on its way: tollgate status shows the queues, dead-letter queues among them",
                )
                .into());
        }
        if output.json() {
            return output.document(
                &found.iter().map(|(event, conflicts)| document(event, conflicts)).collect::<Vec<_>>(),
            );
        }
        for (number, (event, conflicts)) in found.iter().enumerate() {
            if number > 0 {
                output.line("")?;
            }
            output.table(&table(event, conflicts))?;
        }
        Ok(())
    }
}

/// As on the bus, and what only the ledger has.
fn document(event: &Row, conflicts: &[Row]) -> Value {
    json!({
        "event": BusEvent::from(event),
        "delivery_id": event.delivery_id,
        "announce": event.announce,
        "interpretation": event.interpretation,
        "body_digest": event.body.as_str(),
        "conflicts": conflicts.iter().map(BusEvent::from).collect::<Vec<_>>(),
    })
}

fn table(event: &Row, conflicts: &[Row]) -> Table {
    let shown = BusEvent::from(event);
    let mut table = Table::default();
    table.entry("event", shown.id);
    table.entry("kind", shown.kind);
    table.entry("provider's type", shown.provider_type.unwrap_or_else(|| "-".to_owned()));
    table.entry("amount", event.amount.to_string());
    for (name, id) in [("payment", shown.payment), ("object", shown.object), ("parent", shown.parent)] {
        table.entry(name, id.unwrap_or_else(|| "-".to_owned()));
    }
    table.entry("occurred", shown.occurred_at.unwrap_or_else(|| "not stated".to_owned()));
    table.entry("received", shown.received_at);
    table.entry("recorded", shown.recorded_at);
    table.entry("proven", proven(event));
    table.entry("origin", shown.origin);
    table.entry("announced", if event.announce { "yes" } else { "no" });
    table.entry("delivery", event.delivery_id.as_str());
    table.entry("trace", shown.trace_id.unwrap_or_else(|| "-".to_owned()));
    for conflict in conflicts {
        let what = format!("{} {}, delivery {}", conflict.kind, conflict.amount, conflict.delivery_id);
        table.entry("conflict", Cell::new(Tone::Bad, what));
    }
    table
}

/// Whether the provider's signature covers the facts.
pub(crate) fn proven(event: &Row) -> Cell {
    if event.proven {
        Cell::new(Tone::Good, "yes")
    } else {
        Cell::new(Tone::Bad, "no: not covered by the signature")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use payments::{Amount, BodyDigest, Currency, EventKey, Id, Kind, Money, Origin};
    use verification::Mode;

    use super::*;

    pub(crate) fn row(id: &str, kind: Kind, minor: i64) -> Row {
        let key = EventKey::new("stripe", Mode::Test, "acct_1", id).unwrap();
        let payment = Id::new("pi_1").unwrap();
        Row {
            payment: Some(key.payment(&payment)),
            key,
            kind,
            provider_type: Some("payment_intent.succeeded".to_owned()),
            object: Some(payment),
            parent: None,
            amount: Amount::Stated(Money::from_minor(minor, Currency::named("EUR").unwrap()).unwrap()),
            occurred_at_ms: Some(1_700_000_000_000),
            received_at_ms: 1_700_000_001_250,
            recorded_at_ms: 1_700_000_001_500,
            delivery_id: "d-1".to_owned(),
            trace_id: None,
            proven: true,
            origin: Origin::Webhook,
            announce: true,
            interpretation: 1,
            body: BodyDigest::of(b"{}"),
            conflict: false,
        }
    }

    #[test]
    fn an_event_is_shown_with_its_conflicts() {
        let event = row("evt_1", Kind::PaymentCaptured, 2000);
        let conflict = Row {
            conflict: true,
            delivery_id: "d-2".to_owned(),
            ..row("evt_1", Kind::PaymentCaptured, 9900)
        };
        assert_eq!(
            table(&event, &[conflict]).render(false),
            "\
event            stripe#test#acct_1#evt_1
kind             payment_captured
provider's type  payment_intent.succeeded
amount           EUR 20.00
payment          pi_1
object           pi_1
parent           -
occurred         2023-11-14T22:13:20.000Z
received         2023-11-14T22:13:21.250Z
recorded         2023-11-14T22:13:21.500Z
proven           yes
origin           webhook
announced        yes
delivery         d-1
trace            -
conflict         payment_captured EUR 99.00, delivery d-2
"
        );
    }
}
