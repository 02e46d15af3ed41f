//! Hostile input: whatever arrives, an answer is given; no panic, no work without bounds.

use crate::common;
use std::sync::OnceLock;

use crate::common::Vector;
use proptest::prelude::*;
use verification::{Delivery, Endpoint, Provider, Rejection, verify};

/// One endpoint and one valid vector a provider.
fn subjects() -> &'static [(Endpoint, Vector)] {
    static SUBJECTS: OnceLock<Vec<(Endpoint, Vector)>> = OnceLock::new();
    SUBJECTS.get_or_init(|| {
        let first =
            |file: common::File| file.vectors.into_iter().find(|vector| vector.expect == "valid").unwrap();
        let vectors = common::files().into_iter().map(first);
        vectors.map(|vector| (vector.endpoint().unwrap(), vector)).collect()
    })
}

/// Pieces of header values: what grammars are made of, and what breaks them.
fn value() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("t=1767225600".to_owned()),
        Just("v1=".to_owned()),
        Just("sha256=".to_owned()),
        Just(",".to_owned()),
        Just("=".to_owned()),
        Just("/SHA256/".to_owned()),
        Just("Basic ".to_owned()),
        Just("eyJhbGciOiJFUzI1NiJ9".to_owned()),
        Just(".".to_owned()),
        Just("https://api.paypal.com/v1/notifications/certs/CERT-1".to_owned()),
        Just("2026-01-01T00:00:00Z".to_owned()),
        Just("18446744073709551616".to_owned()),
        Just("%".to_owned()),
        "[0-9a-f]{64}",
        "\\PC{0,16}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let json = prop_oneof![
        Just(
            "{\"notificationItems\":[{\"NotificationRequestItem\":{\"additionalData\":{\"hmacSignature\":\"AA==\"}}}]}"
        ),
        Just("{\"notificationItems\":[1,null,[],{}]}"),
        Just("{\"events\":[{\"id\":1},{}],\"meta\":{\"webhook_id\":null}}"),
        Just("bt_signature=a%7Cb&bt_payload=PG4+"),
        Just("{\"type\":\"url_verification\",\"challenge\":7}"),
        Just("[[[["),
    ];
    prop_oneof![json.prop_map(|text| text.as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 0..256)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random values in the headers that each provider sends, over a random body: never accepted, never a panic.
    #[test]
    fn random_deliveries_are_refused(values in prop::collection::vec(value(), 12), body in body(), url in value(), now in any::<u32>()) {
        for (endpoint, vector) in subjects() {
            let names = vector.headers.iter().map(|(name, _)| name.clone());
            let headers: Vec<_> = names.zip(values.iter().cloned()).collect();
            let delivery = Delivery::new(url.clone(), headers, body.clone());
            let verified = verify(endpoint, delivery, common::at(i64::from(now) * 1000));
            prop_assert!(verified.is_err(), "{}", vector.provider);
        }
    }

    /// The right signature beside a header that is random: an answer, whatever it is.
    #[test]
    fn a_random_header_among_the_right_ones_is_no_panic(place in any::<prop::sample::Index>(), value in value(), body in body()) {
        for (endpoint, vector) in subjects() {
            let mut headers = vector.headers.clone();
            if !headers.is_empty() {
                let place = place.index(headers.len());
                headers[place].1.clone_from(&value);
            }
            let _ = verify(endpoint, Delivery::new(vector.url.clone(), headers.clone(), vector.body()), vector.now());
            let _ = verify(endpoint, Delivery::new(value.clone(), headers, body.clone()), vector.now());
        }
    }

    /// Random documents: refused or read, no panic, and no value in the words.
    #[test]
    fn a_random_document_is_no_panic(text in any::<String>(), secret in "[a-zA-Z0-9]{20}", field in 0_usize..8) {
        let _ = Endpoint::parse("a", text.as_bytes());
        for provider in Provider::all() {
            let mut document = provider.example();
            let name = ["provider", "mode", "account", "secrets", "settings", "trust", "scheme", "identity"][field];
            document[name] = secret.clone().into();
            if let Err(error) = Endpoint::parse("a", document.to_string().as_bytes()) {
                prop_assert!(!error.to_string().contains(&secret), "{error}");
            }
        }
    }
}

fn stripe(header: &str) -> Option<Rejection> {
    let (endpoint, vector) = subjects().iter().find(|(_, vector)| vector.provider == "stripe").unwrap();
    let headers = [("Stripe-Signature".to_owned(), header.to_owned())];
    verify(endpoint, Delivery::new("", headers, vector.body()), vector.now()).err()
}

