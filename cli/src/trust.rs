//! Trust documents: the roots and certificates by which the functions believe a provider that signs with
//! certificates. They are fetched here, on the team's machine, since the functions have no way out.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use aws_sdk_secretsmanager::Client;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use verification::{Certified, Mode, Provider, certified};

use crate::clock;
use crate::endpoints;
use crate::ledger::mode_name;
use crate::problem::Problem;
use crate::service::Call as _;
use crate::stack::Stack;

/// The most that a secret holds.
const MOST_BYTES: usize = 64 * 1024;

/// A trust document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Document {
    /// The roots, in PEM.
    pub(crate) roots: String,
    /// Certificates by URL, each with what came with it, in PEM.
    pub(crate) certificates: BTreeMap<String, String>,
}

/// What becomes of a certificate, or of the roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// It is new.
    Added,
    /// Another is at its URL now.
    Replaced,
    /// Nothing.
    Stays,
    /// It has ended, and is taken out.
    Ended,
    /// It is not believed, and is not taken.
    Refused,
}

/// One line of what a refresh does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// The URL; `roots` for the roots.
    pub(crate) what: String,
    /// What becomes of it.
    pub(crate) change: Change,
    /// SHA-256 of the first certificate, in hexadecimal.
    pub(crate) sha256: Option<String>,
    /// When it ends.
    pub(crate) ends: Option<String>,
    /// Why it is refused.
    pub(crate) reason: Option<&'static str>,
}

/// A document after a refresh, and what the refresh changes.
#[derive(Debug)]
pub(crate) struct Refreshed {
    /// The document to write.
    pub(crate) document: Document,
    /// Every certificate, and the roots if they change.
    pub(crate) lines: Vec<Line>,
}

impl Refreshed {
    /// The document with other `roots`, if some are given, and with what was fetched. What has ended is taken out; what
    /// the functions would not believe is not taken in.
    pub(crate) fn new(
        provider: &Provider,
        before: Option<&Document>,
        roots: Option<&str>,
        fetched: &BTreeMap<String, String>,
        now: SystemTime,
    ) -> anyhow::Result<Self> {
        let none = Document::default();
        let old = before.unwrap_or(&none);
        let mut document = Document {
            roots: roots.unwrap_or(&old.roots).to_owned(),
            certificates: old.certificates.clone(),
        };
        document.certificates.extend(fetched.clone());
        let mut lines = Vec::new();
        if document.roots != old.roots {
            let change = if old.roots.is_empty() { Change::Added } else { Change::Replaced };
            let sha256 = fingerprint(&document.roots);
            lines.push(Line { what: "roots".to_owned(), change, sha256, ends: None, reason: None });
        }
        for one in judged(provider, &document, now)? {
            let pem = document.certificates.get(&one.url).cloned().unwrap_or_default();
            let (was, is_new) = (old.certificates.get(&one.url), fetched.contains_key(&one.url));
            let ended = one.ends.is_some_and(|ends| UNIX_EPOCH + Duration::from_secs(ends) < now);
            let change = match (was, one.believed) {
                (_, Err(_)) if is_new && was != Some(&pem) => Change::Refused,
                (Some(_), Err(_)) if ended => Change::Ended,
                (Some(was), _) if *was == pem => Change::Stays,
                (Some(_), _) => Change::Replaced,
                (None, _) => Change::Added,
            };
            let reason = one.believed.err().map(verification::Rejection::reason);
            match (change, was) {
                (Change::Refused, Some(was)) => {
                    document.certificates.insert(one.url.clone(), was.clone());
                }
                (Change::Refused, None) | (Change::Ended, _) => {
                    document.certificates.remove(&one.url);
                }
                _ => {}
            }
            let sha256 = fingerprint(&pem);
            lines.push(Line { what: one.url, change, sha256, ends: one.ends.map(ends), reason });
        }
        Ok(Self { document, lines })
    }

    /// How many lines have this change.
    pub(crate) fn count(&self, of: Change) -> usize {
        self.lines.iter().filter(|line| line.change == of).count()
    }
}

/// Every certificate of a document, as the functions judge it.
pub(crate) fn judged(
    provider: &Provider,
    document: &Document,
    now: SystemTime,
) -> anyhow::Result<Vec<Certified>> {
    let text = serde_json::to_vec(document)?;
    let refused = |error| Problem::usage(format!("this would be no valid trust document: {error}"));
    Ok(certified(provider, &text, now).map_err(refused)?)
}

