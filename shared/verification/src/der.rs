//! Reads one extension of a certificate: `rustls-webpki` does not look at the key usage of a leaf.

/// The identifier of `keyUsage`, 2.5.29.15.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];

const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// The extensions of a certificate.
const EXTENSIONS: u8 = 0xa3;

/// Whether the key of this certificate may sign: it says so, or says nothing of its usage. `None` if it is not readable.
pub(crate) fn may_sign(certificate: &[u8]) -> Option<bool> {
    let (fields, _) = value(certificate, SEQUENCE)?;
    let (mut fields, _) = value(fields, SEQUENCE)?;
    while let Some((tag, content, rest)) = next(fields) {
        fields = rest;
        if tag == EXTENSIONS {
            return extensions(value(content, SEQUENCE)?.0);
        }
    }
    fields.is_empty().then_some(true)
}

fn extensions(mut list: &[u8]) -> Option<bool> {
    while !list.is_empty() {
        let (extension, rest) = value(list, SEQUENCE)?;
        list = rest;
        let (name, mut values) = value(extension, OBJECT_IDENTIFIER)?;
        if name != KEY_USAGE {
            continue;
        }
        while let Some((tag, content, rest)) = next(values) {
            values = rest;
            if tag == OCTET_STRING {
                // After the number of unused bits comes the first byte, and in it first `digitalSignature`.
                let (bits, _) = value(content, BIT_STRING)?;
                return Some(bits.get(1).is_some_and(|first| first & 0x80 != 0));
            }
        }
        return None;
    }
    Some(true)
}

/// The content of the value at the start, which has this tag, and what comes after it.
fn value(der: &[u8], expected: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = next(der)?;
    (tag == expected).then_some((content, rest))
}

/// Tag and content of the value at the start, and what comes after it.
fn next(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_cut_short_is_not_readable() {
        for bad in
            [&[][..], &[0x30], &[0x30, 0x80], &[0x30, 1], &[0x30, 0x84, 0, 0, 0, 0], &[0x30, 2, 0x31, 0]]
        {
            assert_eq!(may_sign(bad), None, "{bad:02x?}");
        }
        let certificate = |extensions: &[u8]| {
            let wrap =
                |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
            let list = wrap(EXTENSIONS, &wrap(SEQUENCE, extensions));
            wrap(SEQUENCE, &wrap(SEQUENCE, &[&[2, 1, 7], list.as_slice()].concat()))
        };
        let usage = |bits: &[u8]| [&[0x30, 12, 6, 3, 0x55, 0x1d, 0x0f, 1, 1, 0xff, 4], bits].concat();
        let other = [0x30, 7, 6, 3, 0x55, 0x1d, 0x25, 4, 0];
        assert_eq!(may_sign(&certificate(&[])), Some(true));
        assert_eq!(may_sign(&certificate(&other)), Some(true));
        assert_eq!(may_sign(&certificate(&usage(&[2, 3, 0])[..13])), None);
        let with = |byte: u8| {
            let usage = [0x30, 14, 6, 3, 0x55, 0x1d, 0x0f, 1, 1, 0xff, 4, 4, 3, 2, 5, byte];
            may_sign(&certificate(&[&other[..], &usage].concat()))
        };
        assert_eq!(
            (with(0x80), with(0xa0), with(0x20), with(0x00)),
            (Some(true), Some(true), Some(false), Some(false))
        );
        let without = [0x30, 8, 6, 3, 0x55, 0x1d, 0x0f, 1, 1, 0xff];
        assert_eq!(may_sign(&certificate(&without)), None);
    }
}
