//! Reads the environment and the clock, makes the clients, and serves.

use std::{convert::Infallible, time::SystemTime};

use aws::{DynamoLedger, KmsDataKeys, Sdk, SqsQueue, env};
use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use pipeline::BatchReply;
use processor::{Ports, Processor};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "main is where the clock is read")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let sdk = Sdk::from_env()?;
    let processor = &Processor::new(
        &env("TOLLGATE_STACK")?,
        Ports {
            queue: SqsQueue::new(&sdk, env("PROCESS_QUEUE_URL")?, Some(env("PROCESS_DLQ_URL")?)),
            keys: KmsDataKeys::new(&sdk, None),
            ledger: DynamoLedger::new(&sdk, env("LEDGER_TABLE")?)
                .expiring_after(env("LEDGER_DAYS")?.parse()?),
        },
    );

    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let failed = processor.handle(aws::messages(event.payload.records), SystemTime::now()).await;
        processor.flush(SystemTime::now());
        Ok::<_, Infallible>(BatchReply::new(failed))
    }))
    .await
}
