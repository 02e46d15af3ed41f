//! What is signed here as a provider signs is accepted, for every provider, with secrets that are made here.

use crate::{common, pki};
use serde_json::{Value, json};
use verification::{
    Coverage, Delivery, Endpoint, Provider, Rejection, SigningKey, generate, sign, sign_body, sign_with,
    verify,
};

const URL: &str = "https://hooks.example.com/v1/webhooks/a?data.id=123";
const NOW: i64 = 1_800_000_000_000;

/// The example document of a provider with a fresh secret, and the private key if the secret is a public one.
fn fresh(provider: &Provider, tag: Option<&str>) -> (Endpoint, Option<SigningKey>) {
    let made = generate(provider, tag).unwrap();
    let Some(secret) = made.secret else {
        let key = made.signing_key.unwrap();
        let root = pki::Authority::root("root");
        let pair = rcgen::KeyPair::from_pem(&key.to_pem()).unwrap();
        let leaf = root.certify(&pki::leaf_params("messageverificationcerts.paypal.com"), &pair);
        return (pki::endpoint(&root.pem, pki::URL, &leaf), Some(key));
    };
    let mut document = provider.example();
    document["secrets"][0]["secret"] = secret.as_str().into();
    (Endpoint::parse("a", document.to_string().as_bytes()).unwrap(), made.signing_key)
}

/// A body of the provider's kind, unsigned.
fn plain(provider: &Provider) -> &'static str {
    match provider.name {
        "twilio" => "a=1&b=2",
        "adyen" => r#"{"notificationItems":[{"NotificationRequestItem":{"pspReference":"A"}}]}"#,
        "braintree" => "<notification><kind>check</kind></notification>",
        _ => r#"{"id":"evt_1"}"#,
    }
}

fn signed(endpoint: &Endpoint, key: Option<&SigningKey>) -> (Vec<(String, String)>, Vec<u8>) {
    let (provider, now) = (endpoint.provider(), common::at(NOW));
    let body = sign_body(endpoint, plain(provider).as_bytes(), now).unwrap();
    let headers = match key {
        Some(key) => sign_with(endpoint, URL, "evt_1", &body, now, key),
        None => sign(endpoint, URL, "evt_1", &body, now),
    };
    let mut headers = headers.unwrap_or_else(|error| panic!("{}: {error}", provider.name));
    headers.push(("content-type".to_owned(), provider.media_types()[0].to_owned()));
    (headers, body)
}

#[test]
fn what_we_sign_with_a_fresh_secret_we_accept() {
    let v1a = ["standardwebhooks", "svix"].map(|name| (Provider::named(name).unwrap(), Some("v1a")));
    for (provider, tag) in Provider::all().iter().map(|provider| (provider, None)).chain(v1a) {
        let (endpoint, key) = fresh(provider, tag);
        let (headers, body) = signed(&endpoint, key.as_ref());
        let delivery = Delivery::new(URL, headers.clone(), body.clone());
        let verified = verify(&endpoint, delivery, common::at(NOW));
        assert!(verified.is_ok(), "{}: {:?} {headers:?}", provider.name, verified.err());
        // A form's or an item's own blanks are not signed: there the content is changed.
        let changed = String::from_utf8(body).unwrap().replace("evt_1", "evt_2").replace("b=2", "b=3");
        let changed = changed.replace("\"A\"", "\"B\"").replace("bt_payload=", "bt_payload=AAAA");
        let changed = Delivery::new(format!("{URL}4"), headers, changed.into_bytes());
        // PayPal's CRC-32 is of the body, if only against accidents.
        let covers = provider.coverage != Coverage::Sender || provider.name == "paypal";
        assert_eq!(verify(&endpoint, changed, common::at(NOW)).is_err(), covers, "{}", provider.name);
    }
}

#[test]
fn no_other_secret_of_the_same_form_accepts_it() {
    for provider in Provider::all() {
        let (ours, key) = fresh(provider, None);
        let (theirs, _) = fresh(provider, None);
        let (headers, body) = signed(&ours, key.as_ref());
        let refusal = verify(&theirs, Delivery::new(URL, headers, body), common::at(NOW)).err();
        assert_eq!(refusal, Some(Rejection::SignatureMismatch), "{}", provider.name);
    }
}

#[test]
fn a_private_key_signs_only_for_its_own_public_key() {
    for (name, tag) in [("paypal", None), ("wise", None), ("plaid", None), ("svix", Some("v1a"))] {
        let provider = Provider::named(name).unwrap();
        let (endpoint, key) = fresh(provider, tag);
        let (_, other) = fresh(provider, tag);
        let with = |key: &SigningKey| sign_with(&endpoint, URL, "evt_1", b"{}", common::at(NOW), key);
        assert!(with(&key.unwrap()).is_ok(), "{name}");
        let refusal = with(&other.unwrap()).unwrap_err().to_string();
        assert!(refusal.contains("is for this private key"), "{name}: {refusal}");
        let refusal = sign(&endpoint, URL, "evt_1", b"{}", common::at(NOW)).unwrap_err().to_string();
        assert!(refusal.contains("the private key must be given"), "{name}: {refusal}");
    }
}

#[test]
fn the_newest_secret_that_can_sign_does_whatever_public_keys_stand_beside_it() {
    let shared = json!({"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"});
    let public = json!({"secret": "whpk_WIHZ8yuLhdH7pVfCtZ7cKT0tjsUqcTqABS6VJg5dbys="});
    for secrets in [json!([shared, public]), json!([public, shared])] {
        let document = json!({"provider": "svix", "mode": "live", "account": "a", "secrets": secrets});
        let endpoint = Endpoint::parse("a", document.to_string().as_bytes()).unwrap();
        let headers = sign(&endpoint, "https://a.example/", "m_1", b"{}", common::at(0)).unwrap();
        assert!(headers.iter().any(|(_, value)| value.starts_with("v1,")), "{headers:?}");
    }
}

