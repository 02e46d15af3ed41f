//! A queue on SQS.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;
use pipeline::{DeadLetter, Queue, Sealed};

use crate::Sdk;
use crate::failure::failure;

/// A standard queue and its dead-letter queue, by their URLs.
#[derive(Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
    dead_letter_url: Option<String>,
}

impl SqsQueue {
    /// `dead_letter_url` is for consumers; a queue that is only sent to has none. A consumer of something else that has
    /// a dead-letter queue (the publisher) gives that thing's name as `url`.
    pub fn new(sdk: &Sdk, url: impl Into<String>, dead_letter_url: Option<String>) -> Self {
        Self { client: sdk.sqs(), url: url.into(), dead_letter_url }
    }

    /// The queue's name, as the last part of its URL.
    fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or(&self.url)
    }
}

impl Queue for SqsQueue {
    /// The endpoint is the message group: that makes the queue a fair one, in which a busy endpoint does not hold up the others.
    async fn send(&self, message: &Sealed) -> anyhow::Result<()> {
        let call = self.client.send_message().queue_url(&self.url).message_body(message.as_text());
        call.message_group_id(message.endpoint())
            .send()
            .await
            .map(drop)
            .map_err(|error| failure("send to a queue", &error))
    }

    async fn delay(&self, receipt: &str, by: Duration) -> anyhow::Result<()> {
        let seconds = i32::try_from(by.as_secs()).context("a delay above 12 hours")?;
        let call = self.client.change_message_visibility().queue_url(&self.url).receipt_handle(receipt);
        call.visibility_timeout(seconds)
            .send()
            .await
            .map(drop)
            .map_err(|error| failure("delay a message", &error))
    }

