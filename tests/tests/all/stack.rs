//! The local stack as a test sees it.

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{OnceLock, RwLock},
    time::{Duration, Instant, SystemTime},
};

use aws::{DynamoLedger, Patience, Sdk};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use base64::{Engine, engine::general_purpose::STANDARD};
use payments::{Event, EventKey, Ledger, PaymentKey};
use pipeline::Opened;
use verification::{Endpoint, Mode};

/// The longest that anything in the stack takes to show an effect, with both cores busy.
const PATIENCE: Duration = Duration::from_secs(90);

/// Held for writing by a test that breaks a part of the stack.
static ALONE: RwLock<()> = RwLock::new(());

/// Runs a test beside others.
pub(crate) fn shared(test: impl AsyncFnOnce(&Stack)) {
    let _held = ALONE.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    run(test);
}

/// Runs a test while no other does.
pub(crate) fn alone(test: impl AsyncFnOnce(&Stack)) {
    let _held = ALONE.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    run(test);
}

fn run(test: impl AsyncFnOnce(&Stack)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { test(&Stack::up()).await });
}

/// The running stack, and clients of its services with an administrator's rights.
pub(crate) struct Stack {
    pub(crate) env: &'static HashMap<String, String>,
    pub(crate) sdk: Sdk,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) ledger: DynamoLedger,
}

/// An endpoint made for one test, in an account of its own.
pub(crate) struct TestEndpoint {
    pub(crate) name: String,
    pub(crate) endpoint: Endpoint,
}

