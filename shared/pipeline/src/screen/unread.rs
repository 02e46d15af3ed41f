//! Names in a text that begins as one of a format and cannot be read as such: cut off, or of a dialect.
//!
//! Too many names are found rather than too few. That prose has none is what tells the two apart.

/// How far before its colon a name begins, in bytes.
const NEAR: usize = 64;
const QUOTES: [char; 4] = ['"', '\'', '`', '\\'];

/// The names of members, attributes and elements.
pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
    let members = text.match_indices([':', '=']).filter_map(|(at, sign)| {
        let (before, after) = text.split_at_checked(at)?;
        member(before, after.strip_prefix(sign)?)
    });
    members.chain(text.split('<').skip(1).filter_map(element))
}

/// `"name":`, `\"name\":`, `'name'=>`, `name="`, `{name:` and `, name=`, up to the colon or equals sign.
fn member<'t>(before: &'t str, after: &str) -> Option<&'t str> {
    let near = before.get(before.floor_char_boundary(before.len().saturating_sub(NEAR))..)?.trim_end();
    let unquoted = near.trim_end_matches(QUOTES);
    if unquoted.len() < near.len() {
        return unquoted.rsplit(QUOTES).next().filter(|name| !name.is_empty());
    }
    let start = unquoted.trim_end_matches(is_name).len();
    let (before, name) = unquoted.split_at_checked(start)?;
    let is_first =
        before.trim_end_matches(|c: char| c.is_whitespace() || c == ':').ends_with(['{', '[', '(', ',']);
    (!name.is_empty() && (is_first || after.starts_with(QUOTES))).then_some(name)
}

/// `name>`, `ns:name `, after the `<`. A link in angle brackets is none.
fn element(tag: &str) -> Option<&str> {
    let end = tag.find(|c| !is_name(c) && c != ':').unwrap_or(tag.len());
    let (name, after) = tag.split_at_checked(end)?;
    let ends = after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    name.rsplit(':').next().filter(|name| ends && !name.is_empty())
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_what_is_nearly_a_format() {
        for (text, expected) in [
            (r#"{"cvc":"12"#, &["cvc"][..]),
            (r#""{\"cvc\" : \"12"#, &["cvc"]),
            (r#"{"card number":1"#, &["card number"]),
            ("{'a': 1, 'cvc': 2}", &["a", "cvc"]),
            ("{a: 1, cvc : 2}", &["a", "cvc"]),
            ("{:a=>1, \"b\" => 2}", &["a", "b"]),
            ("[Card(number=1, cvc=2)]", &["number", "cvc"]),
            ("<a b='1'><x:cvc>1&nbsp;", &["b", "a", "cvc"]),
            // Prose and links.
            ("\"Email: see below\" he wrote", &[]),
            ("[Reminder] phone: none", &[]),
            ("<https://x.example/?token=1|here>, <@U1>", &[]),
            ("{é: \"", &["é"]),
        ] {
            assert_eq!(names(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
