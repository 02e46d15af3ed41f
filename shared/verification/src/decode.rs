//! Strict hexadecimal and base64: exact alphabet and padding, no blanks, canonical last bits.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use crate::scheme::Encoding;

/// Room for the longest signature taken: RSA with 4096 bits.
const LONGEST: usize = 512;

/// A decoded signature; it needs no allocation.
pub(crate) struct Decoded {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Decoded {
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The signature that `text` writes, if it is one.
pub(crate) fn signature(text: &str, encoding: Encoding) -> Option<Decoded> {
    let mut bytes = [0; LONGEST];
    let length = match encoding {
        Encoding::Hex => hexadecimal(text, &LOWER, &mut bytes)?,
        Encoding::HexAnyCase => hexadecimal(text, &EITHER, &mut bytes)?,
        Encoding::Base64 => STANDARD.decode_slice(text, &mut bytes).ok()?,
        Encoding::Base64Url => URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?,
        Encoding::Utf8 => {
            bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
            text.len()
        }
    };
    (length > 0).then_some(Decoded { bytes, length })
}

/// The values of hexadecimal digits, by their byte; [`NONE`] for all others.
const LOWER: [u8; 256] = digits(false);
const EITHER: [u8; 256] = digits(true);
const NONE: u8 = 0xff;

#[expect(clippy::indexing_slicing, reason = "in a constant: out of bounds would not compile")]
const fn digits(either: bool) -> [u8; 256] {
    let (mut digits, mut value) = ([NONE; 256], 0_u8);
    while value < 16 {
        let lower = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        digits[lower as usize] = value;
        if either {
            digits[lower.to_ascii_uppercase() as usize] = value;
        }
        value += 1;
    }
    digits
}

/// Writes what `text` means into `bytes` and gives its length. All digits are read alike, right or wrong.
fn hexadecimal(text: &str, digits: &[u8; 256], bytes: &mut [u8]) -> Option<usize> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || pairs.len() > bytes.len() {
        return None;
    }
    let value = |byte: u8| digits.get(usize::from(byte)).copied().unwrap_or(NONE);
    let mut wrong = 0;
    for ([high, low], byte) in pairs.iter().zip(bytes) {
        let (high, low) = (value(*high), value(*low));
        wrong |= (high | low) & 0xf0;
        *byte = high << 4 | low & 0x0f;
    }
    (wrong == 0).then_some(pairs.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, encoding: Encoding, expected: Option<&[u8]>) {
        assert_eq!(signature(text, encoding).as_ref().map(Decoded::as_slice), expected, "{text}");
    }

    #[test]
    fn only_the_exact_form_is_decoded() {
        check("00ff", Encoding::Hex, Some(&[0, 255]));
        for bad in ["", "0", "00f", "00FF", " 00ff", "00ff ", "0x00ff", "00f\u{e9}", "00 ff", "00ff\n"] {
            check(bad, Encoding::Hex, None);
        }
        check("00Ff", Encoding::HexAnyCase, Some(&[0, 255]));
        check("AP8=", Encoding::Base64, Some(&[0, 255]));
        for bad in ["", "AP8", "AP8==", "AP9=", "AP8= ", " AP8=", "AP8=\n", "AP-_", "A", "AP8=AP8="] {
            check(bad, Encoding::Base64, None);
        }
    }

    #[test]
    fn a_digit_is_one_of_sixteen() {
        for byte in 0..=127_u8 {
            let text = format!("0{}", char::from(byte));
            let value = char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
            check(&text, Encoding::HexAnyCase, value.map(|value| [value]).as_ref().map(<[u8; 1]>::as_slice));
            let lower = value.filter(|_| !byte.is_ascii_uppercase());
            check(&text, Encoding::Hex, lower.map(|value| [value]).as_ref().map(<[u8; 1]>::as_slice));
        }
    }

    #[test]
    fn base64_for_urls_has_no_padding_and_a_token_is_itself() {
        check("AP8", Encoding::Base64Url, Some(&[0, 255]));
        check("-_8", Encoding::Base64Url, Some(&[251, 255]));
        for bad in ["", "AP8=", "AP9", "+/8", "AP8 "] {
            check(bad, Encoding::Base64Url, None);
        }
        check("a token", Encoding::Utf8, Some(b"a token"));
        check("", Encoding::Utf8, None);
        check(&"a".repeat(LONGEST + 1), Encoding::Utf8, None);
    }

    #[test]
    fn a_text_longer_than_any_signature_is_not_decoded() {
        check(&"00".repeat(LONGEST + 1), Encoding::Hex, None);
        check(&"A".repeat(4096), Encoding::Base64, None);
        assert!(signature(&"00".repeat(LONGEST), Encoding::Hex).is_some());
    }
}
