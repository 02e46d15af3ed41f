//! Makes another text with the same CRC-32: what PayPal's signature covers of a body.

#![allow(unreachable_pub, reason = "each user takes what it needs")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failure is a failed test")]

/// So many letters can be changed: with 3 bits in each there is a solution for any CRC-32.
const LETTERS: usize = 16;

/// The text with letters in place of the one `{}`, so that it has the CRC-32 of `original`. Not a search: CRC-32 is
/// linear, so these are 32 equations.
pub fn forge(original: &[u8], template: &str) -> Vec<u8> {
    let (before, after) = template.split_once("{}").unwrap();
    let mut forged = [before, &"h".repeat(LETTERS), after].concat().into_bytes();
    let wanted = crc32(&forged) ^ crc32(original);
    // What each bit changes, reduced to rows with a leading bit of their own.
    let mut rows: Vec<(u32, u64)> = Vec::new();
    for bit in 0..3 * LETTERS {
        let mut changed = forged.clone();
        changed[before.len() + bit / 3] ^= 1 << (bit % 3);
        let mut row = (crc32(&changed) ^ crc32(&forged), 1_u64 << bit);
        for known in &rows {
            if row.0 & leading(known.0) != 0 {
                row = (row.0 ^ known.0, row.1 ^ known.1);
            }
        }
        if row.0 != 0 {
            rows.push(row);
        }
    }
    let (mut left, mut bits) = (wanted, 0);
    for row in &rows {
        if left & leading(row.0) != 0 {
            (left, bits) = (left ^ row.0, bits ^ row.1);
        }
    }
    assert_eq!(left, 0, "the equations have a solution");
    for bit in (0..3 * LETTERS).filter(|bit| bits >> bit & 1 == 1) {
        forged[before.len() + bit / 3] ^= 1 << (bit % 3);
    }
    assert_eq!(crc32(&forged), crc32(original));
    forged
}

fn leading(row: u32) -> u32 {
    1 << row.ilog2()
}

fn crc32(bytes: &[u8]) -> u32 {
    let shift = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc)))
}
