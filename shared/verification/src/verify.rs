//! From a [`Delivery`] to [`Verified`], or the reason why not.

use std::time::SystemTime;

use serde_json::value::RawValue;

use crate::{
    Coverage, Delivery, Endpoint, Identity, Mode, Provider, Rejection, coverage, handshake,
    identity::Reading,
    instant, items, jwt,
    message::Message,
    scheme::Scheme,
    signed::{self, Proof},
    trail::Trail,
};

/// The answer to a provider's signed set-up call, which is answered and never queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The exact body.
    pub body: String,
}

/// A delivery that was proven. Only [`verify`] makes one.
pub struct Verified(VerifiedParts);

/// What a [`Verified`] consists of.
pub struct VerifiedParts {
    /// The endpoint's name.
    pub endpoint: String,
    /// Who sent it.
    pub provider: &'static Provider,
    /// The endpoint's mode.
    pub mode: Mode,
    /// The endpoint's account.
    pub account: String,
    /// What the signature proves.
    pub coverage: Coverage,
    /// The first or only event.
    pub identity: Identity,
    /// Every event of the body, in order; never empty.
    pub events: Vec<Identity>,
    /// The exact bytes received.
    pub body: Vec<u8>,
    /// The mode that the message states.
    pub observed_mode: Option<Mode>,
    /// The account that the message states.
    pub observed_account: Option<String>,
    /// Whether that account is none of the endpoint's.
    pub wrong_account: bool,
    /// The key that fitted, if the endpoint document names it.
    pub kid: Option<String>,
    /// When it was signed, in milliseconds since 1970, where the scheme signs a time.
    pub signed_at_ms: Option<i64>,
    /// JSON pointers (`*` stands for any index) to identity and facts, which screening must not touch.
    pub identity_paths: Vec<&'static str>,
    /// What to answer instead of queueing, when this is a set-up call.
    pub handshake: Option<Handshake>,
}

impl Verified {
    /// The endpoint's name.
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// Who sent it.
    pub fn provider(&self) -> &'static Provider {
        self.0.provider
    }

    /// The endpoint's mode.
    pub fn mode(&self) -> Mode {
        self.0.mode
    }

    /// The endpoint's account.
    pub fn account(&self) -> &str {
        &self.0.account
    }

    /// What the signature proves.
    pub fn coverage(&self) -> Coverage {
        self.0.coverage
    }

    /// The first or only event.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// Every event of the body, in order; never empty.
    pub fn events(&self) -> &[Identity] {
        &self.0.events
    }

    /// The exact bytes received.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The mode that the message states.
    pub fn observed_mode(&self) -> Option<Mode> {
        self.0.observed_mode
    }

    /// The account that the message states.
    pub fn observed_account(&self) -> Option<&str> {
        self.0.observed_account.as_deref()
    }

    /// The key that fitted, if the endpoint document names it.
    pub fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// When it was signed, in milliseconds since 1970, where the scheme signs a time.
    pub fn signed_at_ms(&self) -> Option<i64> {
        self.0.signed_at_ms
    }

    /// JSON pointers (`*` stands for any index) to identity and facts, which screening must not touch.
    pub fn identity_paths(&self) -> &[&'static str] {
        &self.0.identity_paths
    }

    /// What to answer instead of queueing, when this is a set-up call.
    pub fn handshake(&self) -> Option<&Handshake> {
        self.0.handshake.as_ref()
    }

    /// All of it, owned.
    pub fn into_parts(self) -> VerifiedParts {
        self.0
    }
}

