//! Other keys and other times.

use std::collections::BTreeSet;

use verification::scheme::Scheme;

use super::{Request, valid};
use crate::common;

#[test]
fn no_other_key_is_accepted() {
    let mut count = 0;
    for (provider, _, vector) in valid() {
        let mut document = vector.document();
        // Another key of the same form: each digit and each letter up to f is another.
        let other = |text: &str| -> String {
            let turn = |c: char, from: u8, n: u8| char::from(from + (c as u8 - from + 1) % n);
            text.chars()
                .map(|c| match c {
                    '0'..='9' => turn(c, b'0', 10),
                    'g'..='z' if !text.starts_with("wh") => turn(c, b'g', 20),
                    _ => c,
                })
                .collect()
        };
        if let Some(secrets) = document["secrets"].as_array_mut() {
            for secret in secrets {
                secret["secret"] = other(secret["secret"].as_str().unwrap()).into();
            }
        } else {
            document["settings"]["webhook_id"] = "OTHER".into();
        }
        count += 1;
        // A text that is no key any more is refused even earlier.
        let Ok(endpoint) = common::sample(&document) else { continue };
        let accepted = Request::of(&vector).verify(&endpoint, vector.now_ms).is_some();
        assert!(!accepted, "{}/{}", provider.name, vector.name);
    }
    println!("{count} other keys");
    assert!(count > 400, "{count}");
}

#[test]
fn a_signed_time_is_accepted_within_the_tolerance_exactly() {
    let (mut count, mut providers) = (0, BTreeSet::new());
    for (provider, _, vector) in valid() {
        let timed = match &provider.scheme {
            Scheme::Signed(signed) => signed.timestamp.is_some(),
            Scheme::Jwt(_) => true,
            Scheme::Items(_) => false,
        };
        if !timed {
            continue;
        }
        providers.insert(provider.name);
        for (past, future) in [(300, 300), (30, 30), (900, 60)] {
            let mut document = vector.document();
            document["settings"]["tolerance_seconds"] = past.into();
            document["settings"]["future_tolerance_seconds"] = future.into();
            let endpoint = common::sample(&document).unwrap();
            let request = Request::of(&vector);
            let accepts = |now: i64| request.verify(&endpoint, now).is_some();
            // Any time at which it is accepted, then the edges on both sides of it.
            let steps = (-7200..7200).map(|step| vector.now_ms + step * 20_000);
            let Some(inside) = std::iter::once(vector.now_ms).chain(steps).find(|now| accepts(*now)) else {
                continue;
            };
            let edge = |sign: i64| {
                let (mut near, mut far) = (0, 2_000_000);
                while far - near > 1 {
                    let middle = i64::midpoint(near, far);
                    *(if accepts(inside + sign * middle) { &mut near } else { &mut far }) = middle;
                }
                inside + sign * near
            };
            let width = edge(1) - edge(-1);
            assert_eq!(width, (past + future) * 1000, "{}/{}", provider.name, vector.name);
            count += 2;
        }
    }
    println!("{count} edges of {} providers", providers.len());
    assert!(providers.len() == 10 && count > 500, "{providers:?} {count}");
}
