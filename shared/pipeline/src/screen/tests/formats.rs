//! Forms and XML.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::*;

/// `Ok`: the body as it may be stored, and `path class` of what was replaced.
fn check_of(provider: &str, body: &str, expected: Result<(&str, &[&str]), &str>) {
    let provider = Provider::named(provider).unwrap();
    let screened = rewrite(Policy::Strict, provider, provider.identity_paths(), body.as_bytes().to_vec());
    let screened = screened.map(|(found, body)| {
        let found = found.redactions.iter().map(|found| format!("{} {}", found.path, found.class));
        (String::from_utf8(body).unwrap(), found.collect::<Vec<_>>())
    });
    let expected = expected
        .map(|(body, found)| (body.to_owned(), found.iter().map(|found| (*found).to_owned()).collect()));
    assert_eq!(screened, expected, "{body}");
}

fn form(body: &str, expected: Result<(&str, &[&str]), &str>) {
    check_of("custom", body, expected);
}

/// A form with the XML in base64, in lines of 60 as Braintree writes it.
fn braintree(xml: &str, signature: &str) -> String {
    let base64 = BASE64_STANDARD.encode(xml);
    let lines: Vec<_> =
        base64.as_bytes().chunks(60).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    let payload = lines.join("\n") + "\n";
    let escaped = payload.replace('\n', "%0A").replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("bt_signature={signature}&bt_payload={escaped}")
}

#[test]
fn a_form_with_nothing_to_replace_keeps_every_byte() {
    for body in
        ["a=1", "a=1&b=x+y%20z%2B&&c&d=e=f&", "a%5Bb%5D=1&a[c]=2&x[]=1&x[]=2", "=", "a=%C3%A9", "a=b,c;d:(e)"]
    {
        form(body, Ok((body, &[])));
    }
}

#[test]
fn values_of_a_form_are_found_by_name_and_by_what_they_are() {
    for (body, expected, found) in [
        ("n=4242+4242%2042424242&m=1", "n=%5Bcard-number%5D&m=1", &["/n card_number"][..]),
        (
            "card[number]=4242424242424242&card[cvc]=123&card%5Bname%5D=J",
            "card[number]=%5Bcard-number%5D&card[cvc]=%5Bsecurity-code%5D&card%5Bname%5D=%5Bcardholder-name%5D",
            &["/card/number card_number", "/card/cvc security_code", "/card/name cardholder_name"],
        ),
        ("x[]=1&x[]=jane%40example.com", "x[]=1&x[]=%5Bemail%5D", &["/x/0 email"]),
        ("4242424242424242=1", "%5Bcard-number%5D=1", &["/[card-number] card_number"]),
        ("Email=jane&phone=1", "Email=%5Bemail%5D&phone=%5Bphone%5D", &["/Email email", "/phone phone"]),
        (
            "p=%7B%22email%22%3A%22j%22%2C%22a%22%3A1%7D",
            "p=%7B%22email%22%3A%22%5Bemail%5D%22%2C%22a%22%3A1%7D",
            &["/p/email email"],
        ),
    ] {
        form(body, Ok((expected, found)));
    }
}

#[test]
fn a_form_that_is_none_is_withheld() {
    for (body, reason) in [
        ("a b", "invalid_form"),
        ("a=<b>", "invalid_form"),
        ("a=\u{e9}", "invalid_form"),
        ("a=%zz", "invalid_form"),
        ("a=%4", "invalid_form"),
        ("%", "invalid_form"),
        ("a=%FF", "invalid_utf8"),
        ("a=1&b=2&a=3", "duplicate_key"),
        ("a=1&%61=3", "duplicate_key"),
    ] {
        form(body, Err(reason));
    }
    form(&format!("a{}=1", "[b]".repeat(path::MAX_DEPTH)), Err("too_deep"));
}

