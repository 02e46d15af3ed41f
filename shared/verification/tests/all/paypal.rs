//! PayPal: which certificates are believed, and what a signature over a CRC-32 is worth.

use crate::pki::{Authority, URL, authority_params, leaf_params};
use crate::{common, crc, pki};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose as Purpose, IsCa, KeyUsagePurpose,
    SanType, date_time_ymd,
};
use serde_json::Value;
use std::collections::BTreeMap;
use verification::{
    Coverage, Delivery, Endpoint, Provider, Rejection, Verified, certified, sign_with, verify,
};

/// 2027-01-15T08:00:00Z.
const NOW: i64 = 1_800_000_000_000;
const DAY: i64 = 86_400_000;
const NAME: &str = "messageverificationcerts.paypal.com";
const UNTRUSTED: Result<(), Rejection> = Err(Rejection::UntrustedCertificate);
const EXPIRED: Result<(), Rejection> = Err(Rejection::CertificateExpired);

/// What becomes of a delivery signed at `now` with the key of the leaf, which `chain` certifies.
fn judged(root: &Authority, chain: impl Fn(&rcgen::KeyPair) -> String, now: i64) -> Result<(), Rejection> {
    let (key, pair) = pki::paypal_key();
    let endpoint = pki::endpoint(&root.pem, URL, &chain(&pair));
    let now = common::at(now);
    let headers = sign_with(&endpoint, "", "WH-1", b"{}", now, &key).unwrap();
    verify(&endpoint, Delivery::new("", headers, b"{}".to_vec()), now).map(|_| ())
}

/// What becomes of a leaf that is the good one but for a change.
fn changed(change: impl Fn(&mut CertificateParams)) -> Result<(), Rejection> {
    let root = Authority::root("root");
    let mut params = leaf_params(NAME);
    change(&mut params);
    judged(&root, |key| root.certify(&params, key), NOW)
}

#[test]
fn a_chain_leads_to_a_configured_root() {
    let (root, other) = (Authority::root("root"), Authority::root("other"));
    let between = root.below(authority_params("between"));
    let leaf = |of: &Authority, key: &rcgen::KeyPair| of.certify(&leaf_params(NAME), key);
    assert_eq!(judged(&root, |key| leaf(&root, key), NOW), Ok(()), "right below the root");
    let whole = |key: &rcgen::KeyPair| [leaf(&between, key), between.pem.clone()].concat();
    assert_eq!(judged(&root, whole, NOW), Ok(()), "with an intermediate");
    let with_root = |key: &rcgen::KeyPair| [whole(key), root.pem.clone()].concat();
    assert_eq!(judged(&root, with_root, NOW), Ok(()), "with the root sent along");
    assert_eq!(judged(&root, |key| leaf(&between, key), NOW), UNTRUSTED, "without its intermediate");
    assert_eq!(judged(&other, whole, NOW), UNTRUSTED, "below another root");
    assert_eq!(judged(&other, with_root, NOW), UNTRUSTED, "below a root that only the sender has");
    let namesake = Authority::root("root");
    assert_eq!(judged(&namesake, |key| leaf(&root, key), NOW), UNTRUSTED, "below a root of the same name");
    let alone = |key: &rcgen::KeyPair| leaf_params(NAME).self_signed(key).unwrap().pem();
    assert_eq!(judged(&root, alone, NOW), UNTRUSTED, "self-signed");
    let (_, headers, body) = genuine();
    for no_pem in ["", "<html><body>Service unavailable</body></html>", "-----BEGIN CERTIFICATE-----\nAAAA\n"]
    {
        let endpoint = pki::endpoint(&root.pem, URL, no_pem);
        let delivery = Delivery::new("", headers.clone(), body.clone());
        assert_eq!(verify(&endpoint, delivery, common::at(NOW)).map(|_| ()), UNTRUSTED, "{no_pem}");
    }
}

#[test]
fn only_an_authority_certifies() {
    let root = Authority::root("root");
    let through = |params: CertificateParams| {
        let between = root.below(params);
        let chain =
            |key: &rcgen::KeyPair| [between.certify(&leaf_params(NAME), key), between.pem.clone()].concat();
        judged(&root, chain, NOW)
    };
    assert_eq!(through(authority_params("between")), Ok(()));
    let mut leaf = leaf_params("another.paypal.com");
    assert_eq!(through(leaf.clone()), UNTRUSTED, "a leaf without basic constraints");
    leaf.is_ca = IsCa::ExplicitNoCa;
    assert_eq!(through(leaf), UNTRUSTED, "a leaf that says it is none");
    let mut constrained = authority_params("constrained");
    constrained.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    assert_eq!(through(constrained.clone()), Ok(()), "an authority for leaves only");
    let upper = root.below(constrained);
    let lower = upper.below(authority_params("lower"));
    let chain = |key: &rcgen::KeyPair| {
        [lower.certify(&leaf_params(NAME), key), lower.pem.clone(), upper.pem.clone()].concat()
    };
    assert_eq!(judged(&root, chain, NOW), UNTRUSTED, "an authority below one for leaves only");
    let authority = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    assert_eq!(changed(authority), UNTRUSTED, "an authority in place of a leaf");
}

