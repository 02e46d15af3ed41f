//! Bodies: what is covered, and what is not.

use serde_json::Value;
use verification::{Coverage, Provider, scheme::Scheme};

use super::{BITWISE, Request, assert_same_proof, valid};

#[test]
fn no_covered_byte_of_a_body_can_be_changed_and_the_others_prove_nothing() {
    let (mut refused, mut accepted) = (0, 0);
    for (provider, place, vector) in valid() {
        let endpoint = vector.endpoint().unwrap();
        let request = Request::of(&vector);
        let before = request.verify(&endpoint, vector.now_ms).unwrap();
        let step = if place < BITWISE { 1 } else { 53 };
        for byte in (0..request.body.len()).step_by(step) {
            let mut changed = request.clone();
            changed.body[byte] ^= 1 << (byte % 7);
            let what = format!("{}/{}: byte {byte}", provider.name, vector.name);
            let Some(after) = changed.verify(&endpoint, vector.now_ms) else {
                refused += 1;
                continue;
            };
            accepted += 1;
            let covered = provider.coverage == Coverage::Body
                && signed_body(&request, provider) != signed_body(&changed, provider);
            assert!(!covered, "{what} was accepted");
            assert_same_proof(&before, &after, &what);
        }
        for body in [b"".as_slice(), b"{}", b"{\"id\":\"evt_forged\",\"type\":\"forged\"}", &[0xff; 9]] {
            let changed = Request { body: body.to_vec(), ..request.clone() };
            match changed.verify(&endpoint, vector.now_ms) {
                None => refused += 1,
                Some(after) => {
                    let same = signed_body(&request, provider) == signed_body(&changed, provider);
                    assert!(provider.coverage != Coverage::Body || same, "{}/{}", provider.name, vector.name);
                    assert_same_proof(&before, &after, &vector.name);
                    accepted += 1;
                }
            }
        }
    }
    println!(
        "{refused} changed bodies refused, {accepted} outside the coverage accepted, with the same proof"
    );
    assert!(refused > 30_000 && accepted > 4_000, "{refused} {accepted}");
}

#[test]
fn no_signed_field_of_an_adyen_item_can_be_changed() {
    let Some(Scheme::Items(scheme)) = Provider::named("adyen").map(|provider| provider.scheme) else {
        panic!()
    };
    let mut count = 0;
    for (_, _, vector) in valid().filter(|(provider, ..)| provider.name == "adyen") {
        let endpoint = vector.endpoint().unwrap();
        let request = Request::of(&vector);
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        for item in 0..body["notificationItems"].as_array().unwrap().len() {
            for field in scheme.signed {
                let mut changed = body.clone();
                let Some(value) = changed.pointer_mut(&format!("{}/{item}{field}", scheme.at)) else {
                    continue;
                };
                *value = match value {
                    Value::Number(number) => (number.as_i64().unwrap() + 1).into(),
                    Value::String(text) => format!("{text}x").into(),
                    _ => "x".into(),
                };
                let changed = Request { body: changed.to_string().into_bytes(), ..request.clone() };
                assert!(changed.verify(&endpoint, vector.now_ms).is_none(), "{}: {field}", vector.name);
                count += 1;
            }
        }
    }
    println!("{count} changed fields");
    assert!(count > 100, "{count}");
}

/// What of a body is signed: of a form its decoded parameters, of anything else every byte.
fn signed_body(request: &Request, provider: &Provider) -> Vec<u8> {
    let is_form = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("content-type") && value.contains("form")
    };
    if provider.media_types().contains(&"application/json") && !request.headers.iter().any(is_form) {
        return request.body.clone();
    }
    let text = String::from_utf8_lossy(&request.body);
    let mut pairs: Vec<Vec<u8>> = text.split('&').map(unescape).collect();
    if provider.name == "braintree" {
        pairs.retain(|pair| pair.starts_with(b"bt_payload="));
    }
    pairs.sort();
    pairs.dedup();
    pairs.concat()
}

fn unescape(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let escaped = (*first == b'%').then(|| after.get(..2).and_then(|d| hex::decode(d).ok())).flatten();
        (bytes, rest) = match escaped {
            Some(byte) => ([bytes, byte].concat(), &after[2..]),
            None => ([bytes, vec![if *first == b'+' { b' ' } else { *first }]].concat(), after),
        };
    }
    bytes
}
