//! Where in a body a value stands.

use std::borrow::Cow;

use super::{DataClass, rules};

/// Longest path of a redaction, in bytes.
pub(super) const PATH_LIMIT: usize = 256;
/// Deeper than any provider nests, and less than `serde_json` takes.
pub(super) const MAX_DEPTH: usize = 64;

/// One of the containers around a value; the outermost comes first.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) place: Place<'a>,
    /// The name's hash; 0 for an index.
    pub(super) hash: u64,
    /// What everything here is.
    pub(super) class: Option<DataClass>,
}

/// Which of its members or elements.
#[derive(Debug)]
pub(super) enum Place<'a> {
    Member(Cow<'a, str>),
    Index(usize),
}

impl<'a> Step<'a> {
    /// A member of which nothing is known yet.
    pub(super) fn member(name: Cow<'a, str>) -> Self {
        Self { hash: rules::hash(name.as_bytes()), place: Place::Member(name), class: None }
    }

    /// The first element of a list, all of which is of this class.
    pub(super) fn first(class: Option<DataClass>) -> Self {
        Self { place: Place::Index(0), hash: 0, class }
    }
}

/// The name of the innermost member.
pub(super) fn name<'a>(path: &'a [Step<'_>]) -> &'a str {
    let names = path.iter().rev().map(|step| match &step.place {
        Place::Member(name) => Some(name.as_ref()),
        Place::Index(_) => None,
    });
    names.flatten().next().unwrap_or_default()
}

/// Whether the JSON pointer `pattern`, in which `*` stands for any index, names the place at `path`.
pub(super) fn names(pattern: &str, path: &[Step<'_>]) -> bool {
    below(pattern, path) == Some("")
}

/// What is left of `pattern` after the place at `path`, if it leads there.
pub(super) fn below<'p>(pattern: &'p str, path: &[Step<'_>]) -> Option<&'p str> {
    path.iter().try_fold(pattern, |rest, step| {
        let rest = rest.strip_prefix('/')?;
        let (segment, _) = rest.split_once('/').unwrap_or((rest, ""));
        let fits = match &step.place {
            Place::Index(index) => segment == "*" || segment == index.to_string(),
            Place::Member(name) => segment != "*" && escaped(name).eq(segment.chars()),
        };
        fits.then(|| rest.get(segment.len()..))?
    })
}

/// RFC 6901, with no more of it than is kept: a body can have a long name around many values.
pub(super) fn pointer(base: &str, path: &[Step<'_>]) -> String {
    let mut pointer = base.to_owned();
    for step in path {
        if pointer.len() > PATH_LIMIT {
            break;
        }
        pointer.push('/');
        match &step.place {
            Place::Index(index) => pointer.push_str(&index.to_string()),
            Place::Member(name) => pointer.extend(escaped(name).take(PATH_LIMIT)),
        }
    }
    pointer
}

fn escaped(name: &str) -> impl Iterator<Item = char> {
    name.chars().flat_map(|c| {
        let (first, second) = match c {
            '~' => ('~', Some('0')),
            '/' => ('~', Some('1')),
            c => (c, None),
        };
        std::iter::once(first).chain(second)
    })
}
