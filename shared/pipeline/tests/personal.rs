//! Messages as the providers document them, with personal and card data in them: none of it stays.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_STANDARD};
use pipeline::{DataClass, Policy, screened_body};
use serde_json::Value;
use verification::Provider;

struct Sample {
    provider: &'static Provider,
    body: Vec<u8>,
    /// By class, texts that are of it and must be gone.
    hides: Vec<(DataClass, String)>,
    keeps: Vec<String>,
}

fn samples() -> Vec<Sample> {
    let samples: Vec<Value> = serde_json::from_str(include_str!("personal.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let sample = |sample: &Value| Sample {
        provider: Provider::named(sample["provider"].as_str().unwrap()).unwrap(),
        body: match (&sample["form"], &sample["raw"]) {
            (Value::String(xml), _) => {
                let payload = BASE64_STANDARD.encode(xml).replace('+', "%2B").replace('=', "%3D");
                format!("bt_signature=k%7C00&bt_payload={payload}").into_bytes()
            }
            (_, Value::String(raw)) => raw.clone().into_bytes(),
            _ => sample["body"].to_string().into_bytes(),
        },
        hides: sample["hides"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(class, texts)| {
                let class = DataClass::ALL.into_iter().find(|it| it.as_str() == class).unwrap();
                texts.as_array().unwrap().iter().map(move |it| (class, text(it)))
            })
            .collect(),
        keeps: sample["keeps"].as_array().unwrap().iter().map(text).collect(),
    };
    samples.iter().map(sample).collect()
}

/// The body as text, Braintree's XML decoded.
fn readable(body: &[u8]) -> String {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let Some((before, payload)) = text.split_once("bt_payload=") else { return text };
    let payload = payload.replace("%0A", "").replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    before.to_owned() + &String::from_utf8(BASE64_STANDARD.decode(payload).unwrap()).unwrap()
}

#[test]
fn what_a_policy_replaces_is_gone_and_all_else_stays() {
    for sample in samples() {
        for policy in Policy::ALL {
            let name = format!("{} {}", sample.provider.name, policy.as_str());
            let Ok((body, redactions)) = screened_body(policy, sample.provider, sample.body.clone()) else {
                panic!("{name} is withheld")
            };
            let (before, after) = (readable(&sample.body), readable(&body));
            for (class, text) in &sample.hides {
                assert!(before.contains(text.as_str()), "{name}: {text} is not in the sample");
                let gone = !after.contains(text.as_str());
                assert_eq!(gone, policy.replaces(*class), "{name}: {text} in {after}");
            }
            for text in &sample.keeps {
                assert!(after.contains(text.as_str()), "{name}: {text} is lost in {after}");
            }
            let found: BTreeSet<&str> = redactions.iter().map(|it| it.class.as_str()).collect();
            let expected = sample.hides.iter().filter(|(class, _)| policy.replaces(*class));
            let expected: BTreeSet<&str> = expected.map(|(class, _)| class.as_str()).collect();
            assert!(found.is_superset(&expected), "{name}: {found:?}, not {expected:?}");
            let record = serde_json::to_string(&redactions).unwrap();
            for (class, text) in &sample.hides {
                assert!(
                    !record.contains(text.as_str()) || !policy.replaces(*class),
                    "{name}: {text} in {record}"
                );
            }
        }
    }
}

#[test]
fn every_provider_that_sends_personal_data_has_a_sample() {
    let with: BTreeSet<&str> = samples().iter().map(|sample| sample.provider.name).collect();
    let without: Vec<&str> =
        Provider::all().iter().map(|provider| provider.name).filter(|name| !with.contains(name)).collect();
    // The first two have no format of their own; the others only name objects.
    assert_eq!(without, ["standardwebhooks", "svix", "gocardless", "mercadopago", "recurly"]);
}
