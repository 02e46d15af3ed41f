//! Ledgers and buses that fail by plan, before or after the effect, as a network does.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use anyhow::bail;

use crate::{Bus, BusEvent, Event, EventKey, Ledger, Link, PaymentKey, Proof, PutEvent, PutProof};

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It fails and has no effect.
    Before,
    /// It has its effect, and the answer is lost.
    After,
    /// It has no effect and is never answered.
    Hang,
    /// It meets a defect of ours.
    Panic,
}

struct Plan(Mutex<VecDeque<Fault>>);

impl Plan {
    fn new(plan: impl IntoIterator<Item = Fault>) -> Plan {
        Plan(Mutex::new(plan.into_iter().collect()))
    }

    #[expect(clippy::panic, reason = "a defect is what it stands for")]
    async fn call<T>(&self, effect: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let fault = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        match fault.unwrap_or(Fault::None) {
            Fault::None => effect.await,
            Fault::Before => bail!("injected fault before the effect"),
            Fault::After => {
                effect.await?;
                bail!("injected fault after the effect")
            }
            Fault::Hang => std::future::pending().await,
            Fault::Panic => panic!("injected panic"),
        }
    }
}

/// A ledger whose calls fail by plan: the n-th call meets the n-th fault, and none when the plan is used up.
pub struct FaultyLedger<L> {
    inner: L,
    plan: Plan,
}

impl<L> FaultyLedger<L> {
    /// This ledger, with this plan.
    pub fn new(inner: L, plan: impl IntoIterator<Item = Fault>) -> FaultyLedger<L> {
        FaultyLedger { inner, plan: Plan::new(plan) }
    }

    /// The ledger behind the faults.
    pub fn inner(&self) -> &L {
        &self.inner
    }
}

impl<L: Ledger> Ledger for FaultyLedger<L> {
    async fn put_event(&self, event: &Event) -> anyhow::Result<PutEvent> {
        self.plan.call(self.inner.put_event(event)).await
    }

    async fn put_conflict(&self, event: &Event) -> anyhow::Result<()> {
        self.plan.call(self.inner.put_conflict(event)).await
    }

    async fn put_link(&self, link: &Link) -> anyhow::Result<()> {
        self.plan.call(self.inner.put_link(link)).await
    }

    async fn put_proof(&self, proof: &Proof) -> anyhow::Result<PutProof> {
        self.plan.call(self.inner.put_proof(proof)).await
    }

    async fn replace_event(&self, event: &Event) -> anyhow::Result<bool> {
        self.plan.call(self.inner.replace_event(event)).await
    }

    async fn event(&self, key: &EventKey) -> anyhow::Result<Option<Event>> {
        self.plan.call(self.inner.event(key)).await
    }

    async fn conflicts(&self, key: &EventKey) -> anyhow::Result<Vec<Event>> {
        self.plan.call(self.inner.conflicts(key)).await
    }

    async fn payment_events(&self, key: &PaymentKey) -> anyhow::Result<Vec<Event>> {
        self.plan.call(self.inner.payment_events(key)).await
    }

    async fn parents(&self, child: &PaymentKey) -> anyhow::Result<Vec<PaymentKey>> {
        self.plan.call(self.inner.parents(child)).await
    }

    async fn received(
        &self,
        within: Range<i64>,
        visit: impl AsyncFnMut(Vec<Event>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.plan.call(self.inner.received(within, visit)).await
    }
}

/// A bus whose calls fail by plan.
pub struct FaultyBus<B> {
    inner: B,
    plan: Plan,
}

impl<B> FaultyBus<B> {
    /// This bus, with this plan.
    pub fn new(inner: B, plan: impl IntoIterator<Item = Fault>) -> FaultyBus<B> {
        FaultyBus { inner, plan: Plan::new(plan) }
    }

    /// The bus behind the faults.
    pub fn inner(&self) -> &B {
        &self.inner
    }
}

impl<B: Bus> Bus for FaultyBus<B> {
    async fn publish(&self, events: &[BusEvent]) -> anyhow::Result<Vec<bool>> {
        self.plan.call(self.inner.publish(events)).await
    }
}
