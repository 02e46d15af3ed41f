//! Sample endpoints and deliveries, and what became of each: the whole road, seen from outside.

mod traces;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use payments::{EventKey, PaymentKey};
use serde::Serialize;
use serde_json::Map;
use tokio::time::sleep;
use verification::{Endpoint, Mode, Provider};

use crate::clock;
use crate::endpoints::{self, Added, Document, DocumentSecret};
use crate::http::Http;
use crate::local::demo::traces::{Trace, Traces};
use crate::samples::{self, Values};
use crate::secrets::generated;
use crate::sending::{Flaws, Signed};
use crate::stack::Stack;
use crate::table::{Cell, Table, Tone};

const ENDPOINTS: [(&str, &str); 2] =
    [("stripe-demo", "stripe"), ("standardwebhooks-demo", "standardwebhooks")];
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(250);

/// A sample delivery that was sent, and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// What was sent.
    pub(crate) delivery: &'static str,
    /// Where to.
    pub(crate) endpoint: &'static str,
    /// The provider's id of the event.
    pub(crate) event: String,
    /// The provider's id of the payment.
    pub(crate) payment: String,
    /// The HTTP status of the answer.
    pub(crate) answer: u16,
    /// Whether the status is the one that it should be.
    pub(crate) as_expected: bool,
    #[serde(skip)]
    again: bool,
    #[serde(flatten)]
    trace: Trace,
}

/// One line of the plan: what is sent, and how it should end.
struct Plan {
    delivery: &'static str,
    endpoint: &'static str,
    event: Option<&'static str>,
    /// The same bytes as the line before.
    again: bool,
    flaws: Flaws,
}

impl Plan {
    const fn new(delivery: &'static str, endpoint: &'static str, event: Option<&'static str>) -> Self {
        Self { delivery, endpoint, event, again: false, flaws: Flaws { tamper: false, stale: false } }
    }
}

const SUCCEEDED: Option<&str> = Some("payment_intent.succeeded");
const PLAN: [Plan; 7] = [
    Plan::new("a payment is created", "stripe-demo", Some("payment_intent.created")),
    Plan::new("it succeeds", "stripe-demo", SUCCEEDED),
    Plan { again: true, ..Plan::new("the same delivery again", "stripe-demo", SUCCEEDED) },
    Plan::new("it is refunded", "stripe-demo", Some("charge.refunded")),
    Plan {
        flaws: Flaws { tamper: true, stale: false },
        ..Plan::new("a tampered delivery", "stripe-demo", SUCCEEDED)
    },
    Plan {
        flaws: Flaws { tamper: false, stale: true },
        ..Plan::new("a stale delivery", "stripe-demo", SUCCEEDED)
    },
    Plan::new("another provider", "standardwebhooks-demo", None),
];

/// Adds the sample endpoints that are not there yet, with secrets made here and now.
pub(crate) async fn add_endpoints(stack: &Stack) -> anyhow::Result<Vec<&'static str>> {
    let mut added = Vec::new();
    for (name, provider) in ENDPOINTS {
        let named = Provider::named(provider).context("a sample's provider")?;
        let secret = generated(named)?.secret;
        let secrets = secret.as_ref().map(|secret| [DocumentSecret { kid: "k1", secret }]);
        let document =
            Document { provider, mode: Mode::Test, account: "demo", secrets, settings: &Map::new() }
                .checked(name)?;
        if endpoints::add(stack, name, &document, false).await? == Added::Created {
            added.push(name);
        }
    }
    Ok(added)
}

/// Sends the samples, and waits until the accepted ones arrived everywhere; at most a minute.
pub(crate) async fn run(stack: &Stack, tap: &str) -> anyhow::Result<Vec<Outcome>> {
    let (mut outcomes, mut keys) = (Vec::new(), Vec::new());
    let http = Http::of(&stack.url);
    let mut payments = BTreeMap::<&str, String>::new();
    let mut last: Option<(Signed, Values)> = None;
    for plan in &PLAN {
        let endpoint = endpoints::endpoint(stack, plan.endpoint).await?;
        let (signed, values) = match last.take().filter(|_| plan.again) {
            Some(same) => same,
            None => prepare(stack, plan, &endpoint, payments.get(plan.endpoint).map(String::as_str))?,
        };
        // What is refused is about another payment, so that it would show if it were not.
        let refused = plan.flaws != Flaws::default();
        if !refused {
            payments.insert(plan.endpoint, values.payment.clone());
        }
        let sent = signed.send(&http).await?;
        keys.push(keys_of(&endpoint, &values)?);
        outcomes.push(Outcome {
            delivery: plan.delivery,
            endpoint: plan.endpoint,
            event: values.id.clone(),
            payment: values.payment.clone(),
            answer: sent.answer.status,
            as_expected: if refused { sent.answer.status == 401 } else { sent.answer.accepted() },
            again: plan.again,
            trace: Trace::default(),
        });
        last = Some((signed, values));
    }
    watch(stack, tap, &mut outcomes, &keys).await?;
    Ok(outcomes)
}

