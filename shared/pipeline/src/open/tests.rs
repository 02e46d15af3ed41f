use std::{cell::Cell, time::SystemTime};

use super::*;
use crate::{
    Class, DataKey, Screened, Sealer,
    fault::{Fault, Faulty},
    memory::MemoryKeys,
    samples,
};

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

/// A message sealed under a key of its own.
async fn message(id: &str, stack: &str, source: Source, keys: &MemoryKeys) -> Message {
    let screened = Screened::sample(samples::envelope(id), Some(b"{}".to_vec()));
    let sealed = Sealer::new(stack, source).seal(&screened, keys, NOW).await.unwrap();
    samples::message(id, sealed.as_text())
}

async fn messages(count: usize, keys: &MemoryKeys) -> Vec<Message> {
    let mut messages = Vec::new();
    for number in 0..count {
        messages.push(message(&number.to_string(), "stack", Source::Webhook, keys).await);
    }
    messages
}

#[tokio::test]
async fn each_message_of_a_batch_is_opened_or_refused_by_itself() {
    let (keys, other_account) = (MemoryKeys::new(), MemoryKeys::new());
    let good = message("good", "stack", Source::Replay, &keys).await;
    let mut tampered = message("tampered", "stack", Source::Webhook, &keys).await;
    tampered.body.replace_range(300..301, if tampered.body.as_bytes()[300] == b'A' { "B" } else { "A" });
    let foreign = message("foreign", "other", Source::Webhook, &keys).await;
    let refused = message("refused", "stack", Source::Webhook, &other_account).await;
    let newer = samples::message("newer", "dGxndAEAAAA=");
    let text = samples::message("text", "{\"id\":\"evt_1\"}");
    let batch = vec![tampered, good.clone(), foreign, text, refused, newer, good];

    let results = Keyring::new("stack").open_all(batch, &keys).await;
    let outcomes: Vec<(&str, Result<Source, Failure>)> = results
        .iter()
        .map(|(message, opened)| {
            let opened = opened.as_ref().map(|opened| {
                assert_eq!(opened.envelope, samples::envelope("good"));
                assert_eq!(opened.body.as_deref(), Some(&b"{}"[..]));
                opened.source
            });
            (message.id.as_str(), opened.map_err(|failure| *failure))
        })
        .collect();
    let expected = [
        ("tampered", Err(Failure::permanent("unsealed"))),
        ("good", Ok(Source::Replay)),
        ("foreign", Err(Failure::permanent("foreign_stack"))),
        ("text", Err(Failure::permanent("unsealed"))),
        ("refused", Err(Failure::permanent("key_refused"))),
        ("newer", Err(Failure::transient("unknown_version"))),
        ("good", Ok(Source::Replay)),
    ];
    assert_eq!(outcomes, expected);
    // The tampered one's, the good one's and the refused one's.
    assert_eq!(keys.unwraps(), 3);
}

#[tokio::test]
async fn what_another_source_sealed_is_refused_before_the_key_service_is_asked() {
    let keys = MemoryKeys::new();
    let batch = vec![
        message("again", "stack", Source::Replay, &keys).await,
        message("first", "stack", Source::Webhook, &keys).await,
        message("foreign", "other", Source::Replay, &keys).await,
    ];
    let opened = Keyring::new("stack").only(Source::Webhook).open_all(batch, &keys).await;
    let opened: Vec<_> = opened.into_iter().map(|(_, opened)| opened.map(|opened| opened.source)).collect();
    let refused = |reason| Err(Failure::permanent(reason));
    assert_eq!(opened, [refused("wrong_source"), Ok(Source::Webhook), refused("foreign_stack")]);
    assert_eq!(keys.unwraps(), 1);
}

#[tokio::test]
async fn a_key_service_that_is_down_is_transient() {
    let keys = MemoryKeys::new();
    let batch = messages(2, &keys).await;
    let keyring = Keyring::new("stack");
    keys.set_down(true);
    for (_, opened) in keyring.open_all(batch.clone(), &keys).await {
        assert_eq!(opened, Err(Failure::transient("key_unavailable")));
    }
    keys.set_down(false);
    assert!(keyring.open_all(batch, &keys).await.iter().all(|(_, opened)| opened.is_ok()));
}

/// Counts how many unwraps run at the same time.
struct Crowd<'a> {
    keys: &'a MemoryKeys,
    now: Cell<usize>,
    most: Cell<usize>,
}

