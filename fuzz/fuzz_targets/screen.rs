//! Screening: never panics; changes nothing but values that it lists, each to the text of its class; of JSON it makes JSON;
//! and what it made it leaves as it is. No test number of a card is left as a whole name or text.

#![no_main]

use arbitrary::Arbitrary;
use fuzz::{Body, Format, differences, has_test_number};
use libfuzzer_sys::fuzz_target;
use pipeline::{BODY_LIMIT, DataClass, Policy, Redaction, screened_body};
use serde_json::value::RawValue;
use verification::Provider;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    provider: u8,
    card_data_only: bool,
    body: Body<'a>,
}

fuzz_target!(|input: Input<'_>| {
    let custom = Provider::named("custom").expect("it is there");
    let provider = Provider::all().get(usize::from(input.provider) % 33).unwrap_or(custom);
    let policy = if input.card_data_only { Policy::CardData } else { Policy::Strict };
    let before = input.body.text();
    let Ok((after, listed)) = screened_body(policy, provider, before.clone().into_bytes()) else { return };
    let after = String::from_utf8(after).expect("a text stays a text");
    assert!(after.len() <= BODY_LIMIT);

    let found = differences(provider, &before, &after);
    assert!(lists(&listed, &found), "listed: {listed:?}\nfound: {found:?}\n{before:?}\n{after:?}");
    let classes = DataClass::ALL.into_iter().filter(|class| policy.replaces(*class));
    let classes: Vec<&str> = classes.map(DataClass::as_str).collect();
    assert!(listed.iter().all(|redaction| classes.contains(&redaction.class.as_str())), "{listed:?}");

    if Format::of(provider, &before) == Format::Json && !after.is_empty() {
        serde_json::from_str::<&RawValue>(&after).expect("JSON stays JSON");
        // Of other providers some paths are kept as they are.
        assert!(provider.name != "custom" || !has_test_number(&after), "{before:?} became {after:?}");
    }
    let again = screened_body(policy, provider, after.clone().into_bytes());
    let again = again.map(|(body, found)| (String::from_utf8(body).expect("a text stays a text"), found));
    assert_eq!(again, Ok((after, Vec::new())), "made of {before:?}");
});

/// Whether the list has all that was found, in order; if that does not fit in 12 KiB of JSON, as much as does.
fn lists(listed: &[Redaction], found: &[Redaction]) -> bool {
    let size = serde_json::json!(found).to_string().len();
    if size <= 12 * 1024 {
        return listed == found;
    }
    let mut found = found.iter();
    listed.iter().all(|listed| found.any(|found| found == listed))
}