fn prepare(
    stack: &Stack,
    plan: &Plan,
    endpoint: &Endpoint,
    payment: Option<&str>,
) -> anyhow::Result<(Signed, Values)> {
    let provider = endpoint.provider().name;
    let payment = payment.filter(|_| plan.flaws == Flaws::default());
    let values = Values::new(provider, payment, clock::now())?;
    let body = samples::body(provider, plan.event, &values)?;
    let url = stack.endpoint_target(plan.endpoint);
    Ok((Signed::new(endpoint, &url, &values.id, body, plan.flaws, None, clock::now())?, values))
}

fn keys_of(endpoint: &Endpoint, values: &Values) -> anyhow::Result<(EventKey, PaymentKey)> {
    let (provider, mode, account) = (endpoint.provider().name, endpoint.mode(), endpoint.account());
    EventKey::new(provider, mode, account, &values.id)
        .zip(PaymentKey::new(provider, mode, account, &values.payment))
        .context("a sample's id makes no key")
}

async fn watch(
    stack: &Stack,
    tap: &str,
    outcomes: &mut [Outcome],
    keys: &[(EventKey, PaymentKey)],
) -> anyhow::Result<()> {
    let started = clock::start();
    let mut traces = Traces::new(stack, tap)?;
    loop {
        traces.look().await?;
        for (outcome, (event, payment)) in outcomes.iter_mut().zip(keys) {
            outcome.trace = traces.of(event, payment, &outcome.event).await?;
        }
        if arrived(outcomes) || started.elapsed() > PATIENCE {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}

/// Whether what was accepted is in the ledger, on the bus and in the archive, as often as it should be.
pub(crate) fn arrived(outcomes: &[Outcome]) -> bool {
    outcomes.iter().filter(|outcome| outcome.answer < 300).all(|outcome| {
        let trace = &outcome.trace;
        trace.row.is_some() && trace.bus_events > 0 && trace.archive_lines >= accepted(outcomes, outcome)
    })
}

/// How many deliveries of this event were accepted.
fn accepted(outcomes: &[Outcome], of: &Outcome) -> usize {
    outcomes.iter().filter(|outcome| outcome.event == of.event && outcome.answer < 300).count()
}

/// What became of each.
pub(crate) fn table(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new(&["delivery", "answer", "ledger", "payment", "bus", "archive"]);
    for outcome in outcomes {
        let trace = &outcome.trace;
        let ledger = match &trace.row {
            None => "no row".to_owned(),
            Some(_) if outcome.again => "the same row".to_owned(),
            Some(kind) => kind.clone(),
        };
        let bus = match trace.bus_events {
            0 => "no event".to_owned(),
            1 if outcome.again => "the same event".to_owned(),
            1 => "1 event".to_owned(),
            more => format!("{more} events"),
        };
        let kept = trace.archive_lines;
        let archive = match accepted(outcomes, outcome) {
            _ if kept == 0 => "no line".to_owned(),
            all if kept == all => "kept".to_owned(),
            all => format!("{kept} of {all} lines"),
        };
        let tone = if outcome.as_expected { Tone::Good } else { Tone::Bad };
        table.row([
            outcome.delivery.into(),
            Cell::new(tone, outcome.answer.to_string()),
            ledger.into(),
            trace.payment_state.clone().unwrap_or_else(|| "-".to_owned()).into(),
            bus.into(),
            archive.into(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(event: &str, again: bool, answer: u16, trace: Trace) -> Outcome {
        Outcome {
            delivery: if again { "again" } else { "once" },
            endpoint: "stripe-demo",
            event: event.to_owned(),
            payment: "pi_1".to_owned(),
            answer,
            as_expected: true,
            again,
            trace,
        }
    }

    fn trace(archive_lines: usize) -> Trace {
        Trace {
            row: Some("payment_captured".to_owned()),
            payment_state: Some("captured, EUR 20.00".to_owned()),
            bus_events: 1,
            archive_lines,
        }
    }

    #[test]
    fn the_table_tells_a_repetition_from_a_second_effect() {
        let outcomes = [
            outcome("evt_1", false, 200, trace(2)),
            outcome("evt_1", true, 200, trace(2)),
            outcome("evt_2", false, 401, Trace::default()),
        ];
        assert!(arrived(&outcomes));
        assert_eq!(
            table(&outcomes).render(false),
            "\
delivery  answer  ledger            payment              bus             archive
once      200     payment_captured  captured, EUR 20.00  1 event         kept
again     200     the same row      captured, EUR 20.00  the same event  kept
once      401     no row            -                    no event        no line
"
        );
    }

    #[test]
    fn one_line_for_two_deliveries_is_not_all() {
        let outcomes = [outcome("evt_1", false, 200, trace(1)), outcome("evt_1", true, 200, trace(1))];
        assert!(!arrived(&outcomes));
        assert!(table(&outcomes).render(false).contains("1 of 2 lines"));
    }

    #[test]
    fn the_plan_names_samples_that_exist() {
        for plan in &PLAN {
            let (_, provider) = ENDPOINTS.iter().find(|(name, _)| *name == plan.endpoint).unwrap();
            let values = Values::new(provider, None, clock::now()).unwrap();
            samples::body(provider, plan.event, &values).unwrap();
        }
    }
}
