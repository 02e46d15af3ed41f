//! Rolling a secret: from one document to the next. A secret is added, the others get an end, and what has ended is
//! retired. The secrets themselves stay where they are read: nothing here copies or prints one.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use verification::Endpoint;
use zeroize::Zeroizing;

use crate::clock;
use crate::endpoints::{Kept, State};
use crate::problem::Problem;

/// What becomes of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// It is new.
    Added,
    /// It gets an end.
    Ended,
    /// It is taken out.
    Retired,
    /// Nothing.
    Stays,
}

/// A document after a step of a roll, and what the step changes.
pub(crate) struct Rolled {
    /// The document to write.
    pub(crate) document: Zeroizing<String>,
    /// Every secret, as it will be; a retired one as it was.
    pub(crate) secrets: Vec<(Kept, Change)>,
}

/// A document with its secrets apart.
struct Document<'d> {
    fields: BTreeMap<&'d str, &'d RawValue>,
    secrets: Vec<Entry<'d>>,
}

#[derive(Clone, Deserialize, Serialize)]
struct Entry<'d> {
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(borrow)]
    secret: &'d RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
}

impl Rolled {
    /// The document with one more secret, valid at once; the others end after `overlap`, unless they end before.
    pub(crate) fn with(
        name: &str,
        document: &[u8],
        secret: &str,
        kid: Option<&str>,
        overlap: Duration,
        now: SystemTime,
    ) -> anyhow::Result<Self> {
        let endpoint = parsed(name, document)?;
        let mut next = Document::read(document)?;
        let names_key = endpoint.provider().names_key();
        let kid = match kid {
            Some(kid) => kid.to_owned(),
            None if names_key => {
                return Err(Problem::usage(format!(
                    "{} names the key of a delivery",
                    endpoint.provider().title
                ))
                .advice("give the name that it gives to this key:  --kid NAME")
                .into());
            }
            None => next.free_kid(now),
        };
        let written = Zeroizing::new(serde_json::to_string(secret)?);
        let entry = Entry {
            kid: Some(kid),
            secret: serde_json::from_str(&written)?,
            not_before: None,
            not_after: None,
        };
        if let Some(same) = next.secrets.iter().find(|known| known.is(secret)) {
            return Err(Problem::usage(format!("this secret is there already, as {}", same.kept().name()))
                .advice("nothing is to be rolled: give the new secret")
                .into());
        }
        let end = now.checked_add(overlap).context("an overlap of this millennium")?;
        let mut secrets = Vec::new();
        for entry in &mut next.secrets {
            let kept = entry.kept();
            let ends_before = clock::parsed(kept.not_after.as_deref()).is_some_and(|until| until <= end);
            let begins_after = clock::parsed(kept.not_before.as_deref()).is_some_and(|from| from > end);
            let change = if ends_before || begins_after { Change::Stays } else { Change::Ended };
            if change == Change::Ended {
                entry.not_after = Some(clock::rfc3339(end));
            }
            secrets.push((entry.kept(), change));
        }
        secrets.push((entry.kept(), Change::Added));
        next.secrets.push(entry);
        Ok(Self { document: next.checked(name)?, secrets })
    }

    /// The document without the secrets that have ended; with `all_that_end`, also without those that will end.
    /// `None` if there is none.
    pub(crate) fn without_ended(
        name: &str,
        document: &[u8],
        all_that_end: bool,
        now: SystemTime,
    ) -> anyhow::Result<Option<Self>> {
        parsed(name, document)?;
        let mut next = Document::read(document)?;
        let goes = |entry: &Entry<'_>| {
            let kept = entry.kept();
            kept.state(now) == State::Expired || (all_that_end && kept.not_after.is_some())
        };
        let change =
            |entry: &Entry<'_>| (entry.kept(), if goes(entry) { Change::Retired } else { Change::Stays });
        let secrets = next.secrets.iter().map(change).collect::<Vec<_>>();
        if secrets.iter().all(|(_, change)| *change == Change::Stays) {
            return Ok(None);
        }
        let remains =
            |(kept, change): &(Kept, Change)| *change == Change::Stays && kept.state(now) == State::Valid;
        if !secrets.iter().any(remains) {
            return Err(Problem::failed(
                "no secret would be left that is valid now: every delivery would be refused",
            )
            .advice("add one first:  tollgate endpoint roll NAME --secret-stdin")
            .into());
        }
        next.secrets.retain(|entry| !goes(entry));
        Ok(Some(Self { document: next.checked(name)?, secrets }))
    }

    /// How many secrets have this change.
    pub(crate) fn count(&self, of: Change) -> usize {
        self.secrets.iter().filter(|(_, change)| *change == of).count()
    }
}

