use std::time::UNIX_EPOCH;

use super::*;
use crate::memory::MemoryDocuments;

/// What happens to the documents, or to the directory.
#[derive(Clone, Copy, Debug)]
enum Do {
    /// The document of `shop` is now a valid one with this account.
    Write(&'static str),
    /// It is now one that cannot be read.
    Spoil,
    Delete,
    Down,
    Up,
    Find(&'static str),
    Refresh(&'static str),
    Preload(&'static [&'static str]),
}
use Do::*;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

fn document(account: &str) -> String {
    format!(
        r#"{{"provider":"stripe","mode":"test","account":"{account}","secrets":[{{"kid":"k","secret":"whsec_4ZQm0Zl8Xw3yP1vKc7Nn"}}]}}"#
    )
}

/// Each step: when (seconds), what, what comes of it (the account, `unknown`, `unavailable`, or `-` for nothing), and
/// how many look-ups there were so far.
async fn check(name: &str, steps: &[(u64, Do, &str, u64)]) {
    let (documents, directory) = (MemoryDocuments::new(), Directory::new());
    for (number, (second, step, expected, fetches)) in steps.iter().enumerate() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000 + second);
        let outcome = match *step {
            Write(account) => {
                documents.write("shop", document(account));
                "-".to_owned()
            }
            Spoil => {
                documents.write("shop", "{}");
                "-".to_owned()
            }
            Delete => {
                documents.delete("shop");
                "-".to_owned()
            }
            Down | Up => {
                documents.set_down(matches!(step, Down));
                "-".to_owned()
            }
            Preload(names) => {
                directory.preload(names, &documents, now).await;
                "-".to_owned()
            }
            Find(name) => match directory.find(name, &documents, now).await {
                Found::Endpoint(endpoint) => endpoint.account().to_owned(),
                Found::Unknown => "unknown".to_owned(),
                Found::Unavailable => "unavailable".to_owned(),
            },
            Refresh(name) => directory
                .refresh(name, &documents, now)
                .await
                .map_or("-".to_owned(), |endpoint| endpoint.account().to_owned()),
        };
        let step = format!("{name}, step {number}: {step:?} at {second} s");
        assert_eq!(outcome, *expected, "{step}");
        assert_eq!(documents.fetches(), *fetches, "{step}");
    }
}

#[tokio::test]
async fn the_oldest_document_that_was_read_is_told_once() {
    let (documents, directory) = (MemoryDocuments::new(), Directory::new());
    let at = |second: u64| UNIX_EPOCH + Duration::from_secs(second);
    documents.write_at("old", document("a"), at(100));
    documents.write_at("new", document("a"), at(900));
    documents.write_at("tomorrow", document("a"), at(2000));
    documents.write("undated", document("a"));
    documents.write_at("certified", PAYPAL, at(1));
    documents.write_trust("paypal-live", trust(1));
    let check = async |names: &[&str], now: u64, expected: Option<u64>| {
        for name in names {
            directory.find(name, &documents, at(now)).await;
        }
        assert_eq!(directory.take_oldest(), expected.map(Duration::from_secs), "{names:?} at {now} s");
    };
    check(&["undated", "absent", "certified"], 1000, None).await;
    check(&["tomorrow"], 1000, Some(0)).await;
    check(&["new", "old"], 1000, Some(900)).await;
    check(&["new", "old"], 1001, None).await;
    check(&["new"], 1300, Some(400)).await;
    check(&["old", "new"], 1600, Some(1500)).await;
}

