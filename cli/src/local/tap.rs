//! A queue that gets all events of the bus, so that they can be seen. Local only: on AWS teams add rules of their own.

use anyhow::{Context as _, anyhow};
use aws_sdk_eventbridge::types::Target;
use aws_sdk_sqs::types::QueueAttributeName;
use payments::BusEvent;
use serde_json::json;

use crate::service::Call as _;
use crate::stack::Stack;

const NAME: &str = "tollgate-bus-tap";

/// Makes the queue and the rule that fills it; the queue's URL. Again is no effect.
pub(crate) async fn tap(stack: &Stack) -> anyhow::Result<String> {
    // The emulator knows a bus by its name only.
    let bus = stack.output("EventBusArn")?.rsplit('/').next().unwrap_or_default();
    let queues = aws_sdk_sqs::Client::new(stack.sdk.config());
    let created = queues.create_queue().queue_name(NAME).send().await;
    let created = created.or_cannot("make the bus's tap")?;
    let url = created.queue_url().context("the new queue has no URL")?.to_owned();
    let attributes =
        queues.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::QueueArn);
    let attributes = attributes.send().await.or_cannot("ask for the ARN of the bus's tap")?;
    let arn = attributes.attributes().and_then(|all| all.get(&QueueAttributeName::QueueArn));
    let arn = arn.context("the new queue has no ARN")?;

    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" }, "Action": "sqs:SendMessage", "Resource": arn,
    }]});
    let allow = queues
        .set_queue_attributes()
        .queue_url(&url)
        .attributes(QueueAttributeName::Policy, policy.to_string());
    allow.send().await.or_cannot("open the bus's tap")?;

    let events = aws_sdk_eventbridge::Client::new(stack.sdk.config());
    let pattern = json!({ "source": [BusEvent::SOURCE] }).to_string();
    let rule = events.put_rule().name(NAME).event_bus_name(bus).event_pattern(pattern).send().await;
    rule.or_cannot("make the rule of the bus's tap")?;
    let target = Target::builder().id(NAME).arn(arn).build()?;
    let put = events.put_targets().rule(NAME).event_bus_name(bus).targets(target).send().await;
    let put = put.or_cannot("fill the bus's tap")?;
    match put.failed_entry_count() {
        0 => Ok(url),
        _ => Err(anyhow!("the event bus did not take its tap as a target")),
    }
}
