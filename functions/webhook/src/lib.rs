//! The front door: a delivery is proven, screened, sealed and put into both queues, and only then answered 2xx.
//!
//! Begin at [`Webhook::handle`]: it reads from the top like the table of answers in `ARCHITECTURE.md`. Nothing is
//! looked up before size and media type are right, nothing is parsed before the signature holds, and a failure
//! of ours is a 503, so that the provider sends it again.

mod answer;
mod request;

use std::{
    cell::{RefCell, RefMut},
    time::{Duration, SystemTime},
};

use aws::metrics::{Metric, Metrics};
use pipeline::{Arrival, DataKeys, Directory, EndpointDocuments, Found, Policy, Queue, Sealer, Source};
use tracing::{error, info, warn};
use verification::{Endpoint, Handshake, Provider, Rejection, Verified};

pub use answer::Answer;
pub use request::Request;

/// Everything must be answered by then: providers give up after five seconds, the gateway after ten.
const DEADLINE: Duration = Duration::from_secs(4);

/// What the function is told by its environment.
pub struct Config {
    /// The stack that deliveries are sealed for.
    pub stack: String,
    /// Largest body in bytes, after base64 is undone.
    pub body_limit: usize,
    /// What is replaced in a body before it is sealed.
    pub policy: Policy,
}

/// The services that the function uses.
pub struct Ports<Q, K, E> {
    /// To the processor.
    pub process: Q,
    /// To the archiver.
    pub archive: Q,
    /// Data keys of this stack.
    pub keys: K,
    /// Endpoint documents.
    pub documents: E,
}

/// The function between two requests: endpoints it knows, and the data key in use.
pub struct Webhook<Q, K, E> {
    config: Config,
    ports: Ports<Q, K, E>,
    directory: Directory,
    sealer: Sealer,
    metrics: RefCell<Metrics>,
}

/// Why a request did not come to 2xx.
enum Refusal {
    Rejected(Rejection),
    UnknownEndpoint,
    NoHandshake,
    InvalidBase64,
    TooLarge,
    MediaType,
    Unavailable(anyhow::Error),
}

impl<Q: Queue, K: DataKeys, E: EndpointDocuments> Webhook<Q, K, E> {
    /// A function that knows no endpoint yet.
    pub fn new(config: Config, ports: Ports<Q, K, E>) -> Self {
        let sealer = Sealer::new(&config.stack, Source::Webhook);
        let metrics = RefCell::new(Metrics::new(&config.stack));
        Self { config, ports, directory: Directory::new(), sealer, metrics }
    }

    /// Loads named endpoints and a data key, so that the first delivery finds them. What fails here is tried
    /// again when it is needed.
    pub async fn warm_up(&self, endpoints: &[String], now: SystemTime) {
        tokio::join!(
            self.directory.preload(endpoints, &self.ports.documents, now),
            self.sealer.warm(&self.ports.keys, now)
        );
    }

    /// Answers one request, always: within the deadline, and also if a defect of ours panics over it.
    pub async fn handle(&self, request: Request, fallback_id: &str, now: SystemTime) -> Answer {
        let id = request.id().unwrap_or(fallback_id).to_owned();
        let name = request.endpoint().to_owned();
        let accepted = pipeline::guarded(async { Ok(self.accept(&request, &id, now).await) });
        let accepted = match tokio::time::timeout(DEADLINE, accepted).await {
            Ok(Ok(accepted)) => accepted,
            Ok(Err(failure)) => Err(Refusal::Unavailable(anyhow::anyhow!(failure.reason))),
            Err(_) => Err(Refusal::Unavailable(anyhow::anyhow!("out of time"))),
        };
        accepted.unwrap_or_else(|refusal| self.refuse(&refusal, &name, &id))
    }

    /// The services that it uses.
    pub fn ports(&self) -> &Ports<Q, K, E> {
        &self.ports
    }

    /// Writes what was measured since the last time.
    pub fn flush(&self, now: SystemTime) {
        self.measured().flush(now);
    }

    /// What was measured since the last time.
    pub fn measured(&self) -> RefMut<'_, Metrics> {
        let mut metrics = self.metrics.borrow_mut();
        if let Some(age) = self.directory.take_oldest() {
            metrics.add(Metric::SecretAge, i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        }
        metrics
    }

    fn count(&self, metric: Metric) {
        self.metrics.borrow_mut().count(metric);
    }