#[test]
fn a_form_is_taken_from_those_who_send_forms() {
    check_of("stripe", "a=1", Err("invalid_json"));
    check_of(
        "twilio",
        "From=%2B14155552671&CallSid=CA1",
        Ok(("From=%5Bphone%5D&CallSid=CA1", &["/From phone"])),
    );
    check_of("twilio", r#"{"From":"+1"}"#, Ok((r#"{"From":"[phone]"}"#, &["/From phone"])));
}

#[test]
fn braintrees_xml_is_decoded_screened_and_encoded_again() {
    let xml = |email: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<notification>\n  <kind>transaction_settled</kind><subject>\
             <transaction><id>4242424242424242</id><customer><email>{email}</email></customer></transaction>\
             </subject></notification>\n"
        )
    };
    let found =
        &["/bt_signature signature", "/bt_payload/notification/subject/transaction/customer/email email"];
    let expected = braintree(&xml("[email]"), "%5Bsignature%5D");
    check_of("braintree", &braintree(&xml("jane@example.com"), "k%7C00"), Ok((&expected, found)));
    // The payload keeps its bytes if nothing in it is replaced; the signature never stays.
    let expected = braintree("<n/>", "%5Bsignature%5D");
    check_of("braintree", &braintree("<n/>", "k%7C00"), Ok((&expected, &["/bt_signature signature"])));
    for (payload, reason) in [
        ("%21", "invalid_form"),
        ("YQ%3D%3D", "invalid_xml"),
        ("gA%3D%3D", "invalid_utf8"),
        ("PGE%2BPC9iPg%3D%3D", "invalid_xml"),
    ] {
        check_of("braintree", &format!("bt_signature=x&bt_payload={payload}"), Err(reason));
    }
}

#[test]
fn xml_with_nothing_to_replace_keeps_every_byte() {
    for body in [
        "<a/>",
        "<?xml version='1.0'?>\r\n<!-- x -->\n<a b='1' c = \"2\" ><d>t &amp; &#65;&#x42;</d><e/> tail <![CDATA[<x>]]></a >\n",
        "<a:b xmlns:a=\"urn:x\">1</a:b>",
        "<a><b>1</b><b>2</b></a>",
    ] {
        check(body, Ok((body, &[])));
    }
}

#[test]
fn texts_and_attributes_of_xml_are_found() {
    for (body, expected, paths) in [
        ("<a><b> 4242 4242 4242 4242 </b></a>", "<a><b>[card-number]</b></a>", &["/a/b"][..]),
        ("<a b='4242424242424242'/>", "<a b='[card-number]'/>", &["/a/@b"]),
        ("<a>4242<!-- x -->4242<![CDATA[4242]]>&#52;242</a>", "<a>[card-number]</a>", &["/a"]),
        ("<a><!-- card 4242424242424242 --></a>", "<a><!--[card-number]--></a>", &["/a"]),
        ("<!--4242424242424242-->\n<a/>", "<!--[card-number]-->\n<a/>", &[""]),
        ("<a>1<!--4242-->2<!--424242424242--></a>", "<a>1<!--[card-number]-->2</a>", &["/a"]),
        ("<a>1<!--{\"email\":1}--></a>", "<a>1<!--{\"email\":\"[email]\"}--></a>", &["/a/email"]),
        ("<a>[4242424242424242]<!-- x --></a>", "<a>[&quot;[card-number]&quot;]<!-- x --></a>", &["/a/0"]),
        (
            "<a><credit-card><expiration-month>05</expiration-month></credit-card></a>",
            "<a><credit-card><expiration-month>[expiry]</expiration-month></credit-card></a>",
            &["/a/credit-card/expiration-month"],
        ),
        (
            "<x:a><x:email type='s'>j</x:email></x:a>",
            "<x:a><x:email type='s'>[email]</x:email></x:a>",
            &["/x:a/x:email"],
        ),
        (
            "<a>{&quot;email&quot;:&quot;j&amp;k&quot;}</a>",
            "<a>{&quot;email&quot;:&quot;[email]&quot;}</a>",
            &["/a/email"],
        ),
    ] {
        check(body, Ok((expected, paths)));
    }
}

