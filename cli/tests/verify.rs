//! `tollgate verify` as a person sees it: its whole output for some providers and failures, kept in `tests/verify/`.
//! `UPDATE=1 cargo test -p tollgate --test verify` writes it anew.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a failure is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use verification::{Endpoint, Provider, sign, sign_body};

const URL: &str = "https://hooks.example.com/v1/webhooks/shop";
const AT: &str = "2027-01-15T08:00:00Z";

fn at() -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(500_000)
}

type Headers = Vec<(String, String)>;

/// A captured request, and the document with which it is judged.
struct Case {
    name: &'static str,
    provider: &'static str,
    body: &'static str,
    exit: i32,
    /// Changes the document, the headers or the body after signing.
    spoil: fn(&mut Value, &mut Headers, &mut Vec<u8>),
}

const STRIPE: &str = r#"{"id":"evt_1","type":"charge.succeeded","created":1800000000}"#;
const CASES: [Case; 8] = [
    Case { name: "stripe-verified", provider: "stripe", body: STRIPE, exit: 0, spoil: |_, _, _| {} },
    Case {
        name: "stripe-changed-body",
        provider: "stripe",
        body: STRIPE,
        exit: 4,
        spoil: |_, _, body| body.extend_from_slice(b"\n"),
    },
    Case {
        name: "stripe-no-signature",
        provider: "stripe",
        body: STRIPE,
        exit: 4,
        spoil: |_, headers, _| headers.clear(),
    },
    Case {
        name: "stripe-too-old",
        provider: "stripe",
        body: STRIPE,
        exit: 4,
        spoil: |_, headers, _| headers[0].1 = headers[0].1.replace("t=1800000000", "t=1799990000"),
    },
    Case {
        name: "stripe-other-secret",
        provider: "stripe",
        body: STRIPE,
        exit: 4,
        spoil: |document, _, _| document["secrets"][0]["secret"] = "whsec_another0123456789".into(),
    },
    Case {
        name: "square-other-url",
        provider: "square",
        body: r#"{"event_id":"e1","type":"payment.created"}"#,
        exit: 4,
        spoil: |document, _, _| {
            document["settings"]["notification_url"] = "https://hooks.example.com/square".into();
        },
    },
    Case {
        name: "klarna-unknown-key",
        provider: "klarna",
        body: r#"{"metadata":{"event_id":"e1"}}"#,
        exit: 4,
        spoil: |document, _, _| document["secrets"][0]["kid"] = "another".into(),
    },
    Case {
        name: "adyen-verified",
        provider: "adyen",
        body: r#"{"live":"false","notificationItems":[{"NotificationRequestItem":{"pspReference":"P1","merchantAccountCode":"acme","merchantReference":"m1","amount":{"value":100,"currency":"EUR"},"eventCode":"AUTHORISATION","success":"true"}}]}"#,
        exit: 0,
        spoil: |_, _, _| {},
    },
];

/// The files of a case, in a folder of its own.
fn lay_out(test: &str, case: &Case) -> PathBuf {
    let mut document = Provider::named(case.provider).expect("a provider").example();
    let parsed = |document: &Value| {
        Endpoint::parse("shop", document.to_string().as_bytes()).expect("a valid document")
    };
    let endpoint = parsed(&document);
    let mut body = sign_body(&endpoint, case.body.as_bytes(), at()).expect("a body to sign");
    let mut headers = sign(&endpoint, URL, "evt_1", &body, at()).expect("a provider whose secret signs");
    (case.spoil)(&mut document, &mut headers, &mut body);
    let mut request = b"POST /v1/webhooks/shop?token=hidden HTTP/1.1\r\nhost: hooks.example.com\r\n".to_vec();
    for (name, value) in headers {
        request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(&body);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test).join(case.name);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("shop.json"), document.to_string()).expect("a file");
    fs::write(folder.join("request.http"), request).expect("a file");
    folder
}

fn verify(folder: &Path, more: &[&str]) -> (i32, String) {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    let files = ["verify", "--endpoint", "shop.json", "--request", "request.http", "--at", AT];
    let done = tool.args(files).args(more).current_dir(folder).env_clear().output().expect("the binary runs");
    let text = [done.stdout, done.stderr].concat();
    (done.status.code().expect("it ends by itself"), String::from_utf8(text).expect("text"))
}

#[test]
fn the_whole_output_is_as_it_is_kept() {
    for case in &CASES {
        let folder = lay_out("the_whole_output_is_as_it_is_kept", case);
        let (exit, printed) = verify(&folder, &[]);
        let kept =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify").join(format!("{}.txt", case.name));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&kept, &printed).expect("the kept output is written");
        }
        assert_eq!(exit, case.exit, "{}: {printed}", case.name);
        assert_eq!(printed, fs::read_to_string(&kept).expect("it is kept"), "{}", case.name);
    }
}

#[test]
fn neither_a_secret_nor_a_signature_is_printed() {
    for case in &CASES {
        let folder = lay_out("neither_a_secret_nor_a_signature_is_printed", case);
        let document: Value =
            serde_json::from_slice(&fs::read(folder.join("shop.json")).expect("a file")).expect("JSON");
        let secret = document["secrets"][0]["secret"].as_str().expect("a secret").to_owned();
        let request =
            String::from_utf8(fs::read(folder.join("request.http")).expect("a file")).expect("text");
        let long = |text: &&str| {
            text.len() >= 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        };
        let signatures: Vec<&str> =
            request.split(|c: char| c.is_whitespace() || ",\"=".contains(c)).filter(long).collect();
        for more in [&[][..], &["--json"]] {
            let (_, printed) = verify(&folder, more);
            assert!(!printed.contains(&secret) && !printed.contains("hidden"), "{}: {printed}", case.name);
            assert!(
                signatures.iter().all(|signature| !printed.contains(signature)),
                "{}: {printed}",
                case.name
            );
        }
    }
}

#[test]
fn a_script_gets_one_document() {
    let folder = lay_out("a_script_gets_one_document", &CASES[1]);
    let mut tool = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    let files = ["verify", "--endpoint", "shop.json", "--request", "request.http", "--at", AT, "--json"];
    let done = tool.args(files).current_dir(&folder).env_clear().output().expect("the binary runs");
    let printed: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!((&printed["verified"], &printed["reason"]), (&json!(false), &json!("signature_mismatch")));
    assert!(printed["steps"].as_array().is_some_and(|steps| !steps.is_empty()), "{printed}");
}

#[test]
fn what_cannot_be_read_is_asked_for_wrongly() {
    let folder = lay_out("what_cannot_be_read_is_asked_for_wrongly", &CASES[0]);
    fs::write(folder.join("wrong.json"), r#"{"provider":"stripe","secrets":[{"secret":"kurz"}]}"#)
        .expect("a file");
    for (arguments, exit) in [
        (["--endpoint", "wrong.json", "--request", "request.http"], 2),
        (["--endpoint", "shop.json", "--request", "shop.json"], 2),
        (["--endpoint", "shop.json", "--request", "absent.http"], 1),
    ] {
        let mut tool = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        let done = tool
            .arg("verify")
            .args(arguments)
            .current_dir(&folder)
            .env_clear()
            .output()
            .expect("the binary runs");
        let errors = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(exit), "{errors}");
        assert!(!errors.contains("kurz"), "{errors}");
    }
}
