use clap::{Args, Subcommand};
use payments::{BusEvent, Event, Flag, History, Payment as State, Sum, fold, history};
use serde_json::{Value, json};

use crate::ledger::{self, Hints};
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};

/// Look at payments.
#[derive(Debug, Subcommand)]
pub(crate) enum Payment {
    Show(Show),
}

/// Show where a payment stands, and how it came there.
///
/// ID is the ledger's key (provider#mode#account#id) or the provider's own id of the payment or of a part of it: a
/// charge, a capture, a refund, a dispute. The timeline is in the order in which things happened, and says what each
/// event changed. What no signature covers is marked.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    tollgate payment show pi_3MtwBwLkdIwHu7ix28a3tqPa\n  \
    tollgate payment show re_1Nispe2eZvKYlo2Cd31jOCgZ\n  \
    tollgate payment show pi_3MtwBwLkdIwHu7ix28a3tqPa --endpoint shop --json\n  \
    tollgate payment show 'stripe#live#acct_1#pi_3MtwBwLkdIwHu7ix28a3tqPa'")]
pub(crate) struct Show {
    /// Key or id of the payment.
    id: String,
    #[command(flatten)]
    hints: Hints,
}

impl Payment {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        match self {
            Payment::Show(show) => show.run(options, output).await,
        }
    }
}

impl Show {
    async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let ledger = stack.ledger()?;
        let mut found = Vec::new();
        for key in ledger::payment_keys(&stack, &self.id, &self.hints).await? {
            let history = history(&ledger, &key).await?;
            if !history.events.is_empty() {
                found.push(history);
            }
        }
        if found.is_empty() {
            return Err(Problem::not_found(format!(
                "the ledger of {} has no payment {}",
                stack.name, self.id
            ))
            .advice("its events may be on their way: tollgate status shows the queues")
            .into());
        }
        if output.json() {
            return output.document(&found.iter().map(document).collect::<Vec<_>>());
        }
        for (number, history) in found.iter().enumerate() {
            if number > 0 {
                output.line("")?;
            }
            output.table(&summary(history))?;
            output.line("")?;
            output.table(&timeline(&history.events))?;
        }
        Ok(())
    }
}

