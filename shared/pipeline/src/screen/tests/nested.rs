//! Texts within texts: opened, cut off, of a dialect, or nearly of a format.

use super::*;

/// What becomes of a text, and the paths and classes of what was replaced in it.
type Expected<'e> = (&'e str, &'e [&'e str]);

/// The text as a member `a` of JSON and as an element of XML.
fn check_text(text: &str, expected: Expected<'_>) {
    let xml = |text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        format!("<a>{}</a>", text.replace('"', "&quot;").replace('\'', "&apos;"))
    };
    check_in(text, |text| serde_json::json!({"a": text, "b": 1}).to_string(), expected);
    check_in(text, xml, expected);
}

fn check_in(text: &str, body: impl Fn(&str) -> String, (new, found): Expected<'_>) {
    let before = body(text);
    let (findings, after) = screen_body(before.clone().into_bytes(), &[]).unwrap();
    let recorded: Vec<_> =
        findings.redactions.iter().map(|found| format!("{} {}", found.path, found.class)).collect();
    assert_eq!(
        (String::from_utf8(after.clone()).unwrap(), recorded),
        (body(new), found.iter().map(|it| (*it).to_owned()).collect()),
        "{before}"
    );
    assert_eq!(screen_body(after.clone(), &[]), Ok((Findings::default(), after)), "{before}");
}

/// All of a text is of this class.
fn check_whole(text: &str, class: &str) {
    check_text(text, (&format!("[{}]", class.replace('_', "-")), &[&format!("/a {class}")]));
}

