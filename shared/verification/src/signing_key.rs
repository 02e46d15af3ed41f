//! Private keys, as a provider holds them: for tests, samples and the command line. No function has one.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    error::{KeyRejected, Unspecified},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

use crate::{Unsignable, keys, scheme::Algorithm};

/// The private key of a provider that signs with one: RSA, ECDSA on P-256, or Ed25519. It cannot be printed.
pub struct SigningKey {
    pair: Pair,
    pkcs8: Zeroizing<Vec<u8>>,
}

/// AWS-LC wipes what it frees.
enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

const NO_KEY: Unsignable =
    Unsignable("expected a private key in PEM (PKCS#8): RSA of 2048 bits or more, ECDSA P-256 or Ed25519");

impl SigningKey {
    /// Reads a `PRIVATE KEY` block (PKCS#8 in PEM).
    pub fn from_pem(pem: &str) -> Result<Self, Unsignable> {
        Self::from_pkcs8(keys::pem(pem, "PRIVATE KEY").ok_or(NO_KEY)?)
    }

    /// A new key of a public-key algorithm.
    pub(crate) fn generate(algorithm: Algorithm) -> Result<Self, Unsignable> {
        fresh(algorithm).map_err(|_| Unsignable("no key could be made")).and_then(Self::from_pkcs8)
    }

    fn from_pkcs8(pkcs8: Vec<u8>) -> Result<Self, Unsignable> {
        let pkcs8 = Zeroizing::new(pkcs8);
        let rsa = |_: KeyRejected| RsaKeyPair::from_pkcs8(&pkcs8).map(Pair::Rsa);
        let ecdsa = |_: KeyRejected| {
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).map(Pair::Ecdsa)
        };
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8).map(Pair::Ed25519);
        let pair = pair.or_else(ecdsa).or_else(rsa).map_err(|_| NO_KEY)?;
        Ok(Self { pair, pkcs8 })
    }

    /// The key as a `PRIVATE KEY` block (PKCS#8 in PEM).
    pub fn to_pem(&self) -> Zeroizing<String> {
        let mut pem = Zeroizing::new(String::with_capacity(2 * self.pkcs8.len() + 128));
        let text = Zeroizing::new(STANDARD.encode(&*self.pkcs8));
        block(&mut pem, "PRIVATE KEY", &text);
        pem
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Rsa(_) => Algorithm::RsaSha256,
            Pair::Ecdsa(_) => Algorithm::EcdsaP256,
            Pair::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    pub(crate) fn sign(&self, content: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, content, &mut signature)?;
                Ok(signature)
            }
            Pair::Ecdsa(pair) => Ok(pair.sign(&random, content)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.try_sign(content)?.as_ref().to_vec()),
        }
    }

    /// The public key as the verifier holds it: of RSA the whole `SubjectPublicKeyInfo`, else the point.
    pub(crate) fn public(&self) -> Result<Vec<u8>, Unspecified> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let der: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
                Ok(der.as_ref().to_vec())
            }
            Pair::Ecdsa(pair) => Ok(pair.public_key().as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.public_key().as_ref().to_vec()),
        }
    }

    /// The public key as an endpoint document has it: PEM, a JSON web key, or base64.
    pub(crate) fn public_text(&self) -> Result<String, Unspecified> {
        let public = self.public()?;
        Ok(match self.pair {
            Pair::Rsa(_) => {
                let mut pem = String::new();
                block(&mut pem, "PUBLIC KEY", &STANDARD.encode(public));
                pem
            }
            Pair::Ecdsa(_) => {
                let (x, y) =
                    public.get(1..).and_then(|point| point.split_at_checked(32)).ok_or(Unspecified)?;
                let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
                format!(r#"{{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","x":"{x}","y":"{y}"}}"#)
            }
            Pair::Ed25519(_) => STANDARD.encode(public),
        })
    }
}

/// Says which algorithm, and nothing of the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.algorithm())
    }
}

/// A new key in PKCS#8.
fn fresh(algorithm: Algorithm) -> Result<Vec<u8>, Unspecified> {
    match algorithm {
        Algorithm::RsaSha256 => {
            let der: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?;
            Ok(der.as_ref().to_vec())
        }
        Algorithm::EcdsaP256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
            Ok(pair.to_pkcs8v1()?.as_ref().to_vec())
        }
        Algorithm::Ed25519 => Ok(Ed25519KeyPair::generate()?.to_pkcs8v1()?.as_ref().to_vec()),
        _ => Err(Unspecified),
    }
}

/// Writes a block of PEM: base64 in lines of 64.
fn block(pem: &mut String, label: &str, base64: &str) {
    for (start, text) in [("-----BEGIN ", label), ("-----\n", "")] {
        pem.push_str(start);
        pem.push_str(text);
    }
    for line in base64.as_bytes().chunks(64) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    for text in ["-----END ", label, "-----\n"] {
        pem.push_str(text);
    }
}
