//! Form bodies and query strings.

/// The names and values of a form, percent-decoded, in order.
pub(crate) fn pairs(form: &[u8]) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let mut half = || percent_decode(halves.next().unwrap_or_default(), true);
        (half(), half())
    })
}

/// Undoes percent-encoding once, as forms and queries have it; what is not such an encoding stays as it is.
pub fn percent_decode(text: &[u8], plus_is_space: bool) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        decoded.push(match byte {
            b'%' => match after.split_at_checked(2).map(|(digits, end)| (hex::decode(digits), end)) {
                Some((Ok(value), end)) => {
                    rest = end;
                    value.first().copied().unwrap_or_default()
                }
                _ => b'%',
            },
            b'+' if plus_is_space => b' ',
            byte => *byte,
        });
    }
    decoded
}

/// The query of a URL: what is between `?` and `#`.
pub(crate) fn query(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    Some(query.split_once('#').map_or(query, |(query, _)| query))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_taken_apart() {
        let check = |form: &str, expected: &[(&str, &str)]| {
            let found: Vec<_> = pairs(form.as_bytes())
                .map(|(name, value)| (String::from_utf8(name).unwrap(), String::from_utf8(value).unwrap()))
                .collect();
            let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(found, expected, "{form}");
        };
        check("a=1&b=x+y%20z%2B&&c&d=e=f", &[("a", "1"), ("b", "x y z+"), ("c", ""), ("d", "e=f")]);
        check("a=%zz%4&b=%", &[("a", "%zz%4"), ("b", "%")]);
        check("", &[]);
    }

    #[test]
    fn a_query_is_percent_decoded_once_and_keeps_its_plus() {
        assert_eq!(query("https://h/p?a=1&b=2#f"), Some("a=1&b=2"));
        assert_eq!(query("https://h/p"), None);
        assert_eq!(percent_decode(b"a%252B+b", false), b"a%2B+b");
    }
}
