//! Braintree's bodies: a form with a field that is base64 of XML.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The XML in the form's one field `bt_payload`, however its name is written: verification reads it decoded, too.
pub(super) fn xml(body: &[u8]) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    let fields = body.split('&').filter_map(|field| field.split_once('='));
    let mut values = fields.filter(|(name, _)| decoded(name).as_deref() == Some("bt_payload"));
    let (Some((_, value)), None) = (values.next(), values.next()) else { return None };
    let text = decoded(value)?;
    let base64: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}

/// Undoes the form's escapes. A plus stays a plus: the field is base64, which has pluses and no blanks.
fn decoded(field: &str) -> Option<String> {
    let mut pieces = field.split('%');
    let mut text = pieces.next()?.to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2)?;
        text.push(char::from(*hex::decode(code).ok()?.first().filter(|byte| byte.is_ascii())?));
        text.push_str(rest);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_found_and_its_escapes_undone() {
        for body in [
            "bt_signature=x&bt_payload=PG4%2BPC9uPg%3D%3D%0A",
            "bt_payload=PG4+PC9uPg==",
            "bt_payload=PG4%2B%0APC9uPg%3D%3D&x",
            "bt%5Fpayload=PG4%2B%0APC9uPg%3D%3D&x=1",
        ] {
            assert_eq!(xml(body.as_bytes()).as_deref(), Some("<n></n>"), "{body}");
        }
    }

    #[test]
    fn any_other_body_holds_nothing() {
        for body in [
            "",
            "{}",
            "bt_payload",
            "bt_payload=%",
            "bt_payload=%4",
            "bt_payload=%zz",
            "bt_payload=!",
            "bt_payload=PG4+PC9uPg==&bt%5fpayload=PG4+PC9uPg==",
            "bt_payload=%E9",
            "bt_payload=/w==",
        ] {
            assert_eq!(xml(body.as_bytes()), None, "{body}");
        }
    }
}
