//! What is told of a verification: it is the verifier's own account, and it gives no secret away.

use crate::common;
use std::collections::BTreeSet;

use serde_json::{Value, json};
use verification::{
    Delivery, Endpoint, Explanation, Provider, Rejection, StepOutcome, explain, generate, sign, sign_body,
    sign_with, verify,
};

const URL: &str = "https://hooks.example.com/v1/webhooks/a";
const NOW: i64 = 1_800_000_000_000;

#[test]
fn every_vector_is_explained_as_it_is_judged() {
    let (mut count, mut last) = (0, BTreeSet::new());
    for vector in common::files().into_iter().flat_map(|file| file.vectors) {
        let Some(endpoint) = vector.endpoint() else { continue };
        let name = format!("{}/{}", vector.provider, vector.name);
        let verified = verify(&endpoint, vector.delivery(), vector.now());
        let explained = explain(&endpoint, &vector.delivery(), vector.now());
        match (&verified, &explained.outcome) {
            (Ok(verified), Ok(identity)) => {
                assert_eq!(verified.identity(), identity, "{name}");
                assert_eq!(verified.kid(), explained.kid.as_deref(), "{name}");
            }
            (verified, outcome) => assert_eq!(verified.as_ref().err(), outcome.as_ref().err(), "{name}"),
        }
        // The account ends where the verifier ended.
        let mut outcomes =
            explained.steps.iter().map(|step| step.outcome).skip_while(|o| *o == StepOutcome::Ok);
        assert_eq!(outcomes.next(), verified.as_ref().err().map(|_| StepOutcome::Failed), "{name}");
        assert!(outcomes.all(|outcome| outcome == StepOutcome::NotReached), "{name}: {explained:#?}");
        assert_eq!(explained.advice.is_some(), verified.is_err(), "{name}");
        let failed = explained.steps.iter().find(|step| step.outcome == StepOutcome::Failed);
        last.extend(failed.map(|step| step.what));
        assert_tells_no_secret(&vector, &explained);
        count += 1;
    }
    println!("{count} vectors explained; they fail at {last:?}");
    assert!(count > 880 && last.len() > 9, "{count} {last:?}");
}

/// Neither what the document holds nor what was received in its place.
fn assert_tells_no_secret(vector: &common::Vector, explained: &Explanation) {
    let told = format!("{explained:?}");
    let document = vector.document();
    let secrets = document["secrets"].as_array().into_iter().flatten();
    let secrets = secrets.filter_map(|secret| secret["secret"].as_str().map(str::to_owned));
    let signs =
        |name: &str| ["sig", "auth", "token", "hash", "verif", "hmac"].iter().any(|word| name.contains(word));
    let headers = vector
        .headers
        .iter()
        .filter(|(name, _)| signs(&name.to_lowercase()) && !name.ends_with("-Idempotency-Token"));
    let pieces = headers
        .flat_map(|(_, value)| value.split([',', ' ', ';', '=', '/', '|', '.', ':']).map(str::to_owned));
    let open = ["SHA256withRSA", "HMAC_SHA256"];
    for secret in secrets.filter(|secret| secret.len() > 3).chain(pieces.filter(|piece| piece.len() >= 24)) {
        assert!(
            open.contains(&secret.as_str()) || !told.contains(&secret),
            "{}: {secret} in {told}",
            vector.name
        );
    }
}

fn endpoint(provider: &str, change: impl FnOnce(&mut Value)) -> Endpoint {
    let mut document = Provider::named(provider).unwrap().example();
    change(&mut document);
    Endpoint::parse("a", document.to_string().as_bytes()).unwrap()
}

/// A signed delivery, then changed.
fn delivery(
    endpoint: &Endpoint,
    body: &str,
    change: impl FnOnce(&mut Vec<(String, String)>, &mut Vec<u8>),
) -> Delivery {
    let now = common::at(NOW);
    let mut body = sign_body(endpoint, body.as_bytes(), now).unwrap();
    let mut headers = sign(endpoint, URL, "evt_1", &body, now).unwrap();
    change(&mut headers, &mut body);
    Delivery::new(URL, headers, body)
}

fn unchanged(_: &mut Vec<(String, String)>, _: &mut Vec<u8>) {}

