//! Reads the environment and the clock, makes the clients, and serves.

use std::time::SystemTime;

use archiver::{Archiver, Call, Ports};
use aws::{KmsDataKeys, KmsMacs, S3Archive, Sdk, SqsQueue, env};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "main is where the clock is read")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let sdk = Sdk::from_env()?;
    let archiver = &Archiver::new(
        &env("TOLLGATE_STACK")?,
        Ports {
            queue: SqsQueue::new(&sdk, env("ARCHIVE_QUEUE_URL")?, Some(env("ARCHIVE_DLQ_URL")?)),
            keys: KmsDataKeys::new(&sdk, None),
            archive: S3Archive::new(&sdk, env("ARCHIVE_BUCKET")?),
            macs: KmsMacs::new(&sdk, env("MAC_KEY_ID")?),
        },
    );

    run(service_fn(async |event: LambdaEvent<Call>| {
        let answer = archiver.answer(event.payload, SystemTime::now()).await;
        archiver.flush(SystemTime::now());
        answer.map_err(Error::from)
    }))
    .await
}
