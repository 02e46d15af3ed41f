//! AWS on loopback: prepared answers over TLS, and a count of what was asked.

use std::{
    collections::BTreeMap,
    io::{BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use serde_json::{Value, json};
use tests::http::{self, Request};

use crate::events;

/// The services that the functions call.
pub(crate) struct Cloud {
    address: SocketAddr,
    /// The certificate of this server, for `TOLLGATE_TRUST_PEM`.
    pub(crate) certificate: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    calls: Calls,
    /// The bodies of one operation's calls, while somebody wants them.
    wanted: Option<(&'static str, Vec<Value>)>,
}

/// How often each operation was called.
#[derive(Clone, Default)]
pub(crate) struct Calls(BTreeMap<String, usize>);

impl Calls {
    /// What was called since then.
    pub(crate) fn since(&self, before: &Calls) -> Calls {
        let fresh = |(name, count): (&String, &usize)| {
            let count = count - before.0.get(name).unwrap_or(&0);
            (count > 0).then(|| (name.clone(), count))
        };
        Calls(self.0.iter().filter_map(fresh).collect())
    }

    /// For so many deliveries, in words.
    pub(crate) fn each(&self, deliveries: usize) -> String {
        let each = |(name, count): (&String, &usize)| {
            let [count, deliveries] =
                [*count, deliveries].map(|number| f64::from(u32::try_from(number).unwrap_or(0)));
            format!("{} {name}", (count / deliveries * 100.0).round() / 100.0)
        };
        self.0.iter().map(each).collect::<Vec<_>>().join(", ")
    }
}

impl Cloud {
    /// Serves on a free port until the process ends.
    pub(crate) fn start() -> anyhow::Result<Cloud> {
        let name = "127.0.0.1".to_owned();
        let identity = rcgen::generate_simple_self_signed([name]).context("make a certificate")?;
        let key =
            PrivateKeyDer::try_from(identity.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![identity.cert.der().clone()], key)?;
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = Arc::default();
        let cloud = Cloud { address, certificate: identity.cert.pem(), state: Arc::clone(&state) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, state) = (Arc::clone(&config), Arc::clone(&state));
                // A client that goes away in the middle ends its own connection only.
                thread::spawn(move || serve(stream, config, &state).is_ok());
            }
        });
        Ok(cloud)
    }

    /// For `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// All calls until now.
    pub(crate) fn calls(&self) -> Calls {
        self.lock().calls.clone()
    }

    /// From now on keeps what is said in calls of this operation.
    pub(crate) fn keep(&self, operation: &'static str) {
        self.lock().wanted = Some((operation, Vec::new()));
    }

    /// What was kept, in the order in which it came.
    pub(crate) fn take_kept(&self) -> Vec<Value> {
        self.lock().wanted.take().map(|(_, bodies)| bodies).unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, state: &Mutex<State>) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config)?, stream));
    while let Some(request) = http::read(&mut stream)? {
        let (operation, answer) = answer(&request);
        {
            let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some((wanted, bodies)) = &mut state.wanted
                && *wanted == operation
            {
                bodies.push(serde_json::from_slice(&request.body)?);
            }
            *state.calls.0.entry(operation).or_default() += 1;
        }
        write(stream.get_mut(), &answer)?;
    }
    Ok(())
}

fn write(stream: &mut (impl Read + Write), body: &str) -> anyhow::Result<()> {
    let length = body.len();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\nx-amzn-requestid: r-1\r\n";
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes())?;
    stream.flush()?;
    Ok(())
}

/// The operation's name and its answer.
fn answer(request: &Request) -> (String, String) {
    let target = request.header("x-amz-target").unwrap_or_default();
    let operation =
        target.rsplit('.').next().filter(|name| !name.is_empty()).unwrap_or(match request.method() {
            "PUT" => "PutObject",
            _ => "connection",
        });
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let key = STANDARD.encode([7; 32]);
    let answer = match operation {
        "GenerateDataKey" => {
            json!({"KeyId": "key", "CiphertextBlob": STANDARD.encode("wrapped"), "Plaintext": key})
        }
        "Decrypt" => json!({"KeyId": "key", "Plaintext": key}),
        "GenerateMac" => json!({"KeyId": "key", "Mac": key, "MacAlgorithm": "HMAC_SHA_256"}),
        "GetSecretValue" => json!({"Name": body["SecretId"], "SecretString": events::DOCUMENT}),
        "SendMessage" => json!({"MessageId": "m-1", "MD5OfMessageBody": "0"}),
        "PutEvents" => {
            let count = body["Entries"].as_array().map_or(0, Vec::len);
            let entries: Vec<_> = (0..count).map(|number| json!({"EventId": number.to_string()})).collect();
            json!({"FailedEntryCount": 0, "Entries": entries})
        }
        "PutItem" => json!({}),
        _ => return (operation.to_owned(), String::new()),
    };
    (operation.to_owned(), answer.to_string())
}
