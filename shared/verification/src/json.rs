//! Reads a few values out of a JSON text in one pass, without building the rest.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// JSON pointers, taken apart once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pointers(Vec<Vec<String>>);

/// No more pointers are read in one pass.
const MOST_POINTERS: usize = 32;

impl Pointers {
    /// The place of `pointer` in what [`Pointers::read`] gives; `None` if it is not a pointer or there are too many.
    pub(crate) fn add(&mut self, pointer: &str) -> Option<usize> {
        let path: Vec<String> =
            pointer.strip_prefix('/')?.split('/').map(|s| unescape(s).into_owned()).collect();
        if let Some(known) = self.0.iter().position(|p| *p == path) {
            return Some(known);
        }
        if self.0.len() == MOST_POINTERS {
            return None;
        }
        self.0.push(path);
        Some(self.0.len() - 1)
    }

    /// The place of a pointer that was added.
    pub(crate) fn position(&self, pointer: &str) -> Option<usize> {
        let segments = || pointer.strip_prefix('/').map(|rest| rest.split('/'));
        self.0.iter().position(|path| {
            segments().is_some_and(|given| given.map(unescape).eq(path.iter().map(String::as_str)))
        })
    }

    /// The JSON texts at the pointers. A place that is given twice is found nowhere. `None` if `json` is not JSON.
    pub(crate) fn read<'j>(&self, json: &'j [u8]) -> Option<Vec<Option<&'j RawValue>>> {
        let text = std::str::from_utf8(json).ok()?;
        let mut found = Found { values: vec![None; self.0.len()], twice: 0 };
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let alive = u64::MAX >> (64 - self.0.len().clamp(1, MOST_POINTERS));
        let level = Level { paths: &self.0, depth: 0, alive, found: &mut found };
        level.deserialize(&mut deserializer).ok()?;
        deserializer.end().ok()?;
        for (index, value) in found.values.iter_mut().enumerate() {
            if found.twice >> index & 1 == 1 {
                *value = None;
            }
        }
        Some(found.values)
    }
}

fn unescape(segment: &str) -> Cow<'_, str> {
    if segment.contains('~') { segment.replace("~1", "/").replace("~0", "~").into() } else { segment.into() }
}

struct Found<'j> {
    values: Vec<Option<&'j RawValue>>,
    /// Bit `i`: place `i` was given twice.
    twice: u64,
}

/// One container on the way; bit `i` of `alive` says that path `i` leads into it.
struct Level<'p, 'f, 'j> {
    paths: &'p [Vec<String>],
    depth: usize,
    alive: u64,
    found: &'f mut Found<'j>,
}

/// Which paths go on through a key, and which end there.
#[derive(Clone, Copy)]
struct Step {
    through: u64,
    ends: u64,
}

impl<'j> Level<'_, '_, 'j> {
    fn step(&self, key: &str) -> Step {
        let mut step = Step { through: 0, ends: 0 };
        for (index, path) in self.paths.iter().enumerate() {
            if self.alive >> index & 1 == 1 && path.get(self.depth).is_some_and(|segment| segment == key) {
                let ends = path.len() == self.depth + 1;
                *(if ends { &mut step.ends } else { &mut step.through }) |= 1 << index;
            }
        }
        step
    }

    fn keep(&mut self, ends: u64, value: &'j RawValue) {
        for (index, place) in self.found.values.iter_mut().enumerate() {
            if ends >> index & 1 == 1 && place.replace(value).is_some() {
                self.found.twice |= 1 << index;
            }
        }
    }

    fn deeper(&mut self, through: u64) -> Level<'_, '_, 'j> {
        Level { paths: self.paths, depth: self.depth + 1, alive: through, found: self.found }
    }
}

impl<'j> DeserializeSeed<'j> for Level<'_, '_, 'j> {
    type Value = ();

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A container is walked; anything else stands where no path can go on.
impl<'j> Visitor<'j> for Level<'_, '_, 'j> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'j>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(step) = map.next_key_seed(Key(&self))? {
            if step.ends != 0 {
                self.keep(step.ends, map.next_value()?);
            } else if step.through != 0 {
                map.next_value_seed(self.deeper(step.through))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'j>>(mut self, mut seq: A) -> Result<(), A::Error> {
        for index in 0_usize.. {
            let step = self.step(&index.to_string());
            let more = if step.ends != 0 {
                let value = seq.next_element()?;
                value.map(|value| self.keep(step.ends, value)).is_some()
            } else if step.through != 0 {
                seq.next_element_seed(self.deeper(step.through))?.is_some()
            } else {
                seq.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A key is compared while it is read, so it is never copied.
struct Key<'k, 'p, 'f, 'j>(&'k Level<'p, 'f, 'j>);

impl<'j> DeserializeSeed<'j> for Key<'_, '_, '_, 'j> {
    type Value = Step;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<Step, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'j> Visitor<'j> for Key<'_, '_, '_, 'j> {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Step, E> {
        Ok(self.0.step(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, pointers: &[&str], expected: Option<&[Option<&str>]>) {
        let mut all = Pointers::default();
        for pointer in pointers {
            all.add(pointer).unwrap();
        }
        let found = all.read(json.as_bytes());
        let found: Option<Vec<Option<&str>>> =
            found.map(|values| values.into_iter().map(|v| v.map(RawValue::get)).collect());
        assert_eq!(found.as_deref(), expected, "{json}");
    }

    #[test]
    fn values_are_found_at_their_pointers() {
        let json = r#"{"x":[1,{"y":"z"}],"data":{"id":12345678901234567890123,"o":{"id":"n"}},"id":"e"}"#;
        check(
            json,
            &["/id", "/data/id", "/data/o/id", "/x/1/y", "/x/7", "/data/id/deeper", "/none"],
            Some(&[
                Some("\"e\""),
                Some("12345678901234567890123"),
                Some("\"n\""),
                Some("\"z\""),
                None,
                None,
                None,
            ]),
        );
        check(r#"{"a/b":{"~":1}}"#, &["/a~1b/~0"], Some(&[Some("1")]));
        check("[3]", &["/0", "/id"], Some(&[Some("3"), None]));
        for scalar in ["1", "-1", "1.5", "\"id\"", "null", "true"] {
            check(scalar, &["/id"], Some(&[None]));
        }
    }

    #[test]
    fn a_place_that_is_given_twice_is_found_nowhere() {
        check(r#"{"id":"a","id":"b","type":"t"}"#, &["/id", "/type"], Some(&[None, Some("\"t\"")]));
        check(r#"{"d":{"id":1},"d":{"id":1}}"#, &["/d/id"], Some(&[None]));
    }

    #[test]
    fn what_is_not_json_holds_nothing() {
        for bad in ["", "{", r#"{"id":"a"} x"#, r#"{"id":"a",}"#, "nonsense"] {
            check(bad, &["/id"], None);
        }
        check(&"[".repeat(100_000), &["/0/0"], None);
        assert!(Pointers::default().read(b"{\"id\":\"\xff\"}").is_none());
    }

    #[test]
    fn there_is_room_for_a_bounded_number_of_pointers() {
        let mut all = Pointers::default();
        assert_eq!(all.add("id"), None);
        for index in 0..MOST_POINTERS {
            assert_eq!(all.add(&format!("/{index}")), Some(index));
        }
        assert_eq!(all.add("/0"), Some(0));
        assert_eq!(all.add("/more"), None);
    }
}
