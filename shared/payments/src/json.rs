//! Reads facts from a body without building it: each step scans the text and keeps a piece of it. Numbers stay the
//! text that was sent, so that an amount is never a float.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A piece of a body; absent when the body has no such piece. Absent and `null` are the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a>(Option<&'a str>);

impl<'a> Json<'a> {
    /// The whole body; absent if it is not JSON.
    pub(crate) fn parse(body: &'a [u8]) -> Json<'a> {
        Json::from_raw(serde_json::from_slice::<&RawValue>(body).ok())
    }

    fn from_raw(raw: Option<&'a RawValue>) -> Json<'a> {
        Json(raw.map(RawValue::get).filter(|text| *text != "null"))
    }

    /// Nothing.
    pub(crate) const ABSENT: Json<'static> = Json(None);

    /// What is at this path: `/data/object/id` by names, `/list[0]` by position, `/links[rel=up]` the first element
    /// whose member has this value. The empty path is the piece itself.
    pub(crate) fn at(self, path: &str) -> Json<'a> {
        path.split('/').skip(1).fold(self, |piece, step| {
            match step.strip_suffix(']').and_then(|s| s.split_once('[')) {
                Some((name, which)) => piece.member(name).element(which),
                None => piece.member(step),
            }
        })
    }

    fn element(self, which: &str) -> Json<'a> {
        let items = self.items();
        let found = match which.split_once('=') {
            Some((name, value)) => {
                items.into_iter().find(|item| item.member(name).word().as_deref() == Some(value))
            }
            None => which.parse().ok().and_then(|at: usize| items.into_iter().nth(at)),
        };
        found.unwrap_or(Json::ABSENT)
    }

    fn member(self, name: &str) -> Json<'a> {
        let Some(text) = self.0.filter(|text| text.starts_with('{')) else { return Json(None) };
        let found = serde_json::Deserializer::from_str(text).deserialize_map(Member(name));
        Json::from_raw(found.ok().flatten())
    }

    /// The elements of a list; empty for anything else.
    pub(crate) fn items(self) -> Vec<Json<'a>> {
        let Some(text) = self.0.filter(|text| text.starts_with('[')) else { return Vec::new() };
        serde_json::Deserializer::from_str(text).deserialize_seq(Items).unwrap_or_default()
    }

    /// A string that is not blank.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        let raw = self.0.filter(|raw| raw.starts_with('"'))?;
        let text = serde_json::Deserializer::from_str(raw).deserialize_str(Text).ok()?;
        (!text.trim().is_empty()).then_some(text)
    }

    /// A string that is not blank, or a number as it was sent: ids are both.
    pub(crate) fn name(self) -> Option<Cow<'a, str>> {
        self.text().or_else(|| self.raw_number().map(Cow::Borrowed))
    }

    /// A number as it was sent, or a string (which need not be a number).
    pub(crate) fn number(self) -> Option<Cow<'a, str>> {
        self.raw_number().map(Cow::Borrowed).or_else(|| self.text())
    }

    fn raw_number(self) -> Option<&'a str> {
        self.0.filter(|raw| raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
    }

    /// A name, or `true` or `false`: what a line can ask for.
    pub(crate) fn word(self) -> Option<Cow<'a, str>> {
        self.name().or_else(|| self.0.filter(|raw| matches!(*raw, "true" | "false")).map(Cow::Borrowed))
    }

    /// Not there, or `null`.
    pub(crate) fn is_absent(self) -> bool {
        self.0.is_none()
    }
}

/// Finds one member of an object.
struct Member<'n>(&'n str);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(Equals(self.0))? {
            if is_it && found.is_none() {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Compares a name, escapes undone, without keeping it.
struct Equals<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Equals<'_> {
    type Value = bool;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Equals<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = Vec<Json<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element::<&RawValue>()? {
            items.push(Json::from_raw(Some(item)));
        }
        Ok(items)
    }
}

struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Self::Value, E> {
        Err(E::custom("not text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, path: &str, expected: Option<&str>) {
        assert_eq!(Json::parse(body.as_bytes()).at(path).name().as_deref(), expected, "{body} {path}");
    }

    #[test]
    fn a_path_finds_its_piece() {
        check(r#"{"a":{"b":"x"}}"#, "/a/b", Some("x"));
        check(r#"{"a":[{"b":"x"}]}"#, "/a/b", None);
        check(r#"{"\u0061":"\u00fc\n\"" }"#, "/a", Some("ü\n\""));
        check(r#"{"a":null}"#, "/a", None);
        check(r#"{"a":" "}"#, "/a", None);
        check(r#"{"a":1,"a":2}"#, "/a", Some("1"));
        check(r#"{"a":[{"b":"x","c":1},{"b":"y","c":2}]}"#, "/a[b=y]/c", Some("2"));
        check(r#"{"a":[{"b":"x","c":1},{"b":"y","c":2}]}"#, "/a[1]/c", Some("2"));
        check(r#"{"a":[{"b":"x"}]}"#, "/a[b=z]/b", None);
        check(r#"{"a":[{"b":"x"}]}"#, "/a[7]/b", None);
        check(r#"{"a":{"b":"x"}}"#, "/a[0]/b", None);
        check("\"x\"", "", Some("x"));
        check("[1]", "/a", None);
        check("{", "/a", None);
    }

    #[test]
    fn a_number_stays_the_text_that_was_sent() {
        check(r#"{"a":123456789012345678901234567890.10}"#, "/a", Some("123456789012345678901234567890.10"));
        check(r#"{"a":-0.10}"#, "/a", Some("-0.10"));
    }

    #[test]
    fn a_deep_body_is_no_trouble() {
        let body = format!(r#"{{"x":{}1{},"a":7}}"#, "[".repeat(100_000), "]".repeat(100_000));
        check(&body, "/a", Some("7"));
    }

    #[test]
    fn a_list_gives_its_elements() {
        let body = br#"{"a":[{"b":1},{"b":2}]}"#;
        let items = Json::parse(body).at("/a").items();
        assert_eq!(items.iter().map(|i| i.at("/b").name().unwrap()).collect::<Vec<_>>(), ["1", "2"]);
        assert!(Json::parse(br#"{"a":{}}"#).at("/a").items().is_empty());
    }
}
