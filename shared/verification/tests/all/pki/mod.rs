//! Certificates of a made-up provider and of those who would like to be it.

#![allow(dead_code, unreachable_pub, reason = "each user takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

use std::sync::OnceLock;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use serde_json::{Value, json};
use verification::{Endpoint, Provider, SigningKey, generate};

/// Where the certificate is, as far as a delivery says.
pub const URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594";

/// An authority with its certificate in PEM.
pub struct Authority {
    pub issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

/// What an authority is by default: valid from 2020 to 2040.
pub fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1));
    params
}

impl Authority {
    pub fn root(name: &str) -> Self {
        let (params, key) = (authority_params(name), KeyPair::generate().unwrap());
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub fn below(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for `key`, in PEM.
    pub fn certify(&self, params: &CertificateParams, key: &KeyPair) -> String {
        params.signed_by(key, &self.issuer).unwrap().pem()
    }
}

/// What the provider's certificate is: valid from 2026 to 2028, for a server of that name.
pub fn leaf_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2028, 1, 1));
    params
}

/// A key of PayPal's kind: to sign with, and to certify. It is made once, since that takes its time.
pub fn paypal_key() -> (SigningKey, KeyPair) {
    static PEM: OnceLock<String> = OnceLock::new();
    let pem = PEM.get_or_init(|| fresh_paypal_key().0.to_pem().to_string());
    (SigningKey::from_pem(pem).unwrap(), KeyPair::from_pem(pem).unwrap())
}

/// Another key of PayPal's kind.
pub fn fresh_paypal_key() -> (SigningKey, KeyPair) {
    let key = generate(Provider::named("paypal").unwrap(), None).unwrap().signing_key.unwrap();
    let pair = KeyPair::from_pem(&key.to_pem()).unwrap();
    (key, pair)
}

/// The endpoint that trusts `roots` and finds `chain` (both PEM) at `url`.
pub fn endpoint(roots: &str, url: &str, chain: &str) -> Endpoint {
    let document = json!({
        "provider": "paypal",
        "mode": "live",
        "account": "acme",
        "settings": {"webhook_id": "0EH40505U7160970P"},
        "trust": {"roots": roots, "certificates": Value::Object([(url.to_owned(), chain.into())].into_iter().collect())},
    });
    Endpoint::parse("paypal", document.to_string().as_bytes()).unwrap()
}
