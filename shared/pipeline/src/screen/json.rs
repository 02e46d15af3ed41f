//! One pass over JSON text that replaces some values and keeps every other byte.
//!
//! It accepts exactly RFC 8259, less two things that readers understand differently: an object with the same key twice,
//! and nesting beyond a bound. Nothing is built but the path to where it is; the text is copied only once there is
//! something to replace.

use std::borrow::Cow;

use super::{
    Fault,
    judge::{Judge, Scalar, Verdict},
    marks::{self, Marks},
    patch::Patch,
    path::{MAX_DEPTH, Place, Step},
    rules,
};

/// Looks at each name, string and number of `text`. Gives the new text, or none if nothing was replaced.
pub(super) fn screen(text: &str, judge: &mut Judge<'_>) -> Result<Option<Vec<u8>>, Fault> {
    let mut scanner = Scanner {
        text,
        at: 0,
        path: Vec::with_capacity(16),
        names: Vec::with_capacity(64),
        firsts: Vec::with_capacity(16),
        scratch: String::new(),
        repeats: false,
        patch: Patch::new(text.as_bytes()),
        judge,
    };
    if let Err(fault) = scanner.document() {
        scanner.judge.broke_off(&scanner.path);
        return Err(fault);
    }
    Ok(scanner.patch.finish())
}

struct Scanner<'a, 'j, 'r> {
    text: &'a str,
    at: usize,
    path: Vec<Step<'a>>,
    /// The names so far of all open objects, each with its hash.
    names: Vec<(u64, Cow<'a, str>)>,
    /// Where those of each open container begin.
    firsts: Vec<usize>,
    /// The last string that had escapes, decoded.
    scratch: String,
    /// Whether a name stood twice in an object. What comes after it is looked at all the same.
    repeats: bool,
    patch: Patch<'a>,
    judge: &'j mut Judge<'r>,
}

/// A string: what is between its quotes, or in the scratch if it had escapes.
#[derive(Clone, Copy)]
struct Text<'a> {
    plain: Option<&'a str>,
    marks: Marks,
}

