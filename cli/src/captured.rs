//! A request that was captured: as raw HTTP, or as an entry of a HAR log.

use std::borrow::Cow;
use std::time::SystemTime;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::clock;
use crate::problem::Problem;

/// A request as it was received, as far as the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Captured {
    /// The method.
    pub(crate) method: String,
    /// The whole URL.
    pub(crate) url: String,
    /// The headers in order.
    pub(crate) headers: Vec<(String, String)>,
    /// The exact bytes of the body.
    pub(crate) body: Vec<u8>,
    /// When it was sent, if the file says so.
    pub(crate) at: Option<SystemTime>,
    /// What may have been lost on the way into the file.
    pub(crate) notes: Vec<String>,
}

impl Captured {
    /// Reads a request; the `entry`th of a HAR log, from 1.
    pub(crate) fn read(file: &[u8], entry: Option<usize>) -> anyhow::Result<Self> {
        if file.trim_ascii_start().starts_with(b"{") {
            return har(file, entry);
        }
        if entry.is_some() {
            return Err(Problem::usage("--entry is for a HAR log, and this is none").into());
        }
        raw(file)
    }
}

fn malformed(what: &str) -> Problem {
    Problem::usage(format!("the request cannot be read: {what}")).advice(
        "expected: raw HTTP (POST /path HTTP/1.1, headers, an empty line, the body), or a HAR log or entry",
    )
}

/// A request line, headers, an empty line, and the body to the file's end.
fn raw(file: &[u8]) -> anyhow::Result<Captured> {
    let (head, body) = split(file).ok_or_else(|| malformed("there is no empty line after the headers"))?;
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let mut start = lines.next().unwrap_or_default().split_ascii_whitespace();
    let (Some(method), Some(target)) = (start.next(), start.next()) else {
        return Err(malformed("the first line is no request line").into());
    };
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("a header line has no colon"))?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let of = |wanted: &str| {
        headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    };
    if of("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return Err(malformed("its body is in chunks: capture it decoded").into());
    }
    let mut notes = Vec::new();
    let body = of_length(body, of("content-length"), &mut notes);
    let url = if target.contains("://") {
        target.to_owned()
    } else {
        format!("https://{}{target}", of("host").ok_or_else(|| malformed("it has no host header"))?)
    };
    Ok(Captured { method: method.to_owned(), url, body: body.to_vec(), at: None, notes, headers })
}

/// The head and the body, divided by the first empty line.
fn split(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = |needle: &[u8]| {
        file.windows(needle.len()).position(|window| window == needle).map(|at| (at, needle.len()))
    };
    let (at, length) = [at(b"\r\n\r\n"), at(b"\n\n")].into_iter().flatten().min()?;
    Some((file.get(..at)?, file.get(at + length..)?))
}

