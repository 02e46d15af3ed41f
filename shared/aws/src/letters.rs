//! A dead-letter queue on SQS, for its operator.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, QueueAttributeName,
};
use pipeline::{DeadLetters, Label, Letter};

use crate::Sdk;
use crate::failure::failure;
use crate::queue::{ATTEMPTS, CLASS, REASON, TRACE};

/// Messages of one call, of every kind. Source: SQS quotas.
const AT_ONCE: usize = 10;
/// Asking for so long makes SQS look on all its hosts: an empty answer means an empty queue.
const WAIT_SECONDS: i32 = 1;
/// An operator's line is slow, and ten messages can be 10 MiB.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The message can be seen again already.
const NOT_IN_FLIGHT: &str = "MessageNotInflight";

/// A standard dead-letter queue by its URL, and the queue that its messages came from.
#[derive(Debug)]
pub struct SqsDeadLetters {
    client: Client,
    url: String,
    source_url: Option<String>,
}

/// How much a queue holds and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Messages that can be received now. SQS counts them approximately.
    pub visible: u64,
    /// Messages that someone has in hand.
    pub in_hand: u64,
    /// For how long it keeps a message.
    pub retention: Duration,
}

impl SqsDeadLetters {
    /// Without a `source_url` nothing can be sent back.
    pub fn new(sdk: &Sdk, url: impl Into<String>, source_url: Option<String>) -> Self {
        let patience = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
        let config = aws_sdk_sqs::config::Builder::from(sdk.config()).timeout_config(patience);
        Self { client: Client::from_conf(config.build()), url: url.into(), source_url }
    }

    /// How much it holds.
    pub async fn depth(&self) -> anyhow::Result<Depth> {
        let visible = QueueAttributeName::ApproximateNumberOfMessages;
        let in_hand = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let retention = QueueAttributeName::MessageRetentionPeriod;
        let call = self.client.get_queue_attributes().queue_url(&self.url);
        let call = call.attribute_names(visible.clone()).attribute_names(in_hand.clone());
        let answer = call.attribute_names(retention.clone()).send().await;
        let answer = answer.map_err(|error| failure("ask for a queue's attributes", &error))?;
        let number = |name: &QueueAttributeName| {
            let value = answer.attributes().and_then(|all| all.get(name));
            let number = value.and_then(|value| value.parse::<u64>().ok());
            number.with_context(|| format!("the queue does not say its {}", name.as_str()))
        };
        Ok(Depth {
            visible: number(&visible)?,
            in_hand: number(&in_hand)?,
            retention: Duration::from_secs(number(&retention)?),
        })
    }
}

impl DeadLetters for SqsDeadLetters {
    async fn take(&self, hidden: Duration) -> anyhow::Result<Vec<Letter>> {
        let call = self.client.receive_message().queue_url(&self.url);
        let call = call.max_number_of_messages(AT_ONCE.try_into()?).wait_time_seconds(WAIT_SECONDS);
        let call = call.visibility_timeout(hidden.as_secs().try_into()?);
        let call =
            call.set_message_attribute_names(Some([CLASS, REASON, ATTEMPTS, TRACE].map(Into::into).into()));
        let call = call
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::AwsTraceHeader);
        let answer = call.send().await.map_err(|error| failure("receive from a queue", &error))?;
        answer.messages.unwrap_or_default().into_iter().map(letter).collect()
    }

    async fn give_back(&self, receipts: &[&str]) -> anyhow::Result<()> {
        for receipts in receipts.chunks(AT_ONCE) {
            let mut call = self.client.change_message_visibility_batch().queue_url(&self.url);
            for (number, receipt) in receipts.iter().enumerate() {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(number.to_string());
                call = call.entries(entry.receipt_handle(*receipt).visibility_timeout(0).build()?);
            }
            let answer = call.send().await.map_err(|error| failure("give messages back", &error))?;
            if let Some(failed) = answer.failed().iter().find(|failed| failed.code() != NOT_IN_FLIGHT) {
                return Err(anyhow!("give messages back: {}", failed.code()));
            }
        }
        Ok(())
    }

    /// In the group of its endpoint, as the webhook function sends it.
    async fn send_back(&self, letter: &Letter) -> anyhow::Result<()> {
        let url = self.source_url.as_deref().context("no queue sends its dead letters here")?;
        let mut call = self.client.send_message().queue_url(url).message_body(&letter.body);
        let endpoint = Label::read(&letter.body).map(|label| label.endpoint).ok();
        if let Some(endpoint) = endpoint.filter(|name| is_endpoint(name)) {
            call = call.message_group_id(endpoint);
        }
        if let Some(trace) = &letter.trace_id {
            let header = MessageSystemAttributeValue::builder().data_type("String");
            let header = header.string_value(format!("Root={trace}")).build()?;
            call = call.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, header);
        }
        call.send().await.map(drop).map_err(|error| failure("send to a queue", &error))
    }

    async fn delete(&self, receipt: &str) -> anyhow::Result<()> {
        let call = self.client.delete_message().queue_url(&self.url).receipt_handle(receipt);
        call.send().await.map(drop).map_err(|error| failure("delete a message", &error))
    }
}