/// When a certificate ends, for people.
pub(crate) fn ends(seconds: u64) -> String {
    clock::rfc3339(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// SHA-256 of the first certificate of a PEM text.
pub(crate) fn fingerprint(pem: &str) -> Option<String> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (block, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let text: String = block.split_ascii_whitespace().collect();
    Some(hex::encode(Sha256::digest(STANDARD.decode(text).ok()?)))
}

/// The provider of this name, if it signs with certificates.
pub(crate) fn provider(name: &str) -> anyhow::Result<&'static Provider> {
    let provider = Provider::named(name).filter(|provider| provider.certificates().is_some());
    let known = || {
        Provider::all()
            .iter()
            .filter(|provider| provider.certificates().is_some())
            .map(|provider| provider.name)
    };
    Ok(provider.ok_or_else(|| {
        Problem::usage(format!("{name} is no provider that signs with certificates"))
            .advice(format!("those are: {}", known().collect::<Vec<_>>().join(", ")))
    })?)
}

/// The name of the secret that holds the trust document of a provider in a mode.
pub(crate) fn id(stack: &Stack, provider: &Provider, mode: Mode) -> String {
    format!("tollgate/{}/trust/{}-{}", stack.name, provider.name, mode_name(mode))
}

/// The trust document of this name with its version; `None` if there is none.
pub(crate) async fn current(stack: &Stack, id: &str) -> anyhow::Result<Option<(String, Document)>> {
    let Some(current) = endpoints::current(stack, id).await? else { return Ok(None) };
    let document =
        serde_json::from_slice(&current.document).with_context(|| format!("{id} is no trust document"))?;
    Ok(Some((current.version, document)))
}

/// Writes the document in the place of the version `from`, or as the first.
pub(crate) async fn write(
    stack: &Stack,
    id: &str,
    from: Option<&str>,
    document: &Document,
) -> anyhow::Result<()> {
    let text = serde_json::to_string(document)?;
    if text.len() > MOST_BYTES {
        return Err(
            Problem::failed("the trust document would be larger than a secret can be (64 KiB)").into()
        );
    }
    if let Some(from) = from {
        return endpoints::replace(stack, id, from, &text).await;
    }
    let call =
        Client::new(stack.sdk.config()).create_secret().name(id).description("Tollgate trust document");
    let call = call.kms_key_id(stack.output("StorageKeyArn")?).secret_string(text);
    call.send().await.or_cannot("write the trust document")?;
    endpoints::protect(stack, id).await
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
    };

    use super::*;

    const URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-";

    /// A root in PEM, and what it certifies for this name until that year.
    struct Root(Issuer<'static, KeyPair>, String);

    impl Root {
        fn new() -> Self {
            let mut params = CertificateParams::new([]).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let key = KeyPair::generate().unwrap();
            let pem = params.self_signed(&key).unwrap().pem();
            Self(Issuer::new(params, key), pem)
        }

        fn certify(&self, name: &str, until: i32) -> String {
            let mut params = CertificateParams::new([name.to_owned()]).unwrap();
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
            params.signed_by(&KeyPair::generate().unwrap(), &self.0).unwrap().pem()
        }
    }

    /// 2027-01-15T08:00:00Z.
    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(500_000)
    }

    fn by_url(certificates: &[(&str, &str)]) -> BTreeMap<String, String> {
        certificates.iter().map(|(name, pem)| (format!("{URL}{name}"), (*pem).to_owned())).collect()
    }

    fn refreshed(before: Option<&Document>, roots: Option<&str>, fetched: &[(&str, &str)]) -> Refreshed {
        Refreshed::new(Provider::named("paypal").unwrap(), before, roots, &by_url(fetched), now()).unwrap()
    }

    fn changes(refreshed: &Refreshed) -> Vec<(&str, Change)> {
        let short = |line: &'_ Line| line.change;
        refreshed.lines.iter().map(|line| (line.what.rsplit('-').next().unwrap(), short(line))).collect()
    }

    #[test]
    fn certificates_are_added_replaced_kept_and_taken_out_when_they_end() {
        let root = Root::new();
        let name = "messageverificationcerts.paypal.com";
        let (a, b, c) = (root.certify(name, 2028), root.certify(name, 2029), root.certify(name, 2021));
        let first = refreshed(None, Some(&root.1), &[("1", &a)]);
        assert_eq!(changes(&first), [("roots", Change::Added), ("1", Change::Added)]);
        assert_eq!(first.lines[1].ends.as_deref(), Some("2028-01-01T00:00:00Z"));

        let again = refreshed(Some(&first.document), None, &[("1", &a)]);
        assert_eq!((changes(&again), &again.document), (vec![("1", Change::Stays)], &first.document));

        let mut before = first.document;
        before.certificates.extend(by_url(&[("0", &c)]));
        let next = refreshed(Some(&before), None, &[("1", &b), ("2", &a)]);
        assert_eq!(changes(&next), [("0", Change::Ended), ("1", Change::Replaced), ("2", Change::Added)]);
        assert_eq!(next.document.certificates, by_url(&[("1", &b), ("2", &a)]));
    }

    #[test]
    fn what_would_not_be_believed_is_not_taken_and_does_not_replace_what_is() {
        let (root, other) = (Root::new(), Root::new());
        let name = "messageverificationcerts.paypal.com";
        let good = root.certify(name, 2028);
        let before = refreshed(None, Some(&root.1), &[("1", &good)]).document;
        let cases = [
            (other.certify(name, 2028), "untrusted_certificate"),
            (root.certify("evil.example", 2028), "untrusted_certificate"),
            (root.certify(name, 2021), "certificate_expired"),
            ("<html>".to_owned(), "untrusted_certificate"),
        ];
        for (bad, reason) in cases {
            let next = refreshed(Some(&before), None, &[("1", &bad), ("2", &bad)]);
            assert_eq!(changes(&next), [("1", Change::Refused), ("2", Change::Refused)], "{reason}");
            assert_eq!(next.lines[0].reason, Some(reason));
            assert_eq!(next.document, before, "{reason}");
        }
    }

    #[test]
    fn a_document_without_roots_is_refused() {
        let provider = Provider::named("paypal").unwrap();
        for roots in [None, Some(""), Some("no PEM")] {
            let error = Refreshed::new(provider, None, roots, &BTreeMap::new(), now()).unwrap_err();
            assert_eq!(crate::problem::exit(&error).0, 2, "{error:#}");
        }
    }
}
