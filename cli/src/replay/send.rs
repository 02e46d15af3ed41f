//! Sending what was planned.

use std::mem;
use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use futures_util::future::try_join_all;
use payments::{Event, Ledger};
use pipeline::{Archived, Reader, Reading};

use super::{AT_ONCE, Plan, State, Turn, claims::Repeat};
use crate::pace::Pace;

/// How often the ledger is asked for what must be recorded first.
const AGAIN: Duration = Duration::from_secs(1);

/// How what was planned is sent.
pub(crate) struct Sending<'p, L> {
    /// What was planned, from the beginning of the order.
    pub(crate) plan: &'p Plan,
    /// Where first deliveries are looked for before their repetitions follow.
    pub(crate) ledger: &'p L,
    /// Where the state is kept.
    pub(crate) file: &'p Path,
    /// How fast.
    pub(crate) pace: Pace,
    /// How long repetitions wait for first deliveries in all. Then they go without them: nothing is lost if a first delivery
    /// cannot be recorded.
    pub(crate) patience: Duration,
}

impl<L: Ledger> Sending<'_, L> {
    /// Hands every delivery of the order to `deliver`: first those that came first, then those that repeat one. The
    /// state is kept after each segment. An error ends it; the state says where to go on.
    ///
    /// `read_after` gives a reader of what comes after a segment.
    pub(crate) async fn send<'r>(
        mut self,
        read_after: impl Fn(&str) -> Reader<'r>,
        state: &mut State,
        deliver: impl AsyncFn(Archived, Vec<Event>) -> anyhow::Result<()>,
        mut told: impl FnMut(&State),
    ) -> anyhow::Result<()> {
        state.keep(self.file)?;
        if state.turn == Turn::First {
            self.turn(read_after(&state.after), state, &deliver, &mut told).await?;
            if !self.plan.claims.has_repeats() {
                return Ok(());
            }
            (state.turn, state.after) = (Turn::Repeat, String::new());
            state.keep(self.file)?;
        }
        self.turn(read_after(&state.after), state, &deliver, &mut told).await
    }

    async fn turn(
        &mut self,
        mut reader: Reader<'_>,
        state: &mut State,
        deliver: &impl AsyncFn(Archived, Vec<Event>) -> anyhow::Result<()>,
        told: &mut impl FnMut(&State),
    ) -> anyhow::Result<()> {
        let (mut batch, mut segment) = (Vec::with_capacity(AT_ONCE), state.after.clone());
        while let Some(reading) = reader.next().await? {
            let delivery = match reading {
                Reading::Delivery(delivery) => delivery,
                Reading::Flawed { key, .. } if self.plan.flawed.iter().any(|(known, _)| **known == *key) => {
                    continue;
                }
                Reading::Flawed { key, flaw, .. } => {
                    bail!("{key} could be read a while ago: {}", flaw.as_str())
                }
                Reading::Unproven(_) => continue,
            };
            if *delivery.segment() != *segment {
                self.flush(&mut batch, state, deliver).await?;
                state.after = mem::replace(&mut segment, delivery.segment().to_owned());
                state.keep(self.file)?;
                told(state);
            }
            if self.is_due(&delivery, state.turn)
                && let Ok(events) = state.order.events(&delivery)
            {
                batch.push((delivery, events));
            }
            if batch.len() >= AT_ONCE {
                self.flush(&mut batch, state, deliver).await?;
                told(state);
            }
        }
        self.flush(&mut batch, state, deliver).await?;
        state.after = segment;
        state.keep(self.file)?;
        told(state);
        Ok(())
    }

    fn is_due(&self, delivery: &Archived, turn: Turn) -> bool {
        self.plan.claims.repeat(delivery.envelope())
            == match turn {
                Turn::First => None,
                Turn::Repeat => Some(Repeat::OfEvent),
            }
    }

    async fn flush(
        &mut self,
        batch: &mut Vec<(Archived, Vec<Event>)>,
        state: &mut State,
        deliver: &impl AsyncFn(Archived, Vec<Event>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if state.turn == Turn::Repeat {
            self.wait_for_firsts(batch).await?;
        }
        let count = batch.len();
        let pace = &self.pace;
        try_join_all(batch.drain(..).map(async |(delivery, events)| {
            pace.wait().await;
            deliver(delivery, events).await
        }))
        .await?;
        state.sent += count as u64;
        Ok(())
    }

    /// Until the ledger has those events of the batch that others brought before.
    async fn wait_for_firsts(&mut self, batch: &[(Archived, Vec<Event>)]) -> anyhow::Result<()> {
        let events = batch.iter().flat_map(|(_, events)| events);
        for event in events.filter(|event| self.plan.claims.is_contested(&event.key)) {
            while !self.patience.is_zero() && self.ledger.event(&event.key).await?.is_none() {
                tokio::time::sleep(AGAIN.min(self.patience)).await;
                self.patience = self.patience.saturating_sub(AGAIN);
            }
        }
        Ok(())
    }
}
