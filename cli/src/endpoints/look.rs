//! What may be shown of an endpoint document: everything but its secrets, which are not even read.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use verification::{Coverage, Endpoint, InvalidEndpoint};

use crate::clock;

/// A secret that ends sooner is worth a warning.
const SOON: Duration = Duration::from_hours(7 * 24);
/// A document that nobody wrote for longer is worth one too (SECURITY.md). The stack has an alarm at the same age.
const OLD: Duration = Duration::from_hours(90 * 24);
const DAY: u64 = 86_400;

/// A secret of a document, without its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Its name, if it has one.
    #[serde(default)]
    pub(crate) kid: Option<String>,
    /// From when it is taken, RFC 3339.
    #[serde(default)]
    pub(crate) not_before: Option<String>,
    /// Until when it is taken, RFC 3339.
    #[serde(default)]
    pub(crate) not_after: Option<String>,
}

/// Whether a secret is taken at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Deliveries signed with it are accepted.
    Valid,
    /// Not any more.
    Expired,
    /// Not yet.
    Waiting,
}

impl Kept {
    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        self.kid.as_deref().unwrap_or("(no kid)")
    }

    /// Whether it is taken at `now`; a time that cannot be read bounds nothing, since no valid document has one.
    pub(crate) fn state(&self, now: SystemTime) -> State {
        let (from, until) =
            (clock::parsed(self.not_before.as_deref()), clock::parsed(self.not_after.as_deref()));
        match (from, until) {
            (Some(from), _) if now < from => State::Waiting,
            (_, Some(until)) if until < now => State::Expired,
            _ => State::Valid,
        }
    }

    /// When it is taken, in words.
    pub(crate) fn window(&self) -> String {
        match (&self.not_before, &self.not_after) {
            (None, None) => "always".to_owned(),
            (Some(from), None) => format!("from {from}"),
            (None, Some(until)) => format!("until {until}"),
            (Some(from), Some(until)) => format!("from {from} until {until}"),
        }
    }
}

/// What is shown of a document.
pub(crate) struct Look {
    /// The parsed endpoint, or why the functions refuse the document.
    pub(crate) endpoint: Result<Endpoint, InvalidEndpoint>,
    /// Its secrets.
    pub(crate) secrets: Vec<Kept>,
    /// When the document was written, in seconds since 1970.
    pub(crate) written: i64,
    /// Whether its provider signs with certificates, and there is no trust document.
    pub(crate) untrusting: bool,
}

impl Look {
    /// Looks at the document of the endpoint `name`.
    pub(crate) fn at(name: &str, document: &[u8], written: i64) -> Self {
        #[derive(Deserialize)]
        struct Listed {
            #[serde(default)]
            secrets: Vec<Kept>,
        }
        // A document that cannot be read is refused by `parse`, which says why.
        let secrets = serde_json::from_slice::<Listed>(document).map(|listed| listed.secrets);
        Self {
            endpoint: Endpoint::parse(name, document),
            secrets: secrets.unwrap_or_default(),
            written,
            untrusting: false,
        }
    }

    /// How long ago it was written.
    pub(crate) fn age(&self, now: SystemTime) -> Duration {
        let written = UNIX_EPOCH + Duration::from_secs(self.written.try_into().unwrap_or_default());
        now.duration_since(written).unwrap_or_default()
    }

    /// What someone should look at, the worst first.
    pub(crate) fn warnings(&self, now: SystemTime) -> Vec<String> {
        if let Err(error) = &self.endpoint {
            return vec![format!("the functions refuse this document: {error}")];
        }
        let mut warnings = Vec::new();
        if self.untrusting {
            warnings.push(
                "no trust document: every delivery is answered with 503 (tollgate trust refresh)".to_owned(),
            );
        }
        let state = |secret: &&Kept| secret.state(now);
        let ends = |secret: &Kept| clock::parsed(secret.not_after.as_deref());
        let valid = self.secrets.iter().filter(|secret| state(secret) == State::Valid).collect::<Vec<_>>();
        let lasting = self.secrets.iter().any(|secret| ends(secret).is_none());
        let last = self.secrets.iter().filter_map(ends).max();
        if valid.is_empty() && !self.secrets.is_empty() {
            warnings.push("no secret is valid now: every delivery is refused".to_owned());
        } else if let Some(last) = last.filter(|_| !lasting) {
            let soon = last.duration_since(now).unwrap_or_default() < SOON;
            let when = clock::rfc3339(last);
            let left = days(last.duration_since(now).unwrap_or_default());
            warnings.push(if soon {
                format!("the last secret ends soon, in {left}: after {when} every delivery is refused")
            } else {
                format!("no secret is without an end: after {when} every delivery is refused")
            });
        }
        for secret in self.secrets.iter().filter(|secret| state(secret) == State::Expired) {
            warnings.push(format!("{} has expired: retire it", secret.name()));
        }
        if valid.iter().filter(|secret| secret.not_after.is_none()).count() > 1 {
            warnings
                .push("several secrets are valid without an end: retire those that are not used".to_owned());
        }
        if self.age(now) > OLD && !self.secrets.is_empty() {
            warnings.push(format!("its secrets are at least {} old: roll them", days(self.age(now))));
        }
        warnings
    }
}

