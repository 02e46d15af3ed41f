//! While AWS is down, or hangs: every function does what it promised, and neither it nor the tool tells what it was given.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use pipeline::{Arrival, Sealer, Source, memory::MemoryKeys};
use serde_json::{Value, json};
use tests::{Reply, Running};
use verification::{Delivery, Endpoint};

use crate::{
    canary::{check_nowhere, marker},
    stack::{Stack, document, random, root, secret, stripe_event},
};

/// Providers give up after five seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// AWS, as it can fail as a whole.
enum Aws {
    /// Nobody listens.
    Down(SocketAddr),
    /// Connections are made and never answered.
    Hangs(TcpListener),
}

impl Aws {
    fn down() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::Down(listener.local_addr().unwrap())
    }

    fn hangs() -> Self {
        Self::Hangs(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn url(&self) -> String {
        match self {
            Self::Down(address) => format!("http://{address}"),
            Self::Hangs(listener) => format!("http://{}", listener.local_addr().unwrap()),
        }
    }
}

/// What a function did with an event, and everything that it wrote.
struct Outcome {
    reply: Reply,
    written: String,
}

/// Runs the function's release binary for one event.
fn invoke(function: &str, aws: &Aws, event: &Value) -> Outcome {
    let log = std::env::temp_dir().join(format!("tollgate-test-{}", random()));
    let mut command = Command::new(root().join("target/release").join(function));
    command.env_clear().envs(tests::environment(&aws.url())).stdout(fs::File::create(&log).unwrap());
    let mut running = Running::start(command).unwrap_or_else(|error| panic!("{function}: {error:#}"));
    let reply = running.invoke(&event.to_string()).unwrap_or_else(|error| panic!("{function}: {error:#}"));
    let errors = running.terminate().unwrap();
    let written = fs::read_to_string(&log).unwrap() + &errors;
    fs::remove_file(log).unwrap();
    assert!(reply.answered, "{function} reported an error: {}", reply.body);
    Outcome { reply, written }
}

/// Invokes the function while AWS is down and while it hangs, and hands over what it answered; the markers are nowhere.
fn check(function: &str, event: &Value, markers: &[String], answered: impl Fn(&Value, &Outcome) + Sync) {
    thread::scope(|scope| {
        for aws in [Aws::down(), Aws::hangs()] {
            let answered = &answered;
            scope.spawn(move || {
                let outcome = invoke(function, &aws, event);
                answered(&serde_json::from_str(&outcome.reply.body).unwrap(), &outcome);
                // The test sees what is written: without AWS there is always something to say.
                assert!(outcome.written.contains(r#""level":"ERROR""#), "{}", outcome.written);
                check_nowhere(markers, &[(function, outcome.written + &outcome.reply.body)]);
            });
        }
    });
}

/// One message that was sealed for the stack and holds the marker where screening leaves it, and one that nobody sealed.
async fn messages(markers: &mut Vec<String>) -> Vec<String> {
    let now = SystemTime::now();
    let endpoint =
        Endpoint::parse("bench", document("stripe", "acct_1", &[&secret("stripe")]).as_bytes()).unwrap();
    markers.push(marker());
    let body = String::from_utf8(stripe_event("evt_1", "pi_1", "created")).unwrap();
    let body = body.replacen('{', &format!(r#"{{"note":"{}","#, markers.last().unwrap()), 1).into_bytes();
    let headers = verification::sign(&endpoint, "https://example.com/", "evt_1", &body, now).unwrap();
    let verified = verification::verify(&endpoint, Delivery::new("https://example.com/", headers, body), now);
    let arrival =
        Arrival { delivery_id: "d-1".to_owned(), received_at_ms: pipeline::unix_ms(now), trace_id: None };
    let screened = pipeline::screen(verified.ok().unwrap(), arrival);
    let sealed =
        Sealer::new("bench", Source::Webhook).seal(&screened, &MemoryKeys::new(), now).await.unwrap();
    markers.push(marker());
    vec![sealed.as_text().to_owned(), markers.last().unwrap().clone()]
}

#[test]
fn the_front_door_answers_503_in_time() {
    let mut event: Value =
        serde_json::from_str(include_str!("../../../functions/webhook/tests/request.json")).unwrap();
    let markers: Vec<String> = (0..5).map(|_| marker()).collect();
    event["body"] = STANDARD.encode(format!(r#"{{"id":"{}"}}"#, markers[0])).into();
    event["multiValueHeaders"]["Stripe-Signature"] = json!([format!("t=1,v1={}", markers[1])]);
    event["multiValueHeaders"]["Authorization"] = json!([markers[2]]);
    event["multiValueQueryStringParameters"] = json!({"token": [markers[3]]});
    event["requestContext"]["identity"]["userAgent"] = markers[4].clone().into();
    check("webhook", &event, &markers, |answer, outcome| {
        assert_eq!(answer["statusCode"], 503, "{answer}");
        assert!(answer["headers"]["retry-after"].is_string(), "{answer}");
        assert!(outcome.reply.took < PATIENCE, "{:?}", outcome.reply.took);
    });
}

#[tokio::test]
async fn what_the_processor_and_the_archiver_cannot_handle_comes_again() {
    let mut markers = Vec::new();
    let messages = messages(&mut markers).await;
    let event = tests::batch(&messages.iter().map(String::as_str).collect::<Vec<_>>());
    let sent: Vec<&Value> =
        event["Records"].as_array().unwrap().iter().map(|record| &record["messageId"]).collect();
    for function in ["processor", "archiver"] {
        check(function, &event, &markers, |answer, _| {
            let failed = answer["batchItemFailures"].as_array().unwrap();
            let ids: Vec<&Value> = failed.iter().map(|failure| &failure["itemIdentifier"]).collect();
            assert_eq!(ids, sent, "{function}");
        });
    }
}

#[test]
fn what_the_publisher_cannot_announce_comes_again() {
    let markers = [marker()];
    let row = json!({"pk": {"S": "stripe#test#acct_1#evt_1"}, "sk": {"S": "event"}, "announce": {"BOOL": true},
        "amount": {"S": markers[0]}, "delivery": {"S": markers[0]}});
    let event = tests::inserted(&[row]);
    let sequence = &event["Records"][0]["dynamodb"]["SequenceNumber"];
    check("publisher", &event, &markers, |answer, _| {
        assert_eq!(&answer["batchItemFailures"][0]["itemIdentifier"], sequence, "{answer}");
    });
}

/// A folder of a local stack at an address where nobody listens, whose secrets are markers.
fn folder(markers: &mut Vec<String>) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tollgate-test-{}", random()));
    fs::create_dir(&folder).unwrap();
    let url = Aws::down().url();
    markers.push(marker());
    let env = format!(
        "AWS_ACCESS_KEY_ID=test\nAWS_ENDPOINT_URL={url}\nAWS_REGION=eu-west-1\nAWS_SECRET_ACCESS_KEY={}\n\
         TOLLGATE_LOCAL_PORT={}\nTOLLGATE_STACK=tollgate\nTOLLGATE_URL={url}/api\n",
        markers[0],
        url.rsplit(':').next().unwrap()
    );
    fs::write(folder.join("env"), env).unwrap();
    folder
}

/// Runs the tool on that stack.
fn tollgate(folder: &Path, arguments: &[&str], input: &str) -> (i32, String) {
    let (code, printed, errors) = Stack::finish(Stack::started(folder, arguments, input));
    (code, printed + &errors)
}

#[test]
fn the_tool_says_that_the_stack_cannot_be_reached_and_no_secret() {
    let mut markers = Vec::new();
    let folder = folder(&mut markers);
    markers.push(format!("whsec_{}", marker()));
    let secret = markers[1].clone();
    let adds = [
        "endpoint",
        "add",
        "shop",
        "--provider",
        "stripe",
        "--mode",
        "test",
        "--account",
        "acct_1",
        "--secret-stdin",
    ];
    let commands: [&[&str]; 14] = [
        &adds,
        &["endpoint", "roll", "shop", "--secret-stdin"],
        &["endpoint", "list"],
        &["endpoint", "show", "shop"],
        &["send", "shop"],
        &["status"],
        &["metrics"],
        &["event", "show", "evt_1"],
        &["payment", "show", "pi_1"],
        &["event", "list", "--since", "1h"],
        &["archive", "verify", "--since", "1h"],
        &["replay", "--since", "1h", "--yes"],
        &["dlq", "list"],
        &["trust", "show", "--mode", "test"],
    ];
    thread::scope(|scope| {
        for arguments in commands {
            let (folder, markers, secret) = (&folder, &markers, &secret);
            scope.spawn(move || {
                for json in [&[][..], &["--json"]] {
                    let arguments = [arguments, json].concat();
                    let (code, said) = tollgate(folder, &arguments, secret);
                    assert_eq!(code, 1, "{arguments:?}: {said}");
                    assert!(
                        said.contains("tollgate up"),
                        "{arguments:?} does not say what to do next: {said}"
                    );
                    check_nowhere(markers, &[("tool", said)]);
                }
            });
        }
    });
    fs::remove_dir_all(folder).unwrap();
}
