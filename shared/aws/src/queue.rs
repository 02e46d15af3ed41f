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
            ("tollgate.class", Some(letter.class)),
            ("tollgate.reason", Some(letter.reason)),
            ("tollgate.attempts", Some(letter.attempts.to_string().as_str())),
            ("tollgate.trace", letter.trace_id),
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

fn text(value: &str) -> anyhow::Result<MessageAttributeValue> {
    Ok(MessageAttributeValue::builder().data_type("String").string_value(value).build()?)
}
