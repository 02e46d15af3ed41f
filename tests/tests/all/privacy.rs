//! `docs/privacy.md` is made from the types: a field that nobody has described, or a description of what is no longer
//! there, fails here.

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use aws::logging;
use payments::{
    Amount, BodyDigest, Currency, Event, EventKey, INTERPRETATION, Id, Kind, Link, Money, Origin, PaymentKey,
    Proof,
};
use pipeline::{DataClass, Policy};
use serde_json::Value;
use verification::Mode;

/// Attributes of a row of the ledger.
const ROW: &[(&str, &str)] = &[
    (
        "pk",
        "provider, mode, account and event id (of a link the object, of a proof the transmission or what was signed)",
    ),
    ("sk", "what the row is: an event, a conflict, a link or a proof"),
    ("payment", "provider, mode, account and the payment's id"),
    ("at", "time and event id, for the order of a payment's history"),
    ("kind", "what happened"),
    ("type", "what the provider calls it"),
    ("object", "the provider's id of the payment, refund, dispute or payout"),
    ("parent", "the provider's id of what that belongs to"),
    ("amount", "in minor units"),
    ("exact", "an amount in a unit that has no minor unit here"),
    ("currency", "of the amount"),
    ("unreadable", "the amount could not be read"),
    ("occurred", "when it happened"),
    ("received", "when the delivery arrived"),
    ("recorded", "when the row was written"),
    ("delivery", "our id of the delivery"),
    ("trace", "our id of the trace"),
    ("proven", "whether the signature covers it"),
    ("origin", "the road it came by"),
    ("announce", "whether the bus is told"),
    ("version", "of the interpretation"),
    ("body", "digest of the screened body, never of what was sent"),
    ("event", "of a proof: the event that a transmission brought"),
    ("expires", "when the table forgets the row"),
];

/// Fields of a line of the archive; those of the envelope are also in each sealed message.
const LINE: &[(&str, &str)] = &[
    ("delivery_id", "our id of the delivery"),
    ("received_at_ms", "when it arrived"),
    ("trace_id", "our id of the trace"),
    ("endpoint", "the endpoint's name"),
    ("provider", "the provider's name"),
    ("mode", "live or test"),
    ("account", "the account that the endpoint document names"),
    ("coverage", "what the signature proved"),
    ("identity", "the provider's id, type and time of the event"),
    ("kid", "the name of the key that fitted"),
    ("wrong_mode", "it was of the other mode"),
    ("wrong_account", "the account that it named, if that is not the endpoint's"),
    ("redactions", "path and class of what was replaced, never the value"),
    ("more_redactions", "how many more were replaced"),
    ("exempted", "how many values looked like one but are identity or facts"),
    ("withheld", "why there is no body, and how long it was"),
    ("replay", "whether its event is announced, if an operator sends it again; never in the archive"),
    ("source", "webhook or replay"),
    ("sha256", "digest of the screened body"),
    ("body", "the screened body"),
    ("body_base64", "the screened body, if it is not text"),
];

/// Fields of a log line, beside time, level and message.
const LOG: &[(&str, &str)] = &[
    ("attempts", "how often it was tried"),
    ("class", "of a failure"),
    ("count", "a number of things"),
    ("delivery.id", "our id of the delivery"),
    ("duration_ms", "a time span"),
    ("endpoint", "the endpoint's name, if it can be one"),
    ("error", "our own words; of others' errors their kind"),
    ("event.key", "provider, mode, account and event id"),
    ("event.kind", "what happened"),
    ("event.type", "what the provider calls it"),
    ("message.id", "the queue's id of a message"),
    ("provider", "the provider's name"),
    ("reason", "of a rejection or a failure, from a fixed list"),
    ("request.id", "the gateway's id of a request"),
    ("segment", "the key of an object of the archive"),
    ("trace.id", "our id of the trace"),
];

fn key(id: &str) -> EventKey {
    EventKey::new("stripe", Mode::Live, "acct_1", id).unwrap()
}

