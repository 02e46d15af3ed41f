//! Endpoint documents: what is taken, what is refused and in which words, and secrets over a roll.

use crate::common;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use verification::{Delivery, Endpoint, Mode, Provider, Rejection, sign, valid_endpoint_name, verify};

const NOON: i64 = 1_800_000_000_000;
const HOUR: i64 = 3_600_000;

fn document() -> Value {
    json!({
        "provider": "stripe",
        "mode": "test",
        "account": "acct_1",
        "secrets": [
            {"kid": "k1", "secret": "whsec_0123456789abcdef", "not_before": "2026-11-01T00:00:00Z", "not_after": null},
        ],
        "settings": {"tolerance_seconds": 300},
    })
}

#[test]
fn a_document_is_read() {
    let endpoint = Endpoint::parse("shop-1", document().to_string().as_bytes()).unwrap();
    assert_eq!(endpoint.name(), "shop-1");
    assert_eq!(endpoint.provider().name, "stripe");
    assert_eq!(endpoint.mode(), Mode::Test);
    assert_eq!(endpoint.account(), "acct_1");
    assert_eq!(format!("{endpoint:?}"), "Endpoint(shop-1, stripe, Test)");
}

#[test]
fn a_wrong_document_is_refused_with_the_field_and_what_was_expected() {
    let check = |pointer: &str, value: Option<Value>, expected: &str| {
        let mut document = document();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let parent = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => parent.insert(field.to_owned(), value),
            None => parent.remove(field),
        };
        let error = Endpoint::parse("shop", document.to_string().as_bytes()).unwrap_err().to_string();
        assert_eq!(error, expected, "{pointer}");
        assert!(!error.contains("whsec") && !error.contains("hunter2"), "{error}");
    };
    let short = "secrets[0].secret: expected a secret of at least 16 bytes that is not a placeholder";
    let tolerance = "settings.tolerance_seconds: expected a whole number of seconds from 30 to 900";
    let time = "expected a time as 2026-01-31T12:00:00Z, or null";
    let unused = "expected nothing: this provider does not use it";
    check("/provider", None, "expected a field provider");
    check("/provider", Some(json!("hunter2")), "provider: expected the name of a provider");
    check("/provider", Some(json!(1)), "provider: expected a text");
    check("/mode", None, "expected a field mode");
    check("/mode", Some(json!("hunter2")), "mode: expected live or test");
    check("/account", None, "expected a field account");
    check("/account", Some(json!("")), "account: expected a text of 1 to 128 bytes without blanks around it");
    check(
        "/account",
        Some(json!(" a")),
        "account: expected a text of 1 to 128 bytes without blanks around it",
    );
    check(
        "/account",
        Some(json!("a".repeat(129))),
        "account: expected a text of 1 to 128 bytes without blanks around it",
    );
    check(
        "/hunter2",
        Some(json!(1)),
        "expected no other fields than provider, mode, account, secrets, settings, trust, scheme, identity",
    );
    check("/secrets", None, "expected a field secrets");
    check("/secrets", Some(json!([])), "secrets: expected a list of 1 to 16");
    check("/secrets", Some(json!("hunter2")), "secrets: expected a list of 1 to 16");
    check(
        "/secrets",
        Some(vec![json!({"secret": "whsec_0123456789abcdef"}); 17].into()),
        "secrets: expected a list of 1 to 16",
    );
    check("/secrets", Some(json!(["hunter2"])), "secrets[0]: expected an object");
    check("/secrets", Some(json!([{"kid": "a"}])), "secrets[0]: expected a field secret");
    check("/secrets/0/secret", Some(json!(7)), "secrets[0].secret: expected a text");
    for secret in [
        "",
        " ",
        "\t\n",
        "hunter2",
        "0123456789abcde",
        "                    ",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "whsec_changeme_changeme",
        "YOUR_WEBHOOK_SECRET_HERE",
        "xxxxxxxxxxxxxxxxxxxxx",
        "a placeholder secret",
    ] {
        check("/secrets/0/secret", Some(json!(secret)), short);
    }
    check(
        "/secrets/0/typo",
        Some(json!(1)),
        "secrets[0]: expected no other fields than kid, secret, not_before, not_after",
    );
    check(
        "/secrets/0/kid",
        Some(json!("")),
        "secrets[0].kid: expected a text of 1 to 256 bytes without blanks around it",
    );
    check("/secrets/0/not_before", Some(json!("hunter2")), &format!("secrets[0].not_before: {time}"));
    check("/secrets/0/not_after", Some(json!(1)), &format!("secrets[0].not_after: {time}"));
    check(
        "/secrets/0/not_after",
        Some(json!("2026-10-01T00:00:00Z")),
        "secrets[0]: expected a not_after that is not before not_before",
    );
    let accounts = "settings.accounts: expected";
    for value in [json!("acct_2"), json!("ANY"), json!("")] {
        let expected = if value == json!("") {
            "a text of 1 to 128 bytes without blanks around it"
        } else {
            "a list of account ids, or any"
        };
        check("/settings/accounts", Some(value), &format!("{accounts} {expected}"));
    }
    for value in [json!([]), json!(vec!["a"; 65])] {
        check("/settings/accounts", Some(value), &format!("{accounts} a list of 1 to 64"));
    }
    check("/settings", Some(json!("hunter2")), "settings: expected an object");
    check(
        "/settings/hunter2",
        Some(json!(1)),
        "settings: expected no other fields than accounts, tolerance_seconds, future_tolerance_seconds, notification_url, webhook_id, default_kid, key_encoding",
    );
    for value in
        [json!(29), json!(901), json!(0), json!(-300), json!(1.5), json!("300"), json!("NaN"), Value::Null]
    {
        check("/settings/tolerance_seconds", Some(value.clone()), tolerance);
        let future = tolerance.replace("tolerance", "future_tolerance");
        check("/settings/future_tolerance_seconds", Some(value), &future);
    }
    check(
        "/settings/notification_url",
        Some(json!("https://h")),
        &format!("settings.notification_url: {unused}"),
    );
    check("/settings/webhook_id", Some(json!("1")), &format!("settings.webhook_id: {unused}"));
    check("/settings/default_kid", Some(json!("1")), &format!("settings.default_kid: {unused}"));
    check("/trust", Some(json!({})), "trust: expected nothing: this provider has no certificates");
    check("/scheme", Some(json!({})), "scheme: expected nothing, unless the provider is custom");
}

