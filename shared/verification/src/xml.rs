//! Reads the text of one element out of XML: no document type, no entities but the five of XML itself.

use quick_xml::{Reader, events::Event};

/// No element is deeper.
const DEEPEST: usize = 64;

/// The text of the element at `path` from the root. `None` if there is none or several, or if this is not such XML.
pub(crate) fn text(xml: &[u8], path: &str) -> Option<String> {
    let mut reader = Reader::from_str(std::str::from_utf8(xml).ok()?);
    let (mut open, mut found, mut inside) = (Vec::new(), None, None);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                if open.len() == DEEPEST {
                    return None;
                }
                open.push(element.name().as_ref().to_owned());
                if open.join("/") == path {
                    inside = Some(String::new());
                }
            }
            Event::Text(piece) => {
                if let Some(text) = &mut inside {
                    text.push_str(&piece);
                }
            }
            Event::GeneralRef(reference) => {
                let written = format!("&{};", &*reference);
                let resolved = quick_xml::escape::unescape(&written).ok()?;
                if let Some(text) = &mut inside {
                    text.push_str(&resolved);
                }
            }
            Event::End(_) => {
                if open.join("/") == path && found.replace(inside.take()?.trim().to_owned()).is_some() {
                    return None;
                }
                open.pop();
            }
            Event::DocType(_) => return None,
            Event::Eof => return found.filter(|_| open.is_empty()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(xml: &str, expected: Option<&str>) {
        assert_eq!(text(xml.as_bytes(), "a/b").as_deref(), expected, "{xml}");
    }

    #[test]
    fn the_text_of_one_element_is_read() {
        check("<a><b> x &amp; y &#65;</b><c>z</c></a>", Some("x & y A"));
        check("<?xml version=\"1.0\"?>\n<a>\n  <b type=\"t\">1</b>\n</a>\n", Some("1"));
        check("<a><b></b></a>", Some(""));
    }

    #[test]
    fn what_is_not_plain_xml_holds_nothing() {
        for bad in [
            "",
            "text",
            "<a><b>1</b>",
            "<a><b>1</c></a>",
            "<a><b>1</b><b>2</b></a>",
            "<b>1</b>",
            "<!DOCTYPE a [<!ENTITY e \"x\">]><a><b>&e;</b></a>",
            "<a><b>&unknown;</b></a>",
        ] {
            check(bad, None);
        }
        check(&"<a>".repeat(10_000), None);
    }
}
