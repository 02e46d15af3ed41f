//! What goes wrong with receivers of webhooks, each as a test. `docs/testing.md` says which failure is shown where.

use aws_lc_rs::hmac;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use verification::{Delivery, Endpoint, Provider, Rejection, generate, sign, sign_body, verify};

use crate::common;

const URL: &str = "https://hooks.example.com/v1/webhooks/a?data.id=1";
const NOW: i64 = 1_800_000_000_000;

fn endpoint(provider: &str) -> Endpoint {
    let provider = Provider::named(provider).unwrap();
    Endpoint::parse("a", provider.example().to_string().as_bytes()).unwrap()
}

/// What becomes of `received`, signed as if it had been `sent`.
fn judged(endpoint: &Endpoint, sent: &[u8], received: &[u8]) -> Result<(), Rejection> {
    let headers = sign(endpoint, URL, "evt_1", sent, common::at(NOW)).unwrap();
    verify(endpoint, Delivery::new(URL, headers, received.to_vec()), common::at(NOW)).map(|_| ())
}

#[test]
fn a_body_that_was_written_anew_is_refused_and_the_bytes_as_sent_are_not() {
    let sent = b"{\"b\": 1.0, \"a\": {}, \"list\": [], \"null\": null, \"name\": \"\\u00e9\\/\", \"big\": 9007199254740993}\n";
    let written = [
        r#"{"b":1.0,"a":{},"list":[],"null":null,"name":"\u00e9\/","big":9007199254740993}"#,
        "{\"a\": {}, \"b\": 1.0, \"list\": [], \"null\": null, \"name\": \"\\u00e9\\/\", \"big\": 9007199254740993}\n",
        "{\"b\": 1, \"a\": {}, \"list\": [], \"null\": null, \"name\": \"\\u00e9\\/\", \"big\": 9007199254740993}\n",
        "{\"b\": 1.0, \"a\": [], \"list\": [], \"null\": null, \"name\": \"\\u00e9\\/\", \"big\": 9007199254740993}\n",
        "{\"b\": 1.0, \"a\": {}, \"list\": [], \"name\": \"\\u00e9\\/\", \"big\": 9007199254740993}\n",
        "{\"b\": 1.0, \"a\": {}, \"list\": [], \"null\": null, \"name\": \"\u{e9}/\", \"big\": 9007199254740993}\n",
        "{\"b\": 1.0, \"a\": {}, \"list\": [], \"null\": null, \"name\": \"\\u00e9\\/\", \"big\": 9007199254740992}\n",
        "{\"b\": 1.0, \"a\": {}, \"list\": [], \"null\": null, \"name\": \"\\u00e9\\/\", \"big\": 9007199254740993}",
    ];
    for provider in ["stripe", "github", "paystack", "standardwebhooks"] {
        let endpoint = endpoint(provider);
        assert_eq!(judged(&endpoint, sent, sent), Ok(()), "{provider}");
        for body in written {
            let refusal = judged(&endpoint, sent, body.as_bytes());
            assert_eq!(refusal, Err(Rejection::SignatureMismatch), "{provider}: {body}");
        }
    }
}

#[test]
fn bytes_that_are_not_text_are_signed_as_they_are() {
    for body in [&[0xff, 0xfe, 0x80][..], b"\xef\xbb\xbf{}", b"{\"a\":\"\xc3\x28\"}", b"\0", b"{}\r\n", b"{"]
    {
        for provider in ["stripe", "github", "square", "svix"] {
            let endpoint = endpoint(provider);
            assert_eq!(judged(&endpoint, body, body), Ok(()), "{provider}: {body:?}");
            let lossy = String::from_utf8_lossy(body).replace('\u{feff}', "");
            if lossy.as_bytes() != body {
                assert!(judged(&endpoint, body, lossy.as_bytes()).is_err(), "{provider}: {body:?}");
            }
        }
    }
}

#[test]
fn the_url_of_the_document_is_signed_whatever_the_request_says() {
    let endpoint = endpoint("square");
    let headers = sign(&endpoint, URL, "", b"{}", common::at(NOW)).unwrap();
    let verified = |url: &str, more: &[(&str, &str)]| {
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let headers = headers.clone().into_iter().chain(more);
        verify(&endpoint, Delivery::new(url, headers, b"{}".to_vec()), common::at(NOW)).is_ok()
    };
    assert!(verified(
        "http://10.0.0.1:8080/prod/v1/webhooks/a/",
        &[("host", "internal"), ("x-forwarded-host", "e")]
    ));
    // Signed for another URL, which the request then claims to be for.
    let mut document = Provider::named("square").unwrap().example();
    document["settings"]["notification_url"] = "https://evil.example/".into();
    let other = Endpoint::parse("a", document.to_string().as_bytes()).unwrap();
    let forged = sign(&other, "https://evil.example/", "", b"{}", common::at(NOW)).unwrap();
    let forged = forged.into_iter().chain([("x-forwarded-host".to_owned(), "evil.example".to_owned())]);
    let refusal =
        verify(&endpoint, Delivery::new("https://evil.example/", forged, b"{}".to_vec()), common::at(NOW));
    assert_eq!(refusal.err(), Some(Rejection::SignatureMismatch));
}

