//! A batch as the event source mapping hands it over.

use aws_lambda_events::sqs::SqsMessage;
use pipeline::Message;

/// The messages of an SQS event, by its records. A message without a count of receipts is taken as received once.
pub fn messages(records: Vec<SqsMessage>) -> Vec<Message> {
    records.into_iter().map(message).collect()
}

fn message(record: SqsMessage) -> Message {
    let attempts = record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    Message {
        attempts: attempts.unwrap_or(1),
        trace_id: record.attributes.get("AWSTraceHeader").and_then(|header| crate::trace::root(header)),
        id: record.message_id.unwrap_or_default(),
        receipt: record.receipt_handle.unwrap_or_default(),
        body: record.body.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::sqs::SqsEvent;

    use super::messages;

    #[test]
    fn a_record_becomes_a_message_with_its_attempts_and_its_trace() {
        let event = r#"{"Records":[{"messageId":"m-1","receiptHandle":"r-1","body":"text",
            "attributes":{"ApproximateReceiveCount":"7","AWSTraceHeader":"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"},
            "messageAttributes":{},"eventSource":"aws:sqs","awsRegion":"eu-west-1"}]}"#;
        let event: SqsEvent = serde_json::from_str(event).unwrap();
        let found = messages(event.records);
        let [message] = found.as_slice() else { panic!("one message") };
        assert_eq!((message.id.as_str(), message.receipt.as_str(), message.attempts), ("m-1", "r-1", 7));
        assert_eq!(message.trace_id.as_deref(), Some("1-5759e988-bd862e3fe1be46a994272793"));
    }
}