impl<'a> Scanner<'a, '_, '_> {
    fn document(&mut self) -> Result<(), Fault> {
        self.value()?;
        loop {
            self.space();
            let byte = self.next();
            match (self.path.last_mut().map(|step| &mut step.place), byte) {
                (None, None) => return if self.repeats { Err(Fault::DuplicateKey) } else { Ok(()) },
                (Some(Place::Index(index)), Some(b',')) => {
                    *index += 1;
                    self.value()?;
                }
                (Some(Place::Member(_)), Some(b',')) => {
                    self.name()?;
                    self.value()?;
                }
                (Some(Place::Index(_)), Some(b']')) | (Some(Place::Member(_)), Some(b'}')) => self.close(),
                _ => return Err(Fault::Json),
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
                    self.open(Step { place: Place::Member(Cow::Borrowed("")), hash: 0, class: None })?;
                    if self.skip(b'}') {
                        self.close();
                        return Ok(());
                    }
                    self.name()?;
                }
                Some(b'[') => {
                    let class = self.path.last().and_then(|step| step.class);
                    self.open(Step::first(class))?;
                    if self.skip(b']') {
                        self.close();
                        return Ok(());
                    }
                }
                Some(b'"') => {
                    let text = self.string()?;
                    let class = self.path.last().and_then(|step| step.class);
                    if class.is_some() || text.marks.suspicious() {
                        let decoded = text.plain.unwrap_or(&self.scratch);
                        let verdict = self.judge.judge(&self.path, Scalar::Text(decoded));
                        self.put(start, verdict);
                    }
                    return Ok(());
                }
                Some(b'-' | b'0'..=b'9') => {
                    self.number(start)?;
                    let number = self.text.get(start..self.at).ok_or(Fault::Json)?;
                    let class = self.path.last().and_then(|step| step.class);
                    if class.is_some() || number.len() >= super::card::SHORTEST {
                        let verdict = self.judge.judge(&self.path, Scalar::Number(number));
                        self.put(start, verdict);
                    }
                    return Ok(());
                }
                Some(b't') => return self.literal("rue"),
                Some(b'f') => return self.literal("alse"),
                Some(b'n') => return self.literal("ull"),
                _ => return Err(Fault::Json),
            }
        }
    }

    fn open(&mut self, step: Step<'a>) -> Result<(), Fault> {
        if self.path.len() == MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        self.path.push(step);
        self.firsts.push(self.names.len());
        self.space();
        Ok(())
    }

    fn close(&mut self) {
        self.path.pop();
        let first = self.firsts.pop().unwrap_or_default();
        let names = self.names.get_mut(first..).unwrap_or_default();
        self.repeats |= repeats(names);
        self.names.truncate(first);
    }

    /// A member's name and its colon.
    fn name(&mut self) -> Result<(), Fault> {
        self.space();
        let start = self.at;
        if self.next() != Some(b'"') {
            return Err(Fault::Json);
        }
        let text = self.string()?;
        let mut name = text.plain.map_or_else(|| Cow::Owned(self.scratch.clone()), Cow::Borrowed);
        let outside = self.path.get(..self.path.len().saturating_sub(1)).unwrap_or_default();
        if text.marks.suspicious() {
            let verdict = self.judge.judge(outside, Scalar::Name(&name));
            if let Verdict::Replace(class) = verdict {
                name = Cow::Borrowed(class.replacement());
            }
            self.put(start, verdict);
        }
        let outside = self.path.get(..self.path.len().saturating_sub(1)).unwrap_or_default();
        let hash = rules::hash(name.as_bytes());
        let class = self.judge.class(outside, hash);
        self.names.push((hash, name.clone()));
        if let Some(step) = self.path.last_mut() {
            *step = Step { place: Place::Member(name), hash, class };
        }
        self.space();
        if self.next() == Some(b':') { Ok(()) } else { Err(Fault::Json) }
    }

    /// Puts what becomes of it in the place of what stands from `start` to here.
    fn put(&mut self, start: usize, verdict: Verdict) {
        match verdict {
            Verdict::Keep => {}
            Verdict::Replace(class) => {
                self.patch.replace(start, self.at, &[b"\"", class.replacement().as_bytes(), b"\""]);
            }
            Verdict::Rewrite(text) => {
                let text = serde_json::Value::from(text).to_string();
                self.patch.replace(start, self.at, &[text.as_bytes()]);
            }
        }
    }

    /// The rest of a string after its quote.
    fn string(&mut self) -> Result<Text<'a>, Fault> {
        let start = self.at;
        let (length, marks) = marks::of_json(self.rest());
        self.at += length;
        let plain = self.text.get(start..self.at).ok_or(Fault::Json)?;
        match self.next() {
            Some(b'"') => Ok(Text { plain: Some(plain), marks }),
            Some(b'\\') => {
                self.scratch.clear();
                self.scratch.push_str(plain);
                self.escaped()?;
                Ok(Text { plain: None, marks: Marks::of(&self.scratch) })
            }
            _ => Err(Fault::Json),
        }
    }

    /// The rest of a string after its first backslash.
    fn escaped(&mut self) -> Result<(), Fault> {
        loop {
            let c = match self.next() {
                Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
                Some(b'b') => '\u{8}',
                Some(b'f') => '\u{c}',
                Some(b'n') => '\n',
                Some(b'r') => '\r',
                Some(b't') => '\t',
                Some(b'u') => self.unicode()?,
                _ => return Err(Fault::Json),
            };
            self.scratch.push(c);
            let start = self.at;
            self.at += marks::of_json(self.rest()).0;
            self.scratch.push_str(self.text.get(start..self.at).ok_or(Fault::Json)?);
            match self.next() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => {}
                _ => return Err(Fault::Json),
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
        let digits = self.rest().get(..4).ok_or(Fault::Json)?;
        let value = digits.iter().try_fold(0, |value, b| Some(value * 16 + char::from(*b).to_digit(16)?));
        self.at += 4;
        value.ok_or(Fault::Json)
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
        if digits > 0 { Ok(()) } else { Err(Fault::Json) }
    }

    fn literal(&mut self, rest: &str) -> Result<(), Fault> {
        if !self.rest().starts_with(rest.as_bytes()) {
            return Err(Fault::Json);
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

/// Whether a name stands there twice. The names are left in any order.
pub(super) fn repeats(names: &mut [(u64, Cow<'_, str>)]) -> bool {
    if names.len() > 24 {
        names.sort_unstable();
        return names.windows(2).any(|pair| matches!(pair, [one, other] if one == other));
    }
    names.iter().enumerate().any(|(place, one)| names.iter().skip(place + 1).any(|other| one == other))
}
