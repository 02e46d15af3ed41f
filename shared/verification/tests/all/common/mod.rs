//! Reads test vectors and judges them. The example `vectors` and the tests share it.

#![allow(dead_code, unreachable_pub, reason = "each user takes what it needs")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failure is a failed test"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use verification::{Delivery, Endpoint, InvalidEndpoint, Rejection, Verified, verify};

/// One file.
#[derive(Deserialize)]
pub struct File {
    pub format: u32,
    pub provider: String,
    pub vectors: Vec<Vector>,
}

/// One request and what must become of it.
#[derive(Deserialize, Clone)]
pub struct Vector {
    pub provider: String,
    pub name: String,
    pub url: String,
    pub keys: Value,
    #[serde(default)]
    pub config: Value,
    pub headers: Vec<(String, String)>,
    pub body_base64: String,
    pub now_ms: i64,
    pub expect: String,
    #[serde(default)]
    pub expect_any: Vec<String>,
    #[serde(default)]
    pub event_id: Option<String>,
    #[serde(default)]
    pub event_type: Option<String>,
    #[serde(default)]
    pub occurred_at: Option<String>,
}

impl Vector {
    pub fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.body_base64).expect("the vector's body is base64")
    }

    pub fn now(&self) -> SystemTime {
        at(self.now_ms)
    }

    pub fn delivery(&self) -> Delivery {
        Delivery::new(self.url.clone(), self.headers.clone(), self.body())
    }

    /// The endpoint document that holds the vector's keys and settings.
    pub fn document(&self) -> Value {
        let mut document = json!({
            "provider": self.provider,
            "mode": "live",
            "account": "vectors",
            "settings": self.settings(),
        });
        if self.keys["type"] == "paypal" {
            document["trust"] = self.trust();
        } else {
            document["secrets"] = self.secrets().into();
        }
        document
    }

    pub fn endpoint(&self) -> Option<Endpoint> {
        sample(&self.document()).ok()
    }

    fn secrets(&self) -> Vec<Value> {
        let keys = &self.keys;
        let texts = |field: &str| keys[field].as_array().cloned().unwrap_or_default();
        match keys["type"].as_str().unwrap_or_default() {
            "hmac" => texts("secrets").into_iter().map(|secret| json!({"secret": secret})).collect(),
            "token" => texts("tokens").into_iter().map(|secret| json!({"secret": secret})).collect(),
            "ed25519" | "rsa_public_pem" => {
                texts("public_keys").into_iter().map(|secret| json!({"secret": secret})).collect()
            }
            "hmac_by_id" => named(&keys["secrets_by_id"]),
            "jwk_by_kid" => named(&keys["jwks"]),
            "basic" => texts("credentials").iter().map(credentials).collect(),
            "braintree" => texts("pairs")
                .into_iter()
                .map(|pair| json!({"kid": pair["public_key"], "secret": pair["private_key"]}))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The trust document: what a fetch of the certificates would have brought.
    fn trust(&self) -> Value {
        let answers = self.keys["cert_responses"].as_object().into_iter().flatten();
        let found = answers.filter(|(_, answer)| answer["status"] == 200);
        let certificates: serde_json::Map<String, Value> =
            found.map(|(url, answer)| (url.clone(), answer["body"].clone())).collect();
        json!({"roots": self.keys["trust_roots_pem"], "certificates": certificates})
    }

    fn settings(&self) -> Value {
        let mut settings = serde_json::Map::new();
        let names = [
            ("tolerance_past_s", "tolerance_seconds"),
            ("tolerance_future_s", "future_tolerance_seconds"),
            ("notification_url", "notification_url"),
            ("key_encoding", "key_encoding"),
            ("default_kid", "default_kid"),
        ];
        for (given, ours) in names {
            if let Some(value) = self.config.get(given) {
                settings.insert(ours.to_owned(), value.clone());
            }
        }
        if let Some(ids) = self.keys.get("webhook_ids") {
            settings.insert("webhook_id".to_owned(), ids.clone());
        }
        Value::Object(settings)
    }

    /// What became of it: `valid` or the reason.
    pub fn outcome(&self) -> (&'static str, Option<Verified>) {
        // A document that is refused when it is loaded verifies nothing.
        let Some(endpoint) = self.endpoint() else { return (Rejection::UnknownKey.reason(), None) };
        match verify(&endpoint, self.delivery(), self.now()) {
            Ok(verified) => ("valid", Some(verified)),
            // Nothing is fetched: a certificate that the trust document lacks is one that was not to be had.
            Err(Rejection::UnknownCertificate) => ("cert_fetch_failed", None),
            Err(rejection) => (rejection.reason(), None),
        }
    }

    /// `Err` says what was expected and what was found.
    pub fn judge(&self) -> Result<(), String> {
        let (outcome, verified) = self.outcome();
        let any = [std::slice::from_ref(&self.expect), &self.expect_any].concat();
        if !any.iter().any(|expected| expected == outcome) {
            return Err(format!("{}: expected {}, found {outcome}", self.name, any.join(" or ")));
        }
        let Some(verified) = verified else { return Ok(()) };
        let found = verified.identity();
        let pairs = [
            ("event id", &self.event_id, &found.event_id),
            ("event type", &self.event_type, &found.event_type),
            ("time", &self.occurred_at, &found.occurred_at),
        ];
        for (what, expected, found) in pairs {
            if self.expect == "valid" && expected != found {
                return Err(format!("{}: {what}: expected {expected:?}, found {found:?}", self.name));
            }
        }
        Ok(())
    }
}

/// The endpoint of a document that may have what published samples have: a short secret, any tolerance or none.
#[expect(clippy::disallowed_methods, reason = "the vectors are published samples")]
pub fn sample(document: &Value) -> Result<Endpoint, InvalidEndpoint> {
    Endpoint::parse_sample("vectors", document.to_string().as_bytes())
}

fn named(keys: &Value) -> Vec<Value> {
    let text = |key: &Value| key.as_str().map_or_else(|| key.to_string(), str::to_owned);
    let all = keys.as_object().into_iter().flatten();
    all.map(|(kid, key)| json!({"kid": kid, "secret": text(key)})).collect()
}

fn credentials(pair: &Value) -> Value {
    let text = |field: &str| pair[field].as_str().unwrap_or_default().to_owned();
    json!({"secret": format!("{}:{}", text("username"), text("password"))})
}

pub fn at(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).expect("after 1970"))
}

/// The vector files of this crate.
pub fn files() -> Vec<File> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the vectors are there")
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path| serde_json::from_slice(&std::fs::read(path).unwrap()).expect("a vector file");
    paths.iter().filter(|path| path.extension().is_some_and(|e| e == "json")).map(read).collect()
}
