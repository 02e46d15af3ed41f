//! A delivery's texts, read where a scheme says that they stand.

use std::{borrow::Cow, collections::BTreeSet};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    Delivery, Rejection, form,
    scheme::{Scheme, Setting, Slot, Text},
    settings::Settings,
    url,
};

/// No header that a scheme names may be longer.
const LONGEST_HEADER: usize = 8192;

/// A delivery as one scheme reads it.
pub(crate) struct Message<'a> {
    pub(crate) delivery: &'a Delivery,
    pub(crate) settings: &'a Settings,
    /// What stands for `*` in this delivery's header names.
    pub(crate) prefix: &'a str,
    /// The webhook id that is tried.
    pub(crate) webhook_id: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// Reads `delivery` as `scheme` does: with the first of its header prefixes under which there is a signature.
    pub(crate) fn new(delivery: &'a Delivery, settings: &'a Settings, scheme: &Scheme) -> Self {
        let message = |prefix| Self { delivery, settings, prefix, webhook_id: None };
        let Scheme::Signed(scheme) = scheme else { return message("") };
        let signs = |prefix: &Text| match scheme.signature.at {
            Slot::Header(name) => message(*prefix).header(name).is_ok_and(|found| found.is_some()),
            _ => false,
        };
        let prefixes = scheme.header_prefixes;
        if let [] | [_] = prefixes {
            return message(prefixes.first().copied().unwrap_or_default());
        }
        message(prefixes.iter().copied().find(signs).or(prefixes.first().copied()).unwrap_or_default())
    }

    /// A header's value without surrounding blanks; one that came twice is refused, not chosen from.
    pub(crate) fn header(&self, name: &str) -> Result<Option<&'a str>, Rejection> {
        let mut named = self.delivery.headers.iter().filter(|(given, _)| self.is_named(given, name));
        let Some((_, value)) = named.next() else { return Ok(None) };
        if named.next().is_some() || value.len() > LONGEST_HEADER {
            return Err(Rejection::MalformedHeader);
        }
        let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
        let (first, last) = (value.as_bytes().first(), value.as_bytes().last());
        // Most have none, and to look for them letter by letter costs more.
        if is_blank(first) || is_blank(last) {
            Ok(Some(value.trim_matches([' ', '\t'])))
        } else {
            Ok(Some(value))
        }
    }

    fn is_named(&self, given: &str, name: &str) -> bool {
        match name.strip_prefix('*') {
            None => given.eq_ignore_ascii_case(name),
            Some(rest) => {
                // The length first: it tells most headers apart.
                given.len() == self.prefix.len() + rest.len()
                    && given.split_at_checked(self.prefix.len()).is_some_and(|(start, end)| {
                        end.eq_ignore_ascii_case(rest) && start.eq_ignore_ascii_case(self.prefix)
                    })
            }
        }
    }

    /// The text at `slot`, which is not among the signatures; absent or empty is `None`.
    pub(crate) fn find(&self, slot: &Slot) -> Result<Option<Cow<'a, str>>, Rejection> {
        let found = match slot {
            Slot::Header(name) => self.header(name)?.map(Cow::Borrowed),
            Slot::HeaderField { header, field } => {
                let fields = self.header(header)?.unwrap_or_default().split(',');
                let mut pairs = fields.filter_map(|pair| pair.trim().split_once('='));
                pairs.find_map(|(name, value)| (name == *field).then_some(Cow::Borrowed(value)))
            }
            Slot::Setting(Setting::NotificationUrl) => {
                self.settings.notification_url.as_deref().map(Cow::Borrowed)
            }
            Slot::Setting(Setting::WebhookId) => self.webhook_id.map(Cow::Borrowed),
            Slot::Query(name) => self.query(name)?.map(Cow::Owned),
            Slot::QueryLower(name) => self.query(name)?.map(|text| Cow::Owned(text.to_lowercase())),
            Slot::Form(name) => self.form(name)?.map(Cow::Owned),
            Slot::Url => Some(self.url()),
            Slot::UrlWithPort => url::with_port(&self.url(), true).map(Cow::Owned),
            Slot::UrlWithoutPort => url::with_port(&self.url(), false).map(Cow::Owned),
            Slot::Tag(_) | Slot::First => None,
        };
        Ok(found.filter(|text| !text.is_empty()))
    }

    /// A parameter of the URL, percent-decoded once; one that came twice is refused.
    pub(crate) fn query(&self, name: &str) -> Result<Option<String>, Rejection> {
        let query = form::query(&self.delivery.url).unwrap_or_default().as_bytes();
        let mut named = query.split(|byte| *byte == b'&').filter_map(|pair| {
            let mut halves =
                pair.splitn(2, |byte| *byte == b'=').map(|half| form::percent_decode(half, false));
            (halves.next()? == name.as_bytes()).then(|| halves.next().unwrap_or_default())
        });
        one(named.next(), named.next(), Rejection::MalformedHeader)
    }

    /// A field of a form body; one that came twice is refused.
    pub(crate) fn form(&self, name: &str) -> Result<Option<String>, Rejection> {
        let mut named = form::pairs(&self.delivery.body).filter(|(given, _)| given == name.as_bytes());
        let mut next = || named.next().map(|(_, value)| value);
        one(next(), next(), Rejection::InvalidBody)
    }

    /// The URL as called: the endpoint's own, if it has one, with the query of the request.
    fn url(&self) -> Cow<'a, str> {
        let called = &self.delivery.url;
        match (&self.settings.notification_url, form::query(called)) {
            (None, _) => Cow::Borrowed(called),
            (Some(own), None) => Cow::Borrowed(own),
            (Some(own), Some(query)) => Cow::Owned(format!("{own}?{query}")),
        }
    }

    /// The parameters of a form body as they are signed. Any other body must have its digest in the URL.
    pub(crate) fn form_or_digest(&self, parameter: &str) -> Result<Vec<u8>, Rejection> {
        let media_type =
            self.header("content-type")?.unwrap_or_default().split(';').next().unwrap_or_default();
        let body = &self.delivery.body;
        if media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let pairs: BTreeSet<_> = form::pairs(body).collect();
            return Ok(pairs.into_iter().flat_map(|(name, value)| [name, value]).flatten().collect());
        }
        match self.query(parameter)? {
            Some(digest)
                if bool::from(digest.as_bytes().ct_eq(hex::encode(Sha256::digest(body)).as_bytes())) => {}
            None if body.is_empty() => {}
            _ => return Err(Rejection::SignatureMismatch),
        }
        Ok(Vec::new())
    }
}

/// The only value of a name, as text.
fn one(
    first: Option<Vec<u8>>,
    second: Option<Vec<u8>>,
    refusal: Rejection,
) -> Result<Option<String>, Rejection> {
    match (first, second) {
        (_, Some(_)) => Err(refusal),
        (first, None) => first.map(|value| String::from_utf8(value).map_err(|_| refusal)).transpose(),
    }
}
