//! Endpoint documents as a team would write them: for the documentation, the command line and tests.

use serde_json::{Map, Value};

use crate::{
    Provider,
    scheme::{Algorithm, KeyEncoding, Method, Setting},
};

impl Provider {
    /// An endpoint document as a team would write it, with made-up secrets.
    pub fn example(&self) -> Value {
        let secret = |method: &Method| match (method.key.encoding, method.algorithm) {
            (KeyEncoding::Pem, _) => EXAMPLE_PEM.to_owned(),
            (KeyEncoding::Jwk, _) => EXAMPLE_JWK.to_owned(),
            (KeyEncoding::Hex, _) => "0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(2),
            (KeyEncoding::Base64, _) => {
                format!("{}ZXhhbXBsZSBzZWNyZXQgZm9yIHRoZSBkb2NzLg==", method.key.prefix)
            }
            (_, Algorithm::Token) if method.tag == "Basic" => "tollgate:0f1e2d3c4b5a69788796".to_owned(),
            _ => "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(),
        };
        let (mut document, mut settings, mut entry) = (Map::new(), Map::new(), Map::new());
        for (field, value) in [("provider", self.name), ("mode", "test"), ("account", "acme")] {
            document.insert(field.to_owned(), value.into());
        }
        if self.scheme.uses(Setting::NotificationUrl) {
            let url = format!("https://hooks.example.com/v1/webhooks/{}", self.name);
            settings.insert("notification_url".to_owned(), url.into());
        }
        if self.scheme.uses(Setting::WebhookId) {
            settings.insert("webhook_id".to_owned(), "0EH40505U7160970P".into());
        }
        if self.scheme.certificate().is_none() {
            entry.insert("kid".to_owned(), "2026-11".into());
            entry.insert("secret".to_owned(), self.scheme.methods().first().map(secret).into());
            document.insert("secrets".to_owned(), vec![Value::Object(entry)].into());
        }
        if !settings.is_empty() {
            document.insert("settings".to_owned(), settings.into());
        }
        Value::Object(document)
    }
}

/// A public key whose private key nobody kept.
const EXAMPLE_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAl/EH0PoNRaJZsgEEIrHq\n\
    vWVaGVce+rzho2YWL8+BqnO5CSUZ99eRqQrdnKGZJmq+vIpepJNNcmul9+BnvQ/6\n\
    D9ceTLkHc6yRF/ByHwIBUP2krtZeM6AYwLXpfU1rVJvVtfVxA6BwRf4Nml+qxpuo\n\
    2miNc6i29jW9UyFhl7wndffHvW3JlYLUcpRH4Mb10mA4mqnWBaYTUZqqvbelbZ/v\n\
    FIqQVCc5GhoJjhIqWA3avmkLMT+Tm4UKzXzRPSynJ/4D6oVXUY/7X7Myq9Dom63k\n\
    5v7i0eycng9cnZgS1fH/ns4rQ7kMyRblap7WIPPQFvQQvuwreL8WprLHH8r9mrd1\n\
    1wIDAQAB\n\
    -----END PUBLIC KEY-----\n";
const EXAMPLE_JWK: &str = r#"{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","x":"iCbI7wN7vy7attBA1LLANWJNHn9O5Hx0Cg73woHW0xk","y":"bvmaoqDY0B3KtgQyZ73tKSYHl46ekPE96PG1jeOiI0g"}"#;
