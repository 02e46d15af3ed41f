//! Certificates of a trust document. The URL in a delivery only selects one; nothing is ever fetched.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use rustls_pki_types::{
    CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime, pem::PemObject,
};
use webpki::{
    EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert,
    aws_lc_rs::{
        ECDSA_P256_SHA256, ECDSA_P384_SHA384, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512,
    },
};

use crate::{
    Provider, Rejection, der,
    document::{Fields, InvalidEndpoint, Node},
    instant,
    scheme::Certificate,
    url,
};

/// The algorithms by which a chain may be signed: none with SHA-1.
const CHAIN: &[&dyn SignatureVerificationAlgorithm] = &[
    RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512,
    ECDSA_P256_SHA256,
    ECDSA_P384_SHA384,
];

/// No trust document lists more roots, and none more certificates.
const MOST_ROOTS: usize = 32;
const MOST_CERTIFICATES: usize = 256;

/// The roots and certificates that an endpoint believes in.
#[derive(Clone, Default)]
pub(crate) struct Trust {
    roots: Vec<TrustAnchor<'static>>,
    /// By URL: the leaf, then what came with it. Empty if the text held no certificate.
    certificates: BTreeMap<String, Vec<CertificateDer<'static>>>,
}

impl Trust {
    /// Reads `{"roots": PEM, "certificates": {URL: PEM}}`.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self, InvalidEndpoint> {
        let node = fields.required("roots")?;
        let expected = format!("1 to {MOST_ROOTS} certificates in PEM");
        let roots = pem(&node.text()?);
        let anchors: Option<Vec<_>> =
            roots.iter().map(|root| Some(anchor_from_trusted_cert(root).ok()?.to_owned())).collect();
        let in_bounds = |roots: &Vec<_>| (1..=MOST_ROOTS).contains(&roots.len());
        let roots = anchors.filter(in_bounds).ok_or_else(|| node.refuse(expected))?;
        let certificates = fields.required("certificates")?.map(MOST_CERTIFICATES)?;
        let chain = |(url, node): (String, Node<'_>)| Ok((url, pem(&node.text()?)));
        Ok(Self { roots, certificates: certificates.into_iter().map(chain).collect::<Result<_, _>>()? })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Where the certificate is whose public key this is.
    pub(crate) fn url_of(&self, public: &[u8]) -> Option<&str> {
        let is_of = |chain: &Vec<CertificateDer<'static>>| {
            let leaf = chain.first().and_then(|leaf| EndEntityCert::try_from(leaf).ok());
            leaf.is_some_and(|leaf| leaf.subject_public_key_info().as_ref() == public)
        };
        self.certificates.iter().find_map(|(url, chain)| is_of(chain).then_some(url.as_str()))
    }

    /// The public key of the certificate at `url`, if it is the provider's and valid at `now` (milliseconds since
    /// 1970). The URL is judged first: a wrong one is not even looked up.
    pub(crate) fn key(&self, rules: &Certificate, url: &str, now: i64) -> Result<Vec<u8>, Rejection> {
        if !url::is_allowed(url, rules.hosts, rules.path) {
            return Err(Rejection::CertUrlNotAllowed);
        }
        let chain = self.certificates.get(url).ok_or(Rejection::UnknownCertificate)?;
        let (leaf, intermediates) = chain.split_first().ok_or(Rejection::UntrustedCertificate)?;
        if der::may_sign(leaf) != Some(true) {
            return Err(Rejection::UntrustedCertificate);
        }
        let leaf = EndEntityCert::try_from(leaf).map_err(|_| Rejection::UntrustedCertificate)?;
        let seconds = u64::try_from(now.div_euclid(1000)).unwrap_or_default();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        leaf.verify_for_usage(CHAIN, &self.roots, intermediates, at, KeyUsage::server_auth(), None, None)
            .map_err(|error| match error {
                Error::CertExpired { .. } | Error::CertNotValidYet { .. } => Rejection::CertificateExpired,
                _ => Rejection::UntrustedCertificate,
            })?;
        if !leaf.valid_dns_names().any(|name| is_below(name, rules.domain)) {
            return Err(Rejection::UntrustedCertificate);
        }
        Ok(leaf.subject_public_key_info().to_vec())
    }
}

/// A certificate of a trust document, as [`certified`] judges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// Its URL.
    pub url: String,
    /// When it ends, in seconds since 1970; `None` if it cannot be read.
    pub ends: Option<u64>,
    /// Whether deliveries that name it are believed now, or why not.
    pub believed: Result<(), Rejection>,
}

/// Judges each certificate of a trust document as [`verify`](crate::verify) does when a delivery of `provider` names it.
pub fn certified(
    provider: &Provider,
    document: &[u8],
    now: SystemTime,
) -> Result<Vec<Certified>, InvalidEndpoint> {
    let root = Node::root(document)?;
    let rules = provider.certificates().ok_or_else(|| root.refuse("a provider that has certificates"))?;
    let trust = Trust::read(&root.fields(&["roots", "certificates"])?)?;
    let judged = trust.certificates.iter().map(|(url, chain)| Certified {
        url: url.clone(),
        ends: chain.first().and_then(|leaf| trust.end(leaf)),
        believed: trust.key(rules, url, instant::milliseconds(now)).map(drop),
    });
    Ok(judged.collect())
}

impl Certificate {
    /// Whether a delivery may name a certificate by `url`: host, scheme, port and path are the provider's.
    pub fn allows(&self, url: &str) -> bool {
        url::is_allowed(url, self.hosts, self.path)
    }
}

impl Trust {
    /// When a certificate ends. The library says it of one that has ended, so it is asked about a time after all.
    fn end(&self, leaf: &CertificateDer<'_>) -> Option<u64> {
        let leaf = EndEntityCert::try_from(leaf).ok()?;
        let never = UnixTime::since_unix_epoch(Duration::from_secs(u64::from(u32::MAX) << 8));
        match leaf.verify_for_usage(CHAIN, &self.roots, &[], never, KeyUsage::server_auth(), None, None) {
            Err(Error::CertExpired { not_after, .. }) => Some(not_after.as_secs()),
            _ => None,
        }
    }
}

/// Whether `name` is `domain` or a name below it.
fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// The certificates of a text; none if one of them is not readable.
fn pem(text: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<_, _>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn a_certificate_is_for_the_domain_or_a_name_below_it() {
        for good in ["paypal.com", "api.paypal.com", "*.paypal.com", "a.b.paypal.com"] {
            assert!(is_below(good, "paypal.com"), "{good}");
        }
        for bad in ["", "com", "notpaypal.com", "paypal.com.evil.example", "paypal.com.", "PAYPAL.COM"] {
            assert!(!is_below(bad, "paypal.com"), "{bad}");
        }
    }
}
