//! Ports that fail on purpose, before or after the effect: the call that never arrived, and the answer that got lost.

use std::{cell::RefCell, collections::HashMap, time::Duration};

use anyhow::anyhow;
use zeroize::Zeroizing;

use crate::{
    Archive, DataKey, DataKeys, DeadLetter, DeadLetters, Document, EndpointDocuments, FetchError, Head,
    KeyContext, KeyError, Letter, Listed, Macs, Put, Queue, Sealed, Segment, StoredSegment,
};

/// Where a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happens, and the caller gets an error.
    Before,
    /// It happens, and the caller gets an error all the same.
    After,
    /// Nothing happens, and the caller is unwound.
    Panic,
}

/// Which calls fail: given the method's name and how often it was called, this time included.
type Plan = Box<dyn Fn(&str, u64) -> Option<Fault>>;

/// A port that fails by plan and else does what the port within does.
pub struct Faulty<P> {
    port: P,
    plan: Plan,
    calls: RefCell<HashMap<&'static str, u64>>,
}

impl<P> Faulty<P> {
    /// Asks `plan` at each call, with the method's name and how often it was called, this time included.
    pub fn new(port: P, plan: impl Fn(&str, u64) -> Option<Fault> + 'static) -> Self {
        Self { port, plan: Box::new(plan), calls: RefCell::default() }
    }

    /// Every call of `method` fails.
    pub fn always(port: P, method: &'static str, fault: Fault) -> Self {
        Self::new(port, move |called, _| (called == method).then_some(fault))
    }

    /// The `n`th call of `method` fails, counted from 1.
    pub fn nth(port: P, method: &'static str, n: u64, fault: Fault) -> Self {
        Self::new(port, move |called, call| (called == method && call == n).then_some(fault))
    }

    /// How often `method` was called, failures included.
    pub fn calls(&self, method: &str) -> u64 {
        self.calls.borrow().get(method).copied().unwrap_or_default()
    }

    async fn run<T>(
        &self,
        method: &'static str,
        call: impl AsyncFnOnce(&P) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        match self.fault(method) {
            None => call(&self.port).await,
            Some(Fault::Before) => Err(anyhow!("injected before {method}")),
            Some(Fault::After) => {
                call(&self.port).await?;
                Err(anyhow!("injected after {method}"))
            }
            #[expect(clippy::panic, reason = "the fault that was asked for")]
            Some(Fault::Panic) => panic!("injected in {method}"),
        }
    }

    fn fault(&self, method: &'static str) -> Option<Fault> {
        let mut calls = self.calls.borrow_mut();
        let count = calls.entry(method).or_default();
        *count += 1;
        (self.plan)(method, *count)
    }
}

impl<P: Queue> Queue for Faulty<P> {
    async fn send(&self, message: &Sealed) -> anyhow::Result<()> {
        self.run("send", async |port| port.send(message).await).await
    }

    async fn delay(&self, receipt: &str, by: Duration) -> anyhow::Result<()> {
        self.run("delay", async |port| port.delay(receipt, by).await).await
    }

    async fn dead_letter(&self, letter: &DeadLetter<'_>) -> anyhow::Result<()> {
        self.run("dead_letter", async |port| port.dead_letter(letter).await).await
    }
}

impl<P: DeadLetters> DeadLetters for Faulty<P> {
    async fn take(&self, hidden: Duration) -> anyhow::Result<Vec<Letter>> {
        self.run("take", async |port| port.take(hidden).await).await
    }

    async fn give_back(&self, receipts: &[&str]) -> anyhow::Result<()> {
        self.run("give_back", async |port| port.give_back(receipts).await).await
    }

    async fn send_back(&self, letter: &Letter) -> anyhow::Result<()> {
        self.run("send_back", async |port| port.send_back(letter).await).await
    }

    async fn delete(&self, receipt: &str) -> anyhow::Result<()> {
        self.run("delete", async |port| port.delete(receipt).await).await
    }
}

impl<P: DataKeys> DataKeys for Faulty<P> {
    async fn generate(&self, context: KeyContext<'_>) -> anyhow::Result<DataKey> {
        self.run("generate", async |port| port.generate(context).await).await
    }

    async fn unwrap(&self, wrapped: &[u8], context: KeyContext<'_>) -> Result<DataKey, KeyError> {
        let key = self.run("unwrap", async |port| Ok(port.unwrap(wrapped, context).await)).await;
        key.map_err(KeyError::Unavailable)?
    }
}

impl<P: Archive> Archive for Faulty<P> {
    async fn put(&self, segment: &Segment) -> anyhow::Result<Put> {
        self.run("put", async |port| port.put(segment).await).await
    }

    async fn list(&self, prefix: &str, after: &str) -> anyhow::Result<Vec<Listed>> {
        self.run("list", async |port| port.list(prefix, after).await).await
    }

    async fn head(&self, key: &str) -> anyhow::Result<Option<Head>> {
        self.run("head", async |port| port.head(key).await).await
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<StoredSegment>> {
        self.run("get", async |port| port.get(key).await).await
    }
}

impl<P: Macs> Macs for Faulty<P> {
    async fn mac(&self, digest: &[u8; 32]) -> anyhow::Result<Vec<u8>> {
        self.run("mac", async |port| port.mac(digest).await).await
    }

    async fn holds(&self, digest: &[u8; 32], mac: &[u8]) -> anyhow::Result<bool> {
        self.run("holds", async |port| port.holds(digest, mac).await).await
    }
}

impl<P: EndpointDocuments> EndpointDocuments for Faulty<P> {
    async fn fetch(&self, name: &str) -> Result<Document, FetchError> {
        let document = self.run("fetch", async |port| Ok(port.fetch(name).await)).await;
        document.map_err(FetchError::Unavailable)?
    }

    async fn fetch_trust(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, FetchError> {
        let document = self.run("fetch_trust", async |port| Ok(port.fetch_trust(name).await)).await;
        document.map_err(FetchError::Unavailable)?
    }
}

#[cfg(test)]
mod tests;
