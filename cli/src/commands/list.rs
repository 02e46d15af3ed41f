use clap::{Args, ValueEnum};
use payments::{BusEvent, Event, Ledger, Origin, interpret};
use pipeline::{Archive, Envelope, Macs, Reader, Reading};
use serde_json::{Value, json};

use crate::archive;
use crate::clock;
use crate::options::Options;
use crate::output::Output;
use crate::period::Period;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};

/// List the events that were received in a span of time.
///
/// Reads the archive's hours, in which each accepted delivery stands: nothing is written for listing, and what is not
/// in the ledger is listed too. A delivery is in the archive within about two minutes. With --outcome each event is looked up
/// in the ledger, one read an event.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    tollgate event list --since 1h\n  \
    tollgate event list --since 2026-11-23 --provider stripe --type charge.refunded\n  \
    tollgate event list --since 6h --outcome missing --json")]
pub(crate) struct List {
    #[command(flatten)]
    period: Period,

    /// Only of this provider.
    #[arg(long)]
    provider: Option<String>,

    /// Only what came by this endpoint.
    #[arg(long, value_name = "NAME")]
    endpoint: Option<String>,

    /// Only of this type, in the provider's words.
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,

    /// Say what became of each in the ledger; only these, if it is not all.
    #[arg(long)]
    outcome: Option<Outcome>,

    /// Events at most.
    #[arg(long, default_value = "500", value_name = "EVENTS")]
    limit: usize,
}

/// What became of an event that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Outcome {
    /// Whatever it was.
    All,
    /// This delivery brought it into the ledger.
    Recorded,
    /// Another delivery brought it.
    Duplicate,
    /// The ledger has another event under its id.
    Conflict,
    /// The ledger does not have it: on its way, or a dead letter.
    Missing,
    /// Its body could not be screened and was not kept.
    Withheld,
    /// Of the other mode or of another account: kept, never recorded.
    Ignored,
    /// It has no event id.
    Unidentified,
}

/// One event of one delivery.
struct Entry {
    received_at_ms: i64,
    endpoint: String,
    delivery_id: String,
    provider: String,
    event_type: Option<String>,
    event: Option<Event>,
    outcome: Option<Outcome>,
}

impl List {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let (archive, macs) = archive::open(&stack)?;
        let ledger = stack.ledger()?;
        let found = self.find(&archive, &macs, &ledger, &|line| output.progress(line)).await?;
        if output.json() {
            output.document(&found.entries.iter().map(Entry::document).collect::<Vec<_>>())?;
        } else {
            output.table(&table(&found.entries, self.outcome.is_some()))?;
        }
        if found.more {
            output.progress(format!("there are more: narrow the time, or say --limit above {}", self.limit));
        }
        if found.flawed > 0 {
            let message = format!("the list is not whole: {} segments are not believed", found.flawed);
            return Err(Problem::failed(message)
                .advice("each is named above; tollgate archive verify tells more")
                .into());
        }
        Ok(())
    }

    async fn find(
        &self,
        archive: &impl Archive,
        macs: &impl Macs,
        ledger: &impl Ledger,
        progress: &impl Fn(String),
    ) -> anyhow::Result<Found> {
        let mut reader = Reader::new(archive, macs, self.period.span()?);
        let mut found = Found::default();
        while let Some(reading) = reader.next().await? {
            let delivery = match reading {
                Reading::Delivery(delivery) => delivery,
                Reading::Flawed { key, flaw, .. } => {
                    progress(format!("{key}: {}", flaw.as_str()));
                    found.flawed += 1;
                    continue;
                }
                Reading::Unproven(_) => continue,
            };
            for mut entry in entries(delivery.envelope(), delivery.body()) {
                if !self.wants(&entry) {
                    continue;
                }
                if let Some(wanted) = self.outcome {
                    let outcome = entry.look_up(ledger).await?;
                    if wanted != Outcome::All && wanted != outcome {
                        continue;
                    }
                }
                if found.entries.len() >= self.limit {
                    found.more = true;
                    return Ok(found.sorted());
                }
                found.entries.push(entry);
            }
        }
        Ok(found.sorted())
    }

    fn wants(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, text: Option<&str>| {
            wanted.as_ref().is_none_or(|wanted| text == Some(wanted.as_str()))
        };
        is(&self.provider, Some(&entry.provider))
            && is(&self.endpoint, Some(&entry.endpoint))
            && is(&self.event_type, entry.event_type.as_deref())
    }
}