#[test]
fn an_unsigned_delivery_is_refused_by_every_provider() {
    for provider in Provider::all() {
        let endpoint = endpoint(provider.name);
        for body in ["", "{}", "id=tr_1", r#"{"notificationItems":[{"NotificationRequestItem":{}}]}"#] {
            for agent in ["Mollie HTTP client/1.0", "check"] {
                let headers = [("user-agent".to_owned(), agent.to_owned())];
                let delivery = Delivery::new(URL, headers, body.into());
                assert!(verify(&endpoint, delivery, common::at(NOW)).is_err(), "{}: {body}", provider.name);
            }
        }
    }
}

/// An endpoint whose secret is a public key, and that key as text and bytes.
fn public(provider: &str) -> (Endpoint, String) {
    let provider = Provider::named(provider).unwrap();
    let secret = generate(provider, None).unwrap().secret.unwrap().to_string();
    let mut document = provider.example();
    document["secrets"][0]["secret"] = secret.as_str().into();
    (Endpoint::parse("a", document.to_string().as_bytes()).unwrap(), secret)
}

#[test]
fn the_algorithm_is_the_endpoints_and_never_the_deliverys() {
    let mac = |algorithm, key: &[u8], content: &[u8]| hmac::sign(&hmac::Key::new(algorithm, key), content);
    let check = |endpoint: &Endpoint, name: &str, value: String, expected: Rejection| {
        let delivery = Delivery::new(URL, [(name.to_owned(), value.clone())], b"{}".to_vec());
        assert_eq!(verify(endpoint, delivery, common::at(NOW)).err(), Some(expected), "{value}");
    };
    let secret = b"0f1e2d3c4b5a69788796a5b4c3d2e1f0";

    // The right signature of an algorithm that the scheme does not take.
    let sha1 = hex::encode(mac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret, b"{}"));
    let sha256 = hex::encode(mac(hmac::HMAC_SHA256, secret, b"{}"));
    let github = endpoint("github");
    check(&github, "x-hub-signature-256", format!("sha1={sha1}"), Rejection::UnsupportedScheme);
    check(&github, "x-hub-signature-256", format!("sha256={sha1}"), Rejection::SignatureMismatch);
    check(&github, "x-hub-signature", format!("sha1={sha1}"), Rejection::MissingHeader);
    check(
        &endpoint("authorizenet"),
        "x-anet-signature",
        format!("sha256={sha256}"),
        Rejection::UnsupportedScheme,
    );
    let timed = hex::encode(mac(hmac::HMAC_SHA256, secret, b"1800000000.{}"));
    check(
        &endpoint("stripe"),
        "stripe-signature",
        format!("t=1800000000,v0={timed}"),
        Rejection::UnsupportedScheme,
    );

    // A public key as the secret of a keyed hash.
    let (wise, pem) = public("wise");
    let forged = STANDARD.encode(mac(hmac::HMAC_SHA256, pem.as_bytes(), b"{}"));
    check(&wise, "x-signature-sha256", forged, Rejection::SignatureMismatch);
    let (plaid, jwk) = public("plaid");
    let key: Value = serde_json::from_str(&jwk).unwrap();
    let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let claims = json!({"iat": 1_800_000_000, "request_body_sha256": digest});
    let token = |header: &Value, key: Option<&[u8]>| {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let content = format!("{}.{}", part(header), part(&claims));
        let signature =
            key.map(|key| URL_SAFE_NO_PAD.encode(mac(hmac::HMAC_SHA256, key, content.as_bytes())));
        format!("{content}.{}", signature.unwrap_or_default())
    };
    for algorithm in ["HS256", "none", "NONE", "ES384", "RS256", "es256", ""] {
        let header = json!({"alg": algorithm, "kid": "2026-11"});
        check(
            &plaid,
            "plaid-verification",
            token(&header, Some(jwk.as_bytes())),
            Rejection::UnsupportedScheme,
        );
        check(&plaid, "plaid-verification", token(&header, None), Rejection::UnsupportedScheme);
    }
    // A key that the token brings itself.
    let own = json!({"alg": "ES256", "kid": "mine", "jwk": key, "jku": "https://evil.example/", "x5u": "https://evil.example/"});
    check(&plaid, "plaid-verification", token(&own, Some(b"x")), Rejection::UnknownKey);
    let critical = json!({"alg": "ES256", "kid": "2026-11", "crit": ["exp"]});
    check(&plaid, "plaid-verification", token(&critical, Some(b"x")), Rejection::UnsupportedScheme);
}

#[test]
fn an_empty_key_makes_no_signature_that_is_taken() {
    let empty = hmac::Key::new(hmac::HMAC_SHA256, b"");
    for (provider, name, before, content) in [
        ("github", "x-hub-signature-256", "sha256=", &b"{}"[..]),
        ("stripe", "stripe-signature", "t=1800000000,v1=", b"1800000000.{}"),
    ] {
        let value = format!("{before}{}", hex::encode(hmac::sign(&empty, content)));
        let delivery = Delivery::new(URL, [(name.to_owned(), value)], b"{}".to_vec());
        let refusal = verify(&endpoint(provider), delivery, common::at(NOW)).err();
        assert_eq!(refusal, Some(Rejection::SignatureMismatch), "{provider}");
    }
}