    async fn accept(&self, request: &Request, id: &str, now: SystemTime) -> Result<Answer, Refusal> {
        if request.body_length() > self.config.body_limit {
            return Err(Refusal::TooLarge);
        }
        if !known_media_type(request) {
            return Err(Refusal::MediaType);
        }
        let endpoint = match self.directory.find(request.endpoint(), &self.ports.documents, now).await {
            Found::Endpoint(endpoint) => endpoint,
            Found::Unknown => return Err(Refusal::UnknownEndpoint),
            Found::Unavailable => {
                return Err(Refusal::Unavailable(anyhow::anyhow!("no endpoint document")));
            }
        };
        let shake = |handshake: &Handshake| {
            info!(endpoint = endpoint.name(), request.id = id, "handshake answered");
            self.count(Metric::Handshake);
            Answer::handshake(handshake, id)
        };
        if request.http_method != "POST" {
            let handshake = verification::handshake(&endpoint, &request.http_method, &request.query(), now);
            return handshake.map(|handshake| shake(&handshake)).ok_or(Refusal::NoHandshake);
        }
        let verified = self.verify(&endpoint, request, now).await?;
        if let Some(handshake) = verified.handshake() {
            return Ok(shake(handshake));
        }
        if let Some(signed) = verified.signed_at_ms() {
            self.metrics.borrow_mut().add(Metric::Skew, pipeline::unix_ms(now).saturating_sub(signed));
        }
        let answer = Answer::accepted(&endpoint.provider().accepted_answer(), id);
        self.enqueue(verified, id, now).await.map_err(Refusal::Unavailable)?;
        info!(endpoint = endpoint.name(), provider = endpoint.provider().name, delivery.id = id, "accepted");
        Ok(answer)
    }

    /// Verifies, and once more with the newest document if a rolled secret could be why it failed.
    async fn verify(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        now: SystemTime,
    ) -> Result<Verified, Refusal> {
        let delivery = || request.delivery().ok_or(Refusal::InvalidBase64);
        let rejection = match verification::verify(endpoint, delivery()?, now) {
            Ok(verified) => return Ok(verified),
            Err(rejection) => rejection,
        };
        if rejection.may_be_stale_secret()
            && let Some(newer) = self.directory.refresh(endpoint.name(), &self.ports.documents, now).await
        {
            return verification::verify(&newer, delivery()?, now).map_err(Refusal::Rejected);
        }
        Err(Refusal::Rejected(rejection))
    }

    /// Seals once and sends the same bytes to both queues at the same time.
    async fn enqueue(&self, verified: Verified, id: &str, now: SystemTime) -> anyhow::Result<()> {
        let provider = verified.provider().name;
        let arrival = Arrival {
            delivery_id: id.to_owned(),
            received_at_ms: pipeline::unix_ms(now),
            trace_id: aws::trace_id(),
        };
        let screened = pipeline::screen_by(self.config.policy, verified, arrival);
        if let Some(withheld) = &screened.envelope().withheld {
            warn!(delivery.id = id, provider, reason = withheld.reason.as_str(), "withheld");
            self.count(Metric::Withheld);
        }
        let sealed = self.sealer.seal(&screened, &self.ports.keys, now).await?;
        tokio::try_join!(self.ports.process.send(&sealed), self.ports.archive.send(&sealed))?;
        self.count(Metric::Accepted(provider));
        Ok(())
    }

    /// Logs everything but the payload and says nothing to the sender.
    fn refuse(&self, refusal: &Refusal, endpoint: &str, id: &str) -> Answer {
        // A name that no endpoint can bear is a stranger's text and stays out of the log.
        let endpoint = if verification::valid_endpoint_name(endpoint) { endpoint } else { "invalid" };
        let (reason, answer) = match refusal {
            Refusal::Rejected(rejection) => (rejection.reason(), Answer::refused(id)),
            Refusal::UnknownEndpoint => ("unknown_endpoint", Answer::refused(id)),
            Refusal::NoHandshake => ("no_handshake", Answer::refused(id)),
            Refusal::InvalidBase64 => ("invalid_base64", Answer::refused(id)),
            Refusal::TooLarge => ("too_large", Answer::too_large(id)),
            Refusal::MediaType => ("media_type", Answer::unsupported_media_type(id)),
            Refusal::Unavailable(error) => {
                error!(endpoint, delivery.id = id, error = format!("{error:#}"), "unavailable");
                self.count(Metric::Unavailable);
                return Answer::unavailable(id);
            }
        };
        warn!(endpoint, delivery.id = id, reason, "rejected");
        self.count(Metric::Rejected(reason));
        answer
    }
}

/// Whether some provider sends this type, in no encoding but itself: nothing here inflates a body.
fn known_media_type(request: &Request) -> bool {
    let identity = |value: &str| value.is_empty() || value.eq_ignore_ascii_case("identity");
    request.header("content-encoding").all(identity)
        && request.header("content-type").all(Provider::any_sends)
}
