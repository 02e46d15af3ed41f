//! One contract for each port: what it promises holds for the version in memory and for the one on AWS alike.

use std::time::{Duration, SystemTime};

use aws::{KmsDataKeys, KmsMacs, S3Archive, SecretsDocuments, SqsDeadLetters, SqsQueue};
use pipeline::{
    Archive, Arrival, DataKeys, DeadLetter, DeadLetters, EndpointDocuments, FetchError, KeyContext, KeyError,
    Macs, Opened, Put, Queue, Sealed, Sealer, Segment, Source, StoredSegment,
    memory::{MemoryArchive, MemoryDocuments, MemoryKeys, MemoryMacs, MemoryQueue},
};
use verification::{Delivery, Endpoint};

use crate::stack::{document, random, secret, shared};

async fn pause() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

#[test]
fn the_ledger_on_dynamodb_keeps_its_promises() {
    shared(async |stack| {
        payments::contract::ledger(&stack.ledger, &format!("contract-{}", random()), pause).await.unwrap();
    });
}

async fn archive(archive: &impl Archive) {
    let delivery = opened();
    let mut segment = Segment::build(&[&delivery], SystemTime::now()).unwrap();
    segment.key = format!("archive/v0/date=2000-01-01/hour=00/{}.ndjson.zst", random());
    segment.mac = Some(vec![7; 32]);
    assert_eq!(archive.put(&segment).await.unwrap(), Put::Created);
    assert_eq!(archive.put(&segment).await.unwrap(), Put::AlreadyThere);
    let other = opened();
    let other = Segment {
        key: segment.key.clone(),
        mac: segment.mac.clone(),
        ..Segment::build(&[&other], SystemTime::now()).unwrap()
    };
    assert_eq!(archive.put(&other).await.unwrap(), Put::Differs, "an object is never changed");
    assert_eq!(archive.put(&segment).await.unwrap(), Put::AlreadyThere);

    let stored = StoredSegment { bytes: segment.bytes.clone(), mac: segment.mac.clone() };
    assert_eq!(archive.get(&segment.key).await.unwrap(), Some(stored));
    assert_eq!(archive.get(&format!("{}x", segment.key)).await.unwrap(), None);
    let second = Segment { key: format!("{}z", segment.key), ..segment.clone() };
    archive.put(&second).await.unwrap();
    let listed = async |prefix: &str, after: &str| -> Vec<String> {
        let listed = archive.list(prefix, after).await.unwrap();
        assert!(listed.iter().all(|listed| listed.length > 0 && !listed.cold));
        listed.into_iter().map(|listed| listed.key).collect()
    };
    let prefix = segment.key.strip_suffix(".zst").unwrap();
    assert_eq!(listed(prefix, "").await, [segment.key.clone(), second.key.clone()]);
    assert_eq!(listed(prefix, prefix).await, [segment.key.clone(), second.key.clone()]);
    assert_eq!(
        listed(prefix, &segment.key).await,
        std::slice::from_ref(&second.key),
        "what comes after a key"
    );
    assert_eq!(listed(prefix, &second.key).await, Vec::<String>::new(), "the end");
}

#[tokio::test]
async fn the_archive_in_memory_keeps_its_promises() {
    archive(&MemoryArchive::new()).await;
}

#[test]
fn the_archive_on_s3_keeps_its_promises() {
    shared(async |stack| archive(&S3Archive::new(&stack.sdk, stack.output("TOLLGATE_ARCHIVE_BUCKET"))).await);
}

async fn data_keys(keys: &impl DataKeys) {
    let context = KeyContext { stack: "a", source: Source::Webhook };
    let (first, second) = (keys.generate(context).await.unwrap(), keys.generate(context).await.unwrap());
    assert_ne!(first.wrapped(), second.wrapped(), "each key is new");
    assert_eq!(keys.unwrap(first.wrapped(), context).await.unwrap().wrapped(), first.wrapped());
    for foreign in [KeyContext { stack: "b", ..context }, KeyContext { source: Source::Replay, ..context }] {
        let refused = keys.unwrap(first.wrapped(), foreign).await;
        assert!(matches!(refused, Err(KeyError::Refused)), "a key opens in its own context only");
    }
    assert!(matches!(keys.unwrap(b"not a key", context).await, Err(KeyError::Refused)));
}

#[tokio::test]
async fn data_keys_in_memory_keep_their_promises() {
    data_keys(&MemoryKeys::new()).await;
}

#[test]
fn data_keys_of_kms_keep_their_promises() {
    shared(async |stack| {
        data_keys(&KmsDataKeys::new(&stack.sdk, Some(stack.output("TOLLGATE_DATA_KEY_ARN").to_owned())))
            .await;
    });
}