impl<'d> Document<'d> {
    fn read(document: &'d [u8]) -> anyhow::Result<Self> {
        let malformed = "the document cannot be read";
        let mut fields: BTreeMap<&'d str, &'d RawValue> =
            serde_json::from_slice(document).context(malformed)?;
        let secrets = fields.remove("secrets").map(RawValue::get);
        let secrets = secrets.map(serde_json::from_str).transpose().context(malformed)?;
        Ok(Self { fields, secrets: secrets.unwrap_or_default() })
    }

    /// The bytes to write, if the functions would take them.
    fn checked(&self, name: &str) -> anyhow::Result<Zeroizing<String>> {
        let secrets = Zeroizing::new(serde_json::to_string(&self.secrets)?);
        let mut fields = self.fields.clone();
        fields.insert("secrets", serde_json::from_str(&secrets)?);
        let text = Zeroizing::new(serde_json::to_string(&fields)?);
        match Endpoint::parse(name, text.as_bytes()) {
            Ok(_) => Ok(text),
            Err(error) => Err(Problem::usage(format!("this would be no valid endpoint: {error}")).into()),
        }
    }

    /// Today's date, or with a number if that is taken.
    fn free_kid(&self, now: SystemTime) -> String {
        let today = clock::rfc3339(now).chars().take("2026-11-23".len()).collect::<String>();
        let taken = |kid: &String| self.secrets.iter().any(|entry| entry.kid.as_ref() == Some(kid));
        let mut names = std::iter::once(today.clone()).chain((2..).map(|number| format!("{today}-{number}")));
        names.find(|kid| !taken(kid)).unwrap_or(today)
    }
}

impl Entry<'_> {
    fn kept(&self) -> Kept {
        let Self { kid, not_before, not_after, .. } = self;
        Kept { kid: kid.clone(), not_before: not_before.clone(), not_after: not_after.clone() }
    }

    fn is(&self, secret: &str) -> bool {
        serde_json::from_str::<String>(self.secret.get()).is_ok_and(|own| *Zeroizing::new(own) == *secret)
    }
}

