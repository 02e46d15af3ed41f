//! What a card number looks like: a length of 12 to 19 digits, an issuer's range, a Luhn digit.

use std::{
    ops::{Range, RangeInclusive},
    str::CharIndices,
};

/// First and last prefix of a range (as many digits as they have), the lengths that its numbers may have, and those that
/// are usual. ISO/IEC 7812; ranges as the networks publish them, joined where neighbours share their lengths.
const RANGES: &[(u32, u32, RangeInclusive<usize>, &[usize])] = &[
    (4, 4, 13..=19, &[13, 16, 18, 19]),       // Visa
    (51, 55, 16..=16, &[16]),                 // Mastercard
    (2221, 2720, 16..=16, &[16]),             // Mastercard
    (2200, 2204, 16..=19, &[16, 17, 18, 19]), // Mir
    (34, 34, 15..=15, &[15]),                 // American Express
    (37, 37, 15..=15, &[15]),                 // American Express
    (300, 305, 14..=19, &[14, 16]),           // Diners Club
    (3095, 3095, 14..=19, &[14, 16]),         // Diners Club
    (36, 36, 14..=19, &[14, 16]),             // Diners Club
    (38, 39, 14..=19, &[14, 16]),             // Diners Club
    (3528, 3589, 16..=19, &[16]),             // JCB
    (50, 50, 12..=19, &[16, 17, 18, 19]),     // Maestro, Verve, Elo, RuPay
    (56, 58, 12..=19, &[16, 17, 18, 19]),     // Maestro
    (60, 69, 12..=19, &[16, 17, 18, 19]),     // Discover, UnionPay, Maestro, RuPay, Elo, Hipercard
    (81, 82, 16..=19, &[16]),                 // UnionPay, RuPay
    (8600, 8600, 16..=16, &[16]),             // Uzcard
    (9792, 9792, 16..=16, &[16]),             // Troy
    (9860, 9860, 16..=16, &[16]),             // Humo
    (1, 1, 15..=15, &[15]),                   // UATP
];

/// The shortest text that can be a card number.
pub(super) const SHORTEST: usize = 12;
const LONGEST: usize = 19;

/// What the name of a value says about its digits. One run of digits in ten has a fitting check digit, so that what is
/// called an id has to look more like a card number than what is called a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    /// A card is likely: all lengths that a range may have.
    Card,
    /// Nothing is known: the lengths that are usual.
    Anything,
    /// An id: the 15 and 16 digits that almost all cards have.
    Id,
}

impl Around {
    /// What this name says; of a long one its end, since a body can have many values under it.
    fn of(name: &str) -> Self {
        let end = name.get(name.floor_char_boundary(name.len().saturating_sub(NEAR))..).unwrap_or_default();
        let name: String =
            end.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
        if has_card_word(&name) {
            return Self::Card;
        }
        let ends = ["id", "ids", "ref", "reference", "sid", "gid", "uid", "code", "key", "sku"];
        let parts = ["tracking", "barcode", "ean", "gtin", "upc", "isbn", "imei", "serial", "timestamp"];
        let is_id =
            ends.iter().any(|end| name.ends_with(end)) || parts.iter().any(|part| name.contains(part));
        if is_id { Self::Id } else { Self::Anything }
    }
}

/// Words that stand near a card number.
const CARD_WORDS: &[&str] = &[
    "card",
    "karte",
    "carte",
    "carta",
    "cartao",
    "cartão",
    "tarjeta",
    "kort",
    "kreditka",
    "visa",
    "mastercard",
    "maestro",
    "amex",
    "american express",
    "americanexpress",
    "discover",
    "diners",
    "unionpay",
    "rupay",
    "jcb",
    "credit",
    "debit",
    "ccnum",
    "cvv",
    "cvc",
    "expiry",
    "expires",
];

/// `text` is in lower case.
fn has_card_word(text: &str) -> bool {
    let whole = |word: &str| text.split(|c: char| !c.is_alphanumeric()).any(|other| other == word);
    CARD_WORDS.iter().any(|word| text.contains(word)) || whole("pan") || whole("cc")
}

/// How far from a card number in a text a word stands that makes it one, in bytes.
const NEAR: usize = 64;

/// Whether all of `text` is a card number, in groups parted by spaces, dashes or what stands for them in a URL, or in one.
pub(super) fn in_text(text: &str, name: &str) -> bool {
    if text.len() < SHORTEST {
        return false;
    }
    let (mut digits, mut chars) = (Digits::default(), text.char_indices());
    while let Some((_, c)) = chars.next() {
        let fits = match digit(c) {
            Some(digit) => digits.push(digit),
            // With a plus before it, it is a phone number.
            None => separates(c) || digits.length > 0 && separates_in_url(c, &mut chars),
        };
        if !fits {
            return false;
        }
    }
    digits.are_card_called(name)
}

/// Whether there is a card number in a longer text that speaks of cards nearby, or is called so.
pub(super) fn within(text: &str, name: &str) -> bool {
    let mut before = None;
    for (start, c) in text.char_indices() {
        let begins =
            digit(c).is_some() && (!before.is_some_and(is_word) || follows_escape(text.as_bytes(), start));
        before = Some(c);
        if begins && let Some(end) = card_at(text.get(start..).unwrap_or_default()) {
            let from = text.floor_char_boundary(start.saturating_sub(NEAR));
            let to = text.floor_char_boundary((start + end + NEAR).min(text.len()));
            let near = |range: Range<usize>| text.get(range).unwrap_or_default().to_lowercase();
            if Around::of(name) == Around::Card
                || has_card_word(&near(from..start))
                || has_card_word(&near(start + end..to))
            {
                return true;
            }
        }
    }
    false
}