async fn macs(macs: &impl Macs) {
    let mac = macs.mac(&[1; 32]).await.unwrap();
    assert_eq!(mac.len(), 32);
    assert_eq!(macs.mac(&[1; 32]).await.unwrap(), mac);
    assert_ne!(macs.mac(&[2; 32]).await.unwrap(), mac);
    assert!(macs.holds(&[1; 32], &mac).await.unwrap());
    assert!(!macs.holds(&[2; 32], &mac).await.unwrap());
    assert!(!macs.holds(&[1; 32], &mac[1..]).await.unwrap());
}

#[tokio::test]
async fn macs_in_memory_keep_their_promises() {
    macs(&MemoryMacs::new(b"key")).await;
}

#[test]
fn macs_of_kms_keep_their_promises() {
    shared(async |stack| macs(&KmsMacs::new(&stack.sdk, stack.output("TOLLGATE_MAC_KEY_ARN"))).await);
}

async fn documents(documents: &impl EndpointDocuments, write: impl AsyncFn(&str, &str)) {
    let name = format!("contract-{}", random());
    assert!(matches!(documents.fetch(&name).await, Err(FetchError::Absent)));
    for secret in [secret("stripe"), secret("stripe")] {
        let written = document("stripe", &name, &[&secret]);
        write(&name, &written).await;
        assert_eq!(
            documents.fetch(&name).await.unwrap().bytes.as_slice(),
            written.as_bytes(),
            "the current document"
        );
    }
}

#[tokio::test]
async fn endpoint_documents_in_memory_keep_their_promises() {
    let memory = MemoryDocuments::new();
    documents(&memory, async |name, text| memory.write(name, text)).await;
}

#[test]
fn endpoint_documents_in_secrets_manager_keep_their_promises() {
    shared(async |stack| {
        let port = SecretsDocuments::new(&stack.sdk, stack.output("TOLLGATE_STACK"));
        documents(&port, async |name, text| drop(stack.put_document(name, text).await)).await;
    });
}

/// A message as a contract sees it: receipt, text, receives.
type Seen = (String, String, u32);

async fn queue(
    queue: &impl Queue,
    receive: impl AsyncFn() -> Option<Seen>,
    letters: impl AsyncFn() -> Vec<String>,
) {
    let sealed = sealed().await;
    queue.send(&sealed).await.unwrap();
    let (receipt, text, attempts) = receive().await.expect("what was sent is received");
    assert_eq!((text.as_str(), attempts), (sealed.as_text(), 1));
    queue.delay(&receipt, Duration::from_secs(1)).await.unwrap();
    let (_, again, attempts) = receive().await.expect("a delayed message comes again");
    assert_eq!((again.as_str(), attempts), (sealed.as_text(), 2));

    let letter = DeadLetter {
        body: "text",
        class: "permanent",
        reason: "unsealed",
        attempts: 3,
        trace_id: Some("1-2-3"),
    };
    queue.dead_letter(&letter).await.unwrap();
    assert_eq!(letters().await, ["text permanent unsealed 3 1-2-3"]);
}

#[tokio::test]
async fn the_queue_in_memory_keeps_its_promises() {
    let memory = MemoryQueue::default();
    let receive = async || {
        memory.advance(Duration::from_secs(1));
        memory.receive(1).pop().map(|message| (message.receipt, message.body, message.attempts))
    };
    let letters = async || {
        let line = |letter: pipeline::memory::StoredLetter| {
            let (class, reason) = (letter.class.unwrap(), letter.reason.unwrap());
            format!(
                "{} {class} {reason} {} {}",
                letter.body,
                letter.attempts.unwrap(),
                letter.trace_id.unwrap()
            )
        };
        memory.dead_letters().into_iter().map(line).collect()
    };
    queue(&memory, receive, letters).await;
}

#[test]
fn the_queue_on_sqs_keeps_its_promises() {
    shared(async |stack| {
        let (main, dead) = (stack.queue().await, stack.queue().await);
        let receive = async || {
            let call = stack.sqs.receive_message().queue_url(&main).wait_time_seconds(10);
            let call = call.message_system_attribute_names("ApproximateReceiveCount".into());
            let message = call.send().await.unwrap().messages?.pop()?;
            let attempts = message.attributes()?.get(&"ApproximateReceiveCount".into())?.parse().ok()?;
            Some((message.receipt_handle?, message.body?, attempts))
        };
        let letters = async || {
            let line = |message: aws_sdk_sqs::types::Message| {
                let attributes = message.message_attributes.unwrap();
                let text = |name: &str| attributes[name].string_value().unwrap().to_owned();
                let names = ["tollgate.class", "tollgate.reason", "tollgate.attempts", "tollgate.trace"];
                format!("{} {}", message.body.unwrap(), names.map(text).join(" "))
            };
            stack.take(&dead).await.into_iter().map(line).collect()
        };
        queue(&SqsQueue::new(&stack.sdk, main.clone(), Some(dead.clone())), receive, letters).await;
    });
}

