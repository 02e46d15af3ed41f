//! The vectors of every provider, and what is derived from them.

use crate::common;
use verification::{Provider, Rejection};

#[test]
fn every_vector_is_judged_as_it_says() {
    let mut failures = Vec::new();
    let mut count = 0;
    for file in common::files().into_iter().filter(|file| Provider::named(&file.provider).is_some()) {
        assert_eq!(file.format, 1);
        for vector in &file.vectors {
            count += 1;
            if let Err(failure) = vector.judge() {
                failures.push(format!("{}/{failure}", file.provider));
            }
        }
    }
    println!("{count} vectors");
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn every_provider_has_vectors() {
    let files = common::files();
    for provider in Provider::all() {
        assert!(files.iter().any(|file| file.provider == provider.name), "{}", provider.name);
    }
}

#[test]
fn an_unusable_document_verifies_nothing() {
    let files = common::files();
    let vectors = files.iter().flat_map(|file| &file.vectors);
    for vector in vectors.filter(|vector| vector.name == "empty_configured_token") {
        if Provider::named(&vector.provider).is_some() {
            assert!(vector.endpoint().is_none());
            assert_eq!(vector.outcome().0, Rejection::UnknownKey.reason());
        }
    }
}
