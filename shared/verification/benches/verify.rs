//! What a proof costs, beside the crates `standardwebhooks` and `svix` and beside the hash alone:
//! `cargo bench -p verification`. Bodies of 300 bytes, 3 and 64 kilobytes; the deliveries are made outside of the
//! measured time. `proof` does what the two crates do; `whole` also reads who the event is. At the end it prints our
//! proof as a multiple of each of the others, measured in turns with it, so that noise meets both.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::STANDARD};
use divan::{Bencher, black_box};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use verification::{Delivery, Endpoint, prove, sign, verify};

const SIZES: [usize; 3] = [300, 3_000, 64_000];
const KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const NOW: u64 = 1_800_000_000;

/// Rounds of a comparison, and runs of each side in a round.
const ROUNDS: usize = 400;
const RUNS: u32 = 50;

fn main() {
    divan::main();
    println!("\nour proof as a multiple of");
    println!(
        "{:<18} {:>6} {:>12} {:>8} {:>18} {:>6}",
        "", "bytes", "hmac + sha2", "aws-lc", "standardwebhooks", "svix"
    );
    for provider in ["stripe", "standardwebhooks"] {
        for size in SIZES {
            if let Some([hmac, aws_lc, standard, svix]) = multiples(provider, size) {
                println!("{provider:<18} {size:>6} {hmac:>12.2} {aws_lc:>8.2} {standard:>18.2} {svix:>6.2}");
            }
        }
    }
}

/// The time of our proof of a body of that size, divided by that of each other.
fn multiples(provider: &str, size: usize) -> Option<[f64; 4]> {
    let (body, url) = (body(size), "https://h.example/");
    let endpoint = endpoint(provider, &format!("whsec_{KEY}"))?;
    let delivery = Delivery::new(url, sign(&endpoint, url, "evt_1", &body, now()).ok()?, body.clone());
    let ours = || prove(black_box(&endpoint), black_box(&delivery), now()).is_ok();
    let (hmac, aws_lc) = (hmac_and_sha2()?, aws_lc());
    let (standard_headers, svix_headers) = (headers("webhook-", &body)?, headers("svix-", &body)?);
    let standard = standardwebhooks::Webhook::new(KEY).ok()?;
    let svix = svix::webhooks::Webhook::new(KEY).ok()?;
    let others: [&dyn Fn() -> bool; 4] = [
        &|| hmac(&body),
        &|| aws_lc(&body),
        &|| standard.verify(black_box(&body), black_box(&standard_headers)).is_ok(),
        &|| svix.verify(black_box(&body), black_box(&svix_headers)).is_ok(),
    ];
    Some(others.map(|other| {
        let (mut least, mut least_other) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            least = least.min(time(&ours));
            least_other = least_other.min(time(other));
        }
        least.as_secs_f64() / least_other.as_secs_f64()
    }))
}