#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    more: bool,
    flawed: usize,
}

impl Found {
    fn sorted(mut self) -> Self {
        self.entries
            .sort_by(|a, b| (a.received_at_ms, &a.delivery_id).cmp(&(b.received_at_ms, &b.delivery_id)));
        self
    }
}

/// The events of a delivery; one entry without an event where there is none.
fn entries(envelope: &Envelope, body: Option<&[u8]>) -> Vec<Entry> {
    let entry = |event: Option<Event>, outcome: Option<Outcome>| Entry {
        received_at_ms: envelope.received_at_ms,
        endpoint: envelope.endpoint.clone(),
        delivery_id: envelope.delivery_id.clone(),
        provider: envelope.provider.clone(),
        event_type: match &event {
            Some(event) => event.provider_type.clone(),
            None => envelope.identity.event_type.clone(),
        },
        event,
        outcome,
    };
    let Some(body) = body else { return vec![entry(None, Some(Outcome::Withheld))] };
    let received = archive::received(envelope, body, Origin::Webhook);
    let ignored = envelope.ignored().map(|_| Outcome::Ignored);
    match interpret(&received) {
        Ok(events) => events.into_iter().map(|event| entry(Some(event), ignored)).collect(),
        Err(_) => vec![entry(None, Some(Outcome::Unidentified))],
    }
}

impl Entry {
    /// What the ledger says, unless it is known without.
    async fn look_up(&mut self, ledger: &impl Ledger) -> anyhow::Result<Outcome> {
        let outcome = match (self.outcome, &self.event) {
            (Some(known), _) => known,
            (None, None) => Outcome::Missing,
            (None, Some(event)) => match ledger.event(&event.key).await? {
                None => Outcome::Missing,
                Some(row) if row.delivery_id == event.delivery_id => Outcome::Recorded,
                Some(row) if row.agrees_with(event) => Outcome::Duplicate,
                Some(_) => Outcome::Conflict,
            },
        };
        self.outcome = Some(outcome);
        Ok(outcome)
    }

    fn document(&self) -> Value {
        let event = self.event.as_ref().map(BusEvent::from);
        json!({
            "received_at": clock::rfc3339(clock::from_milliseconds(self.received_at_ms)),
            "delivery_id": self.delivery_id,
            "endpoint": self.endpoint,
            "provider": self.provider,
            "type": self.event_type,
            "id": event.as_ref().map(|event| &event.id),
            "event_id": event.as_ref().map(|event| &event.event_id),
            "kind": event.as_ref().map(|event| &event.kind),
            "payment": event.as_ref().map(|event| &event.payment),
            "object": event.as_ref().map(|event| &event.object),
            "amount": event.as_ref().map(|event| &event.amount),
            "currency": event.as_ref().map(|event| &event.currency),
            "exact_amount": event.as_ref().map(|event| &event.exact_amount),
            "outcome": self.outcome.map(Outcome::name),
        })
    }
}