/// Proves that `delivery` was sent to `endpoint` by its provider. Its JSON is read only after the signature held.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use verification::{Delivery, Endpoint, Rejection, sign, verify};
///
/// let document = br#"{"provider": "stripe", "mode": "test", "account": "acct_1",
///     "secrets": [{"secret": "whsec_4ZQm0Zl8Xw3yP1vKc7Nn"}]}"#;
/// let endpoint = Endpoint::parse("shop", document)?;
/// let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
/// let body = br#"{"id": "evt_1", "type": "charge.succeeded"}"#;
///
/// let url = "https://hooks.example.com/v1/webhooks/shop";
/// let headers = sign(&endpoint, url, "evt_1", body, now)?;
/// let verified = verify(&endpoint, Delivery::new(url, headers, body.to_vec()), now).expect("it is signed");
/// assert_eq!(verified.identity().event_id.as_deref(), Some("evt_1"));
///
/// let unsigned = Delivery::new(url, [], body.to_vec());
/// assert_eq!(verify(&endpoint, unsigned, now).err(), Some(Rejection::MissingHeader));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(endpoint: &Endpoint, delivery: Delivery, now: SystemTime) -> Result<Verified, Rejection> {
    let parts = judge(endpoint, &delivery, now, &mut Trail::silent())?;
    Ok(Verified(VerifiedParts { body: delivery.body, ..parts }))
}

/// Proves a delivery and reads who it is: all that [`Verified`] has but the body.
pub(crate) fn judge(
    endpoint: &Endpoint,
    delivery: &Delivery,
    now: SystemTime,
    trail: &mut Trail,
) -> Result<VerifiedParts, Rejection> {
    let Proof { kid, signed_at_ms } = proof(endpoint, delivery, now, trail)?;
    let message = Message::new(delivery, &endpoint.settings, endpoint.scheme);
    let reading = Reading::new(&message, &endpoint.pointers, &delivery.body);
    let observed_mode = reading.mode(endpoint.names);
    let observed_account = reading.first(endpoint.names.account);
    let wrong_account = observed_account.as_deref().is_some_and(|account| !endpoint.takes(account));
    let mut identity = reading.identity(endpoint.names, endpoint.proven);
    let mut events = several(endpoint, &message);
    match events.as_slice() {
        [] => events.push(identity.clone()),
        [first, ..] if endpoint.names.event_id.is_empty() => identity = first.clone(),
        [only] => {
            identity.event_type.clone_from(&only.event_type);
            identity.occurred_at.clone_from(&only.occurred_at);
        }
        _ => {}
    }
    Ok(VerifiedParts {
        endpoint: endpoint.name.clone(),
        provider: endpoint.provider,
        mode: endpoint.mode,
        account: endpoint.account.clone(),
        coverage: endpoint.coverage,
        identity,
        events,
        observed_mode,
        observed_account,
        wrong_account,
        kid,
        signed_at_ms,
        identity_paths: endpoint.identity_paths(),
        handshake: endpoint
            .provider
            .challenge
            .as_ref()
            .and_then(|challenge| handshake::answer(challenge, &delivery.body)),
        body: Vec::new(),
    })
}

/// Proves a delivery as [`verify`] does, but reads nothing of it: gives the name of the key that fitted.
pub fn prove(endpoint: &Endpoint, delivery: &Delivery, now: SystemTime) -> Result<Option<String>, Rejection> {
    proof(endpoint, delivery, now, &mut Trail::silent()).map(|proof| proof.kid)
}

fn proof(
    endpoint: &Endpoint,
    delivery: &Delivery,
    now: SystemTime,
    trail: &mut Trail,
) -> Result<Proof, Rejection> {
    let now = instant::milliseconds(now);
    let message = Message::new(delivery, &endpoint.settings, endpoint.scheme);
    match endpoint.scheme {
        Scheme::Signed(scheme) => signed::prove(scheme, endpoint, &message, now, trail),
        Scheme::Items(scheme) => items::prove(scheme, endpoint, &delivery.body, now, trail)
            .map(|kid| Proof { kid, signed_at_ms: None }),
        Scheme::Jwt(scheme) => jwt::prove(scheme, endpoint, &message, now, trail),
    }
}

/// The events of a body that can hold several; none if it does not hold them.
fn several(endpoint: &Endpoint, message: &Message<'_>) -> Vec<Identity> {
    let Some(rules) = &endpoint.provider.events else { return Vec::new() };
    let proven = coverage::proven(endpoint.scheme, endpoint.coverage, &rules.names);
    let Some(pointers) = rules.names.pointers() else { return Vec::new() };
    let items = items::items(&message.delivery.body, rules.at).unwrap_or_default();
    let identity = |item: &&RawValue| {
        Reading::new(message, &pointers, item.get().as_bytes()).identity(&rules.names, proven)
    };
    items.iter().map(identity).collect()
}
