//! XML as JSON, so that one engine reads both: an element with elements in it is an object, one with text a string,
//! one that says `nil` is `null`. No document type, no entities but the five of XML itself.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// No element is deeper.
const DEEPEST: usize = 64;

/// What the root element holds, as the text of a JSON object. `None` if this is not such XML.
pub(super) fn to_json(xml: &str) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    let mut open: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if open.len() == DEEPEST {
                    return None;
                }
                open.push(Element::new(&start));
            }
            Event::Empty(start) => {
                let element = Element::new(&start);
                open.last_mut()?.add(&element);
            }
            Event::End(_) => {
                let element = open.pop()?;
                match open.last_mut() {
                    Some(parent) => parent.add(&element),
                    None => return Some(element.json()),
                }
            }
            Event::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                let resolved = quick_xml::escape::unescape(&format!("&{};", &*reference)).ok()?.into_owned();
                open.last_mut()?.text.push_str(&resolved);
            }
            Event::DocType(_) | Event::Eof => return None,
            _ => {}
        }
    }
}

struct Element {
    name: String,
    members: String,
    text: String,
    nil: bool,
}

impl Element {
    fn new(start: &BytesStart<'_>) -> Element {
        let nil = start.try_get_attribute("nil").ok().flatten().is_some();
        Element { name: start.name().as_ref().to_owned(), members: String::new(), text: String::new(), nil }
    }

    fn add(&mut self, child: &Element) {
        if !self.members.is_empty() {
            self.members.push(',');
        }
        self.members.push_str(&quoted(&child.name));
        self.members.push(':');
        self.members.push_str(&child.json());
    }

    fn json(&self) -> String {
        if !self.members.is_empty() {
            format!("{{{}}}", self.members)
        } else if self.nil {
            "null".to_owned()
        } else {
            quoted(self.text.trim())
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(xml: &str, expected: Option<&str>) {
        assert_eq!(to_json(xml).as_deref(), expected, "{xml}");
    }

    #[test]
    fn elements_become_members() {
        check(
            "<?xml version=\"1.0\"?>\n<n>\n <kind>k</kind><t><id>1</id><amount>2.50</amount></t>\n</n>",
            Some(r#"{"kind":"k","t":{"id":"1","amount":"2.50"}}"#),
        );
        check(
            "<n><a nil=\"true\"/><b/><c type=\"x\">&lt;\"&#65;</c></n>",
            Some(r#"{"a":null,"b":"","c":"<\"A"}"#),
        );
        check("<n>text</n>", Some("\"text\""));
    }

    #[test]
    fn what_is_not_plain_xml_holds_nothing() {
        for bad in [
            "",
            "text",
            "<n>",
            "<n><a></n>",
            "<n>&unknown;</n>",
            "<!DOCTYPE n [<!ENTITY e \"x\">]><n>&e;</n>",
        ] {
            check(bad, None);
        }
        check("<!DOCTYPE n><n>x</n>", None);
        let nested = |deep: usize| format!("{}x{}", "<n>".repeat(deep), "</n>".repeat(deep));
        assert!(to_json(&nested(DEEPEST)).is_some());
        check(&nested(DEEPEST + 1), None);
        check(&"<n>".repeat(10_000), None);
    }
}
