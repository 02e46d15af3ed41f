//! A server on loopback that gives prepared answers and remembers what it was asked.

#![allow(dead_code, reason = "each port uses a part of it")]

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::{Patience, Sdk};

/// What a request is answered with.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A status, headers with their line ends, and a body.
    Response(u16, &'static str, String),
    /// Nothing, while the connection stays open.
    Silence,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<String>) -> Self {
        Self::Response(200, "", body.into())
    }

    /// An error as the JSON services write it.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::Response(status, "", format!(r#"{{"__type":"com.amazonaws#{code}","message":"it was 4242"}}"#))
    }
}

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Method and target, such as `PUT /bucket/key`.
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Server {
    url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    answers: VecDeque<Answer>,
    seen: Vec<Seen>,
    connections: usize,
}

impl Server {
    /// Answers with these in order, and with 500 after the last.
    pub(crate) fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::listen(answers, "http", Some)
    }

    /// The same over TLS, with a certificate that nobody vouches for; it is returned as PEM.
    pub(crate) fn start_tls(answers: impl IntoIterator<Item = Answer>) -> (Self, String) {
        let identity = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = identity.signing_key.serialize_der().try_into().unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.cert.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let accept = move |stream| {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            // A client that does not trust us ends the handshake.
            stream.conn.complete_io(&mut stream.sock).ok()?;
            Some(stream)
        };
        (Self::listen(answers, "https", accept), identity.cert.pem())
    }

    fn listen<S: Read + Write>(
        answers: impl IntoIterator<Item = Answer>,
        scheme: &'static str,
        accept: impl Fn(TcpStream) -> Option<S> + Clone + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = State { answers: answers.into_iter().collect(), seen: Vec::new(), connections: 0 };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (state, accept) = (Arc::clone(&shared), accept.clone());
                state.lock().unwrap().connections += 1;
                std::thread::spawn(move || accept(stream.unwrap()).map(|stream| serve(stream, &state)));
            }
        });
        Self { url: format!("{scheme}://{address}"), state }
    }

    /// Clients that call this server.
    pub(crate) fn sdk(&self) -> Sdk {
        self.sdk_that_trusts(None)
    }

    /// The same with `TOLLGATE_TRUST_PEM`.
    pub(crate) fn sdk_that_trusts(&self, pem: Option<&str>) -> Sdk {
        let var = |name: &str| match name {
            "AWS_REGION" => Some("eu-west-1"),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test"),
            "AWS_ENDPOINT_URL" => Some(self.url.as_str()),
            "TOLLGATE_TRUST_PEM" => pem,
            _ => None,
        };
        Sdk::from_vars(Patience::Function, |name| var(name).map(str::to_owned)).unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }

    /// The one request that it got.
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

/// Serves one connection until the other side closes it.
fn serve(stream: impl Read + Write, state: &Mutex<State>) {
    let mut stream = BufReader::new(stream);
    while let Some(seen) = read(&mut stream) {
        let answer = {
            let mut state = state.lock().unwrap();
            state.seen.push(seen);
            state.answers.pop_front().unwrap_or(Answer::Response(500, "", String::new()))
        };
        if let Answer::Response(status, headers, body) = answer {
            let length = body.len();
            let text = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}");
            if stream.get_mut().write_all(text.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let line = lines.first()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: BTreeMap<_, _> = lines
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { line, headers, body })
}