/// The body of the length that its header says: an editor adds a line feed to a file, and a copy can be cut.
fn of_length<'b>(body: &'b [u8], stated: Option<&str>, notes: &mut Vec<String>) -> &'b [u8] {
    let Some(stated) = stated.and_then(|stated| stated.parse::<usize>().ok()) else { return body };
    match body.split_at_checked(stated) {
        Some((body, rest)) if rest.iter().all(u8::is_ascii_whitespace) => body,
        _ => {
            notes
                .push(format!("content-length says {stated}, but the file has {} bytes of body", body.len()));
            body
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    started_date_time: Option<String>,
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    headers: Vec<Header>,
    #[serde(default)]
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct PostData {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    encoding: Option<String>,
}

fn har(file: &[u8], entry: Option<usize>) -> anyhow::Result<Captured> {
    let whole: Value = serde_json::from_slice(file).map_err(|_| malformed("it is not whole JSON"))?;
    let found = match whole.pointer("/log/entries").and_then(Value::as_array) {
        None => Cow::Borrowed(&whole),
        Some(entries) => {
            let of = |number: usize| number.checked_sub(1).and_then(|index| entries.get(index));
            match (entries.as_slice(), entry) {
                ([only], None) => Cow::Borrowed(only),
                (_, Some(number)) if of(number).is_some() => Cow::Borrowed(of(number).context("an entry")?),
                _ => {
                    return Err(Problem::usage(format!("the log has {} entries", entries.len()))
                        .advice(format!("name one:  --entry 1 … {}", entries.len()))
                        .into());
                }
            }
        }
    };
    let entry: Entry =
        serde_json::from_value(found.into_owned()).map_err(|_| malformed("it is no HAR entry"))?;
    let Request { method, url, headers, post_data } = entry.request;
    let mut notes = Vec::new();
    let body = match post_data.map(|data| (data.text, data.encoding)) {
        Some((Some(text), Some(encoding))) if encoding == "base64" => {
            STANDARD.decode(text).map_err(|_| malformed("its body is not base64"))?
        }
        Some((Some(text), _)) => {
            if text.contains('\u{fffd}') {
                notes.push("the log lost bytes of the body: it shows replacement characters".to_owned());
            }
            text.into_bytes()
        }
        Some((None, _)) => {
            notes.push("the log has no text of the body".to_owned());
            Vec::new()
        }
        None => Vec::new(),
    };
    // HTTP/2 names that are no headers.
    let headers = headers.into_iter().filter(|header| !header.name.starts_with(':'));
    let headers = headers.map(|header| (header.name, header.value)).collect();
    Ok(Captured { method, url, headers, body, at: clock::parsed(entry.started_date_time.as_deref()), notes })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(file: &str) -> Captured {
        Captured::read(file.as_bytes(), None).unwrap()
    }

    #[test]
    fn a_raw_request_is_read_with_either_line_ends() {
        for end in ["\n", "\r\n"] {
            let text = [
                "POST /hook?a=1 HTTP/1.1",
                "Host: shop.example",
                "X-Sig:  a:b ",
                "x-sig: c",
                "",
                "{\"a\":\r\n1}",
            ]
            .join(end);
            let found = read(&text);
            assert_eq!(
                (found.method.as_str(), found.url.as_str()),
                ("POST", "https://shop.example/hook?a=1")
            );
            let sent: Vec<_> =
                found.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(sent, [("Host", "shop.example"), ("X-Sig", "a:b"), ("x-sig", "c")]);
            assert_eq!(found.body, b"{\"a\":\r\n1}");
        }
        assert_eq!(read("POST http://a.example:8080/x HTTP/1.1\nA: b\n\n").url, "http://a.example:8080/x");
    }

    #[test]
    fn what_an_editor_adds_is_taken_off_and_what_is_missing_is_said() {
        for (body, expected, notes) in
            [("{}\n", "{}", 0), ("{}", "{}", 0), ("{", "{", 1), ("{}{}", "{}{}", 1)]
        {
            let found = read(&format!("POST / HTTP/1.1\nhost: a\ncontent-length: 2\n\n{body}"));
            assert_eq!((found.body.as_slice(), found.notes.len()), (expected.as_bytes(), notes), "{body:?}");
        }
    }

    #[test]
    fn a_har_log_an_entry_of_it_and_a_body_in_base64_are_read() {
        let entry = |text: &str, encoding: Option<&str>| {
            json!({"startedDateTime": "2027-01-15T08:00:00.000Z", "request": {"method": "POST", "url": "https://a.example/b",
                "headers": [{"name": ":path", "value": "/b"}, {"name": "X-Sig", "value": "s"}],
                "postData": {"mimeType": "application/json", "text": text, "encoding": encoding}}})
        };
        let one = read(&entry("{}", None).to_string());
        assert_eq!((one.body.as_slice(), one.headers.len(), one.at.is_some()), (b"{}".as_slice(), 1, true));
        let log = json!({"log": {"entries": [entry("1", None), entry("Mg==", Some("base64"))]}}).to_string();
        assert_eq!(Captured::read(log.as_bytes(), Some(2)).unwrap().body, b"2");
        for wrong in [None, Some(0), Some(3)] {
            assert!(Captured::read(log.as_bytes(), wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(read(&entry("a\u{fffd}", None).to_string()).notes.len(), 1);
    }

    #[test]
    fn what_is_no_request_is_refused_as_asked_wrongly() {
        let chunked = "POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n2\n{}\n0\n\n";
        for text in [
            "",
            "POST / HTTP/1.1\nhost: a",
            "POST\n\n{}",
            "POST / HTTP/1.1\nno colon\n\n",
            "{",
            "{}",
            "POST /x HTTP/1.1\n\n{}",
            chunked,
        ] {
            let error = Captured::read(text.as_bytes(), None).unwrap_err();
            assert_eq!(crate::problem::exit(&error).0, 2, "{text:?}");
        }
    }
}
