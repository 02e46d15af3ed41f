//! What becomes of one value: kept, replaced, or opened because it is a text of a format of its own.

use std::slice;

use super::{
    DataClass, Fault, Policy, card,
    findings::Findings,
    form, json,
    path::{self, Step},
    providers::Row,
    rules::{self, Rules, Ruling},
    text, unread, xml,
};

/// Texts within texts within texts are enough.
const MAX_NESTED: usize = 3;
/// So many names of a text that cannot be read may have others in them.
const MAX_AROUND: usize = 32;
/// Some writers put it before a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Knows the rules, and remembers what was found.
pub(super) struct Judge<'r> {
    policy: Policy,
    common: &'static Rules,
    row: &'static Row,
    /// Pointers to identity and to facts, from where the text begins that is looked at.
    exempt: [&'r [&'r str]; 2],
    /// Where that is in the body.
    base: String,
    nested: usize,
    pub(super) found: Findings,
}

/// A key or value, decoded.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scalar<'s> {
    /// A member's name. The path ends with what it is a member of.
    Name(&'s str),
    Text(&'s str),
    Number(&'s str),
}

/// What becomes of a value.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    Keep,
    Replace(DataClass),
    /// It is a text with pieces replaced: this is the new one.
    Rewrite(String),
}

/// What came of reading a value as a text of a format.
enum Opened {
    /// It is one.
    Read(Verdict),
    /// It is none, or cannot be read. All of it is of the class of what was found in it.
    Unread(Option<DataClass>),
}

impl<'r> Judge<'r> {
    /// For a body of this provider. `identity` are JSON pointers; `*` stands for any index.
    pub(super) fn new(policy: Policy, row: &'static Row, identity: &'r [&'r str]) -> Self {
        let exempt = [identity, row.facts];
        let common = &super::common::COMMON;
        Self { policy, common, row, exempt, base: String::new(), nested: 0, found: Findings::default() }
    }

    /// The form field that is XML in base64, if the provider has one.
    pub(super) fn base64_xml(&self) -> Option<&'static str> {
        self.row.base64_xml
    }

    /// What a member of this name in `path` is, and all that it holds.
    pub(super) fn class(&self, path: &[Step<'_>], name: u64) -> Option<DataClass> {
        match self.ruling(path, name) {
            Some(Ruling::Is(class)) => Some(class).filter(|class| self.policy.replaces(*class)),
            Some(Ruling::Nothing) => None,
            None => path.last().and_then(|step| step.class),
        }
    }

    /// What a member of this name is, whatever it is in.
    pub(super) fn own_class(&self, path: &[Step<'_>], name: u64) -> Option<DataClass> {
        match self.ruling(path, name)? {
            Ruling::Is(class) => Some(class).filter(|class| self.policy.replaces(*class)),
            Ruling::Nothing => None,
        }
    }

    fn ruling(&self, path: &[Step<'_>], name: u64) -> Option<Ruling> {
        self.row.rules.find(name, path).or_else(|| self.common.find(name, path))
    }

    /// What becomes of the value at `path`, or of the name of a member of what is there.
    pub(super) fn judge(&mut self, path: &[Step<'_>], scalar: Scalar<'_>) -> Verdict {
        let class = match scalar {
            // Nobody writes prose in brackets as a name. One that is a text of a format is replaced whole.
            Scalar::Name(name) => self.detect(name, "").or_else(|| self.unread(opening(name)?, true)),
            Scalar::Number(number) => stated(path, number)
                .or_else(|| card::in_number(number, path::name(path)).then_some(DataClass::CardNumber)),
            Scalar::Text(text) => match stated(path, text) {
                None => match self.open(path, text) {
                    Opened::Read(verdict) => return verdict,
                    Opened::Unread(class) => class.or_else(|| self.detect(text, path::name(path))),
                },
                class => class,
            },
        };
        let Some(class) = class else { return Verdict::Keep };
        let is_name = matches!(scalar, Scalar::Name(_));
        if !is_name && self.is_exempt(path) {
            self.found.exempted += 1;
            return Verdict::Keep;
        }
        let mut pointer = path::pointer(&self.base, path);
        if is_name {
            pointer = pointer + "/" + class.replacement();
        }
        self.found.record(pointer, class);
        Verdict::Replace(class)
    }

    /// Takes note of a text that ended, or went wrong, at `path`: it may hold a part of what belongs there.
    pub(super) fn broke_off(&mut self, path: &[Step<'_>]) {
        if let Some(class) = path.last().and_then(|step| step.class) {
            self.found.record(path::pointer(&self.base, path), class);
        }
    }

    fn is_exempt(&self, path: &[Step<'_>]) -> bool {
        self.exempt.iter().copied().flatten().any(|pattern| path::names(pattern, path))
    }

    /// What it looks like.
    fn detect(&self, text: &str, name: &str) -> Option<DataClass> {
        if card::in_text(text, name) || card::within(text, name) {
            return Some(DataClass::CardNumber);
        }
        if text::has_email(text) {
            return Some(DataClass::Email).filter(|class| self.policy.replaces(*class));
        }
        text::is_phone(text).then_some(DataClass::Phone).filter(|class| self.policy.replaces(*class))
    }

    /// A value that is JSON, XML or a form itself is looked at as such. One that cannot be read is not refused as a body
    /// would be: whoever may write a note would decide whether its payment is recorded.
    fn open(&mut self, path: &[Step<'_>], text: &str) -> Opened {
        let inside = opening(text).or_else(|| form::is_one(text).then_some(text));
        let Some(inside) = inside.filter(|_| !self.is_exempt(path)) else { return Opened::Unread(None) };
        let look = match inside.bytes().next() {
            Some(b'"') => return self.open_string(path, text, inside),
            Some(b'<') => xml::screen,
            Some(b'{' | b'[') => json::screen,
            _ => form::look,
        };
        if self.nested == MAX_NESTED {
            return Opened::Unread(self.unread(inside, true));
        }
        let mut found = None;
        let read = self.within(path, |judge| {
            let before = judge.found.mark();
            look(inside, judge).inspect_err(|_| found = judge.found.class_since(before))
        });
        match read.map(|rewritten| rewritten.map(String::from_utf8)) {
            Ok(Some(Ok(new))) => Opened::Read(Verdict::Rewrite(around(text, inside, &new))),
            Ok(_) => Opened::Read(Verdict::Keep),
            // It was read to its end.
            Err(Fault::DuplicateKey) => Opened::Unread(found),
            Err(fault) => Opened::Unread(found.or_else(|| self.unread(inside, fault == Fault::TooDeep))),
        }
    }

    /// JSON that was encoded twice. It counts as no level: each doubles the escapes within, so that there are few.
    fn open_string(&mut self, path: &[Step<'_>], text: &str, inside: &str) -> Opened {
        let inside = inside.trim_end();
        let Ok(decoded) = serde_json::from_str::<String>(inside) else {
            return Opened::Unread(self.unread(inside, false));
        };
        Opened::Read(match self.judge(path, Scalar::Text(&decoded)) {
            Verdict::Rewrite(new) => {
                Verdict::Rewrite(around(text, inside, &serde_json::Value::from(new).to_string()))
            }
            verdict => verdict,
        })
    }

    /// What a text is that looks like one of a format and cannot be read: what a name in it says, by itself or as if in
    /// one of those before it, or a card number if there is one. Prose is told by its having no names, except where
    /// nesting already says that it is none.
    fn unread(&self, text: &str, is_format: bool) -> Option<DataClass> {
        let mut before: Vec<Step<'_>> = Vec::new();
        for name in unread::names(text) {
            let hash = rules::hash(name.as_bytes());
            let within = || before.iter().find_map(|step| self.class(slice::from_ref(step), hash));
            if let Some(class) = self.class(&[], hash).or_else(within) {
                return Some(class);
            }
            if before.len() < MAX_AROUND && before.iter().all(|step| step.hash != hash) {
                before.push(Step { hash, ..Step::first(None) });
            }
        }
        let is_format = is_format || !before.is_empty();
        (is_format && card::within(text, "card")).then_some(DataClass::CardNumber)
    }

    /// Looks at a text that stands at `path`. What was found counts only if the text could be read to its end.
    pub(super) fn within<T>(
        &mut self,
        path: &[Step<'_>],
        look: impl FnOnce(&mut Judge<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let exempt = self.exempt.iter().copied().flatten();
        let exempt: Vec<&str> = exempt.filter_map(|pattern| path::below(pattern, path)).collect();
        let mut inner = Judge {
            exempt: [&exempt, &[]],
            base: path::pointer(&self.base, path),
            nested: self.nested + 1,
            found: std::mem::take(&mut self.found),
            ..*self
        };
        let before = inner.found.mark();
        let result = look(&mut inner);
        self.found = inner.found;
        if result.is_err() {
            self.found.return_to(before);
        }
        result
    }
}

/// What begins as a text of a format, without what may stand before one.
fn opening(text: &str) -> Option<&str> {
    let inside = text.trim_start_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK);
    inside.starts_with(['{', '[', '<', '"']).then_some(inside)
}

/// `text` with something new in the place of what is `inside` it.
fn around(text: &str, inside: &str, new: &str) -> String {
    text.replacen(inside, new, 1)
}

/// What the rules say it is. A replacement is nothing to replace, and of a card number a part may be kept.
fn stated(path: &[Step<'_>], text: &str) -> Option<DataClass> {
    let class = path.last()?.class?;
    if text.trim().is_empty() || DataClass::ALL.iter().any(|class| class.replacement() == text) {
        return None;
    }
    let is_one = match class {
        DataClass::CardNumber => card::could_be_whole(text),
        DataClass::Expiry => text.bytes().any(|b| b.is_ascii_digit()),
        _ => true,
    };
    is_one.then_some(class)
}
