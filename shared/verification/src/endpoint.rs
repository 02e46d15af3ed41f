//! One endpoint document: a provider, its signing secrets and its settings.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Coverage, Place, Provider,
    certificate::Trust,
    coverage, custom,
    document::{Fields, InvalidEndpoint, Node},
    identity::{Names, Proven},
    json::Pointers,
    keys::{self, ReadyKey},
    scheme::Scheme,
    settings::Settings,
};

/// No document lists more secrets.
const MOST_SECRETS: usize = 16;

const KNOWN: [&str; 8] =
    ["provider", "mode", "account", "secrets", "settings", "trust", "scheme", "identity"];

/// Whether an endpoint takes live or test events.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Real money.
    Live,
    /// Sandbox and test events.
    Test,
}

/// One parsed endpoint document.
///
/// ```
/// let document = br#"{"provider": "stripe", "mode": "test", "account": "acct_1",
///     "secrets": [{"kid": "2026-11", "secret": "whsec_4ZQm0Zl8Xw3yP1vKc7Nn"}]}"#;
/// let endpoint = verification::Endpoint::parse("shop", document)?;
/// assert_eq!(endpoint.provider().name, "stripe");
/// # Ok::<(), verification::InvalidEndpoint>(())
/// ```
pub struct Endpoint {
    pub(crate) name: String,
    pub(crate) provider: &'static Provider,
    pub(crate) mode: Mode,
    pub(crate) account: String,
    pub(crate) scheme: &'static Scheme,
    pub(crate) names: &'static Names,
    pub(crate) pointers: Pointers,
    pub(crate) proven: Proven,
    pub(crate) coverage: Coverage,
    pub(crate) keys: Vec<ReadyKey>,
    pub(crate) settings: Settings,
    pub(crate) trust: Trust,
}

impl Endpoint {
    /// Reads the endpoint document of the endpoint `name`.
    pub fn parse(name: &str, document: &[u8]) -> Result<Self, InvalidEndpoint> {
        Self::read(name, document, false)
    }

    /// Reads a document as [`Endpoint::parse`] does, but takes what published samples have: a short secret, any
    /// tolerance or none. For samples and test vectors only.
    pub fn parse_sample(name: &str, document: &[u8]) -> Result<Self, InvalidEndpoint> {
        Self::read(name, document, true)
    }

    fn read(name: &str, document: &[u8], sample: bool) -> Result<Self, InvalidEndpoint> {
        let root = Node::root(document)?;
        if !valid_endpoint_name(name) {
            return Err(root.refuse("an endpoint name of a-z, 0-9 and -, 1 to 64 long"));
        }
        let fields = root.fields(&KNOWN)?;
        let node = fields.required("provider")?;
        let provider =
            Provider::named(&node.line(64)?).ok_or_else(|| node.refuse("the name of a provider"))?;
        let is_custom = std::ptr::eq(provider, &raw const custom::CUSTOM);
        let described = if is_custom { Some(custom::read(&fields, sample)?) } else { None };
        if let Some(node) = fields.optional("scheme").or(fields.optional("identity")).filter(|_| !is_custom) {
            return Err(node.refuse("nothing, unless the provider is custom"));
        }
        let scheme = described.map_or(&provider.scheme, |described| described.scheme);
        let names = described.map_or(&provider.names, |described| described.names);
        let coverage = if is_custom { coverage::coverage_of(scheme) } else { provider.coverage };
        let settings = Settings::read(&fields, scheme, sample)?;
        let keys = secrets(&fields, scheme, &settings, sample)?;
        let trust = trust(&fields, scheme)?;
        let pointers =
            names.pointers().ok_or_else(|| root.refuse("JSON pointers that begin with /, 32 at most"))?;
        Ok(Self {
            name: name.to_owned(),
            provider,
            mode: fields.required("mode")?.value().map_err(|error| error.expecting("live or test"))?,
            account: fields.required("account")?.line(128)?,
            pointers,
            proven: coverage::proven(scheme, coverage, names),
            coverage,
            scheme,
            names,
            keys,
            settings,
            trust,
        })
    }

