//! Reads an endpoint document strictly: what is wrong is told by the field's path and what was expected, never by
//! a value, since any field may hold a secret that was put in the wrong place.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::instant;

/// Why an endpoint document was refused: which field, and what was expected; never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEndpoint {
    path: String,
    expected: String,
}

impl InvalidEndpoint {
    /// The same field, with what was expected in other words.
    pub(crate) fn expecting(self, expected: &str) -> Self {
        Self { expected: expected.to_owned(), ..self }
    }
}

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, expected } = self;
        if path.is_empty() {
            write!(f, "expected {expected}")
        } else {
            write!(f, "{path}: expected {expected}")
        }
    }
}

impl std::error::Error for InvalidEndpoint {}

/// The JSON at one path of a document.
#[derive(Clone)]
pub(crate) struct Node<'d> {
    path: String,
    json: &'d str,
}

impl<'d> Node<'d> {
    pub(crate) fn root(json: &'d [u8]) -> Result<Self, InvalidEndpoint> {
        let whole = Self { path: String::new(), json: std::str::from_utf8(json).unwrap_or_default() };
        Ok(Self { json: whole.read::<&RawValue>("a JSON object")?.get(), ..whole })
    }

    /// This field is not what was expected.
    pub(crate) fn refuse(&self, expected: impl Into<String>) -> InvalidEndpoint {
        InvalidEndpoint { path: self.path.clone(), expected: expected.into() }
    }

    /// The JSON text.
    pub(crate) fn json(&self) -> &'d str {
        self.json
    }

    fn read<T: serde::Deserialize<'d>>(&self, expected: &str) -> Result<T, InvalidEndpoint> {
        serde_json::from_str(self.json).map_err(|_| self.refuse(expected))
    }

    fn below(&self, name: &str, json: &'d RawValue) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{}{dot}{name}", self.path), json: json.get() }
    }

    /// The fields of an object, which may be no others than `known`.
    pub(crate) fn fields(&self, known: &[&str]) -> Result<Fields<'d>, InvalidEndpoint> {
        let pairs: Pairs<'d> = self.read("an object")?;
        let mut fields = BTreeMap::new();
        for (name, json) in pairs.0 {
            if !known.contains(&name.as_ref()) {
                return Err(self.refuse(format!("no other fields than {}", known.join(", "))));
            }
            let node = self.below(&name, json);
            if fields.insert(name.into_owned(), node).is_some() {
                return Err(self.refuse("each field once"));
            }
        }
        Ok(Fields { of: self.clone(), fields })
    }

    /// The items of a list of 1 to `most`.
    pub(crate) fn items(&self, most: usize) -> Result<Vec<Self>, InvalidEndpoint> {
        let expected = format!("a list of 1 to {most}");
        let items: Vec<&RawValue> = self.read(&expected)?;
        if items.is_empty() || items.len() > most {
            return Err(self.refuse(expected));
        }
        let item = |(index, json): (usize, &'d RawValue)| Self {
            path: format!("{}[{index}]", self.path),
            json: json.get(),
        };
        Ok(items.into_iter().enumerate().map(item).collect())
    }

    /// The values of an object by their names, at most `most`.
    pub(crate) fn map(&self, most: usize) -> Result<BTreeMap<String, Self>, InvalidEndpoint> {
        let pairs: Pairs<'d> = self.read("an object")?;
        if pairs.0.len() > most {
            return Err(self.refuse(format!("{most} fields at most")));
        }
        // The name may be what a secret was mistaken for: it does not become part of the path.
        Ok(pairs.0.into_iter().map(|(name, json)| (name.into_owned(), self.below("*", json))).collect())
    }

    /// Whether it is a list.
    pub(crate) fn is_list(&self) -> bool {
        self.json.starts_with('[')
    }

    /// A text; wiped, since it may be a secret.
    pub(crate) fn text(&self) -> Result<Zeroizing<String>, InvalidEndpoint> {
        Ok(Zeroizing::new(self.read::<String>("a text")?))
    }

    /// A text of 1 to `most` bytes without control characters or blanks around it.
    pub(crate) fn line(&self, most: usize) -> Result<String, InvalidEndpoint> {
        let text: String = self.read("a text")?;
        if text.is_empty() || text.len() > most || text.trim() != text || text.contains(char::is_control) {
            return Err(self.refuse(format!("a text of 1 to {most} bytes without blanks around it")));
        }
        Ok(text)
    }

    /// An RFC 3339 time in milliseconds since 1970, or null.
    pub(crate) fn time(&self) -> Result<Option<i64>, InvalidEndpoint> {
        let expected = "a time as 2026-01-31T12:00:00Z, or null";
        let Some(text) = self.read::<Option<Cow<'d, str>>>(expected)? else { return Ok(None) };
        instant::rfc3339(&text).map(Some).ok_or_else(|| self.refuse(expected))
    }

    /// A whole number, or null.
    pub(crate) fn number(&self, expected: &str) -> Result<Option<u32>, InvalidEndpoint> {
        self.read(expected)
    }

    /// A value of a described type.
    pub(crate) fn value<T: DeserializeOwned>(&self) -> Result<T, InvalidEndpoint> {
        serde_json::from_str(self.json).map_err(|error| InvalidEndpoint {
            path: format!("{}{}", self.path, path_at(self.json, error.line(), error.column())),
            expected: expectation(&error),
        })
    }
}

