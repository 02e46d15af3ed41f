//! Reads the environment and the clock, makes the clients, and serves.

use std::{convert::Infallible, time::SystemTime};

use aws::{EventBridgeBus, Sdk, SqsQueue, env};
use aws_lambda_events::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use pipeline::BatchReply;
use publisher::{Ports, Publisher};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "main is where the clock is read")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let sdk = Sdk::from_env()?;
    let dlq = env("PUBLISHER_DLQ_URL")?;
    let ports = Ports {
        bus: EventBridgeBus::new(&sdk, env("EVENT_BUS_ARN")?),
        dead_letters: SqsQueue::new(&sdk, dlq.clone(), Some(dlq)),
    };
    let publisher = &Publisher::new(&env("TOLLGATE_STACK")?, ports);

    run(service_fn(async |event: LambdaEvent<Event>| {
        let first_failed = publisher.handle(event.payload.records, SystemTime::now()).await;
        publisher.flush(SystemTime::now());
        Ok::<_, Infallible>(BatchReply::new(first_failed.into_iter().collect::<Vec<_>>()))
    }))
    .await
}
