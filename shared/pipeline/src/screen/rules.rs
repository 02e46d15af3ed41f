//! How it is written down which members hold personal or card data: a table of names, each with the class of what
//! stands there. Names are compared without case and punctuation, so that `card_number`, `cardNumber` and
//! `CARD-NUMBER` are one.

use super::{DataClass, path::Step};

/// What a value or everything in a container is, by the names that lead to it.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    /// The hashes of the last name and of those before it; 0 is any.
    names: [u64; 3],
    ruling: Ruling,
}

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It is of this class, and so is all that it holds.
    Is(DataClass),
    /// It is nothing to replace, whatever a more general rule says.
    Nothing,
}

/// What `path` names is of this class. `a/b` is a member `b` of a member `a`, at any depth, with or without lists
/// between; at most three names.
pub(super) const fn is(path: &str, class: DataClass) -> Rule {
    Rule { names: parse(path.as_bytes()), ruling: Ruling::Is(class) }
}

/// What `path` names is nothing to replace, whatever a more general rule says.
pub(super) const fn keep(path: &str) -> Rule {
    Rule { names: parse(path.as_bytes()), ruling: Ruling::Nothing }
}

/// More slots than twice the longest table, so that a search ends soon.
const SLOTS: usize = 512;

/// Rules by the last name; of two that fit, the first counts.
pub(super) struct Rules {
    rules: &'static [Rule],
    /// The number of a rule, from 1, near the slot that its last name's hash tells.
    slots: [u16; SLOTS],
}

impl Rules {
    #[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "when it is compiled")]
    pub(super) const fn new(rules: &'static [Rule]) -> Self {
        let mut slots = [0; SLOTS];
        let mut number = 0;
        while number < rules.len() {
            let mut at = slot(rules[number].names[0]);
            while slots[at] != 0 {
                at = (at + 1) % SLOTS;
            }
            slots[at] = number as u16 + 1;
            number += 1;
        }
        Self { rules, slots }
    }

    /// What the rules say of a member of this name in `path`.
    pub(super) fn find(&self, name: u64, path: &[Step<'_>]) -> Option<Ruling> {
        let mut at = slot(name);
        loop {
            let number = usize::from(*self.slots.get(at)?);
            let rule = self.rules.get(number.checked_sub(1)?)?;
            if rule.fits(name, path) {
                return Some(rule.ruling);
            }
            at = (at + 1) % SLOTS;
        }
    }
}

impl Rule {
    fn fits(&self, name: u64, path: &[Step<'_>]) -> bool {
        let [last, before @ ..] = &self.names;
        let mut around = path.iter().rev().map(|step| step.hash).filter(|hash| *hash != 0);
        *last == name && before.iter().all(|wanted| *wanted == 0 || around.next() == Some(*wanted))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low bits are enough")]
const fn slot(hash: u64) -> usize {
    // The low bits of FNV are its best.
    (hash ^ (hash >> 32)) as usize % SLOTS
}

#[expect(clippy::indexing_slicing, reason = "when it is compiled")]
const fn parse(path: &[u8]) -> [u64; 3] {
    let mut names = [0; 3];
    let (mut name, mut at) = (SEED, 0);
    while at < path.len() {
        if path[at] == b'/' {
            names = [0, name, names[1]];
            name = SEED;
        } else {
            name = add(name, path[at]);
        }
        at += 1;
    }
    names[0] = name;
    names
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a of the letters and digits of a name, in lower case. Who makes two names of one hash gains nothing: a rule that
/// fits by chance replaces too much, never too little.
pub(super) fn hash(name: &[u8]) -> u64 {
    name.iter().fold(SEED, |hash, byte| add(hash, *byte))
}

const fn add(hash: u64, byte: u8) -> u64 {
    if byte.is_ascii_alphanumeric() || !byte.is_ascii() {
        (hash ^ byte.to_ascii_lowercase() as u64).wrapping_mul(0x0100_0000_01b3)
    } else {
        hash
    }
}
