//! The queues between the functions, and those where a message goes that cannot be handled.

use std::collections::HashMap;
use std::time::UNIX_EPOCH;

use aws_sdk_sqs::types::QueueAttributeName as Name;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::Patient;
use super::finding::Finding;
use crate::clock;
use crate::service::Call as _;
use crate::signed::{CLOUDWATCH, Signed};

/// A message that is older waits for something; its queue's alarm goes off at about the same age.
const OLD_SECONDS: f64 = 900.0;
/// Fewer receives would dead-letter a message while a dependency is down for minutes.
const FEWEST_RECEIVES: u64 = 5;

/// Each queue has its dead-letter queue, is encrypted, and nothing waits in it for long or lies dead.
pub(crate) async fn queues(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let client = aws_sdk_sqs::Client::new(patient.stack.sdk.config());
    let queues: Vec<_> = patient.resources.of_kind("AWS::SQS::Queue").collect();
    let looks = queues.iter().map(async |queue| {
        let call = client.get_queue_attributes().queue_url(&queue.physical).attribute_names(Name::All);
        let answer = call.send().await.or_cannot(&format!("ask for the attributes of {}", queue.logical))?;
        anyhow::Ok(of_queue(&queue.logical, answer.attributes().unwrap_or(&HashMap::new())))
    });
    let mut findings = try_join_all(looks).await?.concat();
    for queue in queues {
        let name = queue.physical.rsplit('/').next().unwrap_or_default();
        if let Some(age) = oldest(&patient.signed, name).await? {
            findings.extend(of_age(&queue.logical, age));
        }
    }
    Ok(findings)
}

fn is_dead(name: &str) -> bool {
    name.ends_with("DeadLetters")
}

fn of_queue(name: &str, attributes: &HashMap<Name, String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let number = |wanted: Name| attributes.get(&wanted).and_then(|text| text.parse::<u64>().ok());
    if is_dead(name) {
        let lies = number(Name::ApproximateNumberOfMessages).unwrap_or_default();
        if lies > 0 {
            findings.push(Finding::error(
                format!("{name} holds {lies} {}", if lies == 1 { "message" } else { "messages" }),
                "see why with tollgate dlq list, mend that, then tollgate dlq redrive",
            ));
        }
    } else {
        let policy = attributes.get(&Name::RedrivePolicy);
        let policy = policy.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let receives = policy.as_ref().and_then(|policy| policy.get("maxReceiveCount")).and_then(|count| {
            // SQS writes a number, others a text.
            count.as_u64().or_else(|| count.as_str()?.parse().ok())
        });
        match receives {
            None => findings.push(Finding::error(
                format!(
                    "{name} has no dead-letter queue: what cannot be handled is lost after its retention"
                ),
                "the template gives it one: look for drift with --drift, then sam deploy",
            )),
            Some(count) if count < FEWEST_RECEIVES => findings.push(Finding::warning(
                format!("{name} gives a message up after {count} receives"),
                "the template allows 100: look for drift with --drift, then sam deploy",
            )),
            Some(_) => {}
        }
    }
    if attributes.get(&Name::KmsMasterKeyId).is_none_or(String::is_empty) {
        findings.push(Finding::warning(
            format!("{name} is not encrypted with a key of the stack"),
            "the template gives it one: look for drift with --drift, then sam deploy",
        ));
    }
    findings
}

fn of_age(name: &str, age: f64) -> Option<Finding> {
    if is_dead(name) || age <= OLD_SECONDS {
        return None;
    }
    let minutes = (age / 60.0).round();
    Some(Finding::error(
        format!("the oldest message of {name} waits for {minutes} minutes"),
        "see whether its function runs and what it says: tollgate status, docs/operate.md",
    ))
}

/// The age of a queue's oldest message in seconds, the highest of the last quarter of an hour.
async fn oldest(signed: &Signed<'_>, queue: &str) -> anyhow::Result<Option<f64>> {
    let now = clock::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let body = json!({
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{ "Name": "QueueName", "Value": queue }],
        "StartTime": now - 900,
        "EndTime": now,
        "Period": 900,
        "Statistics": ["Maximum"],
    });
    let answer = signed.call(CLOUDWATCH, "GetMetricStatistics", &body).await?;
    let points = answer.get("Datapoints").and_then(Value::as_array).into_iter().flatten();
    Ok(points.filter_map(|point| point.get("Maximum")?.as_f64()).reduce(f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, attributes: &[(Name, &str)], expected: &[&str]) {
        let attributes = attributes.iter().map(|(name, value)| (name.clone(), (*value).to_owned())).collect();
        let found = of_queue(name, &attributes);
        assert_eq!(found.iter().map(|finding| finding.what.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_a_queue_lacks_or_holds_is_found() {
        let key = (Name::KmsMasterKeyId, "key");
        let redrive = |count: &'static str| (Name::RedrivePolicy, count);
        check("ProcessQueue", &[key.clone(), redrive(r#"{"maxReceiveCount":100}"#)], &[]);
        check("ProcessQueue", &[key.clone(), redrive(r#"{"maxReceiveCount":"100"}"#)], &[]);
        check(
            "ProcessQueue",
            &[key.clone(), redrive(r#"{"maxReceiveCount":3}"#)],
            &["ProcessQueue gives a message up after 3 receives"],
        );
        check(
            "ProcessQueue",
            std::slice::from_ref(&key),
            &["ProcessQueue has no dead-letter queue: what cannot be handled is lost after its retention"],
        );
        check(
            "ProcessQueue",
            &[redrive(r#"{"maxReceiveCount":100}"#)],
            &["ProcessQueue is not encrypted with a key of the stack"],
        );
        check("ProcessDeadLetters", &[key.clone(), (Name::ApproximateNumberOfMessages, "0")], &[]);
        check(
            "ProcessDeadLetters",
            &[key, (Name::ApproximateNumberOfMessages, "1")],
            &["ProcessDeadLetters holds 1 message"],
        );
    }

    #[test]
    fn only_a_queue_that_should_empty_itself_can_be_late() {
        assert_eq!(of_age("ProcessQueue", 900.0), None);
        assert_eq!(of_age("ProcessDeadLetters", 90_000.0), None);
        let late = of_age("ArchiveQueue", 5400.0).unwrap();
        assert_eq!(late.what, "the oldest message of ArchiveQueue waits for 90 minutes");
    }
}
