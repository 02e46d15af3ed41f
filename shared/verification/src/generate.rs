//! Fresh secrets in the form that each provider's own have.

use aws_lc_rs::{error::Unspecified, rand};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{
    Provider, SigningKey, Unsignable,
    scheme::{Algorithm, KeyEncoding, Method},
};

/// What was made for an endpoint and for who signs to it.
pub struct Generated {
    /// What stands as `secret` in the endpoint document: the shared secret, or the public key. `None` where the
    /// public key comes in a certificate of the trust document (PayPal).
    pub secret: Option<Zeroizing<String>>,
    /// The private key, where the secret is a public one. Its PEM is [`SigningKey::to_pem`].
    pub signing_key: Option<SigningKey>,
}

/// A fresh secret for an endpoint of `provider`. Of several methods (Standard Webhooks: `v1` shared, `v1a` public)
/// the one with this `tag`, or the first. A custom provider has no form of its own.
pub fn generate(provider: &Provider, tag: Option<&str>) -> Result<Generated, Unsignable> {
    let mut methods = provider.scheme.methods().iter();
    let method = methods.find(|method| tag.is_none_or(|tag| method.tag == tag));
    let method = method.ok_or(Unsignable("the provider has no such method"))?;
    if matches!(method.algorithm, Algorithm::Ed25519 | Algorithm::RsaSha256 | Algorithm::EcdsaP256) {
        let key = SigningKey::generate(method.algorithm)?;
        let public = key.public_text().map_err(|_| UNMADE)?;
        let certified = provider.scheme.certificate().is_some();
        let secret = (!certified).then(|| Zeroizing::new(format!("{}{public}", method.key.prefix)));
        return Ok(Generated { secret, signing_key: Some(key) });
    }
    let secret = shared(provider, method).map_err(|_| UNMADE)?;
    Ok(Generated { secret: Some(secret), signing_key: None })
}

const UNMADE: Unsignable = Unsignable("no secret could be made");

/// 256 random bits as the provider writes its secrets.
fn shared(provider: &Provider, method: &Method) -> Result<Zeroizing<String>, Unspecified> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::fill(bytes.as_mut_slice())?;
    let text = Zeroizing::new(match method.key.encoding {
        KeyEncoding::Base64 => STANDARD.encode(bytes.as_slice()),
        _ => hex::encode(bytes.as_slice()),
    });
    Ok(Zeroizing::new([method.key.prefix, provider.secret_prefix, text.as_str()].concat()))
}