/// The attributes of all rows that there can be.
fn row_attributes() -> BTreeSet<String> {
    let payment = PaymentKey::new("stripe", Mode::Live, "acct_1", "pi_1").unwrap();
    let event = Event {
        key: key("evt_1"),
        kind: Kind::Other,
        provider_type: Some("x".to_owned()),
        object: Id::new("ch_1"),
        parent: Id::new("pi_1"),
        payment: Some(payment.clone()),
        amount: Money::from_minor(1, Currency::named("EUR").unwrap()).unwrap().into(),
        occurred_at_ms: Some(1),
        received_at_ms: 1,
        recorded_at_ms: 1,
        delivery_id: "d-1".to_owned(),
        trace_id: Some("1".to_owned()),
        proven: true,
        origin: Origin::Webhook,
        announce: true,
        interpretation: INTERPRETATION,
        body: BodyDigest::of(b"{}"),
        conflict: false,
    };
    let exact = Amount::Exact { value: "0.1".into(), currency: Some("BTC".into()) };
    let rows = [
        Event { amount: exact, ..event.clone() }.to_item(),
        Event { amount: Amount::Unreadable, conflict: true, ..event.clone() }.to_item(),
        event.to_item(),
        Link { child: payment.clone(), parent: payment }.to_item(),
        Proof { transmission: key("t"), event: key("evt_1"), body: BodyDigest::of(b"{}") }.to_item(),
    ];
    let names = rows.into_iter().flat_map(|row| row.into_keys().collect::<Vec<_>>());
    names.chain([payments::item::EXPIRES.to_owned()]).collect()
}

/// The fields of all lines that there can be: the envelope's own code, and the golden file of the format.
fn line_fields() -> BTreeSet<String> {
    let golden = include_str!("../../../shared/pipeline/tests/golden/archive-v0.ndjson");
    let envelope = fs::read_to_string(root().join("shared/pipeline/src/envelope.rs")).unwrap();
    let (_, envelope) = envelope.split_once("pub struct Envelope {").unwrap();
    let (envelope, _) = envelope.split_once("\n}").unwrap();
    let of_envelope = envelope.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next());
    let of_golden = golden.lines().flat_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    });
    of_envelope.map(str::to_owned).chain(of_golden).collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A table of fields, all of which are described.
fn table(page: &mut String, head: &str, described: &[(&str, &str)], there: &BTreeSet<String>) {
    let names: BTreeSet<String> = described.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(&names, there, "{head}: what is described, and what is there");
    writeln!(page, "\n| {head} | holds |\n|---|---|").unwrap();
    for (name, holds) in described {
        writeln!(page, "| `{name}` | {holds} |").unwrap();
    }
}

/// What a template says of a parameter or a resource: the value of the first `name:` after `of:`.
fn said(file: &str, of: &str, name: &str) -> String {
    let template = fs::read_to_string(root().join(file)).unwrap();
    let (_, rest) = template.split_once(&format!("\n  {of}:\n")).unwrap_or_else(|| panic!("{of} in {file}"));
    let (_, value) = rest.split_once(&format!(" {name}: ")).unwrap_or_else(|| panic!("{name} of {of}"));
    value.lines().next().unwrap().to_owned()
}

fn days(queue: &str) -> u32 {
    let seconds: u32 = said("template.yaml", queue, "MessageRetentionPeriod").parse().unwrap();
    assert_eq!(seconds % 86_400, 0);
    seconds / 86_400
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str(
        "\n| class | is | `strict` | `card-data` | what stands in its place |\n|---|---|---|---|---|\n",
    );
    for class in DataClass::ALL {
        let [strict, card_data] =
            Policy::ALL.map(|policy| if policy.replaces(class) { "replaced" } else { "kept" });
        let (name, is, stands) = (class.as_str(), class.description(), class.replacement());
        writeln!(page, "| `{name}` | {is} | {strict} | {card_data} | `{stands}` |").unwrap();
    }
    let retention = said("template.yaml", "Retention", "Default");
    let logs = said("template.yaml", "LogRetentionDays", "Default");
    let queues = days("ProcessQueue").max(days("ArchiveQueue"));
    let letters = said("template.yaml", "DeadLetterRetention", "Default");
    page.push_str(
        &PLACES
            .replace("{retention}", &retention)
            .replace("{logs}", &logs)
            .replace("{queues}", &queues.to_string())
            .replace("{letters}", &letters),
    );
    page.push_str("\n## Field by field\n");
    table(&mut page, "ledger row", ROW, &row_attributes());
    table(&mut page, "archive line", LINE, &line_fields());
    table(&mut page, "log line", LOG, &logging::FIELDS.iter().map(|name| (*name).to_owned()).collect());
    page.push_str(PSEUDONYMS);
    page
}