#[test]
fn what_is_not_one_json_object_is_refused() {
    for text in [
        "",
        "{",
        "[]",
        "null",
        "\"whsec_0123456789abcdef\"",
        "{}{}",
        "\u{feff}{}",
        "{\"provider\":\"stripe\",\"provider\":\"stripe\"}",
    ] {
        let error = Endpoint::parse("shop", text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("expected ") && !error.contains("whsec"), "{text}: {error}");
    }
    assert!(Endpoint::parse("shop", b"{\"provider\":\"\xff\"}").is_err());
}

#[test]
fn a_kid_names_one_secret() {
    let mut document = document();
    document["secrets"] = json!([{"kid": "a", "secret": "whsec_0123456789abcdef"}, {"kid": "a", "secret": "whsec_fedcba9876543210"}]);
    let error = Endpoint::parse("shop", document.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "secrets[1]: expected another kid than the secrets before");
}

#[test]
fn keys_are_checked_as_their_provider_writes_them() {
    let check = |provider: &str, secret: &str, expected: Option<&str>| {
        let document = json!({"provider": provider, "mode": "live", "account": "a", "secrets": [{"kid": "k", "secret": secret}]});
        let error =
            Endpoint::parse("shop", document.to_string().as_bytes()).err().map(|error| error.to_string());
        let expected = expected.map(|expected| format!("secrets[0].secret: expected {expected}"));
        assert_eq!(error, expected, "{provider}: {secret}");
    };
    let short = Some("a secret of at least 16 bytes that is not a placeholder");
    check("adyen", &"5A".repeat(16), short);
    check("adyen", &"5A6B".repeat(16), None);
    check("adyen", &"5A6B5".repeat(13), Some("hexadecimal"));
    check("standardwebhooks", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", None);
    check("standardwebhooks", "whpk_WIHZ8yuLhdH7pVfCtZ7cKT0tjsUqcTqABS6VJg5dbys=", None);
    let prefix = Some("the prefix that the provider gives its keys");
    check("standardwebhooks", "whsk_WIHZ8yuLhdH7pVfCtZ7cKT0tjsUqcTqABS6VJg5dbys=", prefix);
    check("standardwebhooks", "whpk_AAAA", Some("a secret of at least 16 bytes that is not a placeholder"));
    // Points of small order, with either sign.
    let order = Some("a key of the scheme's algorithm");
    check("standardwebhooks", "whpk_AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", order);
    check("standardwebhooks", "whpk_7P///////////////////////////////////////38=", order);
    check("standardwebhooks", "whpk_7P////////////////////////////////////////8=", order);
    check("standardwebhooks", "whpk_JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/AU=", order);
    check("wise", "not a key", Some("one public key in PEM"));
    check("shopify", "0f1e2d3c4b5a697", short);
    check("shopify", "0f1e2d3c4b5a6978", None);
    check("braintree", "0f1e2d3c4b5a6978", None);
    for wrong in ["0f1e2d3c4b5a697", "                ", "your_private_key_here", "aaaaaaaaaaaaaaaa"] {
        check("braintree", wrong, short);
    }
    let (x, y) = ("A".repeat(43), "B".repeat(42) + "A");
    let key = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES256", "use": "sig"});
    let jwk = Some("a public JSON web key on P-256 without expired_at");
    check("plaid", &key.to_string(), None);
    for (name, value) in [
        ("kty", json!("RSA")),
        ("crv", json!("P-384")),
        ("alg", json!("ES384")),
        ("use", json!("enc")),
        ("expired_at", json!(1_800_000_000)),
        ("x", json!("AAAA")),
        ("y", json!("AAAA")),
    ] {
        let mut wrong = key.clone();
        wrong[name] = value;
        check("plaid", &wrong.to_string(), jwk);
    }
    check("plaid", "{}", jwk);
}

#[test]
fn what_a_scheme_signs_of_the_settings_must_be_there() {
    let document = json!({"provider": "square", "mode": "live", "account": "a", "secrets": [{"secret": "0123456789abcdef"}]});
    let error = Endpoint::parse("shop", document.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a field notification_url: the URL exactly as registered with the provider"
    );
    let document = json!({"provider": "paypal", "mode": "live", "account": "a", "settings": {}});
    let error = Endpoint::parse("shop", document.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "settings: expected a field webhook_id: the id of the webhook at the provider"
    );
}

#[test]
fn certificates_come_with_the_document_or_apart() {
    let plain =
        json!({"provider": "paypal", "mode": "live", "account": "a", "settings": {"webhook_id": "1"}});
    let endpoint = || Endpoint::parse("shop", plain.to_string().as_bytes()).unwrap();
    assert!(endpoint().lacks_trust());
    let vector = &common::files().into_iter().find(|file| file.provider == "paypal").unwrap().vectors[0];
    let trust = vector.document()["trust"].to_string();
    assert!(!endpoint().with_trust(trust.as_bytes()).unwrap().lacks_trust());
    let check = |trust: &str, expected: &str| {
        let error = endpoint().with_trust(trust.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{trust}");
    };
    check("{}", "expected a field roots");
    check(r#"{"roots": "nonsense", "certificates": {}}"#, "roots: expected 1 to 32 certificates in PEM");
    check(
        r#"{"roots": "", "certificates": {}, "more": 1}"#,
        "expected no other fields than roots, certificates",
    );
    let with_secrets = json!({"provider": "paypal", "mode": "live", "account": "a", "settings": {"webhook_id": "1"}, "secrets": []});
    let error = Endpoint::parse("shop", with_secrets.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "secrets: expected nothing: this provider signs with certificates of the trust document"
    );
}

#[test]
fn an_endpoint_name_is_short_and_plain() {
    for good in ["a", "stripe-live-2", "0", &"a".repeat(64)] {
        assert!(valid_endpoint_name(good), "{good}");
    }
    for bad in ["", "A", "a_b", "a.b", "a/b", "a b", "é", "a\n", &"a".repeat(65)] {
        assert!(!valid_endpoint_name(bad), "{bad}");
        assert!(Endpoint::parse(bad, document().to_string().as_bytes()).is_err(), "{bad}");
    }
}

/// Signs with one secret, verifies with others.
fn roll(signing: &Value, verifying: &Value, now: i64) -> Result<Option<String>, Rejection> {
    let endpoint = |secrets: &Value| {
        let mut document = document();
        document["secrets"] = secrets.clone();
        Endpoint::parse("shop", document.to_string().as_bytes()).unwrap()
    };
    let headers = sign(&endpoint(signing), "https://h.example/", "evt_1", b"{}", common::at(now)).unwrap();
    let delivery = Delivery::new("https://h.example/", headers, b"{}".to_vec());
    verify(&endpoint(verifying), delivery, common::at(now)).map(|verified| verified.kid().map(str::to_owned))
}

#[test]
fn both_secrets_are_taken_during_a_roll_and_the_old_one_only_until_its_end() {
    let old = json!({"kid": "old", "secret": "whsec_0123456789abcdef"});
    let new = json!({"kid": "new", "secret": "whsec_fedcba9876543210"});
    let ending =
        json!({"kid": "old", "secret": "whsec_0123456789abcdef", "not_after": "2027-01-15T08:00:00Z"});
    let starting =
        json!({"kid": "new", "secret": "whsec_fedcba9876543210", "not_before": "2027-01-15T08:00:00Z"});
    let check = |signing: &[&Value], verifying: &[&Value], now, expected: Result<&str, Rejection>| {
        let found = roll(&json!(signing), &json!(verifying), now);
        assert_eq!(found, expected.map(|kid| Some(kid.to_owned())), "{signing:?} {verifying:?}");
    };
    check(&[&old], &[&old], NOON, Ok("old"));
    check(&[&old], &[&old, &new], NOON, Ok("old"));
    check(&[&old, &new], &[&old, &new], NOON, Ok("old"));
    check(&[&old, &new], &[&new], NOON, Ok("new"));
    check(&[&new], &[&old, &new], NOON, Ok("new"));
    check(&[&old], &[&new], NOON, Err(Rejection::SignatureMismatch));
    // To the millisecond, both ends included.
    check(&[&old], &[&ending, &new], NOON, Ok("old"));
    check(&[&old], &[&ending, &new], NOON + 1, Err(Rejection::SignatureMismatch));
    check(&[&old], &[&ending], NOON + 1, Err(Rejection::UnknownKey));
    check(&[&new], &[&old, &starting], NOON, Ok("new"));
    check(&[&new], &[&old, &starting], NOON - 1, Err(Rejection::SignatureMismatch));
    // A retry of a delivery from before the roll, 60 hours later, while the old secret overlaps.
    check(&[&old], &[&ending, &new], NOON - 12 * HOUR, Ok("old"));
}

#[test]
fn a_refusal_that_newer_secrets_may_mend_says_so() {
    for rejection in [Rejection::SignatureMismatch, Rejection::UnknownKey, Rejection::UnknownCertificate] {
        assert!(rejection.may_be_stale_secret(), "{rejection:?}");
    }
    for rejection in [
        Rejection::MissingHeader,
        Rejection::MalformedHeader,
        Rejection::UnsupportedScheme,
        Rejection::TimestampTooOld,
        Rejection::TimestampInFuture,
        Rejection::InvalidBody,
        Rejection::CertUrlNotAllowed,
        Rejection::UntrustedCertificate,
        Rejection::CertificateExpired,
    ] {
        assert!(!rejection.may_be_stale_secret(), "{rejection:?}");
    }
}

#[test]
fn the_example_documents_of_all_providers_are_read() {
    for provider in Provider::all() {
        let example = provider.example().to_string();
        let error = Endpoint::parse("example", example.as_bytes()).err();
        assert_eq!(error, None, "{}: {example}", provider.name);
    }
}

#[test]
fn an_event_of_another_account_says_so_unless_the_endpoint_takes_it() {
    let cases = [
        (json!({}), "acct_1", false),
        (json!({}), "acct_2", true),
        (json!({"accounts": ["acct_2", "acct_3"]}), "acct_3", false),
        (json!({"accounts": ["acct_2", "acct_3"]}), "acct_1", false),
        (json!({"accounts": ["acct_2"]}), "acct_4", true),
        (json!({"accounts": "any"}), "acct_4", false),
    ];
    for (settings, account, wrong) in cases {
        let document = json!({"provider": "stripe", "mode": "live", "account": "acct_1", "settings": settings,
            "secrets": [{"secret": "whsec_4ZQm0Zl8Xw3yP1vKc7Nn"}]});
        let endpoint = Endpoint::parse("shop", document.to_string().as_bytes()).unwrap();
        let body = json!({"id": "evt_1", "account": account}).to_string();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000);
        let headers = sign(&endpoint, "https://a.example/", "", body.as_bytes(), now).unwrap();
        let delivery = Delivery::new("https://a.example/", headers, body.into_bytes());
        let Ok(verified) = verify(&endpoint, delivery, now) else { panic!("it is signed") };
        assert_eq!(verified.into_parts().wrong_account, wrong, "{settings} {account}");
    }
}