fn parsed(name: &str, document: &[u8]) -> anyhow::Result<Endpoint> {
    let endpoint = Endpoint::parse(name, document).map_err(|error| {
        Problem::failed(format!("the document of the endpoint {name} is not valid: {error}"))
    })?;
    if endpoint.provider().certificates().is_some() {
        return Err(Problem::usage(format!(
            "{} signs with certificates, not with secrets",
            endpoint.provider().title
        ))
        .advice("new certificates:  tollgate trust refresh --help")
        .into());
    }
    Ok(endpoint)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use serde_json::{Value, json};
    use verification::{Delivery, sign, verify};

    use super::*;

    const OLD: &str = "whsec_old_4ZQm0Zl8Xw3yP1vKc7Nn";
    const NEW: &str = "whsec_new_4ZQm0Zl8Xw3yP1vKc7Nn";
    const DAY: Duration = Duration::from_hours(24);

    /// 2027-01-15T08:00:00Z.
    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(500_000)
    }

    fn document(secrets: &Value) -> Vec<u8> {
        json!({"provider": "stripe", "mode": "test", "account": "acct_1", "secrets": secrets,
            "settings": {"tolerance_seconds": 600}})
        .to_string()
        .into_bytes()
    }

    fn one() -> Vec<u8> {
        document(&json!([{"kid": "k1", "secret": OLD}]))
    }

    fn added(document: &[u8], overlap: Duration) -> Rolled {
        Rolled::with("shop", document, NEW, None, overlap, now()).unwrap()
    }

    /// Whether a delivery that the first document's newest secret signs at `at` is accepted by the second.
    fn accepted(signer: &[u8], by: &str, at: SystemTime) -> bool {
        let signer = Endpoint::parse("shop", signer).unwrap();
        let endpoint = Endpoint::parse("shop", by.as_bytes()).unwrap();
        let headers = sign(&signer, "https://a.example/", "evt_1", b"{}", at).unwrap();
        verify(&endpoint, Delivery::new("https://a.example/", headers, b"{}".to_vec()), at).is_ok()
    }

    #[test]
    fn both_secrets_are_taken_until_the_old_one_ends() {
        let rolled = added(&one(), 3 * DAY);
        let new = document(&json!([{"kid": "k1", "secret": NEW}]));
        for (after, old_is_taken) in
            [(Duration::ZERO, true), (3 * DAY, true), (3 * DAY + Duration::from_secs(1), false)]
        {
            assert_eq!(accepted(&one(), &rolled.document, now() + after), old_is_taken, "{after:?}");
            assert!(accepted(&new, &rolled.document, now() + after), "{after:?}");
        }
        let document: Value = serde_json::from_str(&rolled.document).unwrap();
        assert_eq!(document["secrets"][0]["not_after"], "2027-01-18T08:00:00Z");
        assert_eq!(document["secrets"][1]["kid"], "2027-01-15");
        assert_eq!(document["settings"]["tolerance_seconds"], 600);
    }

    #[test]
    fn no_roll_makes_a_secret_last_longer() {
        let soon = "2027-01-15T09:00:00Z";
        let before = document(
            &json!([{"kid": "k0", "secret": format!("{OLD}0"), "not_after": soon}, {"kid": "k1", "secret": OLD}]),
        );
        let rolled = added(&before, DAY);
        let ends: Vec<_> =
            rolled.secrets.iter().map(|(kept, change)| (kept.not_after.as_deref(), *change)).collect();
        let tomorrow = Some("2027-01-16T08:00:00Z");
        assert_eq!(ends, [(Some(soon), Change::Stays), (tomorrow, Change::Ended), (None, Change::Added)]);
    }

    #[test]
    fn names_of_secrets_differ() {
        let third = Rolled::with(
            "shop",
            added(&one(), DAY).document.as_bytes(),
            &format!("{NEW}3"),
            None,
            DAY,
            now(),
        );
        let third = third.unwrap();
        let kids: Vec<_> = third.secrets.iter().map(|(kept, _)| kept.name()).collect();
        assert_eq!(kids, ["k1", "2027-01-15", "2027-01-15-2"]);
    }

    #[test]
    fn a_roll_that_would_be_wrong_is_refused_without_a_secret() {
        let check = |document: &[u8], secret: &str, kid: Option<&str>, expected: &str| {
            let error = Rolled::with("shop", document, secret, kid, DAY, now()).err().unwrap();
            let (text, secrets) = (format!("{error:#}"), [OLD, NEW, "kurz"]);
            assert!(text.contains(expected), "{text}");
            assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
        };
        check(&one(), OLD, None, "there already, as k1");
        check(&one(), "kurz", None, "secrets[1].secret: expected");
        check(&one(), NEW, Some("k1"), "another kid");
        check(b"{}", NEW, None, "is not valid");
        let full: Vec<_> = (0..16).map(|n| json!({"secret": format!("{OLD}{n}")})).collect();
        check(&document(&json!(full)), NEW, None, "a list of 1 to 16");
        let klarna = json!({"provider": "klarna", "mode": "test", "account": "a", "secrets": [{"kid": "k1", "secret": OLD}]});
        check(klarna.to_string().as_bytes(), NEW, None, "names the key");
        let paypal =
            json!({"provider": "paypal", "mode": "test", "account": "a", "settings": {"webhook_id": "1"}});
        check(paypal.to_string().as_bytes(), NEW, None, "certificates");
    }

    #[test]
    fn what_has_ended_is_retired_and_what_will_end_when_asked() {
        let during = added(&one(), DAY).document;
        let retire = |all, at| Rolled::without_ended("shop", during.as_bytes(), all, at).unwrap();
        let kids = |rolled: Option<Rolled>| {
            let after: Value = serde_json::from_str(&rolled?.document).unwrap();
            let kids = after["secrets"]
                .as_array()
                .unwrap()
                .iter()
                .map(|secret| secret["kid"].as_str().unwrap().to_owned());
            Some(kids.collect::<Vec<_>>())
        };
        let new = Some(vec!["2027-01-15".to_owned()]);
        assert_eq!(kids(retire(false, now())), None);
        assert_eq!(kids(retire(false, now() + 2 * DAY)), new);
        assert_eq!(kids(retire(true, now())), new);
    }

    #[test]
    fn the_last_valid_secret_is_never_retired() {
        let ended = document(&json!([{"kid": "k1", "secret": OLD, "not_after": "2027-01-01T00:00:00Z"}]));
        let waiting = document(&json!([{"kid": "k1", "secret": OLD, "not_after": "2027-02-01T00:00:00Z"},
            {"kid": "k2", "secret": NEW, "not_before": "2027-02-01T00:00:00Z"}]));
        for (document, all) in [(ended, false), (waiting, true)] {
            let error = Rolled::without_ended("shop", &document, all, now()).err().unwrap();
            assert!(error.to_string().contains("no secret would be left"), "{error}");
        }
    }
}
