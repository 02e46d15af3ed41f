//! What a text has in it, seen while its end is looked for: most have nothing that is worth a second look.

use super::card;

/// What makes a text suspicious.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    digits: usize,
    /// Digits with nothing but separators between them: the most of them, and the last.
    longest: usize,
    run: usize,
    seen: u8,
    first: Option<u8>,
}

/// The end of a JSON string, or an escape, or what may not be in one.
const STOP: u8 = 1;
/// `@` or `%`: there may be an e-mail address. `&`: it may be a form.
const AT: u8 = 2;
/// Full-width digits begin with it in UTF-8.
const WIDE: u8 = 4;
const DIGIT: u8 = 8;
/// With some digits, there may be a phone number.
const PLUS: u8 = 16;
/// It stands between the digits of one number: white space, dash, or not ASCII.
const BETWEEN: u8 = 32;

/// What each byte is.
static KINDS: [u8; 256] = kinds();

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "when it is compiled")]
const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'\t'..=b'\r' => STOP | BETWEEN,
            b'"' | b'\\' | 0..=0x1f => STOP,
            b'@' | b'%' | b'&' => AT,
            b'0'..=b'9' => DIGIT,
            b'+' => PLUS,
            0xef => WIDE | BETWEEN,
            b' ' | b'-' | 0x80.. => BETWEEN,
            _ => 0,
        };
        byte += 1;
    }
    kinds
}

fn kind(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or_default()
}

/// How many bytes of a JSON string there are before its end or its first escape, and what is in them.
pub(super) fn of_json(text: &[u8]) -> (usize, Marks) {
    let mut marks = Marks { first: text.first().copied(), ..Marks::default() };
    for (at, byte) in text.iter().enumerate() {
        let kind = kind(*byte);
        if kind & STOP != 0 {
            return (at, marks);
        }
        marks.add(kind);
    }
    (text.len(), marks)
}

impl Marks {
    /// What is in a decoded text.
    pub(super) fn of(text: &str) -> Self {
        let mut marks = Self { first: text.bytes().next(), ..Self::default() };
        text.bytes().for_each(|byte| marks.add(kind(byte)));
        marks
    }

    fn add(&mut self, kind: u8) {
        self.seen |= kind;
        let digit = usize::from(kind == DIGIT);
        self.digits += digit;
        self.run = if kind & (DIGIT | BETWEEN) == 0 { 0 } else { self.run + digit };
        self.longest = self.longest.max(self.run);
    }

    /// Whether it can be anything but a harmless text.
    pub(super) fn suspicious(self) -> bool {
        self.longest >= card::SHORTEST
            || self.seen & (AT | WIDE) != 0
            || self.seen & PLUS != 0 && self.digits >= 8
            || self.first.is_some_and(may_open)
    }
}

/// Whether a text of a format begins with it, or white space before one (not ASCII: its first byte in UTF-8).
fn may_open(byte: u8) -> bool {
    matches!(byte, b'{' | b'[' | b'<' | b'"' | b' ' | b'\t'..=b'\r' | 0xc2 | 0xe1..=0xe3)
}
