//! The alarms: that they are there, that they speak to someone, and what they say.

use serde_json::{Value, json};

use super::Patient;
use super::finding::Finding;
use crate::query::{escaped, texts};
use crate::signed::{CLOUDWATCH, SNS};

/// Names that `DescribeAlarms` takes at once.
const NAMES_A_CALL: usize = 100;

/// Each alarm of the stack exists, has an action, and is silent.
pub(crate) async fn alarms(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let kinds = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];
    let names: Vec<&str> = kinds
        .iter()
        .flat_map(|kind| patient.resources.of_kind(kind))
        .map(|alarm| alarm.physical.as_str())
        .collect();
    let mut found = Vec::new();
    for names in names.chunks(NAMES_A_CALL) {
        let body = json!({ "AlarmNames": names, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"] });
        let answer = patient.signed.call(CLOUDWATCH, "DescribeAlarms", &body).await?;
        for list in ["MetricAlarms", "CompositeAlarms"] {
            found.extend(answer.get(list).and_then(Value::as_array).into_iter().flatten().cloned());
        }
    }
    if names.is_empty() && patient.local {
        return Ok(vec![Finding::note("no alarms on a local stack")]);
    }
    Ok(of_alarms(&names, &found))
}

/// Somebody hears the alarms.
pub(crate) async fn listeners(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    // A stack without alarms has no topic, which the check before says.
    let Ok(topic) = patient.stack.output("AlarmTopicArn") else { return Ok(Vec::new()) };
    let form = format!("Action=ListSubscriptionsByTopic&Version=2010-03-31&TopicArn={}", escaped(topic));
    let answer = texts(&patient.signed.query(SNS, &form).await?)?;
    // One that was not confirmed has a word in place of its ARN.
    let confirmed = answer.iter().any(|(name, text)| name == "SubscriptionArn" && text.starts_with("arn:"));
    Ok(Vec::from_iter((!confirmed).then(|| {
        Finding::warning(
            "nobody has subscribed to the topic of the alarms, or confirmed it",
            format!("aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint …"),
        )
    })))
}

fn of_alarms(names: &[&str], found: &[Value]) -> Vec<Finding> {
    if names.is_empty() {
        return vec![Finding::error(
            "the stack has no alarm: nobody hears of a failure",
            "sam deploy makes them",
        )];
    }
    let mut findings = Vec::new();
    let text =
        |alarm: &Value, field: &str| alarm.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    for name in names {
        if !found.iter().any(|alarm| text(alarm, "AlarmName") == **name) {
            findings.push(Finding::error(
                format!("the alarm {name} is gone"),
                "look for drift with --drift, then sam deploy",
            ));
        }
    }
    let mut waiting = 0_usize;
    for alarm in found {
        let name = text(alarm, "AlarmName");
        if alarm.get("ActionsEnabled") == Some(&Value::Bool(false)) {
            findings.push(Finding::warning(
                format!("the alarm {name} is muted"),
                format!("aws cloudwatch enable-alarm-actions --alarm-names {name}"),
            ));
        } else if alarm.get("AlarmActions").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            findings.push(Finding::warning(
                format!("the alarm {name} speaks to nobody"),
                "name a topic in the parameter AlarmTopicArn, and subscribe to it",
            ));
        }
        match text(alarm, "StateValue").as_str() {
            "ALARM" => findings.push(Finding::error(
                format!("{name}: {}", text(alarm, "AlarmDescription")),
                "follow its runbook in docs/runbooks",
            )),
            "INSUFFICIENT_DATA" => waiting += 1,
            _ => {}
        }
    }
    if waiting > 0 {
        findings.push(Finding::note(format!("{waiting} of {} alarms have no data yet", names.len())));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::of;
    use super::*;

    #[tokio::test]
    async fn a_topic_that_nobody_listens_to_is_found() {
        let check = async |subscriptions: &[&str], expected: &[&str]| {
            let each = subscriptions.iter().map(|arn| format!("<SubscriptionArn>{arn}</SubscriptionArn>"));
            let answer = format!("<R>{}</R>", each.collect::<String>());
            of([("TopicArn=arn%3Asns%3Aalarms", 200, answer.as_str())], listeners, expected).await;
        };
        let nobody = ["nobody has subscribed to the topic of the alarms, or confirmed it"];
        check(&[], &nobody).await;
        check(&["PendingConfirmation"], &nobody).await;
        check(&["PendingConfirmation", "arn:aws:sns:eu-west-1:1:alarms:0a"], &[]).await;
    }

    fn check(names: &[&str], found: &[Value], expected: &[&str]) {
        let findings = of_alarms(names, found);
        assert_eq!(findings.iter().map(|finding| finding.what.as_str()).collect::<Vec<_>>(), expected);
    }

    fn alarm(name: &str, state: &str) -> Value {
        json!({ "AlarmName": name, "StateValue": state, "ActionsEnabled": true, "AlarmActions": ["arn"], "AlarmDescription": "why" })
    }

    #[test]
    fn an_alarm_that_is_gone_muted_dumb_or_loud_is_found() {
        check(&[], &[], &["the stack has no alarm: nobody hears of a failure"]);
        check(&["a"], &[alarm("a", "OK")], &[]);
        check(&["a", "b"], &[alarm("a", "OK")], &["the alarm b is gone"]);
        check(&["a"], &[alarm("a", "ALARM")], &["a: why"]);
        check(&["a"], &[alarm("a", "INSUFFICIENT_DATA")], &["1 of 1 alarms have no data yet"]);
        let mut muted = alarm("a", "OK");
        muted["ActionsEnabled"] = json!(false);
        check(&["a"], &[muted], &["the alarm a is muted"]);
        let mut dumb = alarm("a", "OK");
        dumb["AlarmActions"] = json!([]);
        check(&["a"], &[dumb], &["the alarm a speaks to nobody"]);
    }
}
