//! An archiver over memory ports, and what the webhook function would send it.

use std::time::{Duration, SystemTime};

use archiver::{Archiver, Ports};
use pipeline::{
    Archive, Arrival, Sealed, Sealer, Source,
    memory::{MemoryKeys, MemoryMacs, MemoryQueue},
};
use verification::{Delivery, Endpoint};

pub(crate) type Tested<A> = Archiver<MemoryQueue, MemoryKeys, A, MemoryMacs>;

pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000)
}

pub(crate) fn archiver<A: Archive>(archive: A) -> Tested<A> {
    let ports = Ports {
        queue: MemoryQueue::default(),
        keys: MemoryKeys::new(),
        archive,
        macs: MemoryMacs::new(b"key"),
    };
    Archiver::new("test", ports)
}

/// A delivery as the webhook function seals it.
pub(crate) async fn sealed<A: Archive>(to: &Tested<A>, delivery_id: &str, body: &str) -> Sealed {
    sealed_by(Source::Webhook, to, delivery_id, body).await
}

pub(crate) async fn sealed_by<A: Archive>(
    source: Source,
    to: &Tested<A>,
    delivery_id: &str,
    body: &str,
) -> Sealed {
    let document = r#"{"provider":"stripe","mode":"live","account":"acct_1","secrets":[{"secret":"whsec_4ZQm0Zl8Xw3yP1vKc7NnQe5t"}]}"#;
    let endpoint = Endpoint::parse("shop", document.as_bytes()).unwrap();
    let headers = verification::sign(&endpoint, "https://example.com/", "", body.as_bytes(), now()).unwrap();
    let delivery = Delivery::new("https://example.com/", headers, body.into());
    let Ok(verified) = verification::verify(&endpoint, delivery, now()) else { panic!("it is signed") };
    let arrival =
        Arrival { delivery_id: delivery_id.to_owned(), received_at_ms: 1_795_000_000_000, trace_id: None };
    let sealer = Sealer::new("test", source);
    sealer.seal(&pipeline::screen(verified, arrival), &to.ports().keys, now()).await.unwrap()
}
