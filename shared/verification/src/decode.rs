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
        Encoding::Hex if text.bytes().any(|b| b.is_ascii_uppercase()) => return None,
        Encoding::Hex | Encoding::HexAnyCase => {
            let length = text.len() / 2;
            hex::decode_to_slice(text, bytes.get_mut(..length)?).ok()?;
            length
        }
        Encoding::Base64 => STANDARD.decode_slice(text, &mut bytes).ok()?,
        Encoding::Base64Url => URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?,
        Encoding::Utf8 => {
            bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
            text.len()
        }
    };
    (length > 0).then_some(Decoded { bytes, length })
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
