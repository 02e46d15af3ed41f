//! The list of signatures of a delivery, taken apart as a scheme says.

use std::borrow::Cow;

use crate::{
    Rejection,
    message::Message,
    scheme::{Field, Signature, Slot},
};

/// No more signatures, and no more items, are looked at.
const MOST_ITEMS: usize = 32;

/// One signature as written.
#[derive(Clone, Copy, Default)]
pub(crate) struct Candidate<'t> {
    pub(crate) tag: Option<&'t str>,
    pub(crate) key_id: Option<&'t str>,
    pub(crate) signature: &'t str,
}

/// The items of the text that holds the signatures, and how to read them.
pub(crate) struct Candidates<'t> {
    rules: &'t Signature,
    items: [&'t str; MOST_ITEMS],
    count: usize,
}

impl<'t> Candidates<'t> {
    pub(crate) fn new(rules: &'t Signature, text: &'t str) -> Result<Self, Rejection> {
        let mut all = Self { rules, items: [""; MOST_ITEMS], count: 0 };
        match rules.between {
            None => all.add(text)?,
            Some(between) => text.split(between).try_for_each(|item| all.add(item))?,
        }
        Ok(all)
    }

    fn add(&mut self, item: &'t str) -> Result<(), Rejection> {
        *self.items.get_mut(self.count).ok_or(Rejection::MalformedHeader)? = item;
        self.count += 1;
        Ok(())
    }

    fn items(&self) -> impl Iterator<Item = &'t str> {
        let trim = self.rules.trim;
        self.items.iter().take(self.count).map(move |item| if trim { item.trim() } else { item })
    }

    /// The well-formed items as signatures, in order. An item that is not one is skipped.
    pub(crate) fn signatures(&self) -> impl Iterator<Item = Candidate<'t>> {
        self.items().filter_map(|item| parse(self.rules, item))
    }

    /// The text at a slot which may be among the signatures.
    pub(crate) fn find<'m: 't>(
        &self,
        message: &Message<'m>,
        slot: &Slot,
    ) -> Result<Option<Cow<'t, str>>, Rejection> {
        match slot {
            Slot::First => Ok(self.items().next().map(Cow::Borrowed).filter(|text| !text.is_empty())),
            Slot::Tag(tag) => {
                let mut named = self.items().filter_map(|item| {
                    let (name, value) = item.split_once(self.rules.assign)?;
                    self.rules.is_tag(name, tag).then_some(value)
                });
                let found = named.next();
                if named.next().is_some() {
                    return Err(Rejection::MalformedHeader);
                }
                Ok(found.filter(|text| !text.is_empty()).map(Cow::Borrowed))
            }
            _ => message.find(slot),
        }
    }
}

impl Signature {
    /// Whether `given` is `tag`.
    pub(crate) fn is_tag(&self, given: &str, tag: &str) -> bool {
        let given = if self.trim { given.trim() } else { given };
        given == tag || (self.any_case && given.eq_ignore_ascii_case(tag))
    }
}

fn parse<'t>(rules: &Signature, item: &'t str) -> Option<Candidate<'t>> {
    let mut candidate = Candidate::default();
    if rules.tag_optional && !item.contains(rules.assign) {
        candidate.signature = item;
        return Some(candidate);
    }
    let mut values = item.splitn(rules.fields.len(), rules.assign);
    for field in rules.fields {
        let value = values.next()?;
        match field {
            Field::Tag => candidate.tag = Some(value),
            Field::KeyId => candidate.key_id = Some(value),
            Field::Signature => candidate.signature = value,
        }
    }
    Some(candidate)
}