/// The queue's own trace header is that of the function that gave the message up; the attribute has the delivery's.
fn letter(message: Message) -> anyhow::Result<Letter> {
    let attributes = message.message_attributes.unwrap_or_default();
    let system = message.attributes.unwrap_or_default();
    let text = |name: &str| text(&attributes, name);
    let header = system.get(&MessageSystemAttributeName::AwsTraceHeader);
    let sent = system.get(&MessageSystemAttributeName::SentTimestamp).and_then(|sent| sent.parse().ok());
    Ok(Letter {
        id: message.message_id.context("a message without an id")?,
        receipt: message.receipt_handle.context("a message without a receipt")?,
        body: message.body.unwrap_or_default(),
        class: text(CLASS),
        reason: text(REASON),
        attempts: text(ATTEMPTS).and_then(|attempts| attempts.parse().ok()),
        trace_id: text(TRACE)
            .and_then(|trace| crate::trace::root(&format!("Root={trace}")))
            .or_else(|| crate::trace::root(header?)),
        sent_at_ms: sent.context("a message without its time")?,
    })
}

fn text(attributes: &HashMap<String, MessageAttributeValue>, name: &str) -> Option<String> {
    attributes.get(name)?.string_value().map(str::to_owned)
}

/// The label is not proven, and a group that SQS does not take would hold the message back for ever.
fn is_endpoint(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use pipeline::{DeadLetters as _, Letter};
    use serde_json::{Value, json};

    use super::{Depth, SqsDeadLetters};
    use crate::canned::{Answer, Server};

    const URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/process-dlq";
    const SOURCE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/process";
    const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";

    fn letters(server: &Server) -> SqsDeadLetters {
        SqsDeadLetters::new(&server.sdk(), URL, Some(SOURCE.to_owned()))
    }

    fn letter(body: &str) -> Letter {
        Letter {
            id: "m-1".to_owned(),
            receipt: "r-1".to_owned(),
            body: body.to_owned(),
            class: Some("permanent".to_owned()),
            reason: Some("unsealed".to_owned()),
            attempts: Some(3),
            trace_id: Some(TRACE.to_owned()),
            sent_at_ms: 1_795_000_000_123,
        }
    }

    /// A message with the header of one that was sealed for `endpoint`.
    fn sealed_for(endpoint: &str) -> String {
        let field =
            |text: &str| [&u16::try_from(text.len()).unwrap().to_be_bytes(), text.as_bytes()].concat();
        let header = ["webhook", "dev", endpoint, "d-1"].map(field).concat();
        STANDARD.encode([b"tlgt\0\0", header.as_slice(), &[0; 8], &field("key"), &[0; 12]].concat())
    }

    #[tokio::test]
    async fn letters_are_taken_with_what_is_known_of_them() {
        let text = |value: &str| json!({"DataType": "String", "StringValue": value});
        let with = json!({"MessageId": "m-1", "ReceiptHandle": "r-1", "Body": "text", "MessageAttributes": {
                "tollgate.class": text("permanent"), "tollgate.reason": text("unsealed"),
                "tollgate.attempts": text("3"), "tollgate.trace": text(TRACE)},
            "Attributes": {"SentTimestamp": "1795000000123", "AWSTraceHeader": "Root=1-0-0;Sampled=1"}});
        let without = json!({"MessageId": "m-2", "ReceiptHandle": "r-2", "Body": "text",
            "Attributes": {"SentTimestamp": "1795000000123", "AWSTraceHeader": "Root=1-0-0;Sampled=1"}});
        let server = Server::start([Answer::ok(json!({"Messages": [with, without]}).to_string())]);
        let taken = letters(&server).take(Duration::from_mins(2)).await.unwrap();
        let exhausted = Letter {
            id: "m-2".to_owned(),
            receipt: "r-2".to_owned(),
            class: None,
            reason: None,
            attempts: None,
            trace_id: Some("1-0-0".to_owned()),
            ..letter("text")
        };
        assert_eq!(taken, [letter("text"), exhausted]);
        let seen = server.only();
        assert_eq!(seen.header("x-amz-target"), Some("AmazonSQS.ReceiveMessage"));
        assert_eq!(
            seen.json(),
            json!({"QueueUrl": URL, "MaxNumberOfMessages": 10, "VisibilityTimeout": 120, "WaitTimeSeconds": 1,
                "MessageAttributeNames": ["tollgate.class", "tollgate.reason", "tollgate.attempts", "tollgate.trace"],
                "MessageSystemAttributeNames": ["SentTimestamp", "AWSTraceHeader"]})
        );
    }

    #[tokio::test]
    async fn letters_are_given_back_ten_a_call_and_one_that_is_back_is_no_error() {
        let back = json!({"Successful": [], "Failed": [
            {"Id": "0", "Code": "MessageNotInflight", "SenderFault": true}]});
        let gone = json!({"Successful": [], "Failed": [
            {"Id": "0", "Code": "ReceiptHandleIsInvalid", "SenderFault": true}]});
        let server =
            Server::start([back, json!({"Successful": []}), gone].map(|body| Answer::ok(body.to_string())));
        let letters = letters(&server);
        let receipts: Vec<String> = (0..11).map(|number| format!("r-{number}")).collect();
        let receipts: Vec<&str> = receipts.iter().map(String::as_str).collect();
        letters.give_back(&receipts).await.unwrap();
        let error = letters.give_back(&["r-1"]).await.unwrap_err();
        assert_eq!(error.to_string(), "give messages back: ReceiptHandleIsInvalid");
        letters.give_back(&[]).await.unwrap();
        let seen = server.seen();
        let sizes: Vec<usize> =
            seen.iter().map(|seen| seen.json()["Entries"].as_array().unwrap().len()).collect();
        assert_eq!(sizes, [10, 1, 1]);
        assert_eq!(
            seen[1].json(),
            json!({"QueueUrl": URL, "Entries": [{"Id": "0", "ReceiptHandle": "r-10", "VisibilityTimeout": 0}]})
        );
    }

    #[tokio::test]
    async fn a_letter_goes_back_with_its_trace_and_its_group_and_nothing_else() {
        let sealed = sealed_for("shop");
        let trace = json!({"AWSTraceHeader": {"DataType": "String", "StringValue": format!("Root={TRACE}")}});
        let check = async |letter: Letter, expected: Value| {
            let server = Server::start([Answer::ok(r#"{"MessageId":"m-9"}"#)]);
            letters(&server).send_back(&letter).await.unwrap();
            assert_eq!(server.only().json(), expected);
        };
        check(
            letter(&sealed),
            json!({"QueueUrl": SOURCE, "MessageBody": sealed, "MessageGroupId": "shop",
                "MessageSystemAttributes": trace}),
        )
        .await;
        let untraced = Letter { trace_id: None, ..letter("text") };
        check(untraced, json!({"QueueUrl": SOURCE, "MessageBody": "text"})).await;
        let strange = sealed_for("no name");
        let expected = json!({"QueueUrl": SOURCE, "MessageBody": strange, "MessageSystemAttributes": trace});
        check(letter(&strange), expected).await;
    }

    #[tokio::test]
    async fn without_a_source_nothing_is_sent_back() {
        let server = Server::start([]);
        assert!(SqsDeadLetters::new(&server.sdk(), URL, None).send_back(&letter("a")).await.is_err());
        assert!(server.seen().is_empty());
    }

    #[tokio::test]
    async fn a_letter_is_deleted_by_its_receipt_and_the_queue_says_what_it_holds() {
        let attributes = json!({"Attributes": {"ApproximateNumberOfMessages": "3",
            "ApproximateNumberOfMessagesNotVisible": "1", "MessageRetentionPeriod": "1209600"}});
        let server = Server::start([Answer::ok("{}"), Answer::ok(attributes.to_string())]);
        let letters = letters(&server);
        letters.delete("r-1").await.unwrap();
        let expected = Depth { visible: 3, in_hand: 1, retention: Duration::from_hours(14 * 24) };
        assert_eq!(letters.depth().await.unwrap(), expected);
        let seen = server.seen();
        assert_eq!(seen[0].header("x-amz-target"), Some("AmazonSQS.DeleteMessage"));
        assert_eq!(seen[0].json(), json!({"QueueUrl": URL, "ReceiptHandle": "r-1"}));
    }
}
