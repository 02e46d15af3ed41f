//! A made-up certificate authority for the local stack: its functions believe the certificate of a key that the tool
//! signs with, as they would believe the provider's own.

use anyhow::Context as _;
use aws_lc_rs::rand;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use verification::scheme::Certificate;
use verification::{Mode, Provider, SigningKey};

use crate::clock;
use crate::problem::Problem;
use crate::stack::Stack;
use crate::trust::{self, Document};

/// How often the trust document is read again when someone else wrote it meanwhile.
const ATTEMPTS: usize = 5;

/// Certifies `key` as the provider's, and lets the local stack believe it. Gives the certificate's URL.
pub(crate) async fn certify(
    stack: &Stack,
    provider: &Provider,
    mode: Mode,
    key: &SigningKey,
) -> anyhow::Result<()> {
    let rules = provider.certificates().context("a provider with certificates")?;
    let (root, leaf) = made_up(rules, key)?;
    let url = made_up_url(rules)?;
    let id = trust::id(stack, provider, mode);
    for _ in 1..ATTEMPTS {
        let (version, mut document) = trust::current(stack, &id)
            .await?
            .map_or((None, Document::default()), |(version, document)| (Some(version), document));
        document.roots.push_str(&root);
        document.certificates.insert(url.clone(), leaf.clone());
        trust::judged(provider, &document, clock::now())?;
        if trust::write(stack, &id, version.as_deref(), &document).await.is_ok() {
            return Ok(());
        }
    }
    Err(Problem::failed(format!("cannot write {id}")).into())
}

/// A root and a certificate of `key` for the provider's domain, both in PEM.
fn made_up(rules: &Certificate, key: &SigningKey) -> anyhow::Result<(String, String)> {
    let mut params = CertificateParams::new([])?;
    params.distinguished_name.push(DnType::CommonName, "Tollgate local stack");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let own = KeyPair::generate()?;
    let root = params.self_signed(&own)?.pem();
    let mut leaf = CertificateParams::new([format!("local.{}", rules.domain)])?;
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let leaf = leaf.signed_by(&KeyPair::from_pem(&key.to_pem())?, &Issuer::new(params, own))?.pem();
    Ok((root, leaf))
}

fn made_up_url(rules: &Certificate) -> anyhow::Result<String> {
    let mut random = [0; 8];
    rand::fill(&mut random).ok().context("the system gives no random bytes")?;
    let host = rules.hosts.last().context("a host of certificates")?;
    Ok(format!("https://{host}{}LOCAL-{}", rules.path, hex::encode(random)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use verification::generate;

    use super::*;

    #[test]
    fn what_is_made_up_is_believed() {
        let provider = Provider::named("paypal").unwrap();
        let rules = provider.certificates().unwrap();
        let key = generate(provider, None).unwrap().signing_key.unwrap();
        let (roots, leaf) = made_up(rules, &key).unwrap();
        let document =
            Document { roots, certificates: BTreeMap::from([(made_up_url(rules).unwrap(), leaf)]) };
        let judged = trust::judged(provider, &document, clock::now()).unwrap();
        assert_eq!(judged[0].believed, Ok(()), "{judged:?}");
    }
}
