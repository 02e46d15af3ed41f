//! Where a body and what screening made of it differ, by a walk over both at once. It shares no code with screening.

use base64::{Engine, prelude::BASE64_STANDARD};
use pipeline::{DataClass, Redaction};
use verification::Provider;

/// What screening takes a body for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, also where it is none.
    Json,
    /// A form.
    Form,
    /// XML.
    Xml,
}

impl Format {
    /// The format of a body of this provider.
    pub fn of(provider: &Provider, body: &str) -> Self {
        match body.trim_ascii_start().chars().next() {
            Some('<') => Self::Xml,
            Some('{' | '[' | '"') => Self::Json,
            _ if provider.sends("application/x-www-form-urlencoded") => Self::Form,
            _ => Self::Json,
        }
    }
}

/// Each value of `before` that `after` has replaced, in order. Panics if they differ in anything else: a name or a value
/// may have become the text of a class, and of a text that is of a format itself the same holds within it.
pub fn differences(provider: &Provider, before: &str, after: &str) -> Vec<Redaction> {
    let mut walk = Walk { base64_xml: provider.name == "braintree", found: Vec::new() };
    match Format::of(provider, before) {
        Format::Json => walk.json(before, after, &[]),
        Format::Form => walk.form(before, after),
        Format::Xml => walk.xml(before, after, &[]),
    }
    walk.found
}

/// Whether a name or a text of some JSON is one of the networks' test numbers, however its digits are grouped.
pub fn has_test_number(json: &str) -> bool {
    let digits = |text: String| text.replace(|c: char| c.is_whitespace() || c == '-', "");
    tokens(json).into_iter().filter_map(string).map(digits).any(|text| TEST_NUMBERS.contains(&text.as_str()))
}

const TEST_NUMBERS: [&str; 3] = ["4242424242424242", "5555555555554444", "378282246310005"];

struct Walk {
    base64_xml: bool,
    found: Vec<Redaction>,
}

impl Walk {
    /// A value that differs.
    fn value(&mut self, before: Option<&str>, after: &str, path: &[String]) {
        if let Some(class) = class_of(after) {
            return self.found(path, class);
        }
        let whole = before.expect("a number became a text that is no replacement");
        let before = whole.trim_start_matches(is_before_a_text);
        let after =
            after.strip_prefix(&whole[..whole.len() - before.len()]).expect("what stands before it stays");
        match before.chars().next() {
            Some('{' | '[') => self.json(before, after, path),
            Some('<') => self.xml(before, after, path),
            // JSON in JSON.
            Some('"') => match (string(before.trim_end()), string(after.trim_end())) {
                (Some(old), Some(new)) => self.value(Some(&old), &new, path),
                _ => panic!("{before:?} became {after:?}"),
            },
            _ => panic!("{before:?} became {after:?}"),
        }
    }

    fn found(&mut self, path: &[String], class: DataClass) {
        let escape = |part: &String| format!("/{}", part.replace('~', "~0").replace('/', "~1"));
        let mut path: String = path.iter().map(escape).collect();
        if path.len() > 256 {
            path.truncate(path.floor_char_boundary(253));
            path.push('…');
        }
        self.found.push(Redaction { path, class: class.as_str().to_owned() });
    }

    fn json(&mut self, before: &str, after: &str, base: &[String]) {
        let (old, new) = (tokens(before), tokens(after));
        assert_eq!(old.len(), new.len(), "{before:?} became {after:?}");
        // An index, or none where the last part of the path is a name.
        let (mut path, mut indices, mut at_name) = (base.to_vec(), Vec::new(), false);
        for (old, new) in old.into_iter().zip(new) {
            let (text, is_name) = (string(new), at_name);
            match (new, &text) {
                ("{" | "[", _) => {
                    assert_eq!(old, new);
                    indices.push((new == "[").then_some(0));
                    path.push("0".to_owned());
                    at_name = new == "{";
                }
                ("}" | "]", _) => {
                    indices.pop();
                    path.pop();
                    at_name = false;
                }
                (",", _) => match indices.last_mut() {
                    Some(Some(index)) => {
                        *index += 1;
                        *path.last_mut().expect("a place") = index.to_string();
                    }
                    _ => at_name = true,
                },
                (_, Some(name)) if at_name => {
                    path.last_mut().expect("a place").clone_from(name);
                    at_name = false;
                }
                _ => {}
            }
            if old == new {
                continue;
            }
            let text = text.expect("only a string takes the place of a value");
            assert!(old.starts_with(['"', '-']) || old.as_bytes()[0].is_ascii_digit(), "{old} became {new}");
            if is_name {
                self.found(&path, class_of(&text).expect("a name becomes a replacement"));
            } else {
                self.value(string(old).as_deref(), &text, &path);
            }
        }
    }

