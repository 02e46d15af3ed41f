//! What the front door measures, as its metric lines say it.

use std::time::{Duration, SystemTime};

use pipeline::{
    Policy,
    memory::{MemoryDocuments, MemoryKeys, MemoryQueue},
};
use webhook::{Config, Ports, Webhook};

#[tokio::test]
async fn the_age_of_the_oldest_secrets_is_measured_when_their_document_is_read() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000);
    let documents = MemoryDocuments::new();
    let document = r#"{"provider":"stripe","mode":"live","account":"acct_1","secrets":[{"secret":"whsec_4ZQm0Zl8Xw3yP1vKc7Nn"}]}"#;
    for (name, age) in [("old", 91 * 86_400), ("new", 60)] {
        documents.write_at(name, document, now - Duration::from_secs(age));
    }
    let (process, archive) = (MemoryQueue::default(), MemoryQueue::default());
    let config = Config { stack: "test".to_owned(), body_limit: 4096, policy: Policy::Strict };
    let door = Webhook::new(config, Ports { process, archive, keys: MemoryKeys::new(), documents });
    let measured = || {
        let lines = door.measured().take_lines(now).concat();
        serde_json::from_str::<serde_json::Value>(&lines).ok().map(|line| line["secret_age"].clone())
    };
    door.warm_up(&["old".to_owned(), "new".to_owned()], now).await;
    assert_eq!(measured().unwrap(), 91 * 86_400);
    assert_eq!(measured(), None, "nothing was read since");
}