/// A dead-letter queue that holds one letter, and its source queue, from which `receive` takes a text and its trace.
async fn dead_letters(
    letters: &impl DeadLetters,
    receive: impl AsyncFn() -> Option<(String, Option<String>)>,
) {
    let hidden = Duration::from_mins(5);
    let letter = letters.take(hidden).await.unwrap().pop().expect("what was buried is taken");
    let why = (letter.class.as_deref(), letter.reason.as_deref(), letter.attempts);
    assert_eq!(why, (Some(LETTER.class), Some(LETTER.reason), Some(LETTER.attempts)));
    assert_eq!((letter.body.as_str(), letter.trace_id.as_deref()), (LETTER.body, LETTER.trace_id));
    assert_eq!(letters.take(hidden).await.unwrap(), [], "what is in hand is hidden");
    letters.give_back(&[&letter.receipt]).await.unwrap();
    let again = letters.take(hidden).await.unwrap().pop().expect("what is given back can be seen at once");
    assert_eq!((&again.id, again.sent_at_ms), (&letter.id, letter.sent_at_ms));

    letters.send_back(&again).await.unwrap();
    let (text, trace) = receive().await.expect("what is sent back is in the source queue");
    assert_eq!((text.as_str(), trace.as_deref()), (LETTER.body, LETTER.trace_id));
    letters.give_back(&[&again.receipt]).await.unwrap();
    let last =
        letters.take(hidden).await.unwrap().pop().expect("what is sent back stays until it is deleted");
    letters.delete(&last.receipt).await.unwrap();
    assert_eq!(letters.take(Duration::ZERO).await.unwrap(), []);
}

/// What the contract's letter is.
const LETTER: DeadLetter<'_> = DeadLetter {
    body: "text",
    class: "permanent",
    reason: "panic",
    attempts: 2,
    trace_id: Some("1-5759e988-bd862e3fe1be46a994272793"),
};

#[tokio::test]
async fn the_dead_letters_in_memory_keep_their_promises() {
    let memory = MemoryQueue::default();
    memory.dead_letter(&LETTER).await.unwrap();
    let receive = async || memory.receive(1).pop().map(|message| (message.body, message.trace_id));
    dead_letters(&memory, receive).await;
}

#[test]
fn the_dead_letters_on_sqs_keep_their_promises() {
    shared(async |stack| {
        let (main, dead) = (stack.queue().await, stack.queue().await);
        let queue = SqsQueue::new(&stack.sdk, main.clone(), Some(dead.clone()));
        queue.dead_letter(&LETTER).await.unwrap();
        let receive = async || {
            let message = stack.take(&main).await.pop()?;
            assert_eq!(message.message_attributes, None, "class, reason and attempts are gone");
            let header = message.attributes?.get(&"AWSTraceHeader".into()).cloned();
            Some((message.body?, header.and_then(|header| Some(header.strip_prefix("Root=")?.to_owned()))))
        };
        dead_letters(&SqsDeadLetters::new(&stack.sdk, dead.clone(), Some(main.clone())), receive).await;
    });
}

/// A delivery sealed as the webhook function does.
pub(crate) async fn sealed() -> Sealed {
    let keys = MemoryKeys::new();
    Sealer::new("contract", Source::Webhook).seal(&screened(), &keys, SystemTime::now()).await.unwrap()
}

fn screened() -> pipeline::Screened {
    let name = "contract";
    let endpoint = Endpoint::parse(name, document("stripe", name, &[&secret("stripe")]).as_bytes()).unwrap();
    let body = format!(r#"{{"id":"evt_{}","livemode":false}}"#, random());
    let now = SystemTime::now();
    let headers =
        verification::sign(&endpoint, "https://example.com/", "evt_1", body.as_bytes(), now).unwrap();
    let delivery = Delivery::new("https://example.com/", headers, body.into_bytes());
    let Ok(verified) = verification::verify(&endpoint, delivery, now) else { panic!("it is signed") };
    pipeline::screen(
        verified,
        Arrival { delivery_id: random(), received_at_ms: 1_795_000_000_000, trace_id: None },
    )
}

fn opened() -> Opened {
    let screened = screened();
    let (envelope, body) = (screened.envelope().clone(), screened.body().map(<[u8]>::to_vec));
    Opened { envelope, body, source: Source::Webhook }
}
