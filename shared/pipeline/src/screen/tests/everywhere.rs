//! Every brand's test numbers in every place where a number can stand.

use super::{card::TEST_NUMBERS, *};

/// Bodies with a card number at `$`, and what is left of it.
const JSON: &[(&str, &str)] = &[
    (r#""$""#, r#""[card-number]""#),
    ("$", r#""[card-number]""#),
    (r#"{"a":"$"}"#, r#"{"a":"[card-number]"}"#),
    (r#"{"a":$}"#, r#"{"a":"[card-number]"}"#),
    (r#"{"a":$.0}"#, r#"{"a":"[card-number]"}"#),
    (r#"{"$":1}"#, r#"{"[card-number]":1}"#),
    (r#"{"a":[1,{"b":["$"]}]}"#, r#"{"a":[1,{"b":["[card-number]"]}]}"#),
    (r#"{"a":"paid with card $ today"}"#, r#"{"a":"[card-number]"}"#),
    (r#"{"a":"PAN:$."}"#, r#"{"a":"[card-number]"}"#),
    (r#"{"a":"$ (Visa)"}"#, r#"{"a":"[card-number]"}"#),
    (r#"{"cardNote":"it is $, thanks"}"#, r#"{"cardNote":"[card-number]"}"#),
    (r#"{"a":"https://x.example/?card=$&b=1"}"#, r#"{"a":"[card-number]"}"#),
    (r#"{"a":"{\"b\":$}"}"#, r#"{"a":"{\"b\":\"[card-number]\"}"}"#),
    (r#"{"a":"<b c='$'/>"}"#, r#"{"a":"<b c='[card-number]'/>"}"#),
    ("<a>$</a>", "<a>[card-number]</a>"),
    ("<a><b c='$'>x</b></a>", "<a><b c='[card-number]'>x</b></a>"),
    ("<a>card: $</a>", "<a>[card-number]</a>"),
    ("<a><![CDATA[$]]></a>", "<a>[card-number]</a>"),
];
const FORM: &[(&str, &str)] = &[
    ("a=$", "a=%5Bcard-number%5D"),
    ("$=a", "%5Bcard-number%5D=a"),
    ("$", "%5Bcard-number%5D"),
    ("a%5Bb%5D=$&c=1", "a%5Bb%5D=%5Bcard-number%5D&c=1"),
    ("a=my+card+is+$", "a=%5Bcard-number%5D"),
    ("a=%7B%22b%22%3A$%7D", "a=%7B%22b%22%3A%22%5Bcard-number%5D%22%7D"),
];

#[test]
fn every_brands_test_numbers_are_replaced_in_every_position_by_every_policy() {
    let (svix, custom) = (Provider::named("svix").unwrap(), Provider::named("custom").unwrap());
    let json = JSON.iter().map(|case| (svix, case));
    let cases: Vec<_> = json.chain(FORM.iter().map(|case| (custom, case))).collect();
    for number in TEST_NUMBERS {
        let grouped: Vec<_> =
            number.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
        for (provider, (pattern, expected)) in &cases {
            for policy in Policy::ALL {
                let body = pattern.replace('$', number);
                let (found, kept) = rewrite(policy, provider, &[], body.clone().into_bytes()).unwrap();
                assert_eq!(String::from_utf8(kept).unwrap(), *expected, "{body}");
                assert_eq!(found.redactions.first().unwrap().class, "card_number", "{body}");
            }
        }
        // In groups, where a text can stand.
        for (pattern, expected) in JSON.iter().filter(|(pattern, _)| pattern.starts_with('<')) {
            check(&pattern.replace('$', &grouped.join("-")), Ok((*expected, &[&path_of(pattern)])));
        }
        for separator in [" ", "-", "\\u00a0", "\u{2013}"] {
            let number = grouped.join(separator);
            check(&format!(r#"{{"a":"{number}"}}"#), Ok((r#"{"a":"[card-number]"}"#, &["/a"])));
            check(&format!(r#"{{"a":"card {number} ok"}}"#), Ok((r#"{"a":"[card-number]"}"#, &["/a"])));
        }
    }
}

fn path_of(pattern: &str) -> String {
    if pattern.contains("c='") { "/a/b/@c".to_owned() } else { "/a".to_owned() }
}

#[test]
fn a_number_in_a_longer_text_needs_a_word_beside_it() {
    for text in [
        "order 4242424242424242 is paid",
        "id_4242424242424242 card",
        "x4242424242424242 card",
        "card 42424242424242421",
        "card 4242424242424241",
        "4242424242424242 and only much later, in another part of this rather long text, a card",
    ] {
        check(&format!(r#"{{"a":"{text}"}}"#), Ok((&format!(r#"{{"a":"{text}"}}"#), &[])));
    }
}

#[test]
fn what_a_name_says_of_a_number_decides_how_much_it_has_to_look_like_one() {
    for (body, found) in [
        // A run of 13 digits is rarely a card number, and never under the name of an id.
        (r#"{"a":"4222222222222"}"#, true),
        (r#"{"customer_id":"4222222222222"}"#, false),
        (r#"{"card_id":"4222222222222"}"#, true),
        (r#"{"a":5018000000007}"#, false),
        (r#"{"cardNumberRaw":5018000000007}"#, true),
        (r#"{"customer_id":"4242424242424242"}"#, true),
        (r#"{"customer_id":6205500000000000004}"#, false),
    ] {
        let (findings, _) = screen_body(body.as_bytes().to_vec(), &[]).unwrap();
        assert_eq!(!findings.redactions.is_empty(), found, "{body}");
    }
}

#[test]
fn what_may_be_shown_of_a_card_stays() {
    for body in [
        r#"{"card":{"number":"************4242","last4":"4242","bin":"424242","brand":"visa"}}"#,
        r#"{"card_number":"424242XXXXXX4242","cvc_check":"pass","expiry":null,"reason":"Refused"}"#,
        r#"{"email":"","phone":null,"address":{"line1":null,"verified":true},"token":" "}"#,
    ] {
        check(body, Ok((body, &[])));
    }
}
