//! Changes to what was right.

use arbitrary::Arbitrary;

/// A change to some bytes, at a place from the start or, where it is negative, from the end.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Change {
    /// Turns bits of one byte.
    Turn(i16, u8),
    /// Puts a byte in.
    Insert(i16, u8),
    /// Takes some bytes out.
    Remove(i16, u8),
    /// Writes some bytes twice.
    Repeat(i16, u8),
    /// Ends it here.
    Cut(i16),
}

impl Change {
    /// The bytes after some changes.
    pub fn all(changes: &[Self], bytes: &[u8]) -> Vec<u8> {
        changes.iter().fold(bytes.to_vec(), |bytes, change| change.applied(bytes))
    }

    /// The text after some changes, if it is one still.
    pub fn all_text(changes: &[Self], text: &str) -> Option<String> {
        String::from_utf8(Self::all(changes, text.as_bytes())).ok()
    }

    fn applied(self, mut bytes: Vec<u8>) -> Vec<u8> {
        let at = |place: i16| match usize::from(place.unsigned_abs()) % (bytes.len() + 1) {
            from_end if place < 0 => bytes.len() - from_end,
            place => place,
        };
        match self {
            Self::Turn(place, bits) => {
                let at = at(place);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bits);
            }
            Self::Insert(place, byte) => bytes.insert(at(place), byte),
            Self::Remove(place, length) => {
                let start = at(place);
                drop(bytes.drain(start..bytes.len().min(start + usize::from(length))));
            }
            Self::Repeat(place, length) => {
                let start = at(place);
                bytes.extend_from_within(start..bytes.len().min(start + usize::from(length)));
            }
            Self::Cut(place) => bytes.truncate(at(place)),
        }
        bytes
    }
}