/// Where the card number ends that `text` begins with, if it does: up to the end of a group of digits.
fn card_at(text: &str) -> Option<usize> {
    let (mut digits, mut group) = (Digits::default(), 0);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match digit(c) {
            Some(digit) if digits.push(digit) => {
                group += 1;
                let ends = !chars.as_str().starts_with(is_word);
                if ends && digits.are_card(Around::Anything) {
                    return Some(at + c.len_utf8());
                }
            }
            // Cards are written in groups of three to six.
            None if group >= 3
                && (separates(c) || separates_in_url(c, &mut chars))
                && chars.as_str().starts_with(|c| digit(c).is_some()) =>
            {
                group = 0;
            }
            _ => return None,
        }
    }
    None
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether there are as many digits as a card number has: less is what may be shown of one.
pub(super) fn could_be_whole(text: &str) -> bool {
    text.chars().filter(|c| digit(*c).is_some()).count() >= SHORTEST
}

/// Whether the JSON number `text` has the value of a card number, however it is written: `4242424242424242`,
/// `4242424242424242.0`, `4.242424242424242e15`.
pub(super) fn in_number(text: &str, name: &str) -> bool {
    if text.len() < SHORTEST {
        return false;
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let Ok(shift) = exponent.parse::<i32>() else { return false };
    // The decimal point, counted from the left of all digits, after the exponent has moved it.
    let Some(point) = i32::try_from(whole.len()).ok().and_then(|length| length.checked_add(shift)) else {
        return false;
    };
    let Ok(point) = usize::try_from(point) else { return false };
    if point > LONGEST {
        return false;
    }
    let written = whole.chars().chain(fraction.chars());
    if written.clone().skip(point).any(|c| c != '0') {
        return false;
    }
    let mut digits = Digits::default();
    let padded = written.chain(std::iter::repeat('0')).take(point);
    padded.skip_while(|c| *c == '0').all(|c| digit(c).is_some_and(|digit| digits.push(digit)))
        && digits.are_card_called(name)
}

/// Up to 19 digits. More than that is no card number.
#[derive(Default)]
struct Digits {
    digits: [u8; LONGEST],
    length: usize,
}

impl Digits {
    /// Whether there was room.
    fn push(&mut self, digit: u8) -> bool {
        match self.digits.get_mut(self.length) {
            Some(slot) => {
                *slot = digit;
                self.length += 1;
                true
            }
            None => false,
        }
    }

    /// The check digit comes first: what a name says takes longer to find.
    fn are_card_called(&self, name: &str) -> bool {
        self.are_card(Around::Card) && self.are_card(Around::of(name))
    }

    fn are_card(&self, around: Around) -> bool {
        let digits = self.digits.get(..self.length).unwrap_or_default();
        let length = digits.len();
        length >= SHORTEST
            && RANGES.iter().any(|(first, last, lengths, usual)| {
                let prefix = digits
                    .iter()
                    .take(first.ilog10() as usize + 1)
                    .fold(0_u32, |prefix, digit| prefix * 10 + u32::from(*digit));
                let fits = match around {
                    Around::Card => lengths.contains(&length),
                    Around::Anything => usual.contains(&length),
                    Around::Id => usual.contains(&length) && (15..=16).contains(&length),
                };
                fits && (*first..=*last).contains(&prefix)
            })
            && luhn(digits)
    }
}

/// ISO/IEC 7812-1, annex B.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// An ASCII or full-width digit.
fn digit(c: char) -> Option<u8> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        '\u{ff10}'..='\u{ff19}' => u32::from(c) - 0xff10,
        _ => return None,
    };
    u8::try_from(value).ok()
}

/// White space, hyphen-minus, or one of the dashes.
fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')
}

/// What stands in a URL for a blank, a tab, a dash or a plus. `rest` is what comes after `c`, and loses an escape's code.
fn separates_in_url(c: char, rest: &mut CharIndices<'_>) -> bool {
    let code = rest.as_str().get(..2).unwrap_or_default();
    match c {
        '+' => true,
        '%' if ["20", "09", "2d", "2b"].iter().any(|other| code.eq_ignore_ascii_case(other)) => {
            rest.nth(1).is_some()
        }
        _ => false,
    }
}

/// Whether an escape of a URL stands before `at`: its code is no part of what follows.
fn follows_escape(text: &[u8], at: usize) -> bool {
    let escape = at.checked_sub(3).and_then(|from| text.get(from..at));
    matches!(escape, Some([b'%', high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// Each network's or processor's published test numbers: Stripe, Adyen, PayPal, Worldpay.
#[cfg(test)]
pub(super) const TEST_NUMBERS: &[&str] = &[
    "4242424242424242",
    "4222222222222",
    "4000056655665556",
    "4988438843884305",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "2720994326581252",
    "2201382000000013",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "6445644564456445",
    "3056930009020004",
    "36227206271667",
    "38520000023237",
    "3566002020360505",
    "6200000000000005",
    "6205500000000000004",
    "6759649826438453",
    "5018000000000009",
    "5066991111111118",
    "6062828888666688",
    "9792030000000000",
    "8171999927660000",
];

#[cfg(test)]
mod tests;
