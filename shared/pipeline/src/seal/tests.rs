use std::{collections::HashSet, time::UNIX_EPOCH};

use futures_util::future::join_all;

use super::*;
use crate::{
    DataKey, KeyError,
    fault::{Fault, Faulty},
    memory::MemoryKeys,
    samples,
};

fn screened() -> Screened {
    Screened::sample(samples::envelope("d"), Some(b"{}".to_vec()))
}

fn at(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_000_000_000 + ms)
}

#[tokio::test]
async fn a_key_seals_for_five_minutes() {
    let (keys, sealer) = (MemoryKeys::new(), Sealer::new("stack", Source::Webhook));
    for (ms, asked) in [(0, 1), (1, 1), (299_999, 1), (300_000, 2), (599_999, 2), (600_000, 3), (599_999, 4)]
    {
        sealer.seal(&screened(), &keys, at(ms)).await.unwrap();
        assert_eq!(keys.generates(), asked, "at {ms} ms");
    }
}

#[tokio::test]
async fn a_key_seals_so_many_messages() {
    let (keys, sealer) = (MemoryKeys::new(), Sealer::new("stack", Source::Webhook));
    sealer.warm(&keys, at(0)).await;
    sealer.key.lock().await.as_mut().unwrap().messages = (1 << 20) - 1;
    for asked in [1, 2, 2] {
        sealer.seal(&screened(), &keys, at(0)).await.unwrap();
        assert_eq!(keys.generates(), asked);
    }
}

#[tokio::test]
async fn warming_is_asking_ahead() {
    let (keys, sealer) = (MemoryKeys::new(), Sealer::new("stack", Source::Webhook));
    sealer.warm(&keys, at(0)).await;
    sealer.seal(&screened(), &keys, at(0)).await.unwrap();
    assert_eq!(keys.generates(), 1);
}

#[tokio::test]
async fn a_failure_is_told_and_the_next_delivery_asks_again() {
    for fault in [Fault::Before, Fault::After] {
        let (keys, sealer) = (MemoryKeys::new(), Sealer::new("stack", Source::Webhook));
        let keys = Faulty::new(keys, move |_, call| (call <= 2).then_some(fault));
        sealer.warm(&keys, at(0)).await;
        assert!(sealer.seal(&screened(), &keys, at(0)).await.is_err());
        assert!(sealer.seal(&screened(), &keys, at(0)).await.is_ok());
        assert_eq!(keys.calls("generate"), 3);
    }
}

/// Lets others run before it answers.
struct Slow(MemoryKeys);

impl DataKeys for Slow {
    async fn generate(&self, context: KeyContext<'_>) -> anyhow::Result<DataKey> {
        tokio::task::yield_now().await;
        self.0.generate(context).await
    }

    async fn unwrap(&self, wrapped: &[u8], context: KeyContext<'_>) -> Result<DataKey, KeyError> {
        self.0.unwrap(wrapped, context).await
    }
}

#[tokio::test]
async fn deliveries_at_the_same_time_ask_once_and_share_no_nonce() {
    let (keys, sealer, screened) =
        (Slow(MemoryKeys::new()), Sealer::new("stack", Source::Webhook), screened());
    let messages = join_all((0..100).map(|_| sealer.seal(&screened, &keys, at(0)))).await;
    assert_eq!(keys.0.generates(), 1);
    let headers =
        messages.iter().map(|message| wire::parse(message.as_ref().unwrap().as_text()).unwrap().header);
    let nonces: HashSet<[u8; 12]> = headers.map(|header| header.nonce).collect();
    assert_eq!(nonces.len(), 100);
}

#[tokio::test]
async fn a_sealed_delivery_says_where_it_belongs() {
    let envelope = crate::Envelope { trace_id: Some("t".to_owned()), ..samples::envelope("d") };
    let (keys, screened) = (MemoryKeys::new(), Screened::sample(envelope, None));
    let sealed = Sealer::new("stack", Source::Replay).seal(&screened, &keys, at(0)).await.unwrap();
    assert_eq!((sealed.endpoint(), sealed.delivery_id(), sealed.trace_id()), ("shop", "d", Some("t")));
    let header = wire::parse(sealed.as_text()).unwrap().header;
    assert_eq!((header.stack.as_str(), header.source), ("stack", Source::Replay));
    assert!(sealed.as_text().bytes().all(|b| b.is_ascii_graphic()));
}
