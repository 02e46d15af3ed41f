//! What an endpoint document may set beside its secrets.

use crate::{
    document::{Fields, InvalidEndpoint, Node},
    scheme::{KeyEncoding, Scheme, Setting},
};

/// Seconds that a signed time may be from ours, at least: less would refuse deliveries for a skewed clock.
pub(crate) const LEAST_TOLERANCE: u32 = 30;
/// At most, unless the scheme itself takes more: else old deliveries could be sent again.
pub(crate) const MOST_TOLERANCE: u32 = 900;

/// No endpoint has more webhook ids: the one, and the one that replaces it.
const MOST_WEBHOOK_IDS: usize = 4;

/// No endpoint takes the events of more accounts beside its own.
const MOST_ACCOUNTS: usize = 64;

const KNOWN: [&str; 7] = [
    "accounts",
    "tolerance_seconds",
    "future_tolerance_seconds",
    "notification_url",
    "webhook_id",
    "default_kid",
    "key_encoding",
];

/// The settings of one endpoint.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    /// Other accounts whose events are taken, beside the endpoint's own.
    pub(crate) accounts: Accounts,
    /// How many seconds old a signed time may be.
    pub(crate) past: Option<u32>,
    /// How many seconds ahead a signed time may be.
    pub(crate) future: Option<u32>,
    /// The URL as registered with the provider.
    pub(crate) notification_url: Option<String>,
    /// The ids of the webhook as the provider shows them.
    pub(crate) webhook_ids: Vec<String>,
    /// The key that is meant where a delivery names none.
    pub(crate) default_kid: Option<String>,
    /// How the secrets are written, where the provider leaves it open.
    pub(crate) key_encoding: Option<KeyEncoding>,
}

impl Settings {
    /// Reads `settings`, where only those may be given that the scheme uses. A `sample` may have any tolerance.
    pub(crate) fn read(
        document: &Fields<'_>,
        scheme: &Scheme,
        sample: bool,
    ) -> Result<Self, InvalidEndpoint> {
        let node = document.optional("settings");
        let fields = node.map(|node| node.fields(&KNOWN)).transpose()?;
        let given = |name: &str, used: bool| match fields.as_ref().and_then(|fields| fields.optional(name)) {
            Some(node) if !used => Err(node.refuse("nothing: this provider does not use it")),
            node => Ok(node),
        };
        let text = |name: &str, used: bool| given(name, used)?.map(|node| node.line(1024)).transpose();

        let (timed, default) = (scheme.signs_time(), scheme.tolerance());
        let tolerance = |name: &str, otherwise: Option<u32>| match given(name, timed)? {
            Some(node) => tolerance(node, default, sample),
            None => Ok(otherwise),
        };
        let past = tolerance("tolerance_seconds", default)?;
        // A retry may come days late; nothing comes days early.
        let future = tolerance("future_tolerance_seconds", past.map(|past| past.min(MOST_TOLERANCE)))?;
        let missing = |expected| node.unwrap_or(document.node()).refuse(expected);
        let signs_url = scheme.uses(Setting::NotificationUrl);
        let notification_url = text("notification_url", signs_url || scheme.uses_url())?;
        if signs_url && notification_url.is_none() {
            return Err(missing("a field notification_url: the URL exactly as registered with the provider"));
        }
        let signs_id = scheme.uses(Setting::WebhookId);
        let webhook_ids = match given("webhook_id", signs_id)? {
            Some(node) if node.is_list() => {
                node.items(MOST_WEBHOOK_IDS)?.iter().map(|id| id.line(128)).collect::<Result<_, _>>()?
            }
            Some(node) => vec![node.line(128)?],
            None if signs_id => {
                return Err(missing("a field webhook_id: the id of the webhook at the provider"));
            }
            None => Vec::new(),
        };
        let keyed = scheme.is_keyed_hash();
        let accounts = given("accounts", true)?.map(Accounts::read).transpose()?;
        Ok(Self {
            accounts: accounts.unwrap_or_default(),
            past,
            future,
            notification_url,
            webhook_ids,
            default_kid: text("default_kid", scheme.has_key_id())?,
            key_encoding: given("key_encoding", keyed)?.map(Node::value).transpose()?,
        })
    }
}

/// Whose events an endpoint takes, beside those of its own account: the message says whose it is.
#[derive(Clone)]
pub(crate) enum Accounts {
    /// These.
    Listed(Vec<String>),
    /// All, as a platform does that receives for its connected accounts.
    Any,
}

impl Default for Accounts {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl Accounts {
    fn read(node: &Node<'_>) -> Result<Self, InvalidEndpoint> {
        if node.is_list() {
            let ids = node.items(MOST_ACCOUNTS)?;
            return Ok(Self::Listed(ids.iter().map(|id| id.line(128)).collect::<Result<_, _>>()?));
        }
        match node.line(128)?.as_str() {
            "any" => Ok(Self::Any),
            _ => Err(node.refuse("a list of account ids, or any")),
        }
    }

    /// Whether an event of `account` is taken.
    pub(crate) fn take(&self, account: &str) -> bool {
        match self {
            Self::Listed(ids) => ids.iter().any(|id| id == account),
            Self::Any => true,
        }
    }
}

/// A tolerance: null only where the scheme itself prescribes none.
fn tolerance(node: &Node<'_>, default: Option<u32>, sample: bool) -> Result<Option<u32>, InvalidEndpoint> {
    let most = MOST_TOLERANCE.max(default.unwrap_or_default());
    let expected = format!("a whole number of seconds from {LEAST_TOLERANCE} to {most}");
    match node.number(&expected)? {
        None if default.is_none() || sample => Ok(None),
        Some(seconds) if sample || (LEAST_TOLERANCE..=most).contains(&seconds) => Ok(Some(seconds)),
        _ => Err(node.refuse(expected)),
    }
}
