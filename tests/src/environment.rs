//! What the template and Lambda set for a function.

/// The variables of all functions, each of which reads its own, with AWS at this URL. The stack and its endpoint are
/// named `bench`.
pub fn environment(aws: &str) -> Vec<(&'static str, String)> {
    let fixed = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("AWS_SESSION_TOKEN", "token"),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("AWS_ENDPOINT_URL", aws),
        ("TOLLGATE_STACK", "bench"),
        ("DATA_KEY_ID", "data-key"),
        ("MAC_KEY_ID", "mac-key"),
        ("PRELOAD_ENDPOINTS", "bench"),
        ("BODY_LIMIT_BYTES", "737280"),
        ("SCREENING_POLICY", "strict"),
        ("LEDGER_TABLE", "ledger"),
        ("LEDGER_DAYS", "761"),
        ("ARCHIVE_BUCKET", "archive"),
        ("EVENT_BUS_ARN", "arn:aws:events:eu-west-1:123456789012:event-bus/bench"),
    ];
    let queues = [
        ("PROCESS_QUEUE_URL", "process"),
        ("ARCHIVE_QUEUE_URL", "archive"),
        ("PROCESS_DLQ_URL", "process-dlq"),
        ("ARCHIVE_DLQ_URL", "archive-dlq"),
        ("PUBLISHER_DLQ_URL", "publisher-dlq"),
    ];
    let fixed = fixed.map(|(name, value)| (name, value.to_owned()));
    fixed.into_iter().chain(queues.map(|(name, value)| (name, queue(value)))).collect()
}

/// The URL of a queue.
pub fn queue(name: &str) -> String {
    format!("https://sqs.eu-west-1.amazonaws.com/123456789012/{name}")
}
