//! What breaks, and what must not be lost or doubled by it.

use std::{collections::HashSet, fs, process::Command, time::Duration};

use aws_sdk_sqs::types::QueueAttributeName;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::stack::{Stack, alone, eventually, random, shared, stripe_event};

#[test]
fn a_poisoned_message_goes_to_the_dead_letter_queue_with_its_reason_and_the_good_ones_pass() {
    shared(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let process = stack.output("TOLLGATE_PROCESS_QUEUE_URL");
        let poison = format!("not sealed by anyone {}", random());
        let mut events = Vec::new();
        for round in 0..10 {
            if round == 4 {
                stack.send(process, &poison).await;
            }
            let event = format!("evt_{}", random());
            assert_eq!(
                stack.deliver(&endpoint, &event, &stripe_event(&event, "pi_1", "created")).status,
                200
            );
            events.push(event);
        }
        for event in &events {
            stack.recorded(&endpoint, event).await;
        }
        let letter = eventually("the poisoned message is a dead letter", async || {
            let letters = stack.dead_letters("TOLLGATE_PROCESS_DEAD_LETTERS_URL", "unsealed").await;
            letters.into_iter().find(|letter| letter.body() == Some(&poison))
        });
        let letter = letter.await;
        let attributes = letter.message_attributes().unwrap();
        let text = |name: &str| attributes[name].string_value().unwrap();
        assert_eq!(text("tollgate.class"), "permanent");
        assert_eq!(text("tollgate.attempts"), "1");
        assert_eq!(text("tollgate.source"), process.rsplit('/').next().unwrap());
    });
}

#[test]
fn a_queue_that_cannot_be_written_is_a_503_and_a_later_retry_succeeds() {
    alone(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let event = format!("evt_{}", random());
        let body = stripe_event(&event, "pi_1", "succeeded");
        let archive = stack.output("TOLLGATE_ARCHIVE_QUEUE_URL");
        let policy = set_policy(stack, archive, &deny_sending(archive)).await;

        let refused = stack.deliver(&endpoint, &event, &body);
        assert_eq!(refused.status, 503, "{refused:?}");
        assert!(refused.header("retry-after").is_some());

        set_policy(stack, archive, &policy).await;
        assert_eq!(stack.deliver(&endpoint, &event, &body).status, 200);
        stack.recorded(&endpoint, &event).await;
        eventually("the archive has it", async || stack.archived(&endpoint).await.pop()).await;
    });
}

pub(crate) fn deny_sending(queue_url: &str) -> String {
    let name = queue_url.rsplit('/').next().unwrap();
    let resource = format!("arn:aws:sqs:*:*:{name}");
    serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": resource}]})
    .to_string()
}

/// Sets a queue's policy and returns the one before.
pub(crate) async fn set_policy(stack: &Stack, queue: &str, policy: &str) -> String {
    let before =
        stack.sqs.get_queue_attributes().queue_url(queue).attribute_names(QueueAttributeName::Policy);
    let before = before.send().await.unwrap().attributes.unwrap_or_default();
    let set =
        stack.sqs.set_queue_attributes().queue_url(queue).attributes(QueueAttributeName::Policy, policy);
    set.send().await.unwrap();
    before.get(&QueueAttributeName::Policy).cloned().unwrap_or_default()
}

#[test]
fn a_processor_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing() {
    alone(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let bus = stack.listen(&endpoint).await;
        let queue = stack.output("TOLLGATE_PROCESS_QUEUE_URL");
        // What a killed function held comes back after the visibility timeout: here in seconds, not in minutes.
        let before = set_visibility(stack, queue, "5").await;
        let events: Vec<String> = (0..60).map(|_| format!("evt_{}", random())).collect();
        let mut killed = 0;
        for event in &events {
            assert_eq!(
                stack
                    .deliver(&endpoint, event, &stripe_event(event, &format!("pi_{event}"), "created"))
                    .status,
                200
            );
            killed += kill_processors();
        }
        for event in &events {
            stack.recorded(&endpoint, event).await;
        }
        assert!(killed > 0, "no processor was running when it was to be killed");
        let mut announced = HashSet::new();
        eventually("every event was announced", async || {
            for message in stack.take(&bus).await {
                let message: serde_json::Value = serde_json::from_str(message.body().unwrap()).unwrap();
                announced.insert(message["detail"]["event_id"].as_str().unwrap().to_owned());
            }
            (announced.len() == events.len()).then_some(())
        })
        .await;
        for event in &events {
            assert_eq!(stack.payment(&endpoint, &format!("pi_{event}")).await.len(), 1, "{event}");
        }
        set_visibility(stack, queue, &before).await;
    });
}

/// After a roll-back there are such messages in the queues: made by a later release, and no fault of theirs.
#[test]
fn a_message_of_a_newer_version_is_put_off_and_stays_in_its_queue() {
    alone(async |stack| {
        let newer = STANDARD.encode(b"tlgt\xff");
        for (queue, letters) in [
            ("TOLLGATE_PROCESS_QUEUE_URL", "TOLLGATE_PROCESS_DEAD_LETTERS_URL"),
            ("TOLLGATE_ARCHIVE_QUEUE_URL", "TOLLGATE_ARCHIVE_DEAD_LETTERS_URL"),
        ] {
            let url = stack.output(queue);
            stack.send(url, &newer).await;
            eventually("it was received", async || hidden(stack, url).await.gt(&0).then_some(())).await;
            assert!(stack.dead_letters(letters, "unknown_version").await.is_empty());
            stack.sqs.purge_queue().queue_url(url).send().await.unwrap();
        }
    });
}

#[test]
fn what_the_archiver_cannot_open_is_a_dead_letter_too() {
    shared(async |stack| {
        let poison = format!("not sealed by anyone {}", random());
        stack.send(stack.output("TOLLGATE_ARCHIVE_QUEUE_URL"), &poison).await;
        eventually("the poisoned message is a dead letter", async || {
            let letters = stack.dead_letters("TOLLGATE_ARCHIVE_DEAD_LETTERS_URL", "unsealed").await;
            letters.into_iter().find(|letter| letter.body() == Some(&poison))
        })
        .await;
    });
}

/// Messages that somebody has received and neither deleted nor given back.
async fn hidden(stack: &Stack, queue: &str) -> u32 {
    let name = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
    let asked = stack.sqs.get_queue_attributes().queue_url(queue).attribute_names(name.clone());
    asked.send().await.unwrap().attributes.unwrap_or_default()[&name].parse().unwrap()
}

async fn set_visibility(stack: &Stack, queue: &str, seconds: &str) -> String {
    let name = QueueAttributeName::VisibilityTimeout;
    let before = stack.sqs.get_queue_attributes().queue_url(queue).attribute_names(name.clone());
    let before = before.send().await.unwrap().attributes.unwrap_or_default()[&name].clone();
    stack.sqs.set_queue_attributes().queue_url(queue).attributes(name, seconds).send().await.unwrap();
    before
}

/// Kills the processor's processes of this stack, and only those. Returns how many there were.
pub(crate) fn kill_processors() -> usize {
    let folder = Stack::folder().canonicalize().unwrap();
    let is_ours = |pid: &u32| {
        let exe = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let mut variables = environ.split(|byte| *byte == 0);
        exe.starts_with(&folder) && variables.any(|variable| variable.starts_with(b"LEDGER_TABLE="))
    };
    let pids =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let ours: Vec<u32> = pids.filter(is_ours).collect();
    for pid in &ours {
        Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    }
    std::thread::sleep(Duration::from_millis(if ours.is_empty() { 0 } else { 20 }));
    ours.len()
}