impl DataKeys for Crowd<'_> {
    async fn generate(&self, context: KeyContext<'_>) -> anyhow::Result<DataKey> {
        self.keys.generate(context).await
    }

    async fn unwrap(&self, wrapped: &[u8], context: KeyContext<'_>) -> Result<DataKey, KeyError> {
        self.now.update(|now| now + 1);
        self.most.set(self.most.get().max(self.now.get()));
        tokio::task::yield_now().await;
        self.now.update(|now| now - 1);
        self.keys.unwrap(wrapped, context).await
    }
}

#[tokio::test]
async fn sixteen_keys_are_unwrapped_at_a_time_and_each_once() {
    let keys = MemoryKeys::new();
    let mut batch = messages(40, &keys).await;
    batch.extend(batch.clone());
    let ids: Vec<String> = batch.iter().map(|message| message.id.clone()).collect();
    let crowd = Crowd { keys: &keys, now: Cell::new(0), most: Cell::new(0) };
    let keyring = Keyring::new("stack");

    let opened = keyring.open_all(batch.clone(), &crowd).await;
    assert!(opened.iter().all(|(_, opened)| opened.is_ok()));
    assert!(opened.iter().map(|(message, _)| &message.id).eq(&ids), "the order is kept");
    assert_eq!((crowd.most.get(), keys.unwraps()), (16, 40));
    keyring.open_all(batch, &crowd).await;
    assert_eq!(keys.unwraps(), 40);
}

#[tokio::test]
async fn a_thousand_keys_are_kept_and_the_least_used_goes_first() {
    let keys = MemoryKeys::new();
    let batch = messages(1025, &keys).await;
    let keyring = Keyring::new("stack");
    let open = async |range: std::ops::Range<usize>| {
        let before = keys.unwraps();
        let opened = keyring.open_all(batch[range].to_vec(), &keys).await;
        assert!(opened.iter().all(|(_, opened)| opened.is_ok()));
        keys.unwraps() - before
    };
    for number in 0..1024 {
        assert_eq!(open(number..number + 1).await, 1);
    }
    // The first is used again, so the second is now the least used, and the newest takes its place.
    for (number, asked) in [(0, 0), (1024, 1), (0, 0), (2, 0), (1, 1)] {
        assert_eq!(open(number..number + 1).await, asked, "{number}");
    }
}

#[tokio::test]
async fn a_key_that_is_kept_for_one_source_is_asked_for_again_for_another() {
    let keys = MemoryKeys::new();
    let keyring = Keyring::new("stack");
    let data_key = keys.generate(KeyContext { stack: "stack", source: Source::Webhook }).await.unwrap();
    let envelope = samples::envelope("d");
    for (source, expected) in
        [(Source::Webhook, None), (Source::Replay, Some(Failure::permanent("key_refused")))]
    {
        // Whoever may use the webhook's key must not pass for a replay.
        let header = wire::Header {
            source,
            stack: "stack".to_owned(),
            endpoint: envelope.endpoint.clone(),
            delivery_id: envelope.delivery_id.clone(),
            received_at_ms: envelope.received_at_ms,
            wrapped_key: data_key.wrapped().to_vec(),
            nonce: [0; 12],
        };
        let text = wire::seal(&header, &data_key.cipher().unwrap(), &envelope, Some(b"{}")).unwrap();
        let opened = keyring.open_all(vec![samples::message("m", text)], &keys).await.pop().unwrap().1;
        assert_eq!(opened.err(), expected);
    }
}

#[tokio::test]
async fn an_answer_that_got_lost_is_asked_for_again() {
    let keys = MemoryKeys::new();
    let batch = messages(1, &keys).await;
    let keys = Faulty::nth(&keys, "unwrap", 1, Fault::After);
    let keyring = Keyring::new("stack");
    for class in [Some(Class::Transient), None] {
        let opened = keyring.open_all(batch.clone(), &keys).await.pop().unwrap().1;
        assert_eq!(opened.err().map(|failure| failure.class), class);
    }
}

#[tokio::test]
async fn an_empty_batch_asks_nothing() {
    let keys = MemoryKeys::new();
    assert!(Keyring::new("stack").open_all(Vec::new(), &keys).await.is_empty());
    assert_eq!(keys.unwraps(), 0);
}