impl Outcome {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

fn table(entries: &[Entry], with_outcome: bool) -> Table {
    let headings = ["received", "provider", "type", "amount", "payment", "event", "delivery", "outcome"];
    let columns = headings.len() - usize::from(!with_outcome);
    let mut table = Table::new(headings.get(..columns).unwrap_or_default());
    for entry in entries {
        let event = entry.event.as_ref();
        let told = event.map(BusEvent::from);
        let or_dash = |text: Option<String>| Cell::from(text.unwrap_or_else(|| "-".to_owned()));
        let mut cells = vec![
            clock::rfc3339(clock::from_milliseconds(entry.received_at_ms)).into(),
            entry.provider.clone().into(),
            or_dash(entry.event_type.clone()),
            or_dash(event.map(|event| event.amount.to_string())),
            or_dash(told.as_ref().and_then(|told| told.payment.clone())),
            or_dash(told.map(|told| told.event_id)),
            entry.delivery_id.clone().into(),
        ];
        if with_outcome {
            let tone = match entry.outcome {
                Some(Outcome::Recorded | Outcome::Duplicate) => Tone::Good,
                Some(Outcome::Ignored) => Tone::Plain,
                _ => Tone::Bad,
            };
            cells.push(Cell::new(tone, entry.outcome.map(Outcome::name).unwrap_or_default()));
        }
        table.row(cells);
    }
    table
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use payments::{Amount, Fault, FaultyLedger, MemoryLedger, record};
    use verification::{Coverage, Identity, Mode};

    use super::*;

    fn envelope(delivery: &str, event: &str) -> Envelope {
        let identity = Identity {
            event_id: Some(event.to_owned()),
            event_type: Some("payment_intent.succeeded".to_owned()),
            ..Identity::default()
        };
        serde_json::from_value(json!({
            "delivery_id": delivery, "received_at_ms": 1_800_000_000_000_i64, "endpoint": "shop",
            "provider": "stripe", "mode": Mode::Test, "account": "acct_1", "coverage": Coverage::Body,
            "identity": identity,
        }))
        .unwrap()
    }

    fn body(amount: u32) -> Vec<u8> {
        json!({"data": {"object": {"id": "pi_1", "amount_received": amount, "currency": "eur"}}})
            .to_string()
            .into_bytes()
    }

    async fn outcomes(ledger: &impl Ledger, entries: Vec<Entry>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for mut entry in entries {
            outcomes.push(entry.look_up(ledger).await.unwrap());
        }
        outcomes
    }

    #[tokio::test]
    async fn the_ledger_says_what_became_of_each() {
        let ledger = MemoryLedger::default();
        let first = entries(&envelope("d-1", "evt_1"), Some(&body(100))).remove(0);
        record(&ledger, first.event.as_ref().unwrap()).await.unwrap();
        let ignored = Envelope { wrong_mode: true, ..envelope("d-5", "evt_5") };
        let all = vec![
            first,
            entries(&envelope("d-2", "evt_1"), Some(&body(100))).remove(0),
            entries(&envelope("d-3", "evt_1"), Some(&body(999))).remove(0),
            entries(&envelope("d-4", "evt_4"), Some(&body(100))).remove(0),
            entries(&ignored, Some(&body(100))).remove(0),
            entries(&envelope("d-6", "evt_6"), None).remove(0),
            entries(&envelope("d-7", " "), Some(&body(100))).remove(0),
        ];
        let expected = [
            Outcome::Recorded,
            Outcome::Duplicate,
            Outcome::Conflict,
            Outcome::Missing,
            Outcome::Ignored,
            Outcome::Withheld,
            Outcome::Unidentified,
        ];
        assert_eq!(outcomes(&ledger, all).await, expected);
        assert_eq!(ledger.calls().reads, 4, "what is known without is not looked up");
        let down = FaultyLedger::new(MemoryLedger::default(), [Fault::Before]);
        assert!(entries(&envelope("d", "e"), Some(&body(1))).remove(0).look_up(&down).await.is_err());
    }

    #[test]
    fn each_event_of_a_delivery_is_listed() {
        let item = |id: &str| json!({"id": id, "resource_type": "payments", "action": "confirmed", "links": {"payment": "PM1"}});
        let body = json!({"events": [item("EV1"), item("EV2")]}).to_string();
        let envelope = Envelope { provider: "gocardless".to_owned(), ..envelope("d-1", "EV1") };
        let found = entries(&envelope, Some(body.as_bytes()));
        assert_eq!(
            table(&found, false).render(false),
            "\
received              provider    type                amount    payment  event  delivery
2027-01-15T08:00:00Z  gocardless  payments.confirmed  unstated  PM1      EV1    d-1
2027-01-15T08:00:00Z  gocardless  payments.confirmed  unstated  PM1      EV2    d-1
"
        );
        assert!(found.iter().all(|entry| entry.event.as_ref().unwrap().amount == Amount::Unstated));
    }

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        list: List,
    }

    #[test]
    fn each_filter_narrows() {
        let entry = entries(&envelope("d-1", "evt_1"), Some(&body(100))).remove(0);
        for (arguments, expected) in [
            (vec![], true),
            (vec!["--provider", "stripe"], true),
            (vec!["--provider", "adyen"], false),
            (vec!["--type", "payment_intent.succeeded", "--endpoint", "shop"], true),
            (vec!["--type", "charge.refunded"], false),
            (vec!["--endpoint", "orders"], false),
        ] {
            let line = ["list", "--since", "1h"].into_iter().chain(arguments.clone());
            assert_eq!(Line::parse_from(line).list.wants(&entry), expected, "{arguments:?}");
        }
    }
}