#[test]
fn each_refusal_comes_with_what_to_do() {
    let check = |endpoint: &Endpoint, delivery: &Delivery, now: i64, expected: Rejection, advice: &str| {
        let explained = explain(endpoint, delivery, common::at(now));
        assert_eq!(explained.outcome, Err(expected), "{advice}");
        let told = explained.advice.unwrap();
        assert!(told.contains(advice), "{advice}: {told}");
        assert!(!told.contains('\n') && !told.ends_with('.'), "{told}");
    };
    let stripe = endpoint("stripe", |_| {});
    let pretty = "{\n  \"id\": \"evt_1\",\n  \"url\": \"a/b\"\n}";
    let ours = |change: fn(&mut Vec<(String, String)>, &mut Vec<u8>)| delivery(&stripe, pretty, change);
    let mismatch = Rejection::SignatureMismatch;
    check(&stripe, &ours(|_, body| body.push(b'\n')), NOW, mismatch, "without its last line feed");
    check(
        &stripe,
        &ours(|_, body| body[0] = b'['),
        NOW,
        mismatch,
        "no key of the endpoint made this signature",
    );
    check(
        &stripe,
        &ours(|headers, _| headers.clear()),
        NOW,
        Rejection::MissingHeader,
        "with all its headers",
    );
    let twice = ours(|headers, _| headers.push(headers[0].clone()));
    check(&stripe, &twice, NOW, Rejection::MalformedHeader, "it came twice");
    let old = ours(unchanged);
    check(&stripe, &old, NOW + 301_000, Rejection::TimestampTooOld, "only its time does not");
    check(&stripe, &old, NOW - 301_000, Rejection::TimestampInFuture, "only its time does not");
    let changed = ours(|_, body| body[0] = b'[');
    check(
        &stripe,
        &changed,
        NOW + 301_000,
        Rejection::TimestampTooOld,
        "would not fit at its own time either",
    );
    let other = ours(|headers, _| headers[0].1 = headers[0].1.replace("v1=", "v2="));
    check(&stripe, &other, NOW, Rejection::UnsupportedScheme, "`v1` HMAC-SHA256 hex");

    // Another provider's delivery.
    let square = endpoint("square", |_| {});
    check(
        &stripe,
        &delivery(&square, "{}", unchanged),
        NOW,
        Rejection::MissingHeader,
        "a delivery of square",
    );
    let adyen = endpoint("adyen", |_| {});
    check(&adyen, &ours(unchanged), NOW, Rejection::InvalidBody, "a delivery of stripe");
    check(&adyen, &Delivery::new(URL, [], b"{}".to_vec()), NOW, Rejection::InvalidBody, "the exact bytes");

    // A URL that is not the one that was registered.
    for url in
        ["https://hooks.example.com/v1/webhooks/square/", "http://hooks.example.com/v1/webhooks/square"]
    {
        let registered = endpoint("square", |document| document["settings"]["notification_url"] = url.into());
        let signed = delivery(&registered, "{}", unchanged);
        check(&square, &signed, NOW, mismatch, &format!("the signature fits the URL `{url}`"));
    }
    let registered = endpoint("square", |document| document["settings"]["notification_url"] = URL.into());
    check(&square, &delivery(&registered, "{}", unchanged), NOW, mismatch, &format!("the URL `{URL}`"));

    // Keys: one whose time is over, one that is not there.
    let roll = |until: Value| {
        endpoint("github", |document| {
            let secret = |kid: &str, letter: &str| json!({"kid": kid, "secret": letter.repeat(8)});
            document["secrets"] = json!([secret("old", "0f1e2d3c"), secret("new", "4b5a6978")]);
            document["secrets"][0]["not_after"] = until;
        })
    };
    let old = endpoint("github", |document| document["secrets"][0]["secret"] = "0f1e2d3c".repeat(8).into());
    let signed = delivery(&old, "{}", unchanged);
    let advice = "fits the key `old` (until 2027-01-14T00:00:00Z)";
    check(&roll("2027-01-14T00:00:00Z".into()), &signed, NOW, mismatch, advice);
    let klarna = endpoint("klarna", |_| {});
    let unknown = endpoint("klarna", |document| document["secrets"][0]["kid"] = "other".into());
    let signed = delivery(&unknown, "{}", unchanged);
    check(&klarna, &signed, NOW, Rejection::UnknownKey, "the key that the delivery names");
}

