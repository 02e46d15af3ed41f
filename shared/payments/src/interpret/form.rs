//! Braintree's bodies: a form with a field that is base64 of XML.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use verification::percent_decode;

/// The XML in the form's one field `bt_payload`, however its name is written: verification reads it decoded, too.
pub(super) fn xml(body: &[u8]) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    let fields = body.split('&').filter_map(|field| field.split_once('='));
    // A plus stays a plus: the field is base64, which has pluses and no blanks.
    let decoded = |text: &str| percent_decode(text.as_bytes(), false);
    let mut values = fields.filter(|(name, _)| decoded(name) == b"bt_payload");
    let (Some((_, value)), None) = (values.next(), values.next()) else { return None };
    let mut base64 = decoded(value);
    base64.retain(|byte| !byte.is_ascii_whitespace());
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
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