#[test]
fn xml_that_readers_could_understand_differently_is_withheld() {
    for body in [
        "<",
        "<a",
        "<a>",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a/>x",
        "<a b=1/>",
        "<a b='1'c='2'/>",
        "<a b='1' b='2'/>",
        "<a b='<'/>",
        "<!DOCTYPE a><a/>",
        "<a>&x;</a>",
        "<a>&#xzz;</a>",
        "<a>&amp</a>",
        "<a><?php ?></a>",
        "<1/>",
        "<a><!-- x</a>",
        "<a><![CDATA[x</a>",
        "<a>\u{1}</a>",
        "<?xml version='1.0'",
        "<a b/>",
        "<a>&#+65;</a>",
        "<a><!--\u{1}--></a>",
        "<a><![CDATA[\u{1}]]></a>",
        "<a b='\u{1}'/>",
        "<?xml version='4242424242424242'?><a/>",
        "<a><!--[4242424242424242,\"{\\\"email\\\":1,\\\"x\\\":\\\"--\\u003e\\\"}\"]--></a>",
    ] {
        check(body, Err("invalid_xml"));
    }
    let nested = |deep: usize| format!("{}x{}", "<n>".repeat(deep), "</n>".repeat(deep));
    let kept = nested(path::MAX_DEPTH);
    check(&kept, Ok((&kept, &[])));
    check(&nested(path::MAX_DEPTH + 1), Err("too_deep"));
}

/// As it stands in a URL.
#[test]
fn a_card_number_in_groups_that_a_url_parts_is_found() {
    for (text, is_card) in [
        ("https://x.example/?card=4242%204242%204242%204242", true),
        ("?card=4242+4242+4242+4242", true),
        ("4242%2D4242%2d4242%2D4242", true),
        ("?card=%204242424242424242", true),
        ("?card%3D4242424242424242", true),
        ("{%22card%22:%224242%204242%204242%204242%22}", true),
        ("?card=4242%214242%214242%214242", false),
        ("?card=4242%4242%4242%4242", false),
        ("+4242424242424242", false),
        ("%2B4242424242424242", false),
        ("https://x.example/?order=4242%204242%204242%204242", false),
    ] {
        let found = screen_body(serde_json::json!({ "a": text }).to_string().into_bytes(), &[]).unwrap().0;
        let cards = found.redactions.iter().filter(|it| it.class == DataClass::CardNumber.as_str()).count();
        assert_eq!(cards == 1, is_card, "{text}");
    }
}

/// Texts of all formats, with something to find now and then.
fn any_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("4242424242424242".to_owned()),
        Just("jane@example.com".to_owned()),
        Just("%2B14155552671".to_owned()),
        Just("&#52;242424242424242".to_owned()),
        Just("{\"email\":1}".to_owned()),
        "[a-z0-9 =&%\\[\\]<>\"']{0,12}",
    ];
    prop_oneof![
        prop::collection::vec(("[a-c\\[\\]]{1,3}", leaf.clone()), 0..4).prop_map(|pairs| {
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
        }),
        (prop::collection::vec(("(a|b|email|card)", leaf.clone(), leaf.clone()), 0..4)).prop_map(
            |elements| {
                let elements: Vec<_> = elements
                    .iter()
                    .map(|(name, attribute, text)| format!("<{name} x='{attribute}'>{text}</{name}>"))
                    .collect();
                format!("<r>{}</r>", elements.concat())
            }
        ),
        (leaf.clone(), leaf).prop_map(|(one, two)| serde_json::json!({"a": one, "b": [two]}).to_string()),
    ]
}

proptest! {
    #[test]
    fn screening_twice_is_screening_once(body in any_text()) {
        for name in ["custom", "svix", "braintree"] {
            let provider = Provider::named(name).unwrap();
            if let Ok((_, once)) = rewrite(Policy::Strict, provider, &[], body.clone().into_bytes()) {
                let (found, twice) = rewrite(Policy::Strict, provider, &[], once.clone()).unwrap();
                prop_assert_eq!(found, Findings::default());
                prop_assert_eq!(String::from_utf8(twice), String::from_utf8(once));
            }
        }
    }
}
