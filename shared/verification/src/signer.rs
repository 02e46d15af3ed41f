//! Who signs: a secret of the endpoint document, or the private key to one of its public keys.

use std::borrow::Cow;

use crate::{
    Endpoint, SigningKey, Unsignable,
    keys::{Ready, ReadyKey},
    scheme::{List, Method},
    sign::{PRIVATE, UNSIGNED},
};

/// One that signs.
pub(crate) struct Signer<'k> {
    pub(crate) kid: Option<&'k str>,
    /// Where its certificate is, if it has one.
    pub(crate) certificate_url: Option<&'k str>,
    key: Key<'k>,
}

enum Key<'k> {
    Secret(&'k ReadyKey),
    Private(&'k SigningKey),
}

impl<'k> Signer<'k> {
    /// The newest `most` secrets that are valid at `now` and can sign, the newest last.
    pub(crate) fn secrets(endpoint: &'k Endpoint, now: i64, most: usize) -> Result<Vec<Self>, Unsignable> {
        let valid: Vec<&ReadyKey> = endpoint.keys.iter().filter(|key| key.is_valid_at(now)).collect();
        let shared = |key: &&&ReadyKey| key.methods.iter().any(|(_, ready)| ready.is_shared());
        let mut signers: Vec<Self> =
            valid.iter().rev().filter(shared).take(most).map(|key| Self::secret(key)).collect();
        signers.reverse();
        if signers.is_empty() {
            let public = !valid.is_empty() || endpoint.scheme.certificate().is_some();
            return Err(if public { PRIVATE } else { UNSIGNED });
        }
        Ok(signers)
    }

    fn secret(key: &'k ReadyKey) -> Self {
        Self { kid: key.kid.as_deref(), certificate_url: None, key: Key::Secret(key) }
    }

    /// The private key, if the endpoint has its public key, or its certificate.
    pub(crate) fn private(endpoint: &'k Endpoint, key: &'k SigningKey, now: i64) -> Result<Self, Unsignable> {
        let public = key.public().map_err(|_| FAILED)?;
        if endpoint.scheme.certificate().is_some() {
            let url = endpoint.trust.url_of(&public);
            let url =
                url.ok_or(Unsignable("no certificate of the trust document is for this private key"))?;
            return Ok(Self { kid: None, certificate_url: Some(url), key: Key::Private(key) });
        }
        let is_its = |known: &&ReadyKey| {
            known.is_valid_at(now) && known.methods.iter().any(|(_, ready)| ready.public() == Some(&public))
        };
        let known = endpoint.keys.iter().find(is_its);
        let known =
            known.ok_or(Unsignable("no public key of the endpoint document is for this private key"))?;
        Ok(Self { kid: known.kid.as_deref(), certificate_url: None, key: Key::Private(key) })
    }

    /// The first of the scheme's methods by which it signs, with its place.
    pub(crate) fn method(&self, methods: List<Method>) -> Option<(usize, &'static Method)> {
        methods.iter().enumerate().find(|(index, method)| match self.key {
            Key::Secret(key) => key.for_method(*index).is_some_and(Ready::is_shared),
            Key::Private(key) => key.algorithm() == method.algorithm,
        })
    }

    /// The signature over `parts` by the method at that place.
    pub(crate) fn sign(&self, index: usize, parts: &[Cow<'_, [u8]>]) -> Result<Vec<u8>, Unsignable> {
        match self.key {
            Key::Secret(key) => {
                let ready = key.for_method(index).ok_or(PRIVATE)?;
                Ok(ready.expect(parts).signature().ok_or(PRIVATE)?.to_vec())
            }
            Key::Private(key) => key.sign(&parts.concat()).map_err(|_| FAILED),
        }
    }
}

const FAILED: Unsignable = Unsignable("the private key could not sign");
