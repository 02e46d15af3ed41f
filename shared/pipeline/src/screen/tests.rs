use proptest::prelude::*;
use serde_json::Value;

use super::{findings::REDACTIONS_LIMIT, path::PATH_LIMIT, *};

mod everywhere;
mod formats;
mod ids;
mod nested;

const EXEMPT: &[&str] = &["/id", "/items/*/psp~1ref", "/list/1"];

/// Of a provider that adds no rules.
fn screen_body(body: Vec<u8>, exempt: &[&str]) -> Result<(Findings, Vec<u8>), &'static str> {
    rewrite(Policy::Strict, Provider::named("svix").unwrap(), exempt, body)
}

/// `Ok`: the body as it may be stored, and the paths that were replaced. `Err`: why it is withheld.
fn check(body: &str, expected: Result<(&str, &[&str]), &str>) {
    check_bytes(body.as_bytes(), expected);
}

fn check_bytes(body: &[u8], expected: Result<(&str, &[&str]), &str>) {
    let screened = screen_body(body.to_vec(), EXEMPT);
    let shown = String::from_utf8_lossy(body).chars().take(200).collect::<String>();
    match (screened, expected) {
        (Ok((found, body)), Ok((text, paths))) => {
            assert_eq!(String::from_utf8(body).unwrap(), text, "{shown}");
            let found: Vec<&str> = found.redactions.iter().map(|redaction| redaction.path.as_str()).collect();
            assert_eq!(found, paths, "{shown}");
        }
        (screened, expected) => {
            assert_eq!(screened.map(|_| ()), expected.map(|_| ()), "{shown}");
        }
    }
}

#[test]
fn a_body_with_nothing_to_replace_keeps_every_byte() {
    for body in [
        "",
        "{}",
        "[]",
        " [ ] \r\n",
        "\"[accepted]\"",
        "0",
        "-0.5e+10",
        "{\r\n  \"b\" : 1,\r\n\t\"a\" : [ true , false , null ]\r\n}\r\n",
        r#"{"z":"\u00e9\/\ud83d\ude00","a":"é😀","m":1.0e2,"n":1E400,"big":123456789012345678901234567890}"#,
        r#"{"lone":"\ud83d","turned":"\ude00\ud83d","after":"\ud83dx","twice":"\ud83d\ud83d\ude00"}"#,
        r#"{"\ud83d":1,"\ud83d\u0061":2}"#,
        r#"{"a":{"a":{"a":[{"a":1},{"a":1}]}}}"#,
        r#"{"time":1763870000000,"text":"order 4242424242424242 is paid"}"#,
    ] {
        check(body, Ok((body, &[])));
    }
}