#[test]
fn the_page_about_privacy_is_made_from_the_types() {
    let (path, page) = (root().join("docs/privacy.md"), page());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/privacy.md is old: UPDATE=1 cargo test -p tests privacy writes it anew");
}

const INTRODUCTION: &str = "\
# Privacy

What is stored where, why, and for how long. This page is made from the types and the template by
`tests/tests/all/privacy.rs`, which fails when they differ; `UPDATE=1 cargo test -p tests privacy` writes it anew.

## What is replaced before anything is stored

A body is screened in memory, after its signature held and before it is sealed. What is replaced is recorded by path and
class, never by value, and no digest of what was sent is kept: with the few unknown digits of a card number it would give
the number back. A body that cannot be screened is not kept at all. The parameter `ScreeningPolicy` chooses what is
replaced. Values are found by the names of members, of all providers and of each (`shared/pipeline/src/screen`), and
card numbers, e-mail addresses and phone numbers also by what they look like. Free text that a merchant puts into
metadata is looked at for these three only: what else is written there stays.
";

const PLACES: &str = "
## Where things are, and for how long

| place | holds | why | how long |
|---|---|---|---|
| process and archive queue | sealed deliveries (AES-256-GCM, then the queue's own key) | on their way | {queues} days at most |
| dead-letter queues | the same, with class, reason, attempts and trace | until someone has looked | parameter `DeadLetterRetention`, {letters} by default |
| ledger | facts of payments, no body | what happened, once | the archive's time and 30 days: a replay refuses what the ledger has forgotten |
| archive | screened bodies and envelopes | evidence and replay | parameter `Retention`, {retention} by default, under Object Lock |
| `audit/` in the archive | who replayed, moved or dropped what | trace of operators | as the archive |
| event bus | facts of payments | announcing | not kept |
| logs | fields below, no body, no header, no secret | operation | parameter `LogRetentionDays`, {logs} days by default |
| metrics | counts by provider and reason, times and ages | operation | 15 months, by CloudWatch |
| Secrets Manager | endpoint documents: signing secrets, settings | verification | until the endpoint is removed |
| backups, if `Backup` is on | the ledger | a table that is lost | 35 days at least |

Nothing is kept without an end but endpoint documents, which hold no data of payers. `Retention` takes 30 days to 10
years; Object Lock means that nobody shortens it afterwards. One subject cannot be erased from the archive before its time:
that is why personal data does not get there by default. With `card-data` it does, and the team has to have a reason.
";

const PSEUDONYMS: &str = "
## What remains of a person

| what | where | why it stays |
|---|---|---|
| the provider's ids of payment, order, refund, dispute, payout, invoice, subscription | ledger, archive, bus, logs (event key) | they are the facts: without them no payment can be found, refunded or disputed |
| the provider's ids of customers, payment methods and cards, fingerprints of cards | archive | to tell payers apart in a dispute; only the provider can say who it is |
| a merchant's own references (`metadata`, `merchantReference`, order numbers) | archive, some in the ledger | to find the team's own order |
| the first six or eight and the last four digits of a card, its brand and country | archive | what PCI DSS lets one show; needed in disputes |
| amount, currency, time | ledger, archive, bus | bookkeeping |

These are pseudonymous: alone they name nobody, together with the provider's or the team's own records they do. The usual
bases are the contract with the payer, the duty to keep books, and the interest in defending a dispute; which applies, and
for how long, is for the team to state, and `Retention` follows that.
";
