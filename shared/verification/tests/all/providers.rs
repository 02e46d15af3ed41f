//! What every provider's value must be, and the page that is made from the table.

use crate::common;
use std::{fs, path::Path};

use verification::{
    Coverage, Delivery, Endpoint, Place, Provider, Rejection, coverage_of, handshake, providers_page, sign,
    verify,
};

#[test]
fn a_provider_is_found_by_its_name_and_stands_once_in_the_table() {
    for (place, provider) in Provider::all().iter().enumerate() {
        let first = Provider::all().iter().position(|other| other.name == provider.name);
        assert_eq!(first, Some(place), "{}", provider.name);
        assert!(Provider::named(provider.name).is_some());
        assert!(!provider.title.is_empty() && provider.page.starts_with("https://"), "{}", provider.name);
        assert!(provider.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
    }
    assert_eq!(Provider::all().len(), 32);
    assert!(Provider::named("custom").is_some() && Provider::named("nobody").is_none());
}

#[test]
fn the_stated_coverage_is_what_the_scheme_covers() {
    for provider in Provider::all() {
        assert_eq!(coverage_of(&provider.scheme), provider.coverage, "{}", provider.name);
    }
    let of = |coverage| {
        Provider::all().iter().filter(|p| p.coverage == coverage).map(|p| p.name).collect::<Vec<_>>()
    };
    assert_eq!(of(Coverage::Fields), ["adyen", "mercadopago"]);
    assert_eq!(of(Coverage::Sender), ["paypal", "flutterwave_v3", "xendit", "chargebee"]);
}

#[test]
fn screening_is_told_of_every_path_of_an_identity() {
    for provider in Provider::all() {
        let own = provider.names.places().flat_map(Place::pointers);
        let of_events = provider.events.iter().flat_map(|events| {
            let pointers = events.names.places().flat_map(Place::pointers);
            pointers.map(|pointer| format!("{}/*{pointer}", events.at))
        });
        for path in own.map(|path| path.replace("/0/", "/*/")).chain(of_events) {
            assert!(provider.identity_paths().contains(&path.as_str()), "{}: {path}", provider.name);
        }
    }
}

#[test]
fn a_media_type_is_taken_in_any_casing_and_with_parameters() {
    for good in ["application/json", "Application/JSON; charset=utf-8", "application/x-www-form-urlencoded"] {
        assert!(Provider::any_sends(good), "{good}");
    }
    for bad in ["", "text/plain", "application/xml", "multipart/form-data", "application/json2"] {
        assert!(!Provider::any_sends(bad), "{bad}");
    }
    assert!(!Provider::named("stripe").unwrap().sends("application/x-www-form-urlencoded"));
}

#[test]
fn a_signed_set_up_call_is_answered_and_an_unsigned_one_is_not() {
    let slack = Provider::named("slack").unwrap();
    let endpoint = Endpoint::parse("a", slack.example().to_string().as_bytes()).unwrap();
    let now = common::at(1_800_000_000_000);
    let check = |body: &str, expected: Option<&str>| {
        let headers = sign(&endpoint, "", "", body.as_bytes(), now).unwrap();
        let verified = verify(&endpoint, Delivery::new("", headers, body.as_bytes().to_vec()), now).unwrap();
        assert_eq!(verified.handshake().map(|handshake| handshake.body.as_str()), expected, "{body}");
        assert!(verify(&endpoint, Delivery::new("", [], body.as_bytes().to_vec()), now).is_err());
    };
    check(r#"{"type":"url_verification","challenge":"abc"}"#, Some("abc"));
    check(r#"{"type":"event_callback","challenge":"abc"}"#, None);
    check(r#"{"type":"url_verification"}"#, None);
    check("type=url_verification&challenge=abc", None);
}

#[test]
fn braintrees_challenge_is_signed_and_no_other_text_is() {
    let (get, now) = ("GET", common::at(1_800_000_000_000));
    let mut document = Provider::named("braintree").unwrap().example();
    document["secrets"][0]["secret"] = "integration_private_key".into();
    document["secrets"][0]["kid"] = "integration_public_key".into();
    let endpoint = Endpoint::parse("a", document.to_string().as_bytes()).unwrap();
    let answer = |method: &str, query: &str| handshake(&endpoint, method, query, now);
    let good = answer(get, "bt_challenge=20f9f8ed05f77439fe955c977e4c8a53").unwrap();
    assert_eq!((good.status, good.content_type), (200, "text/plain"));
    assert_eq!(good.body, "integration_public_key|d9b899556c966b3f06945ec21311865d35df3ce4");
    for query in [
        "",
        "bt_challenge",
        "bt_challenge=",
        "bt_challenge=20f9f8ed05f77439fe9",
        "bt_challenge=20f9f8ed05f77439fe955c977e4c8a530",
        "bt_challenge=20F9F8ED05F77439FE955C977E4C8A53",
        "bt_challenge=20f9f8ed05f77439fe955c977e4c8a5%0a",
        "bt_challenge=PG5vdGlmaWNhdGlvbj48L2E+",
        "bt_challenge=20f9f8ed05f77439fe955c977e4c8a53&bt_challenge=20f9f8ed05f77439fe955c977e4c8a53",
        "challenge=20f9f8ed05f77439fe955c977e4c8a53",
    ] {
        assert_eq!(answer(get, query), None, "{query}");
    }
    // What a stranger had signed so is no delivery.
    let signature = good.body.replace('|', "%7C");
    for (payload, expected) in [
        ("20f9f8ed05f77439fe955c977e4c8a53", Rejection::InvalidBody),
        ("20f9f8ed05f77439fe955c977e4c8a53%0a", Rejection::SignatureMismatch),
    ] {
        let body = format!("bt_signature={signature}&bt_payload={payload}").into_bytes();
        assert_eq!(verify(&endpoint, Delivery::new("", [], body), now).err(), Some(expected));
    }
    assert_eq!(answer("POST", "bt_challenge=20f9f8ed05f77439fe955c977e4c8a53"), None);
    for provider in Provider::all().iter().filter(|provider| provider.name != "braintree") {
        let Ok(endpoint) = Endpoint::parse("a", provider.example().to_string().as_bytes()) else { continue };
        let query = "bt_challenge=20f9f8ed05f77439fe955c977e4c8a53";
        assert_eq!(handshake(&endpoint, get, query, now), None, "{}", provider.name);
    }
}

#[test]
fn the_page_of_providers_is_made_from_the_table() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/providers.md"));
    let page = providers_page();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, &page).unwrap();
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page,
        "docs/providers.md is old: UPDATE=1 cargo test -p verification page_of_providers"
    );
}