#[tokio::test]
async fn a_document_is_asked_for_every_five_minutes() {
    check(
        "a new document is seen after five minutes",
        &[
            (0, Write("one"), "-", 0),
            (0, Find("shop"), "one", 1),
            (1, Write("two"), "-", 1),
            (299, Find("shop"), "one", 1),
            (300, Find("shop"), "two", 2),
            (599, Find("shop"), "two", 2),
            (600, Find("shop"), "two", 3),
            (601, Find("shop"), "two", 3),
        ],
    )
    .await;
    check(
        "a clock that went back asks nothing",
        &[(0, Write("one"), "-", 0), (900, Find("shop"), "one", 1), (0, Find("shop"), "one", 1)],
    )
    .await;
    check(
        "it need not have changed",
        &[
            (0, Write("one"), "-", 0),
            (0, Find("shop"), "one", 1),
            (300, Find("shop"), "one", 2),
            (301, Find("shop"), "one", 2),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_signature_that_does_not_match_refreshes_once_a_minute() {
    check(
        "a rolled secret",
        &[
            (0, Write("one"), "-", 0),
            (0, Find("shop"), "one", 1),
            (1, Write("two"), "-", 1),
            (1, Refresh("shop"), "two", 2),
            (2, Write("three"), "-", 2),
            (60, Refresh("shop"), "-", 2),
            (61, Refresh("shop"), "three", 3),
            (62, Find("shop"), "three", 3),
            (360, Find("shop"), "three", 3),
            (361, Find("shop"), "three", 4),
        ],
    )
    .await;
    check(
        "no new document",
        &[
            (0, Write("one"), "-", 0),
            (0, Find("shop"), "one", 1),
            (1, Refresh("shop"), "-", 2),
            (2, Refresh("shop"), "-", 2),
            (60, Refresh("shop"), "-", 2),
            (61, Refresh("shop"), "-", 3),
        ],
    )
    .await;
    check(
        "an endpoint that is not cached",
        &[(0, Write("one"), "-", 0), (0, Refresh("shop"), "-", 0), (0, Refresh("other"), "-", 0)],
    )
    .await;
    check(
        "a refresh in vain leaves what is known",
        &[
            (0, Write("one"), "-", 0),
            (0, Find("shop"), "one", 1),
            (0, Spoil, "-", 1),
            (1, Refresh("shop"), "-", 2),
            (2, Find("shop"), "one", 2),
            (2, Down, "-", 2),
            (61, Refresh("shop"), "-", 3),
            (62, Find("shop"), "one", 3),
        ],
    )
    .await;
    check(
        "a refresh that finds nothing ends it",
        &[
            (0, Write("one"), "-", 0),
            (0, Find("shop"), "one", 1),
            (0, Delete, "-", 1),
            (1, Refresh("shop"), "-", 2),
            (2, Find("shop"), "unknown", 2),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_stale_document_is_served_for_a_day_while_there_is_no_answer() {
    let day = 24 * HOUR;
    check(
        "the service is down",
        &[
            (0, Write("one"), "-", 0),
            (0, Find("shop"), "one", 1),
            (0, Down, "-", 1),
            (300, Find("shop"), "one", 2),
            (309, Find("shop"), "one", 2),
            (310, Find("shop"), "one", 3),
            (day - 1, Find("shop"), "one", 4),
            (day, Find("shop"), "unavailable", 4),
            (day + 9, Find("shop"), "unavailable", 5),
            (day + 10, Up, "-", 5),
            (day + 19, Find("shop"), "one", 6),
        ],
    )
    .await;
    check(
        "back again, a day is counted anew",
        &[
            (0, Write("one"), "-", 0),
            (0, Find("shop"), "one", 1),
            (0, Down, "-", 1),
            (300, Find("shop"), "one", 2),
            (301, Up, "-", 2),
            (310, Find("shop"), "one", 3),
            (311, Find("shop"), "one", 3),
            (312, Down, "-", 3),
            (day + 309, Find("shop"), "one", 4),
        ],
    )
    .await;
    check(
        "not found or denied ends it at once",
        &[
            (0, Write("one"), "-", 0),
            (0, Find("shop"), "one", 1),
            (0, Delete, "-", 1),
            (299, Find("shop"), "one", 1),
            (300, Find("shop"), "unknown", 2),
            (301, Down, "-", 2),
            (302, Find("shop"), "unknown", 2),
            (330, Find("shop"), "unavailable", 3),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_invalid_document_never_replaces_a_good_one() {
    check(
        "a good one is known",
        &[
            (0, Write("one"), "-", 0),
            (0, Find("shop"), "one", 1),
            (0, Spoil, "-", 1),
            (300, Find("shop"), "one", 2),
            (301, Find("shop"), "one", 2),
            (311, Find("shop"), "one", 3),
            (24 * HOUR, Find("shop"), "unavailable", 4),
            (24 * HOUR, Write("two"), "-", 4),
            (24 * HOUR + 10, Find("shop"), "two", 5),
        ],
    )
    .await;
    check(
        "none is known",
        &[
            (0, Spoil, "-", 0),
            (0, Find("shop"), "unavailable", 1),
            (0, Write("one"), "-", 1),
            (0, Find("shop"), "one", 2),
        ],
    )
    .await;
}

#[tokio::test]
async fn names_that_do_not_exist_are_remembered() {
    check(
        "for half a minute",
        &[
            (0, Find("shop"), "unknown", 1),
            (0, Find("other"), "unknown", 2),
            (1, Write("one"), "-", 2),
            (29, Find("shop"), "unknown", 2),
            (30, Find("shop"), "one", 3),
        ],
    )
    .await;
    check(
        "unless they were loaded meanwhile",
        &[
            (0, Find("shop"), "unknown", 1),
            (1, Write("one"), "-", 1),
            (1, Preload(&["shop"]), "-", 2),
            (2, Find("shop"), "one", 2),
            (3, Delete, "-", 2),
            (302, Find("shop"), "unknown", 3),
        ],
    )
    .await;
    check(
        "a name that no endpoint can bear is not asked for",
        &[
            (0, Find(""), "unknown", 0),
            (0, Find("Shop"), "unknown", 0),
            (0, Find("../shop"), "unknown", 0),
            (0, Preload(&["Shop"]), "-", 0),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_preloaded_is_found_without_asking() {
    check(
        "all at once",
        &[
            (0, Write("one"), "-", 0),
            (0, Preload(&["shop", "missing"]), "-", 2),
            (1, Find("shop"), "one", 2),
            (1, Find("missing"), "unknown", 2),
        ],
    )
    .await;
    check(
        "what fails is tried again",
        &[
            (0, Write("one"), "-", 0),
            (0, Down, "-", 0),
            (0, Preload(&["shop"]), "-", 1),
            (1, Find("shop"), "unavailable", 2),
            (1, Up, "-", 2),
            (1, Find("shop"), "one", 3),
        ],
    )
    .await;
}

const PAYPAL: &str =
    r#"{"provider":"paypal","mode":"live","account":"shop","settings":{"webhook_id":"1AB23456CD789012E"}}"#;

/// The trust document of the vectors, with this many certificates.
fn trust(certificates: usize) -> String {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../verification/vectors/paypal.json")).unwrap();
    let roots = vectors["vectors"][0]["keys"]["trust_roots_pem"].clone();
    let certificates: serde_json::Map<_, _> =
        (0..certificates).map(|number| (number.to_string(), roots.clone())).collect();
    serde_json::json!({"roots": roots, "certificates": certificates}).to_string()
}

#[tokio::test]
async fn an_endpoint_that_needs_certificates_has_them_from_its_providers_trust_document() {
    let (documents, directory) = (MemoryDocuments::new(), Directory::new());
    let at = |second: u64| UNIX_EPOCH + Duration::from_secs(1_000_000 + second);
    documents.write("shop", PAYPAL);
    // Without them nothing can be judged: the provider is to send again, and 401 would be a lie.
    assert!(matches!(directory.find("shop", &documents, at(0)).await, Found::Unavailable));
    assert_eq!(documents.fetches(), 2);
    documents.write_trust("paypal-test", trust(1));
    assert!(
        matches!(directory.find("shop", &documents, at(0)).await, Found::Unavailable),
        "of the other mode"
    );
    documents.write_trust("paypal-live", trust(1));
    let Found::Endpoint(first) = directory.find("shop", &documents, at(1)).await else {
        panic!("it is there")
    };
    assert!(!first.lacks_trust());
    // A new certificate is a new document, also when only the trust document changed.
    assert!(directory.refresh("shop", &documents, at(2)).await.is_none(), "nothing is new");
    documents.write_trust("paypal-live", trust(2));
    assert!(directory.refresh("shop", &documents, at(70)).await.is_some());
    // A trust document that cannot be read replaces nothing.
    documents.write_trust("paypal-live", "{}");
    assert!(directory.refresh("shop", &documents, at(140)).await.is_none());
    assert!(matches!(directory.find("shop", &documents, at(141)).await, Found::Endpoint(_)));
}

#[tokio::test]
async fn look_ups_of_names_that_are_not_cached_pass_a_bucket() {
    let (documents, directory) = (MemoryDocuments::new(), Directory::new());
    documents.write("shop", document("one"));
    let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
    assert!(matches!(directory.find("shop", &documents, now).await, Found::Endpoint(_)));
    let mut unavailable = 0;
    for number in 0..1_000 {
        match directory.find(&format!("guess-{number}"), &documents, now).await {
            Found::Unknown => {}
            Found::Unavailable => unavailable += 1,
            Found::Endpoint(_) => panic!("guessed"),
        }
        // What is known passes all the time, and so does what is known not to be.
        assert!(matches!(directory.find("shop", &documents, now).await, Found::Endpoint(_)));
        assert!(matches!(directory.find("guess-0", &documents, now).await, Found::Unknown));
    }
    assert_eq!((documents.fetches(), unavailable), (10, 991));
    // A cached document that is due needs no token, and neither does a refresh.
    let later = now + FRESH;
    for number in 0..20 {
        directory.find(&format!("more-{number}"), &documents, later).await;
    }
    assert_eq!(documents.fetches(), 20);
    assert!(matches!(directory.find("shop", &documents, later).await, Found::Endpoint(_)));
    directory.refresh("shop", &documents, later).await;
    assert_eq!(documents.fetches(), 22);
}