#[test]
fn a_card_number_is_replaced_wherever_it_is_a_whole_value() {
    for (body, expected, paths) in [
        (r#""4242424242424242""#, r#""[card-number]""#, &[""][..]),
        ("4242424242424242", r#""[card-number]""#, &[""]),
        (r#"{"a":"4242 4242 4242 4242" }"#, r#"{"a":"[card-number]" }"#, &["/a"]),
        (r#"{"a":[1, 4242424242424242 ,2]}"#, r#"{"a":[1, "[card-number]" ,2]}"#, &["/a/1"]),
        (
            r#"{"a":{"b/c~":"3782-822463-10005"},"z":[]}"#,
            r#"{"a":{"b/c~":"[card-number]"},"z":[]}"#,
            &["/a/b~1c~0"],
        ),
        (r#"{"a":"\u0034242\u003424242424242"}"#, r#"{"a":"[card-number]"}"#, &["/a"]),
        (r#"{"a":"\u003424242424242424\u0032"}"#, r#"{"a":"[card-number]"}"#, &["/a"]),
        (r#"{"a":"\t4242\u00a04242\u20134242 4242\n"}"#, r#"{"a":"[card-number]"}"#, &["/a"]),
        (r#"{"a":"4242\t4242\t4242\t4242"}"#, r#"{"a":"[card-number]"}"#, &["/a"]),
        (r#"{"a":"card:\n4242\r4242\u000b4242\f4242"}"#, r#"{"a":"[card-number]"}"#, &["/a"]),
        (
            r#"{"4242424242424242":{"é":5555555555554444}}"#,
            r#"{"[card-number]":{"é":"[card-number]"}}"#,
            &["/[card-number]", "/[card-number]/é"],
        ),
        (r#"{"a":{"\u00342424242424242 42":1}}"#, r#"{"a":{"[card-number]":1}}"#, &["/a/[card-number]"]),
        (r#"[4.242424242424242e15,{"id":1}]"#, r#"["[card-number]",{"id":1}]"#, &["/0"]),
    ] {
        check(body, Ok((expected, paths)));
    }
}

#[test]
fn a_path_of_identity_is_kept_and_counted() {
    let body =
        r#"{"id":"4242424242424242","items":[{"psp/ref":4242424242424242}],"list":[0,4242424242424242]}"#;
    let (found, kept) = screen_body(body.as_bytes().to_vec(), EXEMPT).unwrap();
    assert_eq!(kept, body.as_bytes());
    assert_eq!((found.redactions.len(), found.more_redactions, found.exempted), (0, 0, 3));
    for (body, expected, path) in [
        (
            r#"{"items":{"*":{"psp/ref":4242424242424242}}}"#,
            r#"{"items":{"*":{"psp/ref":"[card-number]"}}}"#,
            "/items/*/psp~1ref",
        ),
        (r#"{"id":{"id":4242424242424242}}"#, r#"{"id":{"id":"[card-number]"}}"#, "/id/id"),
        (r#"{"items":[4242424242424242]}"#, r#"{"items":["[card-number]"]}"#, "/items/0"),
        (r#"{"list":[4242424242424242]}"#, r#"{"list":["[card-number]"]}"#, "/list/0"),
        // The key is not the value that is named.
        (r#"{"id":{"4242424242424242":1}}"#, r#"{"id":{"[card-number]":1}}"#, "/id/[card-number]"),
    ] {
        let expected: Result<(&str, &[&str]), &str> = Ok((expected, &[path]));
        // A key `*` is no index, so the first of these is replaced although it has the pattern's path.
        check(body, expected);
    }
}

#[test]
fn a_body_that_cannot_be_screened_is_withheld() {
    for (body, reason) in [
        (&b"a=1&b=2"[..], "invalid_json"),
        (b"{\"a\":1}{}", "invalid_json"),
        (b"{\"a\":1,}", "invalid_json"),
        (b"{\"a\" 1}", "invalid_json"),
        (b"{\"a\",1}", "invalid_json"),
        (b"{a:1}", "invalid_json"),
        (b"{\"a\":1", "invalid_json"),
        (b"{\"a\":[1}", "invalid_json"),
        (b"{\"a\":1]", "invalid_json"),
        (b"[1,]", "invalid_json"),
        (b"[,1]", "invalid_json"),
        (b"[1 2]", "invalid_json"),
        (b"[01]", "invalid_json"),
        (b"[+1]", "invalid_json"),
        (b"[1.]", "invalid_json"),
        (b"[.1]", "invalid_json"),
        (b"[-]", "invalid_json"),
        (b"[1e]", "invalid_json"),
        (b"[1e+]", "invalid_json"),
        (b"[tru]", "invalid_json"),
        (b"[truex]", "invalid_json"),
        (b"[NaN]", "invalid_json"),
        (b"'a'", "invalid_json"),
        (b"\"a", "invalid_json"),
        (b"\"a\\\"", "invalid_json"),
        (b"\"\\x\"", "invalid_json"),
        (b"\"\\u12g4\"", "invalid_json"),
        (b"\"\\u123", "invalid_json"),
        (b"\"a\nb\"", "invalid_json"),
        (b"\"\\n\nb\"", "invalid_json"),
        (b" ", "invalid_json"),
        ("\u{feff}{}".as_bytes(), "invalid_json"),
        (b"/**/{}", "invalid_json"),
        (b"{\"a\":\"\xff\"}", "invalid_utf8"),
        (b"\x1f\x8b\x08\x00", "invalid_utf8"),
        (b"{\"a\":1,\"a\":1}", "duplicate_key"),
        (b"{\"a\":1,\"b\":{},\"\\u0061\":2}", "duplicate_key"),
        (b"[{\"x\":{\"y\":[{\"k\":0,\"l\":0,\"k\":0}]}}]", "duplicate_key"),
        (b"{\"4242424242424242\":1,\"5555555555554444\":1}", "duplicate_key"),
    ] {
        check_bytes(body, Err(reason));
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let kept = nested(path::MAX_DEPTH);
    check(&kept, Ok((&kept, &[])));
    check(&nested(path::MAX_DEPTH + 1), Err("too_deep"));
    check(&"[".repeat(BODY_LIMIT), Err("too_deep"));
    let kept = "{\"a\":".repeat(path::MAX_DEPTH) + "1" + &"}".repeat(path::MAX_DEPTH);
    check(&kept, Ok((&kept, &[])));
}

#[test]
fn a_body_over_the_limit_is_withheld_also_when_replacing_made_it_longer() {
    let body = |length: usize| format!("[\"{}\"]", "a".repeat(length - 4));
    let largest = body(BODY_LIMIT);
    check(&largest, Ok((&largest, &[])));
    check(&body(BODY_LIMIT + 1), Err("too_large"));
    // Each number of 13 digits becomes a string of 15 bytes.
    let cards = format!("[{}4222222222222]", "4222222222222,".repeat(BODY_LIMIT / 14 - 1));
    assert!(cards.len() <= BODY_LIMIT);
    check(&cards, Err("too_large"));
}

#[test]
fn what_is_recorded_of_redactions_is_bounded() {
    let key = "é\\u0001".repeat(500);
    let body = format!("{{\"{key}\":[{}4242424242424242]}}", "4242424242424242,".repeat(999));
    let (found, kept) = screen_body(body.into_bytes(), &[]).unwrap();
    assert!(!String::from_utf8(kept).unwrap().contains("4242"));
    assert_eq!(found.redactions.len() + found.more_redactions as usize, 1000);
    assert!(found.redactions.iter().all(|redaction| redaction.path.len() <= PATH_LIMIT));
    assert!(found.redactions.first().unwrap().path.ends_with('…'));
    assert!(serde_json::to_vec(&found.redactions).unwrap().len() <= REDACTIONS_LIMIT + 2);
    assert!(found.redactions.len() > 10);
}

#[test]
fn a_long_key_around_many_card_numbers_costs_no_more_than_its_length() {
    // Copying the key for each number would be 7 GB.
    let body = format!("{{\"{}\":[{}1]}}", "~".repeat(360_000), "4222222222222,".repeat(20_000));
    let (found, _) = screen_body(body.into_bytes(), &["/~0/0", "/id"]).unwrap();
    assert_eq!(found.redactions.len() + found.more_redactions as usize, 20_000);
}

#[test]
fn an_identity_that_is_too_long_is_no_identity() {
    let set: [fn(&mut Identity) -> &mut Option<String>; 5] = [
        |identity| &mut identity.event_id,
        |identity| &mut identity.event_type,
        |identity| &mut identity.occurred_at,
        |identity| &mut identity.derived_id,
        |identity| &mut identity.proof_id,
    ];
    for part in set {
        for (length, kept) in [(IDENTITY_LIMIT, true), (IDENTITY_LIMIT + 1, false)] {
            let mut identity = Identity::default();
            *part(&mut identity) = Some("e".repeat(length));
            assert_eq!(bounded(identity.clone()), kept.then_some(identity));
        }
    }
}

#[test]
fn a_trace_id_that_is_no_attribute_is_dropped() {
    for (id, kept) in [
        ("Root=1-67891233-abcdef012345678912345678;Sampled=1", true),
        ("", false),
        ("a b", false),
        ("a\u{1}", false),
        ("é", false),
        (&"a".repeat(TRACE_ID_LIMIT), true),
        (&"a".repeat(TRACE_ID_LIMIT + 1), false),
    ] {
        assert_eq!(fit_for_attribute(id), kept, "{id:?}");
    }
}

/// JSON text with odd spacing and escapes, and now and then something that is none.
fn jsonish() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("4242424242424242".to_owned()),
        Just("\"4242 4242-4242 4242\"".to_owned()),
        Just("\"\\u0034242424242424242\"".to_owned()),
        Just("\"\\ud83d\"".to_owned()),
        Just("null".to_owned()),
        Just("[]".to_owned()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        "\"[a-z0-9 é\\t]{0,20}\"",
        "[\\x00-\\x7f]{0,4}",
    ];
    leaf.prop_recursive(5, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| format!("[{}]", items.join(" ,\r\n"))),
            prop::collection::vec(("[a-c]{1,2}", inner), 0..4).prop_map(|members| {
                let members: Vec<String> = members.iter().map(|(k, v)| format!("\"{k}\" :{v}")).collect();
                format!("{{ {}}}", members.join(","))
            }),
        ]
    })
}

/// Where `screened` differs from `value`, it has the replacement.
fn only_cards_differ(value: &Value, screened: &Value) -> bool {
    match (value, screened) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| only_cards_differ(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| only_cards_differ(a, b)))
        }
        (Value::String(s), b) if card::in_text(s, "") => b == "[card-number]",
        // `Value` has rounded it.
        (Value::Number(n), b) if n.is_f64() => b == value || b == "[card-number]",
        (Value::Number(n), b) if card::in_number(&n.to_string(), "") => b == "[card-number]",
        (a, b) => a == b,
    }
}

proptest! {
    #[test]
    fn any_bytes_are_screened_or_withheld(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = screen_body(body, EXEMPT);
    }

    #[test]
    fn what_is_kept_is_what_serde_json_takes(body in jsonish()) {
        match screen_body(body.clone().into_bytes(), &[]) {
            Ok((_, kept)) => {
                let ignored: Result<serde::de::IgnoredAny, _> = serde_json::from_str(&body);
                prop_assert!(ignored.is_ok() || body.is_empty());
                if let Ok(value) = serde_json::from_str::<Value>(&body) {
                    let screened: Value = serde_json::from_slice(&kept).unwrap();
                    prop_assert!(only_cards_differ(&value, &screened));
                }
                let (found, again) = screen_body(kept.clone(), &[]).unwrap();
                prop_assert_eq!(found, Findings::default());
                prop_assert_eq!(again, kept);
            }
            Err("invalid_json") => {
                prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&body).is_err());
            }
            Err(reason) => prop_assert_eq!(reason, "duplicate_key"),
        }
    }

    #[test]
    fn other_bytes_stay(before in "[ \\r\\n\\t]{0,5}", key in "[a-z\\\\/]{0}[a-zé]{1,9}", after in "[ \\r\\n\\t]{0,5}") {
        let body = format!("{{{before}\"{key}\"{after}:{before}4242424242424242{after}}}{before}");
        let (_, kept) = screen_body(body.clone().into_bytes(), &[]).unwrap();
        let expected = body.replace("4242424242424242", "\"[card-number]\"");
        prop_assert_eq!(String::from_utf8(kept).unwrap(), expected);
    }
}
