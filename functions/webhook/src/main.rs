//! Reads the environment and the clock, makes the clients, and serves.

use std::{convert::Infallible, time::SystemTime};

use aws::{KmsDataKeys, Sdk, SecretsDocuments, SqsQueue, env};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use pipeline::Policy;
use webhook::{Config, Ports, Request, Webhook};

/// Start-up work may take this long; what is not done by then is done when it is needed.
const WARM_UP: std::time::Duration = std::time::Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "main is where the clock is read")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let policy = Policy::named(&env("SCREENING_POLICY")?).ok_or("SCREENING_POLICY is no policy")?;
    let body_limit = env("BODY_LIMIT_BYTES")?.parse()?;
    let config = Config { stack: env("TOLLGATE_STACK")?, body_limit, policy };
    let sdk = Sdk::from_env()?;
    let process_queue = env("PROCESS_QUEUE_URL")?;
    let ports = Ports {
        process: SqsQueue::new(&sdk, process_queue.clone(), None),
        archive: SqsQueue::new(&sdk, env("ARCHIVE_QUEUE_URL")?, None),
        keys: KmsDataKeys::new(&sdk, env("DATA_KEY_ID")?),
        documents: SecretsDocuments::new(&sdk, config.stack.clone()),
    };
    let endpoints: Vec<String> =
        env("PRELOAD_ENDPOINTS")?.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let webhook = &Webhook::new(config, ports);
    // Two connections to SQS, since every delivery has two sends at once. Init never fails for want of a dependency.
    let warm_up = async {
        tokio::join!(sdk.connect(&process_queue, 2), webhook.warm_up(&endpoints, SystemTime::now()));
    };
    tokio::time::timeout(WARM_UP, warm_up).await.ok();

    run(service_fn(async |event: LambdaEvent<Request>| {
        let answer = webhook.handle(event.payload, &event.context.request_id, SystemTime::now()).await;
        webhook.flush(SystemTime::now());
        Ok::<_, Infallible>(answer)
    }))
    .await
}