/// `body`, `fields` or `sender`.
pub(crate) fn coverage_name(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Body => "body",
        Coverage::Fields => "fields",
        Coverage::Sender => "sender",
    }
}

/// `3 days`, `5 h`, `12 min`.
pub(crate) fn days(span: Duration) -> String {
    match span.as_secs() {
        seconds if seconds >= 2 * DAY => format!("{} days", seconds / DAY),
        seconds if seconds >= 3_600 => format!("{} h", seconds / 3_600),
        seconds if seconds >= 60 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2027-01-15T08:00:00Z.
    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(500_000)
    }

    const WRITTEN: i64 = 1_800_000_000 - 86_400;

    /// The kid of a secret, its begin and its end.
    type Row = (&'static str, Option<&'static str>, Option<&'static str>);

    /// The warnings about a document with these secrets.
    fn warnings(secrets: &[Row], written: i64) -> Vec<String> {
        let secrets: Vec<_> = secrets
            .iter()
            .map(|(kid, from, until)| {
                serde_json::json!({"kid": kid, "secret": format!("whsec_4ZQm0Zl8Xw3yP1vKc7Nn{kid}"),
                    "not_before": from, "not_after": until})
            })
            .collect();
        let document =
            serde_json::json!({"provider": "stripe", "mode": "test", "account": "a", "secrets": secrets});
        let look = Look::at("shop", document.to_string().as_bytes(), written);
        assert!(look.endpoint.is_ok(), "{:?}", look.endpoint);
        look.warnings(now())
    }

    #[test]
    fn what_needs_a_look_is_said() {
        let (past, soon, late) =
            (Some("2027-01-15T07:00:00Z"), Some("2027-01-18T08:00:00Z"), Some("2028-01-01T00:00:00Z"));
        let cases: [(&str, &[Row], &[&str]); 8] = [
            ("one secret", &[("k1", None, None)], &[]),
            ("a roll under way", &[("k1", None, soon), ("k2", None, None)], &[]),
            ("a roll that is over", &[("k1", None, past), ("k2", None, None)], &["k1 has expired"]),
            ("nothing after", &[("k1", None, soon)], &["ends soon, in 3 days"]),
            ("nothing after that", &[("k1", None, late)], &["no secret is without an end"]),
            ("nothing at all", &[("k1", None, past)], &["no secret is valid now", "k1 has expired"]),
            ("not yet", &[("k1", soon, None)], &["no secret is valid now"]),
            ("two for ever", &[("k1", None, None), ("k2", None, None)], &["several secrets"]),
        ];
        for (case, secrets, expected) in cases {
            let found = warnings(secrets, WRITTEN);
            assert_eq!(found.len(), expected.len(), "{case}: {found:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!(found.contains(expected), "{case}: {found}");
            }
        }
        let old = warnings(&[("k1", None, None)], WRITTEN - 400 * 86_400);
        assert!(old[0].contains("401 days old"), "{old:?}");
    }

    #[test]
    fn a_document_that_is_refused_says_why_and_no_value() {
        for secret in ["changeme-changeme", "kurz", ""] {
            let document = serde_json::json!({"provider": "stripe", "mode": "test", "account": "a",
                "secrets": [{"secret": secret}]});
            let look = Look::at("shop", document.to_string().as_bytes(), WRITTEN);
            let found = look.warnings(now());
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains("secrets[0].secret: expected"), "{found:?}");
            assert!(secret.is_empty() || !found[0].contains(secret), "{found:?}");
        }
    }

    #[test]
    fn a_secret_is_taken_from_its_begin_to_its_end() {
        let kept = |from: Option<&str>, until: Option<&str>| Kept {
            kid: None,
            not_before: from.map(str::to_owned),
            not_after: until.map(str::to_owned),
        };
        let at = Some("2027-01-15T08:00:00Z");
        let later = Some("2027-01-15T08:00:00.001Z");
        let before = Some("2027-01-15T07:59:59.999Z");
        for (secret, expected) in [
            (kept(None, None), State::Valid),
            (kept(at, at), State::Valid),
            (kept(later, None), State::Waiting),
            (kept(None, before), State::Expired),
            (kept(before, later), State::Valid),
        ] {
            assert_eq!(secret.state(now()), expected, "{secret:?}");
        }
    }
}
