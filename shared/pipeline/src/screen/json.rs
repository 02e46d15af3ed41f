//! One pass over JSON text that replaces some values and keeps every other byte.
//!
//! It accepts exactly RFC 8259, less two things that readers understand differently: an object with the same key twice,
//! and nesting beyond a bound. Nothing is built but the path to where it is; the text is copied only once there is
//! something to replace.

use std::borrow::Cow;

/// Deeper than any provider nests, and less than `serde_json` takes.
pub(super) const MAX_DEPTH: usize = 64;

/// Why text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Invalid,
    DuplicateKey,
    TooDeep,
}

/// A value or key, decoded as far as it has to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scalar<'s> {
    Key(&'s str),
    String(&'s str),
    Number(&'s str),
}

/// Where the scanner is: the containers around it, outermost first.
#[derive(Debug)]
pub(super) enum Step<'a> {
    Object { keys_before: usize, key: Cow<'a, str> },
    Array { index: usize },
}

/// Offers each key, string and number of `text` to `replace`, which may give the text of a string to stand in its
/// place (text that needs no escapes). For a key, the path ends with the object that it is in. Gives the new text, or none if nothing was replaced.
pub(super) fn rewrite<'a>(
    text: &'a str,
    replace: impl FnMut(&[Step<'a>], Scalar<'_>) -> Option<&'static str>,
) -> Result<Option<Vec<u8>>, Fault> {
    let mut scanner =
        Scanner { text, at: 0, path: Vec::new(), keys: Vec::new(), replace, copied: 0, output: Vec::new() };
    scanner.document()?;
    Ok((scanner.copied > 0).then(|| {
        scanner.output.extend_from_slice(text.as_bytes().get(scanner.copied..).unwrap_or_default());
        scanner.output
    }))
}

struct Scanner<'a, F> {
    text: &'a str,
    at: usize,
    path: Vec<Step<'a>>,
    /// The keys so far of all open objects.
    keys: Vec<Cow<'a, str>>,
    replace: F,
    /// The output has everything up to here.
    copied: usize,
    output: Vec<u8>,
}

impl<'a, F: FnMut(&[Step<'a>], Scalar<'_>) -> Option<&'static str>> Scanner<'a, F> {
    fn document(&mut self) -> Result<(), Fault> {
        self.value()?;
        loop {
            self.space();
            let byte = self.next();
            match (self.path.last_mut(), byte) {
                (None, None) => return Ok(()),
                (Some(Step::Array { index }), Some(b',')) => {
                    *index += 1;
                    self.value()?;
                }
                (Some(Step::Object { .. }), Some(b',')) => {
                    self.key()?;
                    self.value()?;
                }
                (Some(Step::Array { .. }), Some(b']')) | (Some(Step::Object { .. }), Some(b'}')) => {
                    self.close()?;
                }
                _ => return Err(Fault::Invalid),
            }
        }
    }

    /// A scalar, an empty container, or containers down to their first scalar.
    fn value(&mut self) -> Result<(), Fault> {
        loop {
            self.space();
            let start = self.at;
            match self.next() {
                Some(b'{') => {
                    self.open(Step::Object { keys_before: self.keys.len(), key: Cow::Borrowed("") })?;
                    if self.skip(b'}') {
                        return self.close();
                    }
                    self.key()?;
                }
                Some(b'[') => {
                    self.open(Step::Array { index: 0 })?;
                    if self.skip(b']') {
                        return self.close();
                    }
                }
                Some(b'"') => {
                    let decoded = self.string()?;
                    self.offer(start, Scalar::String(&decoded));
                    return Ok(());
                }
                Some(b'-' | b'0'..=b'9') => {
                    self.number(start)?;
                    let text = self.text;
                    self.offer(start, Scalar::Number(text.get(start..self.at).ok_or(Fault::Invalid)?));
                    return Ok(());
                }
                Some(b't') => return self.literal("rue"),
                Some(b'f') => return self.literal("alse"),
                Some(b'n') => return self.literal("ull"),
                _ => return Err(Fault::Invalid),
            }
        }
    }

    fn open(&mut self, step: Step<'a>) -> Result<(), Fault> {
        if self.path.len() == MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        self.path.push(step);
        self.space();
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        if let Some(Step::Object { keys_before, .. }) = self.path.pop() {
            let keys = self.keys.get_mut(keys_before..).unwrap_or_default();
            keys.sort_unstable();
            if keys.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
                return Err(Fault::DuplicateKey);
            }
            self.keys.truncate(keys_before);
        }
        Ok(())
    }

    /// A key and its colon.
    fn key(&mut self) -> Result<(), Fault> {
        self.space();
        let start = self.at;
        if self.next() != Some(b'"') {
            return Err(Fault::Invalid);
        }
        let mut decoded = self.string()?;
        if let Some(replacement) = self.offer(start, Scalar::Key(&decoded)) {
            decoded = Cow::Borrowed(replacement);
        }
        self.keys.push(decoded.clone());
        if let Some(Step::Object { key, .. }) = self.path.last_mut() {
            *key = decoded;
        }
        self.space();
        if self.next() == Some(b':') { Ok(()) } else { Err(Fault::Invalid) }
    }

    /// Offers what stands from `start` to here.
    fn offer(&mut self, start: usize, scalar: Scalar<'_>) -> Option<&'static str> {
        let path = match scalar {
            Scalar::Key(_) => self.path.get(..self.path.len().saturating_sub(1)).unwrap_or_default(),
            Scalar::String(_) | Scalar::Number(_) => &self.path,
        };
        let replacement = (self.replace)(path, scalar)?;
        let kept = self.text.as_bytes().get(self.copied..start).unwrap_or_default();
        self.output.extend_from_slice(kept);
        self.output.push(b'"');
        self.output.extend_from_slice(replacement.as_bytes());
        self.output.push(b'"');
        self.copied = self.at;
        Some(replacement)
    }

    /// The rest of a string after its quote, decoded.
    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let start = self.at;
        let rest = self.rest();
        let ends = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)).ok_or(Fault::Invalid)?;
        self.at += ends;
        let plain = self.text.get(start..self.at).ok_or(Fault::Invalid)?;
        match self.next() {
            Some(b'"') => Ok(Cow::Borrowed(plain)),
            Some(b'\\') => self.escaped(plain.to_owned()).map(Cow::Owned),
            _ => Err(Fault::Invalid),
        }
    }

    /// The rest of a string after its first backslash.
    fn escaped(&mut self, mut decoded: String) -> Result<String, Fault> {
        loop {
            decoded.push(match self.next() {
                Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
                Some(b'b') => '\u{8}',
                Some(b'f') => '\u{c}',
                Some(b'n') => '\n',
                Some(b'r') => '\r',
                Some(b't') => '\t',
                Some(b'u') => self.unicode()?,
                _ => return Err(Fault::Invalid),
            });
            let start = self.at;
            let rest = self.rest();
            let ends =
                rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)).ok_or(Fault::Invalid)?;
            self.at += ends;
            decoded.push_str(self.text.get(start..self.at).ok_or(Fault::Invalid)?);
            match self.next() {
                Some(b'"') => return Ok(decoded),
                Some(b'\\') => {}
                _ => return Err(Fault::Invalid),
            }
        }
    }

    /// What `\u` and its digits stand for. Half a surrogate pair is allowed in JSON and stands for no character.
    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.hex()?;
        if !(0xd800..0xdc00).contains(&first) || !self.rest().starts_with(b"\\u") {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        self.at += 2;
        let second = self.hex()?;
        if (0xdc00..0xe000).contains(&second) {
            let both = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Ok(char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER))
        } else {
            self.at = before;
            Ok(char::REPLACEMENT_CHARACTER)
        }
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let digits = self.rest().get(..4).ok_or(Fault::Invalid)?;
        let value = digits.iter().try_fold(0, |value, b| Some(value * 16 + char::from(*b).to_digit(16)?));
        self.at += 4;
        value.ok_or(Fault::Invalid)
    }

    /// The rest of a number after its first byte, which stands at `start`.
    fn number(&mut self, start: usize) -> Result<(), Fault> {
        self.at = start;
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            let _signed = self.skip(b'+') || self.skip(b'-');
            self.digits()?;
        }
        Ok(())
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<(), Fault> {
        let digits = self.rest().iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += digits;
        if digits > 0 { Ok(()) } else { Err(Fault::Invalid) }
    }

    fn literal(&mut self, rest: &str) -> Result<(), Fault> {
        if !self.rest().starts_with(rest.as_bytes()) {
            return Err(Fault::Invalid);
        }
        self.at += rest.len();
        Ok(())
    }

    fn space(&mut self) {
        self.at += self.rest().iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn skip(&mut self, byte: u8) -> bool {
        let there = self.rest().first() == Some(&byte);
        self.at += usize::from(there);
        there
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.rest().first().copied();
        self.at += usize::from(byte.is_some());
        byte
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}
