//! Headers and URLs.

use verification::{
    Provider,
    scheme::{Part, Scheme, Slot},
};

use super::{Request, assert_same_proof, valid};

#[test]
fn no_signed_header_or_url_can_be_dropped_changed_or_repeated() {
    let (mut refused, mut accepted) = (0, 0);
    for (provider, _, vector) in valid() {
        let endpoint = vector.endpoint().unwrap();
        let request = Request::of(&vector);
        let before = request.verify(&endpoint, vector.now_ms).unwrap();
        let named = headers_of(provider);
        for place in 0..request.headers.len() {
            let (name, value) = request.headers[place].clone();
            let is_signed = named.iter().any(|known| name.to_ascii_lowercase().ends_with(known));
            let mut dropped = request.clone();
            dropped.headers.remove(place);
            let mut repeated = request.clone();
            repeated.headers.push((name.to_uppercase(), value.clone()));
            let mut too_long = request.clone();
            too_long.headers[place].1 = format!("{value}{}", "x".repeat(8192));
            let mut changed = request.clone();
            changed.headers[place].1 = format!("x{}", value.trim());
            for (what, changed) in
                [("dropped", dropped), ("repeated", repeated), ("long", too_long), ("changed", changed)]
            {
                let what = format!("{}/{}: {name} {what}", provider.name, vector.name);
                match changed.verify(&endpoint, vector.now_ms) {
                    None => refused += 1,
                    Some(after) => {
                        // One of several signatures may be changed; the bits of all are in another test.
                        let one_of_several = what.ends_with("changed") && value.contains([',', ' ']);
                        assert!(!is_signed || one_of_several, "{what} was accepted");
                        assert_same_proof(&before, &after, &what);
                        accepted += 1;
                    }
                }
            }
        }
        for url in [format!("{}x", request.url), format!("{}&data.id=1&bodySHA256=1", request.url)] {
            match (Request { url, ..request.clone() }).verify(&endpoint, vector.now_ms) {
                None => refused += 1,
                Some(after) => assert_same_proof(&before, &after, &vector.name),
            }
        }
    }
    println!(
        "{refused} changed headers and URLs refused, {accepted} unsigned ones accepted, with the same proof"
    );
    assert!(refused > 1_500, "{refused}");
}

/// The headers that the scheme reads, without what stands for `*`.
fn headers_of(provider: &Provider) -> Vec<&'static str> {
    let slots: Vec<Slot> = match &provider.scheme {
        Scheme::Signed(signed) => {
            let parts = signed.signed.iter().filter_map(|part| match part {
                Part::At(slot) => Some(*slot),
                _ => None,
            });
            let certificate = signed.certificate.map(|certificate| certificate.url);
            parts.chain([signed.signature.at]).chain(signed.key_id).chain(certificate).collect()
        }
        Scheme::Jwt(jwt) => vec![jwt.at],
        Scheme::Items(_) => Vec::new(),
    };
    slots
        .iter()
        .filter_map(|s| if let Slot::Header(name) = s { Some(name.trim_start_matches('*')) } else { None })
        .collect()
}