#[test]
fn a_private_key_survives_pem_and_is_never_printed() {
    for (name, tag) in [("wise", None), ("plaid", None), ("standardwebhooks", Some("v1a"))] {
        let key = generate(Provider::named(name).unwrap(), tag).unwrap().signing_key.unwrap();
        let pem = key.to_pem();
        assert!(
            pem.starts_with("-----BEGIN PRIVATE KEY-----\n") && pem.ends_with("-----END PRIVATE KEY-----\n")
        );
        assert!(pem.lines().all(|line| line.len() <= 64));
        assert_eq!(*SigningKey::from_pem(&pem).unwrap().to_pem(), *pem);
        let printed = format!("{key:?}");
        assert!(printed.starts_with("SigningKey(") && printed.len() < 30, "{printed}");
    }
    for wrong in
        ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "whsec_hunter2hunter2"]
    {
        let refusal = SigningKey::from_pem(wrong).unwrap_err().to_string();
        assert!(
            refusal.contains("expected a private key in PEM") && !refusal.contains("hunter2"),
            "{refusal}"
        );
    }
}

#[test]
fn paypal_names_its_transmission_and_its_certificate() {
    let (endpoint, key) = fresh(Provider::named("paypal").unwrap(), None);
    let with = |event: &str, body: &[u8]| {
        sign_with(&endpoint, URL, event, body, common::at(NOW), key.as_ref().unwrap()).unwrap()
    };
    let headers = with("WH-1", b"{}");
    let value = |headers: &[(String, String)], name: &str| {
        headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone()).unwrap()
    };
    assert_eq!(headers.len(), 5, "{headers:?}");
    assert_eq!(value(&headers, "paypal-cert-url"), pki::URL);
    assert_eq!(value(&headers, "paypal-auth-algo"), "SHA256withRSA");
    assert_eq!(value(&headers, "paypal-transmission-time"), "2027-01-15T08:00:00Z");
    let id = |headers: &[(String, String)]| value(headers, "paypal-transmission-id");
    assert_eq!(id(&headers).len(), 36);
    assert_eq!(id(&headers), id(&with("WH-1", b"{}")));
    assert_ne!(id(&headers), id(&with("WH-2", b"{}")));
    assert_ne!(id(&headers), id(&with("WH-1", b"{ }")));
}

#[test]
fn plaid_gets_a_token_of_its_key_time_and_body() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let (endpoint, key) = fresh(Provider::named("plaid").unwrap(), None);
    let headers = sign_with(&endpoint, URL, "", b"{}", common::at(NOW), &key.unwrap()).unwrap();
    assert_eq!((headers.len(), headers[0].0.as_str()), (1, "plaid-verification"));
    let segment = |place| {
        let text = headers[0].1.split('.').nth(place).unwrap();
        serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    assert_eq!(segment(0), json!({"alg": "ES256", "kid": "2026-11", "typ": "JWT"}));
    let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(segment(1), json!({"iat": NOW / 1000, "request_body_sha256": digest}));
}

#[test]
fn fresh_secrets_differ_and_have_their_providers_form() {
    let secret = |name: &str, tag| {
        generate(Provider::named(name).unwrap(), tag).unwrap().secret.map(|secret| secret.to_string())
    };
    for (name, tag, start, length) in [
        ("stripe", None, "whsec_", 70),
        ("standardwebhooks", None, "whsec_", 50),
        ("standardwebhooks", Some("v1a"), "whpk_", 49),
        ("adyen", None, "", 64),
        ("github", None, "", 64),
        ("chargebee", None, "tollgate:", 73),
        ("wise", None, "-----BEGIN PUBLIC KEY-----\n", 451),
        ("plaid", None, r#"{"kty":"EC","crv":"P-256""#, 152),
    ] {
        let made = secret(name, tag).unwrap();
        assert!(made.starts_with(start) && made.len() == length, "{name}: {made} {}", made.len());
        assert_ne!(Some(made), secret(name, tag), "{name}");
    }
    assert_eq!(secret("paypal", None), None);
    assert!(generate(Provider::named("stripe").unwrap(), Some("v2")).is_err());
    assert!(generate(Provider::named("custom").unwrap(), None).is_err());
}

#[test]
fn every_secret_that_is_valid_signs_where_there_is_room() {
    let stripe = |from: Value, until: Value| {
        let secret = |kid: &str, letter: &str| json!({"kid": kid, "secret": letter.repeat(4)});
        let mut document = Provider::named("stripe").unwrap().example();
        document["secrets"] = json!([secret("old", "whsec_old"), secret("new", "whsec_new")]);
        document["secrets"][1]["not_before"] = from;
        document["secrets"][0]["not_after"] = until;
        Endpoint::parse("a", document.to_string().as_bytes()).unwrap()
    };
    let signatures = |endpoint: &Endpoint| {
        sign(endpoint, URL, "e", b"{}", common::at(NOW)).map(|headers| headers[0].1.matches("v1=").count())
    };
    assert_eq!(signatures(&stripe(Value::Null, Value::Null)), Ok(2));
    assert_eq!(signatures(&stripe("2027-01-16T00:00:00Z".into(), Value::Null)), Ok(1));
    assert_eq!(signatures(&stripe(Value::Null, "2027-01-14T00:00:00Z".into())), Ok(1));
    let none = stripe("2027-01-16T00:00:00Z".into(), "2027-01-14T00:00:00Z".into());
    assert!(signatures(&none).unwrap_err().to_string().contains("no secret is valid"));
}
