//! What the functions are given: one signed delivery and all that follows from it, each made by the function before.

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::{Running, TRACE};
use verification::{Endpoint, sign};

use crate::{cloud::Cloud, function::Binary};

/// The document of every endpoint here.
pub(crate) const DOCUMENT: &str = r#"{"provider":"stripe","mode":"test","account":"acct_1","secrets":[{"kid":"k1","secret":"whsec_bench0123456789abcdefghijklmn"}]}"#;
/// Messages of a batch of the archiver, which gathers long.
const ARCHIVED: usize = 100;
/// Messages of a batch of the processor and of the publisher.
const BATCH: usize = 10;
const URL: &str = "https://abcdefghij.execute-api.eu-west-1.amazonaws.com/v1/webhooks/bench";

/// Events of the three functions behind the queues; the webhook's are signed when they are needed.
pub(crate) struct Work {
    processor: String,
    archiver: String,
    publisher: String,
}

impl Work {
    /// Sends deliveries through the real functions and keeps what they wrote, and proves on the way that a forged one is refused.
    pub(crate) fn prepare(folder: &Path, cloud: &Cloud) -> anyhow::Result<Work> {
        let mut webhook = Running::start(Binary::new(folder, "webhook", cloud).command())?;
        Job::webhook(1, true)?.done_by(&mut webhook)?;
        let before = cloud.calls();
        cloud.keep("SendMessage");
        for number in 0..ARCHIVED {
            Job::webhook(number, false)?.done_by(&mut webhook)?;
        }
        webhook.stop()?;
        let sent = cloud.take_kept();
        ensure!(
            sent.len() == 2 * ARCHIVED,
            "every delivery goes to two queues: {}",
            cloud.calls().since(&before).each(1)
        );
        let to = |name| sent.iter().filter(move |call| call["QueueUrl"] == tests::queue(name));
        let batch = |name, count| {
            let bodies: Vec<&str> =
                to(name).take(count).filter_map(|call| call["MessageBody"].as_str()).collect();
            tests::batch(&bodies).to_string()
        };
        let (processor, archiver) = (batch("process", BATCH), batch("archive", ARCHIVED));

        let mut running = Running::start(Binary::new(folder, "processor", cloud).command())?;
        cloud.keep("PutItem");
        Job { event: processor.clone(), expected: all_done, deliveries: BATCH }.done_by(&mut running)?;
        running.stop()?;
        let rows: Vec<Value> = cloud.take_kept().iter().map(|call| call["Item"].clone()).collect();
        ensure!(rows.len() == BATCH, "every event is put once");
        Ok(Work { processor, archiver, publisher: tests::inserted(&rows).to_string() })
    }

    /// What the function of this name has to do.
    pub(crate) fn of(&self, name: &str) -> anyhow::Result<Job> {
        let behind =
            |event: &str, deliveries| Job { event: event.to_owned(), expected: all_done, deliveries };
        Ok(match name {
            "processor" => behind(&self.processor, BATCH),
            "archiver" => behind(&self.archiver, ARCHIVED),
            "publisher" => behind(&self.publisher, BATCH),
            _ => Job::webhook(0, false)?,
        })
    }
}

/// One event for a function.
pub(crate) struct Job {
    /// The event, as Lambda hands it over.
    pub(crate) event: String,
    /// Whether this is the right answer.
    pub(crate) expected: fn(&Value) -> bool,
    /// Deliveries that it stands for.
    pub(crate) deliveries: usize,
}

impl Job {
    /// A delivery, signed now and perhaps changed after that.
    fn webhook(number: usize, forged: bool) -> anyhow::Result<Job> {
        let expected = if forged { |answer: &Value| answer["statusCode"] == 401 } else { accepted };
        Ok(Job { event: delivery(number, forged)?, expected, deliveries: 1 })
    }

    /// Hands it over and checks the answer. Returns the time between the two.
    pub(crate) fn done_by(&self, running: &mut Running) -> anyhow::Result<Duration> {
        let reply = running.invoke(&self.event)?;
        ensure!(reply.answered, "it failed: {}", reply.body);
        ensure!((self.expected)(&serde_json::from_str(&reply.body)?), "it answered {}", reply.body);
        Ok(reply.took)
    }
}

fn accepted(answer: &Value) -> bool {
    answer["statusCode"] == 200
}

/// The list of failures is there and empty.
fn all_done(answer: &Value) -> bool {
    answer["batchItemFailures"].as_array().is_some_and(Vec::is_empty)
}

/// A REST proxy event of API Gateway with a Stripe delivery of 3 kB, signed now.
fn delivery(number: usize, forged: bool) -> anyhow::Result<String> {
    #[expect(clippy::disallowed_methods, reason = "a delivery is signed now")]
    let now = SystemTime::now();
    let endpoint = Endpoint::parse("bench", DOCUMENT.as_bytes()).context("the document")?;
    let id = format!("evt_1Bench{number:016}");
    let mut body = stripe(&id, now.duration_since(UNIX_EPOCH)?.as_secs()).into_bytes();
    let mut headers = sign(&endpoint, URL, &id, &body, now).context("sign")?;
    if forged {
        body.push(b' ');
    }
    for (name, value) in [
        ("Accept", "*/*; q=0.5, application/xml"),
        ("Cache-Control", "no-cache"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Host", "abcdefghij.execute-api.eu-west-1.amazonaws.com"),
        ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
        ("X-Amzn-Trace-Id", TRACE),
        ("X-Forwarded-For", "54.187.174.169"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ] {
        headers.push((name.to_owned(), value.to_owned()));
    }
    let single: serde_json::Map<_, _> =
        headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let multiple: serde_json::Map<_, _> =
        headers.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    Ok(json!({
        "resource": "/v1/webhooks/{endpoint}",
        "path": "/v1/webhooks/bench",
        "httpMethod": "POST",
        "headers": single,
        "multiValueHeaders": multiple,
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": {"endpoint": "bench"},
        "stageVariables": null,
        "requestContext": {
            "resourceId": "123456",
            "resourcePath": "/v1/webhooks/{endpoint}",
            "httpMethod": "POST",
            "extendedRequestId": "NzZ0PFkqjoEEVQA=",
            "requestTime": "23/Nov/2026:04:00:00 +0000",
            "path": "/v1/webhooks/bench",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "v1",
            "domainPrefix": "abcdefghij",
            "requestTimeEpoch": 1_795_000_000_000_i64,
            "requestId": format!("3f5b1c3e-7b1a-4c6e-9d2f-{number:012}"),
            "identity": {"sourceIp": "54.187.174.169", "userAgent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)"},
            "domainName": "abcdefghij.execute-api.eu-west-1.amazonaws.com",
            "apiId": "abcdefghij",
        },
        "body": STANDARD.encode(body),
        "isBase64Encoded": true,
    })
    .to_string())
}

/// A `payment_intent.succeeded`, indented as Stripe sends it.
pub(crate) fn stripe(id: &str, created: u64) -> String {
    include_str!("delivery.json").replace("EVENT_ID", id).replace("1795000000", &created.to_string())
}
