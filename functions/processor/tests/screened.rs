//! Screening loses no fact: what is read out of a screened body is what is read out of the body as it came.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use payments::{Event, Origin, Received, interpret};
use pipeline::{Policy, screened_body};
use serde_json::Value;
use verification::{Coverage, Identity, Mode, Proven, Provider};

/// One of the bodies that the interpretation of payments is tested with.
struct Sample {
    provider: &'static Provider,
    identity: Identity,
    body: Body,
}

/// What can be changed in a body.
#[derive(Clone)]
enum Body {
    Json(Value),
    /// Braintree's XML.
    Form(String),
}

impl Body {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Json(value) => value.to_string().into_bytes(),
            Self::Form(xml) => {
                let payload = STANDARD.encode(xml).replace('+', "%2B").replace('=', "%3D");
                format!("bt_signature=public%7C0000&bt_payload={payload}").into_bytes()
            }
        }
    }

    /// Itself with one of its values, each in turn, being a card number.
    fn with_a_card_number(&self) -> Vec<(String, Self)> {
        let mut others = Vec::new();
        match self {
            Self::Json(value) => leaves(value, &mut String::new(), &mut |pointer| {
                let mut other = value.clone();
                let leaf = other.pointer_mut(pointer).unwrap();
                *leaf = if leaf.is_number() {
                    4_242_424_242_424_242_u64.into()
                } else {
                    "4242424242424242".into()
                };
                others.push((pointer.to_owned(), Self::Json(other)));
            }),
            Self::Form(xml) => {
                for (start, _) in xml.match_indices('>') {
                    let (before, rest) = xml.split_at(start + 1);
                    let (text, after) = rest.split_once('<').unwrap_or((rest, ""));
                    if !text.trim().is_empty() {
                        let other = format!("{before}4242424242424242<{after}");
                        others.push((before.rsplit('<').next().unwrap().to_owned(), Self::Form(other)));
                    }
                }
            }
        }
        others
    }
}

fn leaves(value: &Value, pointer: &mut String, found: &mut impl FnMut(&str)) {
    let length = pointer.len();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                leaves(member, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                leaves(element, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::String(_) | Value::Number(_) => found(pointer),
        Value::Null | Value::Bool(_) => {}
    }
}

fn samples() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/payments/src/interpret/samples");
    let mut samples = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let file: Value = serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap();
        let provider = Provider::named(file["provider"].as_str().unwrap()).unwrap();
        for event in file["events"].as_array().unwrap() {
            let text = |name: &str| event[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            let identity = Identity {
                event_id: text("id"),
                event_type: text("type"),
                occurred_at: text("at"),
                proven: Proven { event_id: true, event_type: true, occurred_at: true },
                ..Identity::default()
            };
            let body = match &event["body"] {
                Value::String(form) => {
                    let payload = form.split("bt_payload=").nth(1).unwrap();
                    let payload = payload
                        .replace("%0A", "")
                        .replace("%2B", "+")
                        .replace("%2F", "/")
                        .replace("%3D", "=");
                    Body::Form(String::from_utf8(STANDARD.decode(payload).unwrap()).unwrap())
                }
                json => Body::Json(json.clone()),
            };
            samples.push(Sample { provider, identity, body });
        }
    }
    assert!(samples.len() > 100, "{}", samples.len());
    samples
}

/// What the ledger is told of a body: all but the ids that are made of its bytes.
fn facts(sample: &Sample, body: &[u8]) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    let received = Received {
        delivery_id: "d-1",
        received_at_ms: 1_795_000_000_000,
        recorded_at_ms: 1_795_000_000_000,
        trace_id: None,
        endpoint: "shop",
        provider: sample.provider.name,
        mode: Mode::Live,
        account: "acct_1",
        identity: &sample.identity,
        coverage: Coverage::Body,
        body,
        origin: Origin::Webhook,
    };
    let events = interpret(&received).unwrap();
    let has_id = sample.identity.event_id.is_some();
    let fact = |event: Event| {
        let id = has_id.then(|| event.key.event_id());
        (id, event.kind, event.object, event.parent, event.payment, event.amount, event.occurred_at_ms)
    };
    events.into_iter().map(fact).collect()
}

/// What of the sample is lost when this body of it is screened.
fn lost(sample: &Sample, body: &Body, what: &str) -> Option<String> {
    let body = body.bytes();
    Policy::ALL.into_iter().find_map(|policy| {
        let named =
            format!("{} {:?} {what} {}", sample.provider.name, sample.identity.event_type, policy.as_str());
        match screened_body(policy, sample.provider, body.clone()) {
            Ok((screened, _)) => (facts(sample, &screened) != facts(sample, &body)).then_some(named),
            Err(reason) => Some(format!("{named}: {reason}")),
        }
    })
}

#[test]
fn every_fact_of_every_sample_survives_both_policies() {
    let lost: Vec<_> = samples().iter().filter_map(|sample| lost(sample, &sample.body, "as it is")).collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn a_fact_that_looks_like_a_card_number_is_kept() {
    let (mut changed, mut all_lost) = (0, Vec::new());
    for sample in samples() {
        let before = facts(&sample, &sample.body.bytes());
        for (place, other) in sample.body.with_a_card_number() {
            if facts(&sample, &other.bytes()) != before {
                changed += 1;
                all_lost.extend(lost(&sample, &other, &place));
            }
        }
    }
    assert!(all_lost.is_empty(), "{all_lost:#?}");
    assert!(changed > 400, "{changed}");
}