/// What the front door answered.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Headers as they are sent, in order.
pub(crate) type Headers = Vec<(String, String)>;

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Stack {
    fn up() -> Self {
        let env = env();
        let sdk = Sdk::from_vars(Patience::Tool, |name| env.get(name).cloned()).unwrap();
        Self {
            env,
            sqs: aws_sdk_sqs::Client::new(sdk.config()),
            s3: aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(sdk.config()).force_path_style(true).build(),
            ),
            ledger: DynamoLedger::new(&sdk, env["TOLLGATE_LEDGER_TABLE"].clone()),
            sdk,
        }
    }

    /// The value of an output of the stack.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.env.get(name).unwrap_or_else(|| panic!("the stack's env file has no {name}"))
    }

    /// Makes an endpoint with one signing secret of its own.
    pub(crate) async fn endpoint(&self, provider: &str) -> TestEndpoint {
        let name = format!("e2e-{}", random());
        self.put_document(&name, &document(provider, &name, &[&secret(provider)])).await
    }

    /// Writes an endpoint's document, as `tollgate endpoint` does.
    pub(crate) async fn put_document(&self, name: &str, document: &str) -> TestEndpoint {
        let client = aws_sdk_secretsmanager::Client::new(self.sdk.config());
        let id = format!("tollgate/{}/endpoints/{name}", self.output("TOLLGATE_STACK"));
        if client.put_secret_value().secret_id(&id).secret_string(document).send().await.is_err() {
            client.create_secret().name(&id).secret_string(document).send().await.unwrap();
        }
        let endpoint = Endpoint::parse(name, document.as_bytes()).unwrap();
        TestEndpoint { name: name.to_owned(), endpoint }
    }

    /// Posts a correctly signed delivery.
    pub(crate) fn deliver(&self, to: &TestEndpoint, event: &str, body: &[u8]) -> Response {
        self.post(&to.name, &to.sign(event, body, SystemTime::now()), body)
    }

    /// Posts a request as it is.
    pub(crate) fn post(&self, endpoint: &str, headers: &[(String, String)], body: &[u8]) -> Response {
        let url = format!("{}/v1/webhooks/{endpoint}", self.output("TOLLGATE_URL"));
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = agent.post(&url);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut response = request.send(body).unwrap();
        let headers = response.headers().iter();
        Response {
            status: response.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()))
                .collect(),
            body: response.body_mut().read_to_string().unwrap(),
        }
    }

    /// The ledger's row of an event of this endpoint, when it is there.
    pub(crate) async fn event(&self, of: &TestEndpoint, event: &str) -> Option<Event> {
        self.ledger.event(&of.key(event)).await.unwrap()
    }

    /// Waits for the row of an event.
    pub(crate) async fn recorded(&self, of: &TestEndpoint, event: &str) -> Event {
        eventually(&format!("the ledger has {event}"), async || self.event(of, event).await).await
    }

    /// The events of a payment.
    pub(crate) async fn payment(&self, of: &TestEndpoint, payment: &str) -> Vec<Event> {
        self.ledger.payment_events(&of.payment_key(payment)).await.unwrap()
    }

    /// All events of this endpoint's account.
    pub(crate) async fn of_account(&self, of: &TestEndpoint) -> Vec<Event> {
        let mut found = Vec::new();
        let own = |event: &Event| event.key.account() == of.endpoint.account();
        self.ledger
            .received(0..i64::MAX, async |events| {
                found.extend(events.into_iter().filter(own));
                Ok(())
            })
            .await
            .unwrap();
        found
    }

    /// All deliveries of this endpoint that the archive holds.
    pub(crate) async fn archived(&self, of: &TestEndpoint) -> Vec<Opened> {
        let mut found = Vec::new();
        for bytes in self.segments().await {
            found.extend(
                pipeline::read_segment(&bytes)
                    .map(Result::unwrap)
                    .filter(|delivery| delivery.envelope.endpoint == of.name),
            );
        }
        found
    }

    /// An object of the archive's bucket.
    pub(crate) async fn object(&self, key: &str) -> Vec<u8> {
        let call = self.s3.get_object().bucket(self.output("TOLLGATE_ARCHIVE_BUCKET")).key(key);
        call.send().await.unwrap().body.collect().await.unwrap().to_vec()
    }

    /// Every object of the archive.
    pub(crate) async fn segments(&self) -> Vec<Vec<u8>> {
        let bucket = self.output("TOLLGATE_ARCHIVE_BUCKET");
        let mut pages =
            self.s3.list_objects_v2().bucket(bucket).prefix("archive/v0/").into_paginator().send();
        let mut segments = Vec::new();
        while let Some(page) = pages.next().await {
            for object in page.unwrap().contents() {
                let object =
                    self.s3.get_object().bucket(bucket).key(object.key().unwrap()).send().await.unwrap();
                segments.push(object.body.collect().await.unwrap().to_vec());
            }
        }
        segments
    }

    /// A queue that gets every bus event of this endpoint's account from now on. Returns its URL.
    pub(crate) async fn listen(&self, to: &TestEndpoint) -> String {
        let queue = self.sqs.create_queue().queue_name(&to.name).send().await.unwrap();
        let url = queue.queue_url().unwrap().to_owned();
        let attributes =
            self.sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::QueueArn);
        let arn =
            attributes.send().await.unwrap().attributes().unwrap()[&QueueAttributeName::QueueArn].clone();
        let events = aws_sdk_eventbridge::Client::new(self.sdk.config());
        let bus = self.output("TOLLGATE_EVENT_BUS_ARN").rsplit('/').next().unwrap();
        let pattern = serde_json::json!({"detail": {"account": [to.endpoint.account()]}}).to_string();
        events.put_rule().name(&to.name).event_bus_name(bus).event_pattern(pattern).send().await.unwrap();
        let target = aws_sdk_eventbridge::types::Target::builder().id("queue").arn(arn).build().unwrap();
        events.put_targets().rule(&to.name).event_bus_name(bus).targets(target).send().await.unwrap();
        url
    }

    /// A new queue of this test's own. Returns its URL.
    pub(crate) async fn queue(&self) -> String {
        let queue = self.sqs.create_queue().queue_name(format!("e2e-{}", random())).send().await.unwrap();
        queue.queue_url.unwrap()
    }

    /// Takes what a queue holds now, without giving it back.
    pub(crate) async fn take(&self, url: &str) -> Vec<Message> {
        let mut taken = Vec::new();
        loop {
            let batch =
                self.sqs.receive_message().queue_url(url).max_number_of_messages(10).visibility_timeout(600);
            let batch = batch
                .message_attribute_names("All")
                .message_system_attribute_names(MessageSystemAttributeName::All);
            let messages = batch.send().await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() {
                return taken;
            }
            taken.extend(messages);
        }
    }

    /// The dead letters of a queue that have this reason.
    pub(crate) async fn dead_letters(&self, queue: &str, reason: &str) -> Vec<Message> {
        let receive = self.sqs.receive_message().queue_url(self.output(queue)).max_number_of_messages(10);
        let messages = receive.visibility_timeout(0).message_attribute_names("All").send().await.unwrap();
        let has_reason = |message: &Message| {
            let reasons = message.message_attributes().and_then(|all| all.get("tollgate.reason"));
            reasons.and_then(|value| value.string_value()) == Some(reason)
        };
        messages.messages.unwrap_or_default().into_iter().filter(has_reason).collect()
    }

    /// What a queue holds, up to what it gives at once, and leaves it there.
    pub(crate) async fn peek(&self, queue: &str) -> Vec<Message> {
        let mut seen: Vec<Message> = Vec::new();
        for _ in 0..10 {
            let receive = self.sqs.receive_message().queue_url(self.output(queue)).max_number_of_messages(10);
            let receive = receive.visibility_timeout(1).message_attribute_names("All");
            let batch = receive.message_system_attribute_names(MessageSystemAttributeName::All);
            let batch = batch.send().await.unwrap().messages.unwrap_or_default();
            seen.extend(batch);
        }
        seen
    }

    /// Whether a queue holds nothing, neither waiting nor in flight.
    pub(crate) async fn is_drained(&self, queue: &str) -> bool {
        let attributes = self.sqs.get_queue_attributes().queue_url(self.output(queue));
        let attributes = attributes.attribute_names(QueueAttributeName::All).send().await.unwrap();
        let attributes = attributes.attributes.unwrap_or_default();
        let count = |name| attributes.get(&name).map_or("0", String::as_str) == "0";
        count(QueueAttributeName::ApproximateNumberOfMessages)
            && count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
    }

    /// Every attribute of every row of the ledger.
    pub(crate) async fn dump_ledger(&self) -> String {
        let table = self.output("TOLLGATE_LEDGER_TABLE");
        let client = aws_sdk_dynamodb::Client::new(self.sdk.config());
        let mut pages = client.scan().table_name(table).into_paginator().send();
        let mut text = String::new();
        while let Some(page) = pages.next().await {
            write!(text, "{:?}", page.unwrap().items()).unwrap();
        }
        text
    }

    /// Every line that a function wrote.
    pub(crate) async fn dump_logs(&self) -> String {
        let client = aws_sdk_cloudwatchlogs::Client::new(self.sdk.config());
        let mut text = String::new();
        let mut groups = client.describe_log_groups().into_paginator().items().send();
        while let Some(group) = groups.next().await {
            let group = group.unwrap().log_group_name.unwrap();
            let mut streams =
                client.describe_log_streams().log_group_name(&group).into_paginator().items().send();
            while let Some(stream) = streams.next().await {
                let events = client.get_log_events().log_group_name(&group).start_from_head(true);
                let events = events.log_stream_name(stream.unwrap().log_stream_name.unwrap());
                let mut pages = events.into_paginator().items().send();
                while let Some(event) = pages.next().await {
                    text += event.unwrap().message().unwrap_or_default();
                    text.push('\n');
                }
            }
        }
        text
    }

    /// Sends a text to a queue as it is.
    pub(crate) async fn send(&self, url: &str, text: &str) -> String {
        self.sqs.send_message().queue_url(url).message_body(text).send().await.unwrap().message_id.unwrap()
    }

    /// One request to a service for which the tests have no client, as the root user, whose signature the emulator does
    /// not check.
    pub(crate) fn as_root(&self, service: &str, path: &str, form: Option<&[(&str, &str)]>) -> String {
        let url = format!("{}{path}", self.output("AWS_ENDPOINT_URL"));
        let authorization = root_authorization(service);
        let answer = match form {
            Some(form) => {
                ureq::post(url).header("authorization", authorization).send_form(form.iter().copied())
            }
            None => ureq::get(url).header("authorization", authorization).call(),
        };
        answer.unwrap().body_mut().read_to_string().unwrap()
    }

    /// Calls a function with this event, as a schedule does, and returns what it answered.
    pub(crate) fn invoke(&self, function: &str, event: &serde_json::Value) -> serde_json::Value {
        let (aws, function) = (self.output("AWS_ENDPOINT_URL"), self.output(function));
        let url = format!("{aws}/2015-03-31/functions/{function}/invocations");
        let call = ureq::post(url).header("authorization", root_authorization("lambda"));
        let answer = call.send(event.to_string()).unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// The folder of the running stack.
    pub(crate) fn folder() -> PathBuf {
        root().join(FOLDER)
    }
}

