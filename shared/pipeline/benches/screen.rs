//! What screening costs, in bytes a second: `cargo bench -p pipeline`.
//!
//! `samples` are the bodies that payments are interpreted from, `personal` messages full of what has to be replaced,
//! `large` one message of 100 kB with nothing to replace.

use std::{fs, path::Path};

use divan::{AllocProfiler, Bencher, counter::BytesCount};
use pipeline::{Policy, screened_body};
use serde_json::Value;
use verification::Provider;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

type Corpus = Vec<(&'static Provider, Vec<u8>)>;

fn bodies(file: &Value, list: &str, corpus: &mut Corpus) {
    let provider = |value: &Value| Provider::named(value.get("provider")?.as_str()?);
    for event in file.pointer(list).and_then(Value::as_array).into_iter().flatten() {
        let body = match event.get("body").or_else(|| event.get("raw")) {
            Some(Value::String(text)) => text.clone(),
            Some(json) => json.to_string(),
            None => continue,
        };
        if let Some(provider) = provider(file).or_else(|| provider(event)) {
            corpus.push((provider, body.into_bytes()));
        }
    }
}

fn read(path: &Path) -> Value {
    fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn run(bencher: Bencher<'_, '_>, corpus: &Corpus) {
    let bytes: usize = corpus.iter().map(|(_, body)| body.len()).sum();
    assert!(bytes > 5_000, "the samples are not where they were");
    bencher.counter(BytesCount::new(bytes)).with_inputs(|| corpus.clone()).bench_values(|corpus| {
        corpus
            .into_iter()
            .filter_map(|(provider, body)| screened_body(Policy::Strict, provider, body).ok())
            .count()
    });
}

#[divan::bench]
fn samples(bencher: Bencher<'_, '_>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../payments/src/interpret/samples");
    let mut corpus = Corpus::new();
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        bodies(&read(&file.path()), "/events", &mut corpus);
    }
    run(bencher, &corpus);
}

#[divan::bench]
fn personal(bencher: Bencher<'_, '_>) {
    let mut corpus = Corpus::new();
    bodies(&read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/personal.json")), "", &mut corpus);
    run(bencher, &corpus);
}

#[divan::bench]
fn large(bencher: Bencher<'_, '_>) {
    let item = r#"{"id":"li_1NG8Du2eZvKYlo2CUI79vXWy","object":"line_item","amount":1099,"currency":"eur","description":"a thing, 3 × 4 cm","created":1800000000}"#;
    let body = format!(r#"{{"id":"evt_1","data":{{"object":{{"lines":[{}]}}}}}}"#, vec![item; 700].join(","));
    let Some(stripe) = Provider::named("stripe") else { return };
    run(bencher, &vec![(stripe, body.into_bytes())]);
}