#[expect(clippy::disallowed_methods, reason = "what is measured is time")]
fn time(run: &dyn Fn() -> bool) -> Duration {
    let start = Instant::now();
    for _ in 0..RUNS {
        black_box(run());
    }
    start.elapsed()
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// An event in JSON of about `size` bytes.
fn body(size: usize) -> Vec<u8> {
    let line = r#"{"id":"li_1","object":"line_item","amount":1099,"currency":"eur","description":"a thing"}"#;
    let lines = vec![line; size.saturating_sub(150) / line.len()].join(",");
    let head = r#"{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","type":"charge.succeeded","created":1800000000,"livemode":true"#;
    format!(r#"{head},"data":{{"object":{{"id":"ch_1","lines":[{lines}]}}}}}}"#).into_bytes()
}

fn endpoint(provider: &str, secret: &str) -> Option<Endpoint> {
    let secrets = format!(r#"[{{"secret":"{secret}"}}]"#);
    let document = format!(r#"{{"provider":"{provider}","mode":"live","account":"a","secrets":{secrets}}}"#);
    Endpoint::parse("bench", document.as_bytes()).ok()
}

fn ours(bencher: Bencher<'_, '_>, provider: &str, size: usize, whole: bool) {
    let Some(endpoint) = endpoint(provider, &format!("whsec_{KEY}")) else { return };
    let body = body(size);
    let Ok(headers) = sign(&endpoint, "https://h.example/", "evt_1", &body, now()) else { return };
    let delivery = || Delivery::new("https://h.example/", headers.clone(), body.clone());
    if whole {
        bencher.with_inputs(delivery).bench_values(|delivery| verify(&endpoint, delivery, now()).is_ok());
    } else {
        let delivery = delivery();
        bencher.bench(|| prove(black_box(&endpoint), black_box(&delivery), now()).is_ok());
    }
}

#[divan::bench(args = SIZES)]
fn stripe_proof(bencher: Bencher<'_, '_>, size: usize) {
    ours(bencher, "stripe", size, false);
}

#[divan::bench(args = SIZES)]
fn stripe_whole(bencher: Bencher<'_, '_>, size: usize) {
    ours(bencher, "stripe", size, true);
}

#[divan::bench(args = SIZES)]
fn standardwebhooks_proof(bencher: Bencher<'_, '_>, size: usize) {
    ours(bencher, "standardwebhooks", size, false);
}

#[divan::bench(args = SIZES)]
fn standardwebhooks_whole(bencher: Bencher<'_, '_>, size: usize) {
    ours(bencher, "standardwebhooks", size, true);
}

/// The headers of a delivery for the crates, signed for this moment: they read the clock themselves.
#[expect(clippy::disallowed_methods, reason = "the crates compare with the clock")]
fn headers(prefix: &str, body: &[u8]) -> Option<http::HeaderMap> {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(KEY).ok()?).ok()?;
    mac.update(format!("evt_1.{time}.").as_bytes());
    mac.update(body);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let mut headers = http::HeaderMap::new();
    for (name, value) in [("id", "evt_1"), ("timestamp", &time.to_string()), ("signature", &signature)] {
        let name = http::HeaderName::from_bytes(format!("{prefix}{name}").as_bytes()).ok()?;
        headers.insert(name, value.parse().ok()?);
    }
    Some(headers)
}

#[divan::bench(args = SIZES)]
fn their_standardwebhooks(bencher: Bencher<'_, '_>, size: usize) {
    let body = body(size);
    let Some(headers) = headers("webhook-", &body) else { return };
    let Ok(webhook) = standardwebhooks::Webhook::new(KEY) else { return };
    assert!(webhook.verify(&body, &headers).is_ok());
    bencher.bench(|| webhook.verify(black_box(&body), black_box(&headers)).is_ok());
}

#[divan::bench(args = SIZES)]
fn their_svix(bencher: Bencher<'_, '_>, size: usize) {
    let body = body(size);
    let Some(headers) = headers("svix-", &body) else { return };
    let Ok(webhook) = svix::webhooks::Webhook::new(KEY) else { return };
    assert!(webhook.verify(&body, &headers).is_ok());
    bencher.bench(|| webhook.verify(black_box(&body), black_box(&headers)).is_ok());
}

/// The hash of a timestamp and a body, and a comparison of all its bytes, with its key made ready before.
fn hmac_and_sha2() -> Option<impl Fn(&[u8]) -> bool> {
    let state = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).ok()?;
    Some(move |body: &[u8]| {
        let mut state = black_box(&state).clone();
        state.update(b"1800000000.");
        state.update(black_box(body));
        state.verify_slice(&[0; 32]).is_err()
    })
}

fn aws_lc() -> impl Fn(&[u8]) -> bool {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, KEY.as_bytes());
    move |body: &[u8]| {
        let mut context = aws_lc_rs::hmac::Context::with_key(black_box(&key));
        context.update(b"1800000000.");
        context.update(black_box(body));
        let tag = context.sign();
        aws_lc_rs::constant_time::verify_slices_are_equal(tag.as_ref(), &[0; 32]).is_err()
    }
}

#[divan::bench(args = SIZES)]
fn hash_alone_hmac_and_sha2(bencher: Bencher<'_, '_>, size: usize) {
    let body = body(size);
    let Some(hash) = hmac_and_sha2() else { return };
    bencher.bench(|| hash(&body));
}

#[divan::bench(args = SIZES)]
fn hash_alone_aws_lc(bencher: Bencher<'_, '_>, size: usize) {
    let (body, hash) = (body(size), aws_lc());
    bencher.bench(|| hash(&body));
}