#[test]
fn strange_json_is_no_identity_and_no_panic() {
    let endpoint = endpoint("stripe");
    let deep = format!("{}{}", r#"{"id":"#.repeat(100_000), "}".repeat(100_000));
    for (body, id) in [
        (deep.as_str(), None),
        (r#"{"id":"a","id":"b"}"#, None),
        (r#"{"id":"\ud800"}"#, None),
        (r#"{"id":7}"#, None),
        (r#"{"id":null}"#, None),
        (r#"{"id":""}"#, None),
        (r#"{"id":{"id":"a"}}"#, None),
        (r#"{"id":"a"} x"#, None),
        (r#"{"id":"a",}"#, None),
        (r#"{"id":"a","n":1e999999}"#, Some("a")),
        (r#"{"\u0069d":"a"}"#, Some("a")),
        (r#"{"id":"a\u0000"}"#, Some("a\0")),
    ] {
        let headers = sign(&endpoint, URL, "", body.as_bytes(), common::at(NOW)).unwrap();
        let verified = verify(&endpoint, Delivery::new(URL, headers, body.into()), common::at(NOW)).unwrap();
        let found = verified.identity().event_id.as_deref();
        assert_eq!(found, id, "{}", body.chars().take(40).collect::<String>());
    }
}

#[test]
fn an_adyen_item_without_a_signature_or_with_shifted_fields_is_refused() {
    let endpoint = endpoint("adyen");
    let now = common::at(NOW);
    let body = json!({"live": "false", "notificationItems": [{"NotificationRequestItem": {
        "pspReference": "P:1", "merchantReference": "a\\b", "eventCode": "AUTHORISATION", "success": "true",
        "merchantAccountCode": "ACME", "amount": {"value": 9_007_199_254_740_993_i64, "currency": "EUR"},
    }}]});
    let signed = sign_body(&endpoint, body.to_string().as_bytes(), now).unwrap();
    let judged = |body: &[u8]| verify(&endpoint, Delivery::new(URL, [], body.to_vec()), now);
    let verified = judged(&signed).unwrap();
    assert_eq!(verified.events()[0].event_id.as_deref(), Some("P:1:AUTHORISATION"));
    assert_eq!(verified.observed_account(), Some("ACME"));
    let change = |change: &dyn Fn(&mut Value)| {
        let mut body: Value = serde_json::from_slice(&signed).unwrap();
        change(&mut body["notificationItems"]);
        judged(body.to_string().as_bytes()).err()
    };
    let second = |items: &mut Value| items.as_array_mut().unwrap().push(body["notificationItems"][0].clone());
    assert_eq!(change(&second), Some(Rejection::MissingHeader));
    let inexact = |items: &mut Value| {
        items[0]["NotificationRequestItem"]["amount"]["value"] = 9_007_199_254_740_992_i64.into();
    };
    assert_eq!(change(&inexact), Some(Rejection::SignatureMismatch));
    let none = |items: &mut Value| *items = json!([]);
    assert_eq!(change(&none), Some(Rejection::InvalidBody));
}

#[test]
fn a_body_that_is_neither_a_form_nor_named_by_the_url_is_not_covered_and_refused() {
    let document = json!({"provider": "twilio", "mode": "live", "account": "a",
        "settings": {"notification_url": "https://hooks.example.com/t"},
        "secrets": [{"secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}]});
    let endpoint = Endpoint::parse("a", document.to_string().as_bytes()).unwrap();
    let (url, now) = ("https://hooks.example.com/t", common::at(1_800_000_000_000));
    let signed = sign(&endpoint, url, "", b"", now).unwrap();
    let check = |body: &[u8], expected: Option<Rejection>| {
        let json = ("content-type".to_owned(), "application/json".to_owned());
        let headers = signed.iter().cloned().chain([json]);
        assert_eq!(verify(&endpoint, Delivery::new(url, headers, body.to_vec()), now).err(), expected);
    };
    check(b"", None);
    check(b"{}", Some(Rejection::SignatureMismatch));
}

#[test]
fn blanks_around_a_header_on_either_side_are_not_part_of_it() {
    let document = Provider::named("stripe").unwrap().example().to_string();
    let endpoint = Endpoint::parse("a", document.as_bytes()).unwrap();
    let now = common::at(1_800_000_000_000);
    let headers = sign(&endpoint, "https://a.example/", "", b"{}", now).unwrap();
    for (before, after) in [("", ""), (" ", ""), ("", "\t"), ("\t ", " ")] {
        let blank = |(name, value): &(String, String)| (name.clone(), format!("{before}{value}{after}"));
        let delivery = Delivery::new("https://a.example/", headers.iter().map(blank), b"{}".to_vec());
        assert!(verify(&endpoint, delivery, now).is_ok(), "{before:?} {after:?}");
    }
}