#[test]
fn every_certificate_is_valid_at_the_time_of_the_delivery() {
    let root = Authority::root("root");
    let start = |year| i64::from(year - 1970) * 365 * DAY + i64::from((year - 1969) / 4) * DAY;
    let leaf = |key: &rcgen::KeyPair| root.certify(&leaf_params(NAME), key);
    for (now, expected) in [
        (start(2026) - 1000, EXPIRED),
        (start(2026), Ok(())),
        (start(2028), Ok(())),
        (start(2028) + 1000, EXPIRED),
    ] {
        assert_eq!(judged(&root, leaf, now), expected, "{now}");
    }
    let mut between = authority_params("between");
    between.not_after = date_time_ymd(2027, 1, 1);
    let between = root.below(between);
    let whole =
        |key: &rcgen::KeyPair| [between.certify(&leaf_params(NAME), key), between.pem.clone()].concat();
    assert_eq!(judged(&root, whole, start(2027) - DAY), Ok(()));
    assert_eq!(judged(&root, whole, NOW), EXPIRED, "an intermediate whose time is over");
}

#[test]
fn a_certificate_is_for_paypal_and_for_signing() {
    let names = |names: &[&str]| {
        let names: Vec<SanType> =
            names.iter().map(|name| SanType::DnsName((*name).try_into().unwrap())).collect();
        changed(|params| params.subject_alt_names.clone_from(&names))
    };
    for good in
        [&["paypal.com"][..], &["api.paypal.com"], &["*.paypal.com"], &["evil.example", "x.paypal.com"]]
    {
        assert_eq!(names(good), Ok(()), "{good:?}");
    }
    // A genuine certificate of somebody else, and names that look like the right one.
    for bad in [
        &["evil.example"][..],
        &["notpaypal.com"],
        &["paypal.com.evil.example"],
        &["paypal-com.example"],
        &["com"],
    ] {
        assert_eq!(names(bad), UNTRUSTED, "{bad:?}");
    }
    assert_eq!(names(&[]), UNTRUSTED, "a common name alone");
    let address = |params: &mut CertificateParams| {
        params.subject_alt_names = vec![SanType::IpAddress([64, 4, 248, 8].into())];
    };
    assert_eq!(changed(address), UNTRUSTED, "an address");
    let other = |params: &mut CertificateParams| params.distinguished_name.push(DnType::CommonName, "other");
    assert_eq!(changed(other), Ok(()), "a common name is not looked at");

    let purposes = |purposes: &[Purpose]| changed(|params| params.extended_key_usages = purposes.to_vec());
    assert_eq!(purposes(&[Purpose::ServerAuth, Purpose::ClientAuth]), Ok(()));
    assert_eq!(purposes(&[]), Ok(()), "no purpose is any purpose");
    for bad in [Purpose::ClientAuth, Purpose::CodeSigning, Purpose::EmailProtection] {
        assert_eq!(purposes(std::slice::from_ref(&bad)), UNTRUSTED, "{bad:?}");
    }
    let usages = |usages: &[KeyUsagePurpose]| changed(|params| params.key_usages = usages.to_vec());
    assert_eq!(usages(&[KeyUsagePurpose::DigitalSignature]), Ok(()));
    assert_eq!(usages(&[]), Ok(()), "no usage is any usage");
    for bad in [KeyUsagePurpose::KeyEncipherment, KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign] {
        assert_eq!(usages(std::slice::from_ref(&bad)), UNTRUSTED, "{bad:?}");
    }
}

