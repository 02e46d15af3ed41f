//! What an e-mail address and a phone number look like.

/// Whether there is an e-mail address in it, also where `@` is percent-encoded.
pub(super) fn has_email(text: &str) -> bool {
    let at = text.match_indices('@').chain(text.match_indices("%40"));
    at.into_iter().any(|(place, at)| {
        let before = text.get(..place).unwrap_or_default();
        let after = text.get(place + at.len()..).unwrap_or_default();
        before.chars().next_back().is_some_and(in_local_part) && begins_with_domain(after)
    })
}

fn in_local_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '\'' | '"')
}

/// `example.com…`: labels with dots between, the last of at least two letters.
fn begins_with_domain(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-')).unwrap_or(text.len());
    let domain = text.get(..end).unwrap_or_default().trim_end_matches('.');
    domain.rsplit_once('.').is_some_and(|(host, top)| {
        !host.is_empty() && top.chars().count() >= 2 && top.chars().any(char::is_alphabetic)
    })
}

/// Whether all of it is a phone number with a country code (ITU-T E.164), as people write it or in a URI.
pub(super) fn is_phone(text: &str) -> bool {
    let text = text.trim();
    let number = text.rsplit_once(':').filter(|(scheme, _)| scheme.bytes().all(|b| b.is_ascii_alphabetic()));
    let Some(number) = number.map_or(text, |(_, number)| number).strip_prefix('+') else { return false };
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    (8..=15).contains(&digits)
        && !number.starts_with('0')
        && number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'(' | b')' | b'.' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_is_found_in_any_text() {
        for text in [
            "jane@example.com",
            "Jane Doe <jane.doe+shop@mail.example.co.uk>",
            "https://example.com/?e=jane%40example.com&x=1",
            "mailto:o'hara@example.com.",
            "jän@bücher.example",
        ] {
            assert!(has_email(text), "{text}");
        }
        for text in
            ["@example.com", "jane@", "jane@localhost", "a @ b.com", "5@10.50", "npm @scope/package.js"]
        {
            assert!(!has_email(text), "{text}");
        }
    }

    #[test]
    fn a_phone_number_is_found_by_its_country_code() {
        for text in ["+14155552671", " +44 (20) 7946-0958", "tel:+49.30.901820", "whatsapp:+14155552671"] {
            assert!(is_phone(text), "{text}");
        }
        for text in
            ["14155552671", "+1234567", "+1234567890123456", "+02:00", "+0123456789", "+1415555abcd", "a:b"]
        {
            assert!(!is_phone(text), "{text}");
        }
    }
}
