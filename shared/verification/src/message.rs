//! A delivery's texts, read where a scheme says that they stand.

use std::borrow::Cow;

use crate::{
    Delivery, Rejection,
    scheme::{Setting, Signed, Slot, Text},
    settings::Settings,
};

/// No header that a scheme names may be longer.
const LONGEST_HEADER: usize = 8192;

/// A delivery as one scheme reads it.
pub(crate) struct Message<'a> {
    pub(crate) delivery: &'a Delivery,
    pub(crate) settings: &'a Settings,
    /// What stands for `*` in this delivery's header names.
    pub(crate) prefix: &'a str,
}

impl<'a> Message<'a> {
    /// Reads `delivery` as `scheme` does: with the first of its header prefixes under which there is a signature.
    pub(crate) fn new(delivery: &'a Delivery, settings: &'a Settings, scheme: &'a Signed) -> Self {
        let message = |prefix| Self { delivery, settings, prefix };
        let signs = |prefix: &Text| match scheme.signature.at {
            Slot::Header(name) => message(*prefix).header(name).is_ok_and(|found| found.is_some()),
            _ => false,
        };
        let prefixes = scheme.header_prefixes;
        message(prefixes.iter().copied().find(signs).or(prefixes.first().copied()).unwrap_or_default())
    }

    /// A header's value without surrounding blanks; one that came twice is refused, not chosen from.
    pub(crate) fn header(&self, name: &str) -> Result<Option<&'a str>, Rejection> {
        let mut named = self.delivery.headers.iter().filter(|(given, _)| self.is_named(given, name));
        let Some((_, value)) = named.next() else { return Ok(None) };
        if named.next().is_some() || value.len() > LONGEST_HEADER {
            return Err(Rejection::MalformedHeader);
        }
        Ok(Some(value.trim_matches([' ', '\t'])))
    }

    fn is_named(&self, given: &str, name: &str) -> bool {
        match name.strip_prefix('*') {
            None => given.eq_ignore_ascii_case(name),
            Some(rest) => given.split_at_checked(self.prefix.len()).is_some_and(|(start, end)| {
                start.eq_ignore_ascii_case(self.prefix) && end.eq_ignore_ascii_case(rest)
            }),
        }
    }

    /// The text at `slot`, which is not among the signatures; absent or empty is `None`.
    pub(crate) fn find(&self, slot: &Slot) -> Result<Option<Cow<'a, str>>, Rejection> {
        let found = match slot {
            Slot::Header(name) => self.header(name)?.map(Cow::Borrowed),
            Slot::Setting(Setting::NotificationUrl) => {
                self.settings.notification_url.as_deref().map(Cow::Borrowed)
            }
            Slot::Tag(_) | Slot::First => None,
        };
        Ok(found.filter(|text| !text.is_empty()))
    }
}