fn root_authorization(service: &str) -> String {
    let scope = format!("Credential=test/20260101/eu-west-1/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0")
}

impl TestEndpoint {
    /// The headers of a correctly signed delivery.
    pub(crate) fn sign(&self, event: &str, body: &[u8], now: SystemTime) -> Vec<(String, String)> {
        verification::sign(&self.endpoint, "https://example.com/", event, body, now).unwrap()
    }

    /// The ledger's key of an object of this endpoint's account.
    pub(crate) fn payment_key(&self, id: &str) -> PaymentKey {
        let endpoint = &self.endpoint;
        PaymentKey::new(endpoint.provider().name, Mode::Test, endpoint.account(), id).unwrap()
    }

    /// The provider's name.
    pub(crate) fn provider(&self) -> &str {
        self.endpoint.provider().name
    }

    fn key(&self, event: &str) -> EventKey {
        let endpoint = &self.endpoint;
        EventKey::new(endpoint.provider().name, Mode::Test, endpoint.account(), event).unwrap()
    }
}

/// An endpoint document in test mode whose account is the endpoint's name.
pub(crate) fn document(provider: &str, account: &str, secrets: &[&str]) -> String {
    let secrets: Vec<_> = secrets.iter().map(|secret| serde_json::json!({"secret": secret})).collect();
    serde_json::json!({"provider": provider, "mode": "test", "account": account, "secrets": secrets})
        .to_string()
}

