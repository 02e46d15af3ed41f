//! As much HTTP/1.1 as the Runtime API and the services of the bench need.

use std::io::{BufRead, Read};

use anyhow::{Context, bail};

/// A request, read in full.
pub struct Request {
    line: String,
    headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// `GET`, `POST`, `PUT`.
    pub fn method(&self) -> &str {
        self.line.split(' ').next().unwrap_or_default()
    }

    /// The path and query.
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// The first value of the header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The next request of a connection; none when it is closed.
pub fn read(stream: &mut impl BufRead) -> anyhow::Result<Option<Request>> {
    let Some(line) = read_line(stream) else { return Ok(None) };
    let mut request = Request { line, headers: Vec::new(), body: Vec::new() };
    loop {
        let header = read_line(stream).context("closed in the middle of a request")?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').context("a header without a colon")?;
        request.headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    if let Some(length) = request.header("content-length") {
        request.body = vec![0; length.parse()?];
        stream.read_exact(&mut request.body)?;
    } else if request.header("transfer-encoding").is_some() {
        request.body = read_chunks(stream)?;
    }
    Ok(Some(request))
}

fn read_chunks(stream: &mut impl BufRead) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = read_line(stream).context("closed in the middle of a body")?;
        let size = u64::from_str_radix(&size, 16)?;
        stream.take(size).read_to_end(&mut body)?;
        if read_line(stream).as_deref() != Some("") {
            bail!("trailers are not expected");
        }
        if size == 0 {
            return Ok(body);
        }
    }
}

/// A line without its end; none at the end of the stream, however it came.
fn read_line(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).unwrap_or(0);
    (read > 0).then(|| line.trim_end().to_owned())
}
