//! What happens to a body on its way: each as it may have been before, to find out whether that is what was signed.

use base64::{Engine, engine::general_purpose::STANDARD};

/// A body as it may have been, and what would have been done to it.
type Variant = (&'static str, fn(&[u8]) -> Option<Vec<u8>>);

const VARIANTS: [Variant; 12] = [
    ("without its last line feed", |body| body.strip_suffix(b"\n").map(<[u8]>::to_vec)),
    ("without its last CR LF", |body| body.strip_suffix(b"\r\n").map(<[u8]>::to_vec)),
    ("with a line feed at its end", |body| Some([body, b"\n"].concat())),
    ("without blanks around it", |body| Some(body.trim_ascii().to_vec())),
    ("without its byte order mark", |body| body.strip_prefix("\u{feff}".as_bytes()).map(<[u8]>::to_vec)),
    ("with LF for CR LF", |body| Some(replace(body, b"\r\n", b"\n"))),
    ("with CR LF for LF", |body| Some(replace(&replace(body, b"\r\n", b"\n"), b"\n", b"\r\n"))),
    ("out of its base64", |body| STANDARD.decode(body.trim_ascii()).ok()),
    ("in base64", |body| Some(STANDARD.encode(body).into_bytes())),
    ("without the blanks between its JSON", |body| Some(compact(body))),
    ("without the blanks between its JSON and with \\/ for /", |body| {
        Some(replace(&compact(body), b"/", b"\\/"))
    }),
    ("without the blanks between its JSON and with letters for \\u escapes", |body| {
        Some(unescape(&compact(body)))
    }),
];

/// What would have to be undone so that `fits` holds of the body.
pub(super) fn that_fits(body: &[u8], fits: impl Fn(Vec<u8>) -> bool) -> Option<&'static str> {
    VARIANTS.iter().find_map(|(words, variant)| {
        let changed = variant(body).filter(|changed| changed != body)?;
        fits(changed).then_some(*words)
    })
}

fn replace(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let (mut replaced, mut rest) = (Vec::with_capacity(body.len()), body);
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(from) {
            replaced.extend(to);
            rest = after;
        } else {
            replaced.push(*first);
            rest = after;
        }
    }
    replaced
}

/// JSON without the blanks outside of its texts.
fn compact(body: &[u8]) -> Vec<u8> {
    let (mut inside, mut escaped) = (false, false);
    let keep = |byte: &u8| {
        let kept = inside || !byte.is_ascii_whitespace();
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ => {}
        }
        kept
    };
    body.iter()
        .copied()
        .filter({
            let mut keep = keep;
            move |byte| keep(byte)
        })
        .collect()
}

/// JSON with letters in place of `\u` escapes.
fn unescape(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let (mut letters, mut rest) = (String::with_capacity(text.len()), text.as_ref());
    while let Some((before, after)) = rest.split_once("\\u") {
        letters.push_str(before);
        let value = |digits: &str| u16::from_str_radix(digits.get(..4)?, 16).ok();
        let high = value(after);
        let low = after.get(4..).and_then(|after| after.strip_prefix("\\u")).and_then(value);
        let units = [high.unwrap_or_default(), low.unwrap_or_default()];
        let mut decoded = char::decode_utf16(units);
        match (high, decoded.next()) {
            (Some(_), Some(Ok(letter))) if letter >= ' ' && !matches!(letter, '"' | '\\') => {
                letters.push(letter);
                rest = after.get(if letter.len_utf16() == 2 { 10 } else { 4 }..).unwrap_or_default();
            }
            _ => {
                letters.push_str("\\u");
                rest = after;
            }
        }
    }
    letters.push_str(rest);
    letters.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_to_bodies_is_undone() {
        let check = |changed: &str, original: &str, expected: &str| {
            let found = that_fits(changed.as_bytes(), |body| body == original.as_bytes());
            assert_eq!(found, Some(expected), "{changed:?}");
        };
        check("{}\n", "{}", "without its last line feed");
        check("{}\r\n", "{}", "without its last CR LF");
        check("{}", "{}\n", "with a line feed at its end");
        check(" {} ", "{}", "without blanks around it");
        check("\u{feff}{}", "{}", "without its byte order mark");
        check("{\r\n}", "{\n}", "with LF for CR LF");
        check("{\n\r\n}", "{\r\n\r\n}", "with CR LF for LF");
        check("e30=", "{}", "out of its base64");
        check("{}", "e30=", "in base64");
        check(
            "{ \"a b\": \"c\\\" \\\\\", \"d\" : 1 }",
            "{\"a b\":\"c\\\" \\\\\",\"d\":1}",
            "without the blanks between its JSON",
        );
        check(
            "{\"a\": \"b/c\"}",
            "{\"a\":\"b\\/c\"}",
            "without the blanks between its JSON and with \\/ for /",
        );
        check(
            "{\"a\": \"\\u00e9 \\ud83d\\ude00 \\u0022 \\u000a \\ud83d\\uzz\"}",
            "{\"a\":\"\u{e9} \u{1f600} \\u0022 \\u000a \\ud83d\\uzz\"}",
            "without the blanks between its JSON and with letters for \\u escapes",
        );
        assert_eq!(that_fits(b"{}", |body| body == b"[]"), None);
    }
}