    async fn dead_letter(&self, letter: &DeadLetter<'_>) -> anyhow::Result<()> {
        let url = self.dead_letter_url.as_deref().context("no dead-letter queue is configured")?;
        let attributes = [
            (CLASS, Some(letter.class)),
            (REASON, Some(letter.reason)),
            (ATTEMPTS, Some(letter.attempts.to_string().as_str())),
            (TRACE, letter.trace_id),
            ("tollgate.source", Some(self.name())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .map(|(name, value)| Ok((name.to_owned(), text(value)?)))
        .collect::<anyhow::Result<_>>()?;
        let call = self.client.send_message().queue_url(url).message_body(letter.body);
        call.set_message_attributes(Some(attributes))
            .send()
            .await
            .map(drop)
            .map_err(|error| failure("send to a dead-letter queue", &error))
    }
}

/// The attributes that say why a message is a dead letter.
pub(crate) const CLASS: &str = "tollgate.class";
pub(crate) const REASON: &str = "tollgate.reason";
pub(crate) const ATTEMPTS: &str = "tollgate.attempts";
pub(crate) const TRACE: &str = "tollgate.trace";

fn text(value: &str) -> anyhow::Result<MessageAttributeValue> {
    Ok(MessageAttributeValue::builder().data_type("String").string_value(value).build()?)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use pipeline::{
        Arrival, DataKey, DataKeys, DeadLetter, KeyContext, KeyError, Queue as _, Sealed, Sealer, Source,
    };
    use serde_json::json;
    use verification::{Delivery, Endpoint, sign, verify};

    use super::SqsQueue;
    use crate::canned::{Answer, Server};

    struct OneKey;

    impl DataKeys for OneKey {
        async fn generate(&self, _: KeyContext<'_>) -> anyhow::Result<DataKey> {
            Ok(DataKey::new([7; 32], vec![1, 2, 3]))
        }
        async fn unwrap(&self, _: &[u8], _: KeyContext<'_>) -> Result<DataKey, KeyError> {
            Err(KeyError::Refused)
        }
    }

    async fn sealed() -> Sealed {
        let now = UNIX_EPOCH + Duration::from_secs(1_795_000_000);
        let document = br#"{"provider":"stripe","mode":"test","account":"acct_1","secrets":[{"kid":"k1","secret":"whsec_0123456789abcdef0123"}]}"#;
        let endpoint = Endpoint::parse("shop", document).unwrap();
        let body = br#"{"id":"evt_1","type":"charge.updated","created":1795000000,"livemode":false}"#;
        let headers = sign(&endpoint, "https://shop.example/", "evt_1", body, now).unwrap();
        let delivery = Delivery::new("https://shop.example/", headers, body.to_vec());
        let arrival =
            Arrival { delivery_id: "d-1".to_owned(), received_at_ms: 1_795_000_000_000, trace_id: None };
        let screened = pipeline::screen(verify(&endpoint, delivery, now).unwrap(), arrival);
        Sealer::new("dev", Source::Webhook).seal(&screened, &OneKey, now).await.unwrap()
    }

    const URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/process";
    const DLQ: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/process-dlq";

    fn queue(server: &Server) -> SqsQueue {
        SqsQueue::new(&server.sdk(), URL, Some(DLQ.to_owned()))
    }

    #[tokio::test]
    async fn a_sealed_delivery_is_sent_as_it_is_in_the_group_of_its_endpoint() {
        let server = Server::start([Answer::ok(r#"{"MessageId":"m-1"}"#)]);
        let message = sealed().await;
        queue(&server).send(&message).await.unwrap();
        let seen = server.only();
        assert_eq!(seen.header("x-amz-target"), Some("AmazonSQS.SendMessage"));
        assert_eq!(
            seen.json(),
            json!({"QueueUrl": URL, "MessageBody": message.as_text(), "MessageGroupId": "shop"})
        );
    }

    #[tokio::test]
    async fn a_send_that_fails_is_an_error_without_the_message() {
        let server = Server::start([Answer::error(400, "QueueDoesNotExist")]);
        let error = queue(&server).send(&sealed().await).await.unwrap_err();
        assert_eq!(format!("{error:#}"), "send to a queue: QueueDoesNotExist");
    }

    #[tokio::test]
    async fn a_message_is_delayed_by_its_receipt() {
        let server = Server::start([Answer::ok("{}")]);
        queue(&server).delay("receipt", Duration::from_mins(4)).await.unwrap();
        let seen = server.only();
        assert_eq!(seen.header("x-amz-target"), Some("AmazonSQS.ChangeMessageVisibility"));
        assert_eq!(
            seen.json(),
            json!({"QueueUrl": URL, "ReceiptHandle": "receipt", "VisibilityTimeout": 240})
        );
    }

    const LETTER: DeadLetter<'_> = DeadLetter {
        body: "sealed",
        class: "permanent",
        reason: "unsealed",
        attempts: 3,
        trace_id: Some("1-2-3"),
    };

    #[tokio::test]
    async fn a_dead_letter_says_why_and_where_from() {
        let server = Server::start([Answer::ok("{}"), Answer::ok("{}")]);
        queue(&server).dead_letter(&LETTER).await.unwrap();
        queue(&server).dead_letter(&DeadLetter { trace_id: Some(""), ..LETTER }).await.unwrap();
        let text = |value: &str| json!({"DataType": "String", "StringValue": value});
        let mut expected = json!({"QueueUrl": DLQ, "MessageBody": "sealed", "MessageAttributes": {
            "tollgate.class": text("permanent"),
            "tollgate.reason": text("unsealed"),
            "tollgate.attempts": text("3"),
            "tollgate.trace": text("1-2-3"),
            "tollgate.source": text("process"),
        }});
        let seen = server.seen();
        assert_eq!(seen[0].json(), expected);
        expected["MessageAttributes"].as_object_mut().unwrap().remove("tollgate.trace");
        assert_eq!(seen[1].json(), expected);
    }

    #[tokio::test]
    async fn without_a_dead_letter_queue_a_dead_letter_is_an_error() {
        let server = Server::start([]);
        assert!(SqsQueue::new(&server.sdk(), URL, None).dead_letter(&LETTER).await.is_err());
        assert!(server.seen().is_empty());
    }
}