fn sums(payment: &State) -> [(&'static str, &Sum); 5] {
    [
        ("authorised", &payment.authorised),
        ("captured", &payment.captured),
        ("refunded", &payment.refunded),
        ("reversed", &payment.reversed),
        ("disputed", &payment.disputed),
    ]
}

fn summary(history: &History) -> Table {
    let payment = &history.payment;
    let mut table = Table::default();
    table.entry("payment", history.key.to_string());
    table.entry("status", Cell::new(Tone::Strong, payment.status.as_str()));
    for (name, sum) in sums(payment) {
        if !sum.is_empty() {
            table.entry(name, sum.to_string());
        }
    }
    if !payment.proven {
        table.entry("proven", Cell::new(Tone::Bad, "no: signatures do not cover all of it"));
    }
    for flag in &payment.flags {
        table.entry("look at", Cell::new(Tone::Bad, words(flag.as_str())));
    }
    if !history.complete {
        table.entry("look at", Cell::new(Tone::Bad, "it has more parts than were followed"));
    }
    table
}

fn timeline(events: &[Event]) -> Table {
    let mut table = Table::new(&["when", "what", "amount", "object", "event", "proven", "changed"]);
    let mut before = State::default();
    for (number, event) in events.iter().enumerate() {
        let after = fold(events.iter().take(number + 1));
        let shown = BusEvent::from(event);
        let what = if event.conflict { format!("conflict: {}", shown.kind) } else { shown.kind };
        let tone = if event.conflict { Tone::Bad } else { Tone::Plain };
        // A provider that states no time is shown by when its delivery came.
        let when = shown.occurred_at.unwrap_or(shown.received_at);
        table.row([
            when.into(),
            Cell::new(tone, what),
            event.amount.to_string().into(),
            shown.object.unwrap_or_else(|| "-".to_owned()).into(),
            shown.event_id.into(),
            if event.proven { Cell::new(Tone::Good, "yes") } else { Cell::new(Tone::Bad, "no") },
            changed(&before, &after),
        ]);
        before = after;
    }
    table
}

/// What an event did to its payment: where it stands, its sums, and what does not fit since then.
fn changed(before: &State, after: &State) -> Cell {
    let mut changes = Vec::new();
    if before.status != after.status {
        changes.push(format!("now {}", words(after.status.as_str())));
    }
    for ((name, old), (_, new)) in sums(before).into_iter().zip(sums(after)) {
        if old != new {
            changes.push(format!("{name} {new}"));
        }
    }
    let flags: Vec<_> = after.flags.difference(&before.flags).map(|flag| words(flag.as_str())).collect();
    let tone = if flags.is_empty() { Tone::Plain } else { Tone::Bad };
    changes.extend(flags);
    if changes.is_empty() { Cell::new(Tone::Faint, "-") } else { Cell::new(tone, changes.join(", ")) }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn document(history: &History) -> Value {
    let payment = &history.payment;
    let minor = |sum: &Sum| {
        let amounts = sum.minor.iter().map(|(currency, minor)| (currency.code().to_owned(), json!(minor)));
        json!({ "minor": amounts.collect::<serde_json::Map<_, _>>(), "incomplete": sum.incomplete })
    };
    let mut sums_by_name = serde_json::Map::new();
    for (name, sum) in sums(payment) {
        sums_by_name.insert(name.to_owned(), minor(sum));
    }
    let objects = payment.objects.iter().map(|((_, id), object)| {
        json!({
            "id": id.text(), "kind": object.kind.as_str(), "amount": object.amount.to_string(),
            "parent": object.parent.as_ref().map(payments::Id::text), "proven": object.proven,
        })
    });
    json!({
        "payment": history.key.to_string(),
        "status": payment.status.as_str(),
        "sums": sums_by_name,
        "proven": payment.proven,
        "complete": history.complete,
        "flags": payment.flags.iter().map(|flag: &Flag| flag.as_str()).collect::<Vec<_>>(),
        "objects": objects.collect::<Vec<_>>(),
        "events": history.events.iter().map(BusEvent::from).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use payments::{Kind, PaymentKey, fold};
    use verification::Mode;

    use super::*;
    use crate::commands::event::tests::row;

    fn paid() -> History {
        let events = vec![
            row("evt_1", Kind::PaymentCaptured, 2000),
            Event { conflict: true, proven: false, ..row("evt_1", Kind::PaymentCaptured, 9900) },
        ];
        let key = PaymentKey::new("stripe", Mode::Test, "acct_1", "pi_1").unwrap();
        History { key, payment: fold(&events), events, complete: true }
    }

    #[test]
    fn a_payment_is_shown_with_its_sums_and_flags() {
        assert_eq!(
            summary(&paid()).render(false),
            "payment   stripe#test#acct_1#pi_1\nstatus    captured\ncaptured  EUR 20.00\nlook at   conflict\n"
        );
    }

    #[test]
    fn the_timeline_says_when_what_how_much_whether_it_is_proven_and_what_it_changed() {
        let refund = Event { proven: false, ..row("evt_2", Kind::RefundSucceeded, 500) };
        let mut events = paid().events;
        events.extend([refund.clone(), Event { kind: Kind::Other, ..row("evt_3", Kind::Other, 500) }]);
        assert_eq!(
            timeline(&events).render(false),
            "\
when                      what                        amount     object  event  proven  changed
2023-11-14T22:13:20.000Z  payment_captured            EUR 20.00  pi_1    evt_1  yes     now captured, captured EUR 20.00
2023-11-14T22:13:20.000Z  conflict: payment_captured  EUR 99.00  pi_1    evt_1  no      conflict
2023-11-14T22:13:20.000Z  refund_succeeded            EUR 5.00   pi_1    evt_2  no      now partially refunded, refunded EUR 5.00
2023-11-14T22:13:20.000Z  other                       EUR 5.00   pi_1    evt_3  yes     -
"
        );
    }

    #[test]
    fn a_history_that_was_not_followed_to_its_end_says_so() {
        let shown = summary(&History { complete: false, ..paid() }).render(false);
        assert!(shown.ends_with("look at   it has more parts than were followed\n"), "{shown}");
    }

    #[test]
    fn a_script_gets_minor_units() {
        let document = document(&paid());
        assert_eq!(document["sums"]["captured"], json!({ "minor": { "EUR": 2000 }, "incomplete": false }));
        assert_eq!(document["flags"], json!(["conflict"]));
        assert_eq!(document["events"][0]["id"], "stripe#test#acct_1#evt_1");
    }
}
