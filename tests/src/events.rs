//! Events as Lambda hands them over.

use serde_json::{Value, json};

/// The trace of every event.
pub const TRACE: &str = "Root=1-6743e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

/// An event of a queue that holds these messages.
pub fn batch(bodies: &[&str]) -> Value {
    let record = |(number, body): (usize, &&str)| {
        json!({
            "messageId": format!("059f36b4-87a3-44ab-83d2-{number:012}"),
            "receiptHandle": format!("{:0180}", number),
            "body": body,
            "attributes": {
                "ApproximateReceiveCount": "1",
                "AWSTraceHeader": TRACE,
                "SentTimestamp": "1795000000000",
                "SenderId": "AROAEXAMPLE:bench",
                "MessageGroupId": "bench",
                "ApproximateFirstReceiveTimestamp": "1795000000001",
            },
            "messageAttributes": {},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:bench",
            "awsRegion": "eu-west-1",
        })
    };
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

/// An event of the table's stream: these rows are new.
pub fn inserted(rows: &[Value]) -> Value {
    let record = |(number, row): (usize, &Value)| {
        json!({
            "eventID": format!("{number:032}"),
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 4_102_444_800_i64,
                "Keys": {"pk": row["pk"], "sk": row["sk"]},
                "NewImage": row,
                "SequenceNumber": format!("{number:021}"),
                "SizeBytes": 600,
                "StreamViewType": "NEW_IMAGE",
            },
            "eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/ledger/stream/2026-11-23T00:00:00.000",
        })
    };
    json!({"Records": rows.iter().enumerate().map(record).collect::<Vec<_>>()})
}
