//! Schemes that an endpoint document describes.

use crate::common;
use serde_json::{Value, json};
use verification::{Coverage, Endpoint, Provider, verify};

/// The document of a vector, with the provider's scheme written out.
fn described(vector: &common::Vector, provider: &Provider) -> Value {
    let mut document = vector.document();
    document["provider"] = "custom".into();
    document["scheme"] = serde_json::to_value(provider.scheme).unwrap();
    document["identity"] = serde_json::to_value(provider.names).unwrap();
    document
}

#[test]
fn a_built_in_scheme_can_be_written_in_a_document_and_judges_the_same() {
    let (mut count, mut schemes) = (0, 0);
    for file in common::files() {
        let provider = Provider::named(&file.provider).unwrap();
        if provider.name == "paypal" {
            continue;
        }
        schemes += 1;
        for vector in &file.vectors {
            let own = common::sample(&described(vector, provider));
            let Some(built_in) = vector.endpoint() else {
                assert!(own.is_err(), "{}/{}", file.provider, vector.name);
                continue;
            };
            let own = own.unwrap_or_else(|error| panic!("{}/{}: {error}", file.provider, vector.name));
            let expected = verify(&built_in, vector.delivery(), vector.now());
            let found = verify(&own, vector.delivery(), vector.now());
            match (expected, found) {
                (Ok(expected), Ok(found)) => {
                    // A described body holds one event: batches are for built-in providers.
                    if provider.events.is_none() {
                        assert_eq!(
                            expected.identity(),
                            found.identity(),
                            "{}/{}",
                            file.provider,
                            vector.name
                        );
                    }
                    assert_eq!(expected.coverage(), found.coverage());
                }
                (expected, found) => {
                    assert_eq!(expected.err(), found.err(), "{}/{}", file.provider, vector.name);
                }
            }
            count += 1;
        }
    }
    println!("{schemes} schemes, {count} vectors");
    assert!(schemes == 31 && count > 800);
}