#[test]
fn json_and_xml_within_a_text_are_opened() {
    for (body, expected, paths) in [
        (
            r#"{"a":"{\"email\":\"j\",\"n\":1}"}"#,
            r#"{"a":"{\"email\":\"[email]\",\"n\":1}"}"#,
            &["/a/email"][..],
        ),
        (r#"{"a":" [4242424242424242]"}"#, r#"{"a":" [\"[card-number]\"]"}"#, &["/a/0"]),
        (r#"{"a":"<b><email>j</email></b>"}"#, r#"{"a":"<b><email>[email]</email></b>"}"#, &["/a/b/email"]),
        // An escape that need not be one stays.
        (r#"{"a":"{\"n\":\"\\\/\"}"}"#, r#"{"a":"{\"n\":\"\\\/\"}"}"#, &[]),
    ] {
        check(body, Ok((expected, paths)));
    }
    // A path of identity is not opened.
    check(r#"{"id":"{\"email\":\"j\"}"}"#, Ok((r#"{"id":"{\"email\":\"j\"}"}"#, &[])));
}

#[test]
fn a_text_that_cannot_be_read_is_replaced_if_it_holds_anything() {
    for (text, class) in [
        // Cut off.
        (r#"{"email":"j","b":4242424242424242"#, "card_number"),
        (r#"{"cvc":"123","name_on_card":"Jane Doe""#, "cardholder_name"),
        (r#"{"cvc":"12"#, "security_code"),
        (r#"{"cvc":"#, "security_code"),
        (r#"{"card":{"name":"Jane D"#, "cardholder_name"),
        (r#"[{"a":1},4242424242424242,"#, "card_number"),
        ("<r><cvc>123</cvc>", "security_code"),
        ("<r><card><name>Jane &#", "cardholder_name"),
        ("<r><a cvc='12", "security_code"),
        // Of a dialect, wrong at once.
        ("{'cvc': '123'}", "security_code"),
        ("{cvc: 123}", "security_code"),
        ("{:cvc=>123}", "security_code"),
        ("[Card(brand=visa, cvc=123)]", "security_code"),
        ("{x, \"b\":4242424242424242}", "card_number"),
        ("<r>&nbsp;<x:cvc>123</x:cvc></r>", "security_code"),
        ("<r>&nbsp;<b>4242 4242 4242 4242</b></r>", "card_number"),
        // Something before or after it.
        ("[truncated] {\"cvc\":\"123\"}", "security_code"),
        ("{\"a\":1}\n{\"cvc\":\"123\"}", "security_code"),
        // Behind what is wrong, also where only what it is in says what it is.
        (r#"{"x":tru,"card":{"id":1,"name":"Jane"}}"#, "cardholder_name"),
        (r#"{"card":{"id":01,"name":"Jane"}}"#, "cardholder_name"),
        ("{'customer': {'id': 1, 'name': 'Jane'}}", "name"),
        ("<r>&nbsp;<card><name>Jane</name></card></r>", "cardholder_name"),
        // Encoded twice, and cut off.
        (r#""{\"cvc\":\"123\",\"x\":"#, "security_code"),
        (r#""{\"x\":\"4242424242424242\",\"y\":"#, "card_number"),
        // What it looks like counts as ever.
        ("[jane@example.com", "email"),
        ("{4242424242424242 card}", "card_number"),
    ] {
        check_whole(text, class);
    }
}

#[test]
fn what_only_looks_like_a_text_of_a_format_stays() {
    for text in [
        "{",
        "[",
        "<",
        "\"",
        "\"\"",
        "{}",
        "\u{feff}",
        "\u{feff}{\"a\":1}",
        "{not JSON at all} and more",
        "{see below}",
        "[Reminder] phone: none",
        "<see you> at 5",
        "[Reminder] your address, phone and email are missing: please add them",
        "[#1234] order 4242424242424242 is paid",
        "\"Great service!\" she wrote, \"thanks\"",
        "\"Great service!\"",
        " \"a \\u00e9 \\/\" ",
        "\"unfinished",
        "\"lone \\ud83d\"",
        "<https://x.example/?token=abc|link>, <@U123>",
        "<3 this",
        "[email]",
        "[card-number]",
        "{\"a\":1,\"b\":[tru",
        "{\"time\":1763870000000",
        // A name before which no name says whose it is, and one that says it too late.
        "{'product': {'name': 'Shirt'}, 'customer': {'id': 5}}",
    ] {
        check_text(text, (text, &[]));
    }
}

/// The text within so many lists, each a text of its own.
fn wrapped(text: &str, times: usize) -> String {
    (0..times).fold(text.to_owned(), |text, _| serde_json::json!([text]).to_string())
}

#[test]
fn a_text_that_readers_could_understand_differently_is_replaced_if_it_holds_anything() {
    let deep = |text: &str| "[".repeat(path::MAX_DEPTH + 1) + text + &"]".repeat(path::MAX_DEPTH + 1);
    for (text, class) in [
        (r#"{"cvc":"123","cvc":"123"}"#, "security_code"),
        (r#""{\"cvc\":\"123\",\"cvc\":\"123\"}""#, "security_code"),
        // Also behind the name that comes twice, or where it is too deep.
        (r#"{"card":{"name":"Jane"},"a":1,"a":1}"#, "cardholder_name"),
        (r#"[{"a":1,"a":1},{"card":{"name":"Jane"}}]"#, "cardholder_name"),
        (r#"[{"a":1,"a":1},4242424242424242]"#, "card_number"),
        (&deep("4242424242424242"), "card_number"),
        (&deep(r#"{"cvc":"123"}"#), "security_code"),
    ] {
        check_whole(text, class);
    }
    // What was read to its end is not looked at again, and less closely.
    let read = r#"{"card":{"id":1},"product":{"name":"Shirt"},"a":1,"a":1}"#;
    for text in [read, r#"{"a":1,"a":1}"#, r#"[{"a":1,"\u0061":1}]"#, &deep(""), &deep("order 1")] {
        check_text(text, (text, &[]));
    }
    // As Slack sends it.
    let (body, expected) = ("payload=%7B%22cvc%22:1,%22cvc%22:1%7D", "payload=%5Bsecurity-code%5D");
    let (_, kept) = rewrite(Policy::Strict, Provider::named("slack").unwrap(), &[], body.into()).unwrap();
    assert_eq!(String::from_utf8(kept).unwrap(), expected);
}

#[test]
fn texts_are_opened_down_to_a_bound_and_replaced_whole_beyond() {
    let (text, new) = (r#"{"cvc":"123"}"#, r#"{"cvc":"[security-code]"}"#);
    check_text(&wrapped(text, 2), (&wrapped(new, 2), &["/a/0/0/cvc security_code"]));
    for (text, class) in [
        (text, "security_code"),
        (r#"{"cvc":"12"#, "security_code"),
        ("[4242424242424242]", "card_number"),
        ("\u{feff} [\"4242 4242 4242 4242\"]", "card_number"),
        ("<a>4242424242424242</a>", "card_number"),
        (r#""[4242424242424242]""#, "card_number"),
        (r#"{"card":{"id":1,"name":"Jane"}}"#, "cardholder_name"),
    ] {
        let new = format!("[{}]", class.replace('_', "-"));
        let found = format!("/a/0/0/0 {class}");
        for more in [0, 2] {
            check_text(&wrapped(&wrapped(text, more), 3), (&wrapped(&new, 3), &[&found]));
        }
    }
    for text in [r#"{"a":1}"#, "<a/>", "[1] is no JSON", r#""{\"a\":1}""#] {
        check_text(&wrapped(text, 5), (&wrapped(text, 5), &[]));
    }
}

#[test]
fn a_form_within_a_text_is_replaced_whole() {
    for (text, class) in [
        ("a=1&cvc=123", "security_code"),
        ("a=1&name%5Fon%5Fcard=Jane+Doe", "cardholder_name"),
        ("card[id]=1&card[name]=Jane", "cardholder_name"),
        ("a=1&b=%7B%22cvc%22:1%7D", "security_code"),
        ("cvc=1&cvc=2", "security_code"),
        ("cvc=1&b=%zz", "security_code"),
        ("a=visa&order_ids=4242424242424242,", "card_number"),
    ] {
        check_whole(text, class);
    }
    for text in [
        "a=1&b=2",
        "a=1&a=2",
        "cvc=123",
        "&cvc=123",
        "pin=1 & cvc=none",
        "a=b&cvc=see below",
        "Q&A: address=none, and more",
        "https://x.example/?address=abc&token=1",
        "/products/a?token=1&b=2",
        "dG9rZW4mY3ZjPTEyMw==",
        "a=&b",
    ] {
        check_text(text, (text, &[]));
    }
    // A path of identity is not opened.
    check(r#"{"id":"a=1&cvc=1"}"#, Ok((r#"{"id":"a=1&cvc=1"}"#, &[])));
}

#[test]
fn a_name_that_is_a_text_of_a_format_is_replaced_whole() {
    for (name, class) in [
        (r#"{"cvc":"123"}"#, "security_code"),
        (r#"{"card":{"name":"Jane"}}"#, "cardholder_name"),
        (" <cvc>123</cvc>", "security_code"),
        (r#""{\"cvc\":\"123\"}""#, "security_code"),
    ] {
        // The new name says of the value what it is.
        let new = format!("[{}]", class.replace('_', "-"));
        let body = |name: &str, value: &str| serde_json::json!({"a": {name: value}}).to_string();
        let path = format!("/a/{new}");
        check(&body(name, "Jane"), Ok((&body(&new, &new), &[&path, &path])));
    }
    let body = r#"{"[4242424242424242]":1}"#;
    check(body, Ok((r#"{"[card-number]":1}"#, &["/[card-number]"])));
    for name in [r#"{"a":1}"#, "[email-order]", "<see you> at 5", "\"a\"", "[", "{cvc or pin}"] {
        let body = serde_json::json!({"a": {name: 1}}).to_string();
        check(&body, Ok((&body, &[])));
    }
}

#[test]
fn a_text_is_opened_whatever_was_put_before_or_around_it() {
    let (text, new) = (r#"{"cvc":"123","z":1}"#, r#"{"cvc":"[security-code]","z":1}"#);
    let found: &[&str] = &["/a/cvc security_code"];
    for before in ["\u{feff}", " ", "\n\t", "\u{a0}", "\u{2003}", "\u{3000}", " \u{feff} "] {
        check_text(&format!("{before}{text}\n"), (&format!("{before}{new}\n"), found));
    }
    let quoted = |text: &str| serde_json::json!(text).to_string();
    check_text(&quoted(text), (&quoted(new), found));
    check_text(&quoted(&quoted(text)), (&quoted(&quoted(new)), found));
    check_text(&format!("\u{feff} {} ", quoted(text)), (&format!("\u{feff} {} ", quoted(new)), found));
    check_whole("\"4242 4242 4242 4242\"", "card_number");
    // A name around it counts in it.
    check(
        r#"{"cardNote":"\"it is 4242424242424242\""}"#,
        Ok((r#"{"cardNote":"[card-number]"}"#, &["/cardNote"])),
    );
    // It is opened also where something else is expected.
    check(
        r#"{"card_number":"{\"cvc\":\"123\"}"}"#,
        Ok((r#"{"card_number":"{\"cvc\":\"[security-code]\"}"}"#, &["/card_number/cvc"])),
    );
    // A path of identity is not opened.
    for text in
        [r#"{\"cvc\":1"#, r#"{\"cvc\":1,\"cvc\":1}"#, r#"\"{\\\"cvc\\\":1}\""#, r#"\"4242424242424242"#]
    {
        let body = format!(r#"{{"id":"{text}"}}"#);
        check(&body, Ok((&body, &[])));
    }
}

#[test]
fn what_was_found_in_a_text_that_cannot_be_read_is_recorded_once_and_by_policy() {
    let cards = "4242424242424242,".repeat(1000);
    let body = serde_json::json!({"a": format!("[{cards}"), "b": [format!("[{cards}")]}).to_string();
    check(&body, Ok((r#"{"a":"[card-number]","b":["[card-number]"]}"#, &["/a", "/b/0"])));
    for (policy, expected) in
        [(Policy::Strict, r#"{"a":"[phone]"}"#), (Policy::CardData, r#"{"a":"{\"email\":\"j\",\"phone\":"}"#)]
    {
        let body = br#"{"a":"{\"email\":\"j\",\"phone\":"}"#.to_vec();
        let (_, kept) = rewrite(policy, Provider::named("svix").unwrap(), &[], body).unwrap();
        assert_eq!(String::from_utf8(kept).unwrap(), expected);
    }
}

#[test]
fn quotes_within_quotes_end() {
    let text = (0..16).fold("x".to_owned(), |text, _| serde_json::json!(text).to_string());
    check_text(&text, (&text, &[]));
}

/// A text of a format within others, or its beginning.
fn cut_text() -> impl Strategy<Value = String> {
    let texts = prop_oneof![
        Just(r#"{"cvc":"123","card":{"name":"Jane","number":4242424242424242}}"#.to_owned()),
        Just(r#"<r cvc="123"><email>j</email>4242424242424242</r>"#.to_owned()),
        Just(r#"["jane@example.com",{"a":[]}]"#.to_owned()),
        "[\\[\\]{}\"':,=<>a-c \u{feff}1]{0,12}",
    ];
    let wrapped = (texts, 0..5_usize, any::<bool>()).prop_map(|(text, times, quoted)| {
        let json = |text: String| if quoted { serde_json::json!(text) } else { serde_json::json!([text]) };
        (0..times).fold(text, |text, _| json(text).to_string())
    });
    (wrapped, any::<prop::sample::Index>()).prop_map(|(text, at)| {
        let at = text.floor_char_boundary(at.index(text.len() * 2 + 1));
        text.get(..at).unwrap_or_default().to_owned()
    })
}

proptest! {
    #[test]
    fn any_part_of_a_text_is_screened_once_and_its_neighbours_stay(text in cut_text()) {
        let body = serde_json::json!({"a": text, "b": 1.5}).to_string();
        let (_, once) = screen_body(body.into_bytes(), &[]).unwrap();
        prop_assert_eq!(screen_body(once.clone(), &[]), Ok((Findings::default(), once.clone())));
        let once = String::from_utf8(once).unwrap();
        prop_assert!(once.starts_with("{\"a\":\"") && once.ends_with(",\"b\":1.5}"), "{}", once);
        prop_assert!(!once.contains("4242424242424242") && !once.contains("cvc\\\":\\\"123"), "{}", once);
    }
}
