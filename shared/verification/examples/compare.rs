//! Verifies one delivery many times, for `tests/constant_time.sh`: `compare SCHEME PLACE`, where PLACE is the first
//! wrong byte of the signature, or `short` or `long` for one of another length. All runs differ in nothing else.

use std::{
    process::ExitCode,
    time::{Duration, UNIX_EPOCH},
};

use verification::{Delivery, Endpoint, Rejection, sign, verify};

const TIMES: usize = 1000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [provider, place] = arguments.as_slice() else { return ExitCode::FAILURE };
    match run(provider, place) {
        Some(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Whether every one of the deliveries was refused for its signature.
fn run(provider: &str, place: &str) -> Option<bool> {
    let secret = if provider == "standardwebhooks" {
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    } else {
        "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    };
    let secrets = format!(r#"[{{"secret":"{secret}"}}]"#);
    let document = format!(r#"{{"provider":"{provider}","mode":"live","account":"a","secrets":{secrets}}}"#);
    let endpoint = Endpoint::parse("compare", document.as_bytes()).ok()?;
    let now = UNIX_EPOCH + Duration::from_hours(500_000);
    let body = br#"{"id":"evt_1","type":"charge.succeeded"}"#;
    let mut headers = sign(&endpoint, "https://h.example/", "evt_1", body, now).ok()?;
    for (_, value) in &mut headers {
        // The signature is what stands last, and is longer than any other header's value.
        let start = value.rfind([',', '=']).filter(|at| at + 1 < value.len()).map_or(0, |at| at + 1);
        let start = if value.ends_with('=') { value.find(',').map_or(0, |at| at + 1) } else { start };
        if value.len() - start >= 32 {
            *value = wrong(value, start, place)?;
        }
    }
    let refused = |_| {
        let delivery = Delivery::new("https://h.example/", headers.clone(), body.to_vec());
        verify(&endpoint, delivery, now).err() == Some(Rejection::SignatureMismatch)
    };
    Some((0..TIMES).all(refused))
}

/// The value with another letter of its alphabet at `place` of the signature, or with a signature of another length.
fn wrong(value: &str, start: usize, place: &str) -> Option<String> {
    let (before, signature) = value.split_at_checked(start)?;
    let mut signature = signature.to_owned();
    match place {
        "short" => signature.truncate(signature.len().checked_sub(4)?),
        "long" => signature.insert_str(0, "0000"),
        place => {
            let place: usize = place.parse().ok()?;
            let letter = signature.get(place..=place)?;
            // All signatures differ from the right one by the same kind of letter.
            let other = if letter.bytes().all(|b| b.is_ascii_digit()) { "7" } else { "a" };
            let other = if other == letter { "b" } else { other };
            signature.replace_range(place..=place, other);
        }
    }
    Some(format!("{before}{signature}"))
}