    fn form(&mut self, before: &str, after: &str) {
        assert_eq!(before.split('&').count(), after.split('&').count(), "{before} became {after}");
        for (old, new) in before.split('&').zip(after.split('&')) {
            let parts =
                |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            let (old_name, old_value) = parts(old).unwrap_or((old.to_owned(), String::new()));
            let (new_name, new_value) = parts(new).unwrap_or((new.to_owned(), String::new()));
            assert_eq!(old.contains('='), new.contains('='));
            let name = decoded(&new_name, true);
            if old_name != new_name {
                self.found(
                    std::slice::from_ref(&name),
                    class_of(&name).expect("a name becomes a replacement"),
                );
            }
            if old_value == new_value {
                continue;
            }
            let path = name_path(&name);
            if self.base64_xml && name == "bt_payload" {
                let (old, new) = (decoded(&old_value, false), decoded(&new_value, false));
                self.xml(&base64(&old), &base64(&new), &path);
            } else {
                self.value(Some(&decoded(&old_value, true)), &decoded(&new_value, true), &path);
            }
        }
    }

    fn xml(&mut self, before: &str, after: &str, base: &[String]) {
        let (old, new) = (pieces(before), pieces(after));
        assert_eq!(old.len(), new.len(), "{before:?} became {after:?}");
        let mut path = base.to_vec();
        for (old, new) in old.into_iter().zip(new) {
            if !old.starts_with('<') || old.starts_with("<!") {
                self.content(old, new, &path);
                continue;
            }
            let name =
                new.trim_matches(['<', '>', '/']).split(|c: char| c.is_ascii_whitespace() || c == '/').next();
            if new.starts_with("</") {
                path.pop();
            } else if !new.starts_with("<?") {
                path.push(name.unwrap_or_default().to_owned());
            }
            // Between quotes stand the values of attributes.
            let (old_parts, new_parts) = (quoted(old), quoted(new));
            assert_eq!(old_parts.len(), new_parts.len(), "{old} became {new}");
            for (at, (old, new)) in old_parts.iter().zip(&new_parts).enumerate() {
                if old != new {
                    assert!(at % 2 == 1, "{old} became {new}");
                    let name = new_parts[at - 1].rsplit_once('=').map_or("", |(before, _)| before.trim());
                    let name = name.rsplit(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
                    path.push(format!("@{name}"));
                    self.value(Some(&unescaped(old)), &unescaped(new), &path);
                    path.pop();
                }
            }
            if new.ends_with("/>") {
                path.pop();
            }
        }
    }

    /// All between two tags: texts, CDATA and comments.
    fn content(&mut self, old: &str, new: &str, path: &[String]) {
        if old == new {
            return;
        }
        if let Some(class) = class_of(new) {
            return self.found(path, class);
        }
        let ((old_text, old_comments), (new_text, new_comments)) = (parted(old), parted(new));
        if old_text != new_text {
            self.value(Some(&old_text), &new_text, path);
        }
        if old_comments != new_comments {
            self.value(Some(&old_comments), &new_comments, path);
        }
    }
}

fn class_of(text: &str) -> Option<DataClass> {
    DataClass::ALL.into_iter().find(|class| class.replacement() == text)
}

/// Strings, runs of blanks, runs of other scalars, and punctuation.
fn tokens(text: &str) -> Vec<&str> {
    let (mut tokens, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.bytes().next() {
        let blank = |b: u8| b.is_ascii_whitespace();
        let length = match first {
            b'"' => {
                let mut escaped = false;
                let end = rest.bytes().skip(1).position(|b| match (escaped, b) {
                    (false, b'"') => true,
                    (before, b) => {
                        escaped = !before && b == b'\\';
                        false
                    }
                });
                end.map_or(rest.len(), |end| end + 2)
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            b if blank(b) => rest.bytes().take_while(|b| blank(*b)).count(),
            _ => rest.bytes().take_while(|b| !blank(*b) && !b"{}[],:\"".contains(b)).count(),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// What a JSON string holds; half a surrogate pair is U+FFFD. None if it is no string.
fn string(token: &str) -> Option<String> {
    let mut chars = token.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut units: Vec<u16> = Vec::new();
    while let Some(c) = chars.next() {
        let c = match (c, if c == '\\' { chars.next()? } else { c }) {
            ('\\', 'b') => '\u{8}',
            ('\\', 'f') => '\u{c}',
            ('\\', 'n') => '\n',
            ('\\', 'r') => '\r',
            ('\\', 't') => '\t',
            ('\\', 'u') => {
                let digits: String = chars.by_ref().take(4).collect();
                units.push(u16::from_str_radix(&digits, 16).ok()?);
                continue;
            }
            (_, c) => c,
        };
        units.extend(c.encode_utf16(&mut [0; 2]).iter());
    }
    Some(String::from_utf16_lossy(&units))
}

/// White space or a byte order mark.
fn is_before_a_text(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// Tags, and all between two of them as one.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    loop {
        let mut end = 0;
        while let Some(at) = rest[end..].find('<') {
            let tag = &rest[end + at..];
            let close =
                [("<!--", "-->"), ("<![CDATA[", "]]>")].into_iter().find(|(open, _)| tag.starts_with(open));
            let Some((open, close)) = close else {
                end += at;
                break;
            };
            end += at
                + open.len()
                + tag[open.len()..].find(close).expect("it was read to its end")
                + close.len();
        }
        if !rest[end..].starts_with('<') {
            pieces.push(rest);
            return pieces;
        }
        let tag = &rest[end..];
        let mut quote = None;
        let length = tag.find(|c| {
            match quote {
                None if c == '>' => return true,
                None if c == '\'' || c == '"' => quote = Some(c),
                Some(open) if open == c => quote = None,
                _ => {}
            }
            false
        });
        let length = length.expect("it was read to its end") + 1;
        pieces.extend([&rest[..end], &tag[..length]]);
        rest = &tag[length..];
    }
}

/// The text between two tags with its CDATA, and the comments.
fn parted(content: &str) -> (String, String) {
    let (mut text, mut comments, mut rest) = (String::new(), String::new(), content);
    while let Some((before, tag)) = rest.split_once("<!") {
        text += &unescaped(before);
        let (open, close, into) =
            if tag.starts_with("--") { ("--", "-->", &mut comments) } else { ("[CDATA[", "]]>", &mut text) };
        let (inside, after) = tag[open.len()..].split_once(close).expect("it was read to its end");
        into.push_str(inside);
        rest = after;
    }
    (text + &unescaped(rest), comments)
}

fn unescaped(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut all = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(';').expect("a reference");
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        all.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => match name.strip_prefix("#x") {
                Some(digits) => number(digits, 16).expect("a character"),
                None => number(&name[1..], 10).expect("a character"),
            },
        });
        all += rest;
    }
    all
}

/// A tag, cut at its quotes: what is between two of them stands at odd places.
fn quoted(tag: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), tag);
    while let Some(at) = rest.find(['\'', '"']) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let (value, after) = after.split_once(&rest[at..=at]).expect("a closing quote");
        parts.extend([before, value]);
        rest = after;
    }
    parts.push(rest);
    parts
}

fn decoded(text: &str, plus_is_blank: bool) -> String {
    let text = if plus_is_blank { text.replace('+', " ") } else { text.to_owned() };
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).expect("two digits"));
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).expect("a text")
}

fn base64(text: &str) -> String {
    let bytes = BASE64_STANDARD.decode(text.replace('\n', "")).expect("base64");
    String::from_utf8(bytes).expect("a text")
}

/// `a[b][]` as `a`, `b`, `0`.
fn name_path(name: &str) -> Vec<String> {
    let Some((first, rest)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) else {
        return vec![name.to_owned()];
    };
    let index = |part: &str| if part.is_empty() { "0".to_owned() } else { part.to_owned() };
    std::iter::once(first.to_owned()).chain(rest.split("][").map(index)).collect()
}