/// The certificates were made by `openssl x509 -req`, since rcgen makes none so weak: of one key, signed with SHA-256,
/// SHA-1 and MD5; and of or below a key of 1024 bits. The signatures are over a delivery of `{}`, by `openssl dgst`.
#[test]
fn sha1_md5_and_short_keys_are_not_believed() {
    let made: Value = serde_json::from_str(include_str!("pki/weak.json")).unwrap();
    let text = |name: &str| made[name].as_str().unwrap();
    let check = |root: &str, chain: &str, signature: &str, expected: Result<(), Rejection>| {
        let endpoint = pki::endpoint(text(root), URL, text(chain));
        let headers = [
            ("paypal-transmission-id", "69cd13f0-d67a-11e5-baa3-778b53f4ae55"),
            ("paypal-transmission-time", "2027-01-15T08:00:00Z"),
            ("paypal-transmission-sig", text(signature)),
            ("paypal-cert-url", URL),
            ("paypal-auth-algo", "SHA256withRSA"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let delivery = Delivery::new("", headers, b"{}".to_vec());
        let found = verify(&endpoint, delivery, common::at(NOW)).map(|_| ());
        assert_eq!(found, expected, "{chain}");
    };
    check("root", "sha256", "signature", Ok(()));
    check("root", "sha1", "signature", UNTRUSTED);
    check("root", "md5", "signature", UNTRUSTED);
    check("weak_root", "below_weak_root", "signature", UNTRUSTED);
    // The chain holds, the leaf's own key is too short for any signature.
    check("root", "weak_leaf", "signature", Err(Rejection::SignatureMismatch));
    check("root", "weak_leaf", "weak_signature", Err(Rejection::SignatureMismatch));
}

#[test]
fn a_url_only_selects_a_certificate_and_never_a_foreign_one() {
    let root = Authority::root("root");
    let (key, pair) = pki::paypal_key();
    let leaf = root.certify(&leaf_params(NAME), &pair);
    let signed_by = |url: &str| {
        let endpoint = pki::endpoint(&root.pem, URL, &leaf);
        let mut headers = sign_with(&endpoint, "", "WH-1", b"{}", common::at(NOW), &key).unwrap();
        headers.iter_mut().find(|(name, _)| name == "paypal-cert-url").unwrap().1 = url.to_owned();
        headers
    };
    let check = |known: &str, named: &str, expected: Result<(), Rejection>| {
        let endpoint = pki::endpoint(&root.pem, known, &leaf);
        let delivery = Delivery::new("", signed_by(named), b"{}".to_vec());
        assert_eq!(verify(&endpoint, delivery, common::at(NOW)).map(|_| ()), expected, "{named}");
    };
    check(URL, URL, Ok(()));
    let other = format!("{URL}1");
    check(URL, &other, Err(Rejection::UnknownCertificate));
    // Even if the trust document had one there.
    let path = URL.strip_prefix("https://api.paypal.com").unwrap();
    for url in [
        format!("http://api.paypal.com{path}"),
        format!("https://api.paypal.com.evil.example{path}"),
        format!("https://api.paypal.com:8443{path}"),
        format!("https://user@api.paypal.com{path}"),
        format!("https://api.paypal.com@evil.example{path}"),
        format!("https://api.p\u{430}ypal.com{path}"),
        format!("https://xn--pypal-4ve.com{path}"),
        format!("https://169.254.169.254{path}"),
        format!("https://[::1]{path}"),
        format!("https://api.paypal.com%2eevil.example{path}"),
        "https://api.paypal.com/other/CERT-1".to_owned(),
        "https://api.paypal.com/v1/notifications/certs/../CERT-1".to_owned(),
        format!("{URL}#x"),
        format!("{URL}?x=1"),
    ] {
        check(&url, &url, Err(Rejection::CertUrlNotAllowed));
    }
}

#[test]
fn each_url_has_its_own_certificate() {
    let root = Authority::root("root");
    let ((first, first_pair), (_, second_pair)) = (pki::paypal_key(), pki::fresh_paypal_key());
    let other = format!("{URL}1");
    let trust = serde_json::json!({"roots": root.pem, "certificates": {
        URL: root.certify(&leaf_params(NAME), &first_pair),
        other.as_str(): root.certify(&leaf_params(NAME), &second_pair),
    }});
    let endpoint = pki::endpoint(&root.pem, URL, "").with_trust(trust.to_string().as_bytes()).unwrap();
    let headers = sign_with(&endpoint, "", "WH-1", b"{}", common::at(NOW), &first).unwrap();
    let judged = |headers: Vec<(String, String)>| {
        verify(&endpoint, Delivery::new("", headers, b"{}".to_vec()), common::at(NOW)).map(|_| ())
    };
    assert_eq!(judged(headers.clone()), Ok(()));
    let swap =
        |(name, value): (String, String)| if value == URL { (name, other.clone()) } else { (name, value) };
    assert_eq!(judged(headers.into_iter().map(swap).collect()), Err(Rejection::SignatureMismatch));
}

#[test]
fn a_trust_document_is_judged_as_its_deliveries_are() {
    let root = Authority::root("root");
    let (_, pair) = pki::paypal_key();
    let good = root.certify(&leaf_params(NAME), &pair);
    let foreign = Authority::root("other").certify(&leaf_params(NAME), &pair);
    let urls = [URL.to_owned(), format!("{URL}1"), format!("{URL}2"), "https://a.example/CERT".to_owned()];
    let certificates = [&good, &foreign, "no PEM", &good];
    let certificates: serde_json::Map<_, _> =
        urls.iter().cloned().zip(certificates.map(Value::from)).collect();
    let document = serde_json::json!({"roots": root.pem, "certificates": certificates}).to_string();
    let paypal = Provider::named("paypal").unwrap();
    let judged = |now| {
        let judged = certified(paypal, document.as_bytes(), common::at(now)).unwrap();
        judged.into_iter().map(|one| (one.url, (one.ends, one.believed))).collect::<BTreeMap<_, _>>()
    };
    let (ends, not_allowed) = (Some(1_830_297_600), Err(Rejection::CertUrlNotAllowed));
    let expected = [(ends, Ok(())), (ends, UNTRUSTED), (None, UNTRUSTED), (ends, not_allowed)];
    assert_eq!(judged(NOW), urls.iter().cloned().zip(expected).collect());
    assert_eq!(judged(1_830_297_601_000)[URL], (ends, EXPIRED));

    assert!(certified(paypal, b"{}", common::at(NOW)).is_err());
    let stripe = Provider::named("stripe").unwrap();
    assert!(certified(stripe, document.as_bytes(), common::at(NOW)).is_err());
    assert!(stripe.certificates().is_none() && !stripe.names_key());
    assert!(Provider::named("klarna").unwrap().names_key());
    let rules = paypal.certificates().unwrap();
    assert!(rules.allows(URL) && !rules.allows("https://a.example/CERT"));
}

/// A genuine delivery, and the endpoint that it is for.
fn genuine() -> (Endpoint, Vec<(String, String)>, Vec<u8>) {
    let root = Authority::root("root");
    let (key, pair) = pki::paypal_key();
    let endpoint = pki::endpoint(&root.pem, URL, &root.certify(&leaf_params(NAME), &pair));
    let body =
        br#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"amount":{"value":"10.00"}}}"#;
    let headers = sign_with(&endpoint, "", "WH-1", body, common::at(NOW), &key).unwrap();
    (endpoint, headers, body.to_vec())
}

/// CRC-32 is no protection: what verifies here is why the signature is said to prove the sender and no more, and why
/// the processor takes only the first body of a transmission.
#[test]
fn a_forged_body_with_the_same_crc_verifies_and_proves_only_the_transmission() {
    let (endpoint, headers, body) = genuine();
    let judged = |body: Vec<u8>| -> Verified {
        verify(&endpoint, Delivery::new("", headers.clone(), body), common::at(NOW)).unwrap()
    };
    let before = judged(body.clone());
    let event = |verified: &Verified| verified.identity().event_id.clone().unwrap();
    for (id, template) in [
        (
            "WH-1",
            r#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","note":"{}","resource":{"amount":{"value":"99999.00"}}}"#,
        ),
        (
            "WH-2",
            r#"{"id":"WH-2","event_type":"PAYMENT.CAPTURE.COMPLETED","note":"{}","resource":{"amount":{"value":"10.00"}}}"#,
        ),
    ] {
        let forged = crc::forge(&body, template);
        assert!(serde_json::from_slice::<Value>(&forged).is_ok());
        let after = judged(forged);
        assert_eq!(event(&after), id);
        assert_eq!(after.coverage(), Coverage::Sender);
        assert_eq!(after.identity().proof_id, before.identity().proof_id);
        assert_eq!(after.identity().proof_id.as_ref().map(String::len), Some(36));
        let proven = after.identity().proven;
        assert!(!proven.event_id && !proven.event_type && !proven.occurred_at);
    }
    let other = [body.as_slice(), b" "].concat();
    let refusal = verify(&endpoint, Delivery::new("", headers.clone(), other), common::at(NOW)).err();
    assert_eq!(refusal, Some(Rejection::SignatureMismatch));
}

#[test]
fn a_transmission_is_taken_for_as_long_as_it_is_sent_again() {
    let (endpoint, headers, body) = genuine();
    let judged = |now: i64| {
        verify(&endpoint, Delivery::new("", headers.clone(), body.clone()), common::at(now)).map(|_| ())
    };
    assert_eq!(judged(NOW + 3 * DAY), Ok(()));
    assert_eq!(judged(NOW + 3 * DAY + 1000), Err(Rejection::TimestampTooOld));
    // It may come late, not early: a clock is off by minutes at most.
    assert_eq!(judged(NOW - 900_000), Ok(()));
    assert_eq!(judged(NOW - 901_000), Err(Rejection::TimestampInFuture));
}