/// A new signing secret in the provider's form.
pub(crate) fn secret(_provider: &str) -> String {
    let bytes: Vec<u8> = (0..4).flat_map(|_| random().into_bytes()).take(32).collect();
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// Twelve letters that no other test has.
pub(crate) fn random() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("{:016x}", RandomState::new().hash_one(SystemTime::now())).chars().take(12).collect()
}

/// A Stripe event of 300 bytes about a payment intent.
pub(crate) fn stripe_event(event: &str, intent: &str, kind: &str) -> Vec<u8> {
    serde_json::json!({
        "id": event, "object": "event", "type": format!("payment_intent.{kind}"), "created": 1_767_225_600,
        "livemode": false,
        "data": {"object": {"id": intent, "object": "payment_intent", "amount": 4200, "amount_received": 4200,
            "currency": "eur", "created": 1_767_225_500, "status": "succeeded"}},
    })
    .to_string()
    .into_bytes()
}

/// Asks until there is an answer, or fails with the sentence that did not come true.
pub(crate) async fn eventually<T>(sentence: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {sentence}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

pub(crate) const FOLDER: &str = ".local/test";

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Starts the stack once for all tests, if it does not run, and reads its variables.
fn env() -> &'static HashMap<String, String> {
    static ENV: OnceLock<HashMap<String, String>> = OnceLock::new();
    ENV.get_or_init(|| {
        let tool = root().join("target/release/tollgate");
        assert!(tool.exists(), "the tool is not built: run `make build`, or all tests by `make test`");
        // One that runs keeps its port.
        let port = variables().remove("TOLLGATE_LOCAL_PORT").unwrap_or("4576".to_owned());
        let up = Command::new(tool)
            .args(["up", "--no-samples", "--port", &port, "--dir", FOLDER])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(up.status.success(), "tollgate up: {}", String::from_utf8_lossy(&up.stderr));
        variables()
    })
}

/// What the stack's env file says; nothing if there is none.
fn variables() -> HashMap<String, String> {
    let text = fs::read_to_string(root().join(FOLDER).join("env")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