#[test]
fn certificates_are_advised_upon() {
    let mut seen = BTreeSet::new();
    for vector in common::files().into_iter().flat_map(|file| file.vectors).filter(|v| v.provider == "paypal")
    {
        let explained = explain(&vector.endpoint().unwrap(), &vector.delivery(), vector.now());
        let Err(rejection) = explained.outcome else { continue };
        let advice = explained.advice.unwrap();
        let expected = match rejection {
            Rejection::CertUrlNotAllowed => "URL is not the provider's",
            Rejection::UnknownCertificate => "does not have this certificate",
            Rejection::UntrustedCertificate => "does not lead to a root",
            Rejection::CertificateExpired => "was not valid at this time",
            _ => continue,
        };
        assert!(advice.contains(expected), "{}: {advice}", vector.name);
        seen.insert(rejection.reason());
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[test]
fn the_account_names_what_was_signed_and_which_keys_were_asked() {
    let roll = endpoint("stripe", |document| {
        let secret = |kid: &str| json!({"kid": kid, "secret": format!("whsec_0f1e2d3c4b5a6978{kid}")});
        document["secrets"] = json!([secret("k1"), secret("k2"), secret("k3")]);
        document["secrets"][2]["not_before"] = "2027-02-01T00:00:00Z".into();
    });
    let one =
        endpoint("stripe", |document| document["secrets"][0]["secret"] = "whsec_0f1e2d3c4b5a6978k2".into());
    let signed = delivery(&one, r#"{"id":"evt_1","livemode":true}"#, unchanged);
    let explained = explain(&roll, &signed, common::at(NOW + 12_000));
    let found: Vec<(&str, &str)> =
        explained.steps.iter().map(|step| (step.what, step.found.as_str())).collect();
    assert_eq!(
        found,
        [
            ("where the signature stands", "`stripe-signature`: 80 bytes"),
            ("signatures", "t, 10 letters; v1, 64 letters"),
            ("signed time", "`1800000000` = 2027-01-15T08:00:00Z, 12 s old; 300 s are taken"),
            (
                "signed content",
                "`t` (10 bytes) + `.` + body (30 bytes): 41 bytes, SHA-256 0f8027b3fbb7be68b2cd7c975c7247b3b5ee46f521f3610274587fd919f05e0f"
            ),
            (
                "keys",
                "`k1`: does not fit; `k2`: fits; `k3` (from 2027-02-01T00:00:00Z): not asked, it is not valid at this time"
            ),
            ("identity", "event `evt_1`; mode live"),
        ]
    );
    assert_eq!((explained.kid.as_deref(), explained.advice), (Some("k2"), None));
}

#[test]
fn every_key_that_was_asked_is_named() {
    let foreign = endpoint("stripe", |_| {});
    let roll = endpoint("stripe", |document| {
        document["secrets"] = json!([{"kid": "k1", "secret": "whsec_another_one_111"},
            {"kid": "k2", "secret": "whsec_another_one_222"}]);
    });
    let explained = explain(&roll, &delivery(&foreign, "{}", unchanged), common::at(NOW));
    let keys = explained.steps.iter().find(|step| step.what == "keys").unwrap();
    assert_eq!(keys.found, "`k1`: does not fit; `k2`: does not fit");
}

#[test]
fn of_a_token_the_key_that_it_names_is_asked() {
    let key = || generate(Provider::named("plaid").unwrap(), None).unwrap();
    let (own, other) = (key(), key());
    let plaid = |secret: &str| {
        endpoint("plaid", |document| document["secrets"] = json!([{"kid": "k1", "secret": secret}]))
    };
    let secret = |made: &verification::Generated| made.secret.as_ref().unwrap().as_str().to_owned();
    let (endpoint, sender) = (plaid(&secret(&own)), plaid(&secret(&other)));
    let now = common::at(NOW);
    let headers = sign_with(&sender, URL, "", b"{}", now, other.signing_key.as_ref().unwrap()).unwrap();
    let explained = explain(&endpoint, &Delivery::new(URL, headers, b"{}".to_vec()), now);
    let keys = explained.steps.iter().find(|step| step.what == "keys").unwrap();
    assert_eq!(keys.found, "`k1`: does not fit");
}