    /// What the endpoint would be if `change` were true of its document.
    pub(crate) fn supposing(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut other = Self {
            name: self.name.clone(),
            account: self.account.clone(),
            pointers: self.pointers.clone(),
            keys: self.keys.clone(),
            settings: self.settings.clone(),
            trust: self.trust.clone(),
            ..*self
        };
        change(&mut other);
        other
    }

    /// JSON pointers (`*` stands for any index) to identity and facts, which screening must not touch.
    pub(crate) fn identity_paths(&self) -> Vec<&'static str> {
        let own = self.provider.identity_paths.iter();
        let described =
            self.names.places().flat_map(Place::pointers).filter(|path| !own.as_slice().contains(path));
        own.clone().chain(described).copied().collect()
    }

    /// Whether it needs a trust document, and has none yet.
    pub fn lacks_trust(&self) -> bool {
        self.scheme.certificate().is_some() && self.trust.is_empty()
    }

    /// Takes the certificates of a trust document, `{"roots": PEM, "certificates": {URL: PEM}}`.
    pub fn with_trust(self, document: &[u8]) -> Result<Self, InvalidEndpoint> {
        let root = Node::root(document)?;
        if self.scheme.certificate().is_none() {
            return Err(root.refuse("nothing: this provider has no certificates"));
        }
        Ok(Self { trust: Trust::read(&root.fields(&["roots", "certificates"])?)?, ..self })
    }

    /// The endpoint's name, `[a-z0-9-]{1,64}`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who sends to it.
    pub fn provider(&self) -> &'static Provider {
        self.provider
    }

    /// Live or test.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether events are taken that say that they are of `account`.
    pub(crate) fn takes(&self, account: &str) -> bool {
        account == self.account || self.settings.accounts.take(account)
    }

    /// What a signature of its provider, or of the scheme that it describes, proves.
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// Our account at the provider, as the document names it.
    pub fn account(&self) -> &str {
        &self.account
    }
}

/// Says whose it is, and nothing of its secrets.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, provider, mode, .. } = self;
        write!(f, "Endpoint({name}, {}, {mode:?})", provider.name)
    }
}

/// The roots and certificates, which are given exactly where the scheme has certificates.
fn trust(document: &Fields<'_>, scheme: &Scheme) -> Result<Trust, InvalidEndpoint> {
    match (document.optional("trust"), scheme.certificate()) {
        (None, _) => Ok(Trust::default()),
        (Some(node), Some(_)) => Trust::read(&node.fields(&["roots", "certificates"])?),
        (Some(node), None) => Err(node.refuse("nothing: this provider has no certificates")),
    }
}

fn secrets(
    document: &Fields<'_>,
    scheme: &Scheme,
    settings: &Settings,
    sample: bool,
) -> Result<Vec<ReadyKey>, InvalidEndpoint> {
    let mut all: Vec<ReadyKey> = Vec::new();
    if scheme.certificate().is_some() {
        let none = "nothing: this provider signs with certificates of the trust document";
        return document.optional("secrets").map_or(Ok(all), |node| Err(node.refuse(none)));
    }
    for node in document.required("secrets")?.items(MOST_SECRETS)? {
        let fields = node.fields(&["kid", "secret", "not_before", "not_after"])?;
        let time = |name: &str| fields.optional(name).map_or(Ok(None), Node::time);
        let kid = fields.optional("kid").map(|kid| kid.line(256)).transpose()?;
        if kid.is_none() && scheme.has_key_id() {
            return Err(node.refuse("a field kid: this provider names the key that it used"));
        }
        if kid.is_some() && all.iter().any(|other| other.kid == kid) {
            return Err(node.refuse("another kid than the secrets before"));
        }
        let secret = fields.required("secret")?;
        let text = secret.text()?;
        let methods = keys::ready(&text, scheme.methods(), settings.key_encoding, sample)
            .map_err(|expected| secret.refuse(expected))?;
        let (not_before, not_after) = (time("not_before")?, time("not_after")?);
        if not_before.zip(not_after).is_some_and(|(from, until)| from > until) {
            return Err(node.refuse("a not_after that is not before not_before"));
        }
        all.push(ReadyKey { kid, not_before, not_after, methods });
    }
    Ok(all)
}

/// Whether `name` can be an endpoint's: `[a-z0-9-]{1,64}`.
pub fn valid_endpoint_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