/// What a reader expected, out of its message: the rest of the message may hold a value.
fn expectation(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(before, _)| before);
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("a field {field}");
    }
    match message.rsplit_once("expected ") {
        Some((_, expected)) => expected.to_owned(),
        None => "a valid value".to_owned(),
    }
}

/// The path of the value that a reader had come to at a place of a JSON text.
fn path_at(json: &str, line: usize, column: usize) -> String {
    let before: usize = json.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let read = json.as_bytes().get(..(before + column).min(json.len())).unwrap_or_default();
    let (mut path, mut string, mut escaped, mut last) = (Vec::new(), None, false, String::new());
    for byte in read {
        if let Some(text) = &mut string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => last = string.take().unwrap_or_default(),
                byte => String::push(text, char::from(*byte)),
            }
            continue;
        }
        match byte {
            b'"' => string = Some(String::new()),
            b'{' => path.push(String::new()),
            b'[' => path.push("[0]".to_owned()),
            b'}' | b']' => drop(path.pop()),
            b':' => {
                // Only what looks like a name of ours is repeated: a secret may stand where it does not belong.
                let plain = last.len() <= 32 && last.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
                if let Some(place) = path.last_mut() {
                    *place = format!(".{}", if plain { last.as_str() } else { "?" });
                }
            }
            b',' => {
                if let Some(place) = path.last_mut().filter(|place| place.starts_with('[')) {
                    let index: usize = place.trim_matches(['[', ']']).parse().unwrap_or_default();
                    *place = format!("[{}]", index + 1);
                }
            }
            _ => {}
        }
    }
    path.concat()
}

/// The fields of one object.
pub(crate) struct Fields<'d> {
    of: Node<'d>,
    fields: BTreeMap<String, Node<'d>>,
}

impl<'d> Fields<'d> {
    pub(crate) fn required(&self, name: &str) -> Result<&Node<'d>, InvalidEndpoint> {
        self.fields.get(name).ok_or_else(|| self.of.refuse(format!("a field {name}")))
    }

    pub(crate) fn optional(&self, name: &str) -> Option<&Node<'d>> {
        self.fields.get(name)
    }

    /// The object itself.
    pub(crate) fn node(&self) -> &Node<'d> {
        &self.of
    }
}

/// The fields of an object in order, with repetitions.
struct Pairs<'d>(Vec<(Cow<'d, str>, &'d RawValue)>);

impl<'d> serde::Deserialize<'d> for Pairs<'d> {
    fn deserialize<D: serde::Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'d> serde::de::Visitor<'d> for Visitor {
            type Value = Pairs<'d>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'d>>(self, mut map: A) -> Result<Pairs<'d>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
