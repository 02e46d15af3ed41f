//! What every ledger promises. One function holds the ledger in memory and the one on DynamoDB to the same: it fails
//! with the first promise that is broken. Tests run it; nothing else does.

use anyhow::ensure;
use verification::Mode;

use crate::{
    Amount, BodyDigest, Currency, Event, EventKey, Id, Kind, Ledger, Link, Money, Origin, PaymentKey, Proof,
    PutEvent, PutProof,
};

/// How often the index is asked before what was written must be in it.
const TRIES: usize = 50;

/// Holds a ledger to its promises. The rows are those of account `account`, which must be new to the ledger. `pause`
/// waits a little for an index that follows the table.
pub async fn ledger(ledger: &impl Ledger, account: &str, pause: impl AsyncFn()) -> anyhow::Result<()> {
    let rows = Rows { account };
    an_event_is_put_once(ledger, &rows).await?;
    a_conflict_is_kept_beside(ledger, &rows).await?;
    only_newer_rules_on_the_same_body_overwrite(ledger, &rows).await?;
    a_link_leads_to_each_parent(ledger, &rows).await?;
    a_transmission_brings_one_event(ledger, &rows).await?;
    events_are_read_by_when_they_arrived(ledger, &rows).await?;
    a_payment_lists_its_events_in_order(ledger, &rows, pause).await
}

async fn an_event_is_put_once(ledger: &impl Ledger, rows: &Rows<'_>) -> anyhow::Result<()> {
    let first = rows.event("once")?;
    ensure!(ledger.event(&first.key).await?.is_none(), "a row before any was put");
    ensure!(ledger.put_event(&first).await? == PutEvent::New, "a free key is taken");
    let second = Event { kind: Kind::PaymentFailed, ..first.clone() };
    let there = ledger.put_event(&second).await?;
    ensure!(there == PutEvent::Exists(Box::new(first.clone())), "a taken key gives what took it");
    ensure!(ledger.event(&first.key).await? == Some(first), "the first row stays");
    Ok(())
}

async fn a_conflict_is_kept_beside(ledger: &impl Ledger, rows: &Rows<'_>) -> anyhow::Result<()> {
    let first = rows.event("conflict")?;
    let other = Event { conflict: true, announce: false, kind: Kind::PaymentFailed, ..first.clone() };
    ledger.put_event(&first).await?;
    ledger.put_conflict(&other).await?;
    ledger.put_conflict(&Event { received_at_ms: 9, ..other.clone() }).await?;
    ensure!(ledger.conflicts(&first.key).await? == [other], "one conflict, as it came first");
    ensure!(ledger.event(&first.key).await? == Some(first), "the first row stays beside a conflict");
    Ok(())
}

async fn only_newer_rules_on_the_same_body_overwrite(
    ledger: &impl Ledger,
    rows: &Rows<'_>,
) -> anyhow::Result<()> {
    let first = rows.event("rules")?;
    let newer = Event { interpretation: 8, kind: Kind::PaymentFailed, ..first.clone() };
    ensure!(!ledger.replace_event(&newer).await?, "what is not there is not overwritten");
    ensure!(ledger.event(&first.key).await?.is_none(), "an overwrite makes no row");
    ledger.put_event(&first).await?;
    ensure!(!ledger.replace_event(&first).await?, "the same rules do not overwrite");
    let other_body = Event { body: BodyDigest::of(b"another"), ..newer.clone() };
    ensure!(!ledger.replace_event(&other_body).await?, "another body does not overwrite");
    ensure!(ledger.replace_event(&newer).await?, "newer rules overwrite");
    ensure!(!ledger.replace_event(&first).await?, "older rules do not overwrite");
    ensure!(ledger.event(&first.key).await? == Some(newer), "the newest rules stay");
    Ok(())
}

async fn a_link_leads_to_each_parent(ledger: &impl Ledger, rows: &Rows<'_>) -> anyhow::Result<()> {
    let (child, one, two) = (rows.payment("child")?, rows.payment("parent-1")?, rows.payment("parent-2")?);
    ensure!(ledger.parents(&child).await?.is_empty(), "no parent before a link");
    for parent in [&two, &one, &one] {
        ledger.put_link(&Link { child: child.clone(), parent: parent.clone() }).await?;
    }
    ensure!(ledger.parents(&child).await? == [one, two], "each parent once");
    Ok(())
}

async fn a_transmission_brings_one_event(ledger: &impl Ledger, rows: &Rows<'_>) -> anyhow::Result<()> {
    let transmission = rows.key("transmission")?;
    let proof = Proof { transmission, event: rows.key("proven")?, body: BodyDigest::of(b"body") };
    ensure!(ledger.put_proof(&proof).await? == PutProof::Holds, "a new proof holds");
    ensure!(ledger.put_proof(&proof).await? == PutProof::Holds, "the same proof holds");
    let other_body = Proof { body: BodyDigest::of(b"another"), ..proof.clone() };
    ensure!(ledger.put_proof(&other_body).await? == PutProof::Differs, "another body differs");
    let other_event = Proof { event: rows.key("another")?, ..proof };
    ensure!(ledger.put_proof(&other_event).await? == PutProof::Differs, "another event differs");
    Ok(())
}