/// A whole description, as a team would write it.
fn example() -> Value {
    json!({
        "provider": "custom",
        "mode": "live",
        "account": "acme-1",
        "secrets": [{"kid": "a", "secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}],
        "scheme": {"signed": {
            "signature": {"at": {"header": "acme-signature"}, "between": ",", "fields": ["tag", "signature"]},
            "methods": [{"tag": "v1", "algorithm": "hmac_sha256", "encoding": "hex"}],
            "key_id": {"tag": "key"},
            "timestamp": {"at": {"tag": "t"}, "unit": "seconds", "tolerance_seconds": 300},
            "signed": [{"at": {"tag": "t"}}, {"text": "."}, "body"],
        }},
        "identity": {
            "event_id": [{"json": "/id"}],
            "event_type": [{"joined": {"of": ["/object", "/action"], "by": "."}}],
            "occurred_at": [{"seconds": "/created"}],
        },
    })
}

#[test]
fn a_described_scheme_signs_and_verifies() {
    let endpoint = Endpoint::parse("acme", example().to_string().as_bytes()).unwrap();
    let body = br#"{"id":"e1","object":"charge","action":"paid","created":1800000000}"#;
    let now = common::at(1_800_000_000_000);
    let headers = verification::sign(&endpoint, "https://h.example/", "e1", body, now).unwrap();
    let delivery = verification::Delivery::new("https://h.example/", headers, body.to_vec());
    let verified = verify(&endpoint, delivery, now).unwrap();
    assert_eq!(verified.provider().name, "custom");
    assert_eq!(verified.coverage(), Coverage::Body);
    assert_eq!(verified.kid(), Some("a"));
    let identity = verified.identity();
    assert_eq!(identity.event_id.as_deref(), Some("e1"));
    assert_eq!(identity.event_type.as_deref(), Some("charge.paid"));
    assert_eq!(identity.occurred_at.as_deref(), Some("2027-01-15T08:00:00Z"));
    assert!(identity.proven.event_id && identity.proven.event_type && identity.proven.occurred_at);
    assert!(verified.identity_paths().contains(&"/object"));
}

/// Base64 of a header is no body, whatever else the header holds.
#[test]
fn a_signature_over_a_header_covers_no_body() {
    let check = |part: Value, expected: Coverage| {
        let mut document = example();
        document["scheme"]["signed"]["signed"][2] = part;
        let endpoint = Endpoint::parse("acme", document.to_string().as_bytes()).unwrap();
        assert_eq!(endpoint.coverage(), expected);
    };
    check(json!("body"), Coverage::Body);
    check(json!({"base64_text": {"form": "payload"}}), Coverage::Body);
    check(json!({"base64_text": {"header": "acme-payload"}}), Coverage::Sender);
}

#[test]
fn a_wrong_description_is_refused_with_the_field_and_what_was_expected() {
    let check = |pointer: &str, value: Value, expected: &str| {
        let mut document = example();
        match value {
            Value::Null => {
                let (parent, field) = pointer.rsplit_once('/').unwrap();
                document.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field);
            }
            value => {
                let (parent, field) = pointer.rsplit_once('/').unwrap();
                match document.pointer_mut(parent).unwrap() {
                    Value::Array(items) => items[field.parse::<usize>().unwrap()] = value,
                    parent => parent[field] = value,
                }
            }
        }
        let error = Endpoint::parse("acme", document.to_string().as_bytes()).unwrap_err().to_string();
        assert_eq!(error, expected, "{pointer}");
    };
    let signed = "/scheme/signed";
    let at = |rest: &str| format!("{signed}/{rest}");
    check("/scheme", Value::Null, "expected a field scheme");
    check("/scheme/signed", json!("hunter2"), "scheme.signed: expected struct Signed");
    check(&at("methods"), Value::Null, "scheme.signed: expected a field `methods`");
    check(
        &at("methods/0/algorithm"),
        json!("hunter2"),
        "scheme.signed.methods[0].algorithm: expected one of `hmac_sha1`, `hmac_sha256`, `hmac_sha512`, `ed25519`, `rsa_sha256`, `ecdsa_p256`, `token`",
    );
    check(
        &at("methods/0/encoding"),
        json!("base32"),
        "scheme.signed.methods[0].encoding: expected one of `hex`, `hex_any_case`, `base64`, `base64_url`, `utf8`",
    );
    check(
        &at("methods/0/encoding"),
        json!("utf8"),
        "scheme: expected methods whose signatures are written in hex or base64",
    );
    check(
        &at("methods/0/algorithm"),
        json!("rsa_sha256"),
        "scheme: expected methods whose key.encoding fits their algorithm",
    );
    check(
        &at("methods/0/tag"),
        Value::Null,
        "scheme: expected methods with tags, as signature.fields has one",
    );
    check(&at("methods"), json!([]), "scheme: expected 1 to 8 methods");
    check(
        &at("signature/at/header"),
        json!("acme signature"),
        "scheme: expected header names of letters, digits and -",
    );
    check(
        &at("signature/at/header"),
        json!("*signature"),
        "scheme: expected header_prefixes exactly where header names begin with *",
    );
    check(&at("signature/fields"), json!(["tag"]), "scheme: expected signature.fields with one signature");
    check(
        &at("signature/between"),
        json!("="),
        "scheme: expected signature.between and signature.assign to differ",
    );
    check(&at("signature/between"), json!("ab"), "scheme.signed.signature.between: expected a character");
    check(&at("timestamp/tolerance_seconds"), json!(29), "scheme: expected tolerance_seconds from 30 to 900");
    check(
        &at("timestamp/tolerance_seconds"),
        json!(901),
        "scheme: expected tolerance_seconds from 30 to 900",
    );
    check(
        &at("timestamp/tolerance_seconds"),
        Value::Null,
        "scheme: expected tolerance_seconds from 30 to 900",
    );
    check(
        &at("timestamp/tolerance_seconds"),
        json!(-1),
        "scheme.signed.timestamp.tolerance_seconds: expected u32",
    );
    check(
        &at("timestamp/unit"),
        json!("days"),
        "scheme.signed.timestamp.unit: expected one of `seconds`, `milliseconds`, `by_length`, `rfc3339`",
    );
    check(
        &at("signed"),
        json!(["body"]),
        "scheme: expected the timestamp among the signed parts: unsigned it proves nothing",
    );
    check(
        &at("signed"),
        json!([{"at": {"tag": "t"}}, {"body": 1}]),
        "scheme.signed.signed[1].body: expected unit",
    );
    check("/identity/event_id/0/json", json!("id"), "identity: expected JSON pointers that begin with /");
    check("/identity/event_id", json!("hunter2"), "identity.event_id: expected a sequence");
    check(
        "/secrets/0/kid",
        Value::Null,
        "secrets[0]: expected a field kid: this provider names the key that it used",
    );
    check("/provider", json!("stripe"), "scheme: expected nothing, unless the provider is custom");
}