fn right() -> String {
    let (_, vector) = subjects().iter().find(|(_, vector)| vector.provider == "stripe").unwrap();
    vector.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("stripe-signature")).unwrap().1.clone()
}

#[test]
fn the_number_of_signatures_is_bounded() {
    let wrong = |count| format!(",v1={}", "0".repeat(64)).repeat(count);
    assert_eq!(stripe(&right()), None);
    assert_eq!(stripe(&format!("{}{}", right(), wrong(30))), None);
    assert_eq!(stripe(&format!("{}{}", right(), wrong(31))), Some(Rejection::MalformedHeader));
    assert_eq!(stripe(&format!("{}{}", right(), wrong(100_000))), Some(Rejection::MalformedHeader));
}

#[test]
fn the_length_of_a_header_is_bounded() {
    let padded = |length: usize| {
        let right = right();
        format!("{right},x={}", "x".repeat(length - right.len() - 3))
    };
    assert_eq!(stripe(&padded(8192)), None);
    assert_eq!(stripe(&padded(8193)), Some(Rejection::MalformedHeader));
}

#[test]
fn joined_and_repeated_headers_are_not_chosen_from() {
    let (endpoint, vector) = subjects().iter().find(|(_, vector)| vector.provider == "stripe").unwrap();
    let good = right();
    let bad = format!("t=1767225600,v1={}", "0".repeat(64));
    let header = |value: &str| ("stripe-signature".to_owned(), value.to_owned());
    for values in [[&good, &good], [&good, &bad], [&bad, &good], [&bad, &bad]] {
        let apart = values.map(|value| header(value));
        let refusal = verify(endpoint, Delivery::new("", apart, vector.body()), vector.now()).err();
        assert_eq!(refusal, Some(Rejection::MalformedHeader));
        let joined = values.map(String::as_str).join(",");
        assert_eq!(stripe(&joined), Some(Rejection::MalformedHeader));
    }
}

#[test]
fn headers_are_found_in_any_casing() {
    for (endpoint, vector) in subjects() {
        let title = |name: &str| {
            let part = |part: &str| part[..1].to_uppercase() + &part[1..];
            name.to_lowercase().split('-').map(part).collect::<Vec<_>>().join("-")
        };
        let casings: [&dyn Fn(&str) -> String; 4] =
            [&|name| name.to_lowercase(), &|name| name.to_uppercase(), &title, &|name| name.to_owned()];
        for casing in casings {
            let headers = vector.headers.iter().map(|(name, value)| (casing(name), value.clone()));
            let verified =
                verify(endpoint, Delivery::new(vector.url.clone(), headers, vector.body()), vector.now());
            assert!(verified.is_ok(), "{}", vector.provider);
        }
    }
}

#[test]
fn a_delivery_for_one_endpoint_is_refused_by_every_other() {
    for (endpoint, own) in subjects() {
        for (_, other) in subjects() {
            let verified = verify(endpoint, other.delivery(), other.now());
            let same = own.provider == other.provider;
            assert_eq!(verified.is_ok(), same, "{} at {}", other.provider, own.provider);
        }
    }
}

#[test]
fn strange_timestamps_are_refused() {
    for strange in [
        "",
        "+1767225600",
        "-1",
        " 1767225600",
        "1767225600 ",
        "1767225600.0",
        "1_767_225_600",
        "0x69",
        "NaN",
        "１７６７２２５６００",
        "9223372036854775808",
        "99999999999999999999999",
        "1e9",
    ] {
        let header = format!("t={strange},v1={}", "0".repeat(64));
        assert_eq!(stripe(&header), Some(Rejection::MalformedHeader), "{strange}");
    }
    let (_, vector) = subjects().iter().find(|(_, vector)| vector.provider == "svix").unwrap();
    for far in ["9223372036854775807", "9223372036854775"] {
        let mut headers = vector.headers.clone();
        let timestamp =
            headers.iter_mut().find(|(name, _)| name.to_lowercase().ends_with("timestamp")).unwrap();
        timestamp.1 = far.to_owned();
        let delivery = Delivery::new("", headers, vector.body());
        let refusal = verify(&vector.endpoint().unwrap(), delivery, vector.now()).err();
        assert_eq!(refusal, Some(Rejection::TimestampInFuture), "{far}");
    }
    assert_eq!(stripe(&format!("t=0,v1={}", "0".repeat(64))), Some(Rejection::TimestampTooOld));
}