async fn events_are_read_by_when_they_arrived(ledger: &impl Ledger, rows: &Rows<'_>) -> anyhow::Result<()> {
    let arrived = |id: &str, at: i64| anyhow::Ok(Event { received_at_ms: at, ..rows.event(id)? });
    let (first, last, late) = (arrived("first", 1000)?, arrived("last", 1999)?, arrived("late", 2000)?);
    for event in [&arrived("early", 999)?, &first, &last, &late] {
        ledger.put_event(event).await?;
    }
    ledger.put_conflict(&Event { conflict: true, kind: Kind::PaymentFailed, ..first.clone() }).await?;
    let mut found = Vec::new();
    let own = |event: &Event| event.key.account() == rows.account;
    ledger
        .received(1000..2000, async |events| {
            found.extend(events.into_iter().filter(own));
            Ok(())
        })
        .await?;
    found.sort_by(|one, other| one.key.cmp(&other.key));
    ensure!(found == [first, last], "the events that arrived in a time, and no conflicts");
    let refused = ledger.received(1000..2000, async |_| anyhow::bail!("enough")).await;
    ensure!(refused.is_err(), "the reader ends it");
    Ok(())
}

async fn a_payment_lists_its_events_in_order(
    ledger: &impl Ledger,
    rows: &Rows<'_>,
    pause: impl AsyncFn(),
) -> anyhow::Result<()> {
    let filed = |id: &str, at: i64| -> anyhow::Result<Event> {
        let payment = Some(rows.payment("listed")?);
        Ok(Event { payment, occurred_at_ms: Some(at), ..rows.event(id)? })
    };
    let (last, first, tied) = (filed("c", 3000)?, filed("z", 1000)?, filed("b", 3000)?);
    let beside =
        Event { conflict: true, kind: Kind::PaymentFailed, occurred_at_ms: Some(2000), ..first.clone() };
    let elsewhere = Event { payment: None, ..filed("elsewhere", 1)? };
    for event in [&last, &first, &tied, &elsewhere] {
        ledger.put_event(event).await?;
    }
    ledger.put_conflict(&beside).await?;
    let expected = [first, beside, tied, last];
    for _ in 0..TRIES {
        if ledger.payment_events(&rows.payment("listed")?).await? == expected {
            return Ok(());
        }
        pause().await;
    }
    anyhow::bail!("a payment lists its events and conflicts, by time and then by id")
}

struct Rows<'a> {
    account: &'a str,
}

impl Rows<'_> {
    fn key(&self, id: &str) -> anyhow::Result<EventKey> {
        EventKey::new("contract", Mode::Test, self.account, id).ok_or_else(|| anyhow::anyhow!("no key"))
    }

    fn payment(&self, id: &str) -> anyhow::Result<PaymentKey> {
        PaymentKey::new("contract", Mode::Test, self.account, id).ok_or_else(|| anyhow::anyhow!("no key"))
    }

    fn event(&self, id: &str) -> anyhow::Result<Event> {
        let usd = Currency::named("USD").ok_or_else(|| anyhow::anyhow!("no currency"))?;
        Ok(Event {
            key: self.key(id)?,
            kind: Kind::PaymentCaptured,
            provider_type: Some("captured".to_owned()),
            object: Id::new(id),
            parent: None,
            payment: Some(self.payment(id)?),
            amount: Amount::Stated(Money::from_minor(1099, usd)?),
            occurred_at_ms: Some(1_700_000_000_000),
            received_at_ms: 1_700_000_001_000,
            recorded_at_ms: 1_700_000_002_000,
            delivery_id: "d-1".to_owned(),
            trace_id: Some("1-67891233-abcdef012345678912345678".to_owned()),
            proven: true,
            origin: Origin::Webhook,
            announce: true,
            interpretation: 7,
            body: BodyDigest::of(id.as_bytes()),
            conflict: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Fault, FaultyLedger, MemoryLedger};

    #[tokio::test]
    async fn the_ledger_in_memory_keeps_its_promises() {
        super::ledger(&MemoryLedger::default(), "acct_1", async || {}).await.unwrap();
    }

    #[tokio::test]
    async fn a_ledger_that_forgets_a_write_is_found_out() {
        for call in 0..30 {
            let plan = (0..30).map(|at| if at == call { Fault::Before } else { Fault::None });
            let forgetful = FaultyLedger::new(MemoryLedger::default(), plan);
            super::ledger(&forgetful, "acct_1", async || {}).await.unwrap_err();
        }
    }
}
