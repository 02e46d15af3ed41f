//! A server of canned answers for tests: the first answer whose mark stands in the request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use aws::{Patience, Sdk};
use aws_types::SdkConfig;

/// It answers until the test's process ends. What nothing was canned for is refused as an unknown operation.
pub(crate) struct Server {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `(a part of the request, the answer's status, the answer's body)`
    pub(crate) fn start<const N: usize>(answers: [(&str, u16, &str); N]) -> Self {
        let answers = answers.map(|(mark, status, body)| (mark.to_owned(), status, body.to_owned()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let answers = Arc::new(answers.to_vec());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, answers) = (Arc::clone(&log), Arc::clone(&answers));
                thread::spawn(move || serve(&stream.unwrap(), &answers, &log));
            }
        });
        Self { url, seen }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// How a client reaches it.
    pub(crate) fn sdk(&self) -> Sdk {
        Sdk::from_vars(Patience::Function, |name| match name {
            "AWS_ENDPOINT_URL" => Some(self.url.clone()),
            "AWS_SESSION_TOKEN" | "TOLLGATE_TRUST_PEM" => None,
            _ => Some("eu-west-1".to_owned()),
        })
        .unwrap()
    }

    /// The configuration of [`Server::sdk`].
    pub(crate) fn config(&self) -> SdkConfig {
        self.sdk().config().clone()
    }

    /// The requests so far, each with its headers and body.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, answers: &[(String, u16, String)], log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut request, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            request.push_str(&line);
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        request.push_str(&String::from_utf8(body).unwrap());
        let unknown = (String::new(), 400, r#"{"__type":"UnknownOperationException"}"#.to_owned());
        let answer = answers.iter().find(|(mark, ..)| request.contains(mark)).unwrap_or(&unknown);
        log.lock().unwrap().push(request);
        let (_, status, body) = answer;
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
        (&*stream).write_all(format!("{head}{body}").as_bytes()).unwrap();
    }
}
