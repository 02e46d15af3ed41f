//! One pass over XML that replaces some texts and attributes and keeps every other byte.
//!
//! It accepts less than XML 1.0: no document type, no processing instruction but the declaration, no entities but the
//! five of XML itself and those of characters. What one reader could take for a text and another not, a text with
//! comments or CDATA in it, is looked at as a whole; so are its comments, and what is replaced in them stays a comment.

use std::{borrow::Cow, mem, ops::Range};

use super::{
    Fault,
    judge::{Judge, Scalar, Verdict},
    marks::Marks,
    patch::Patch,
    path::{MAX_DEPTH, Place, Step},
    rules,
};

/// Looks at each text and attribute of `text`. Gives the new text, or none if nothing was replaced.
pub(super) fn screen(text: &str, judge: &mut Judge<'_>) -> Result<Option<Vec<u8>>, Fault> {
    let mut scanner =
        Scanner { text, at: 0, path: Vec::with_capacity(16), patch: Patch::new(text.as_bytes()), judge };
    if let Err(fault) = scanner.document() {
        scanner.judge.broke_off(&scanner.path);
        return Err(fault);
    }
    Ok(scanner.patch.finish())
}

struct Scanner<'a, 'j, 'r> {
    text: &'a str,
    at: usize,
    path: Vec<Step<'a>>,
    patch: Patch<'a>,
    judge: &'j mut Judge<'r>,
}

impl<'a> Scanner<'a, '_, '_> {
    fn document(&mut self) -> Result<(), Fault> {
        // It names a version and an encoding. What else could be in it is not looked for.
        if self.skip("<?xml ") && Marks::of(self.until("?>")?.trim()).suspicious() {
            return Err(Fault::Xml);
        }
        let mut has_root = false;
        loop {
            self.content()?;
            if self.rest().is_empty() {
                return if has_root && self.path.is_empty() { Ok(()) } else { Err(Fault::Xml) };
            }
            self.expect("<")?;
            if self.skip("/") {
                let name = self.name()?;
                self.space();
                self.expect(">")?;
                let open = self.path.pop().map(|step| step.place);
                if !matches!(open, Some(Place::Member(open)) if open == name) {
                    return Err(Fault::Xml);
                }
            } else {
                if has_root && self.path.is_empty() {
                    return Err(Fault::Xml);
                }
                has_root = true;
                self.element()?;
            }
        }
    }

    /// The rest of a start tag.
    fn element(&mut self) -> Result<(), Fault> {
        if self.path.len() == MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        let name = self.name()?;
        let hash = local_hash(name);
        let class = self.judge.class(&self.path, hash);
        self.path.push(Step { place: Place::Member(Cow::Borrowed(name)), hash, class });
        let mut attributes: Vec<&str> = Vec::new();
        loop {
            let spaces = self.space();
            if self.skip("/>") {
                self.path.pop();
                return Ok(());
            }
            if self.skip(">") {
                return Ok(());
            }
            let name = self.name()?;
            if spaces == 0 || attributes.len() == MAX_DEPTH || attributes.contains(&name) {
                return Err(Fault::Xml);
            }
            attributes.push(name);
            self.attribute(name)?;
        }
    }

    /// The rest of an attribute. Its name alone says what it is, not the element's.
    fn attribute(&mut self, name: &str) -> Result<(), Fault> {
        self.space();
        self.expect("=")?;
        self.space();
        let quote = if self.skip("'") { "'" } else { "\"" };
        if quote == "\"" {
            self.expect("\"")?;
        }
        let start = self.at;
        let value = self.until(quote)?;
        let end = self.at - quote.len();
        if value.contains('<') {
            return Err(Fault::Xml);
        }
        let value = unescape(value)?;
        let hash = local_hash(name);
        let class = self.judge.own_class(&self.path, hash);
        if class.is_some() || Marks::of(&value).suspicious() {
            let place = Place::Member(Cow::Owned(format!("@{name}")));
            self.path.push(Step { place, hash, class });
            let verdict = self.judge.judge(&self.path, Scalar::Text(&value));
            self.path.pop();
            self.put(start, end, verdict);
        }
        Ok(())
    }

    /// Everything up to the next tag.
    fn content(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let (mut text, mut comments) = (Cow::Borrowed(""), Vec::new());
        loop {
            let rest = self.rest();
            let end = rest.find('<').unwrap_or(rest.len());
            append(&mut text, unescape(rest.get(..end).unwrap_or_default())?);
            self.at += end;
            let start = self.at;
            if self.skip("<!--") {
                let inside = self.until("-->")?;
                comments.push((start..self.at, inside));
            } else if self.skip("<![CDATA[") {
                append(&mut text, Cow::Borrowed(self.until("]]>")?));
            } else {
                break;
            }
        }
        if self.path.is_empty() && !text.trim().is_empty() {
            return Err(Fault::Xml);
        }
        match self.verdict(&text) {
            Verdict::Keep => {
                let mut new = self.comment(&comments)?;
                for (place, _) in comments {
                    if let Some(text) = &mut new {
                        self.patch.replace(place.start, place.end, &[mem::take(text).as_bytes()]);
                    }
                }
            }
            Verdict::Rewrite(text) => {
                let kept = || comments.iter().filter_map(|(place, _)| self.text.get(place.clone())).collect();
                let comment = self.comment(&comments)?.unwrap_or_else(kept);
                self.patch.replace(start, self.at, &[escape(&text).as_bytes(), comment.as_bytes()]);
            }
            replace @ Verdict::Replace(_) => self.put(start, self.at, replace),
        }
        Ok(())
    }

    /// What comes in the place of these comments, if anything does.
    fn comment(&mut self, comments: &[(Range<usize>, &'a str)]) -> Result<Option<String>, Fault> {
        let all: String = comments.iter().map(|(_, inside)| *inside).collect();
        let new = match self.verdict(&all) {
            Verdict::Keep => return Ok(None),
            Verdict::Replace(class) => class.replacement().to_owned(),
            Verdict::Rewrite(text) => text,
        };
        if new.contains("-->") { Err(Fault::Xml) } else { Ok(Some(format!("<!--{new}-->"))) }
    }

    /// What becomes of a text in the innermost element.
    fn verdict(&mut self, text: &str) -> Verdict {
        let is_stated = self.path.last().is_some_and(|step| step.class.is_some());
        if !text.is_empty() && (is_stated || Marks::of(text).suspicious()) {
            self.judge.judge(&self.path, Scalar::Text(text))
        } else {
            Verdict::Keep
        }
    }

    fn put(&mut self, start: usize, end: usize, verdict: Verdict) {
        match verdict {
            Verdict::Keep => {}
            Verdict::Replace(class) => self.patch.replace(start, end, &[class.replacement().as_bytes()]),
            Verdict::Rewrite(text) => self.patch.replace(start, end, &[escape(&text).as_bytes()]),
        }
    }

    fn name(&mut self) -> Result<&'a str, Fault> {
        let rest = self.rest();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.');
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        self.at += end;
        let begins = name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':'));
        if begins { Ok(name) } else { Err(Fault::Xml) }
    }

    /// Goes behind `end`, and gives what is before it.
    fn until(&mut self, end: &str) -> Result<&'a str, Fault> {
        let (before, _) = self.rest().split_once(end).ok_or(Fault::Xml)?;
        self.at += before.len() + end.len();
        if before.bytes().any(is_forbidden) { Err(Fault::Xml) } else { Ok(before) }
    }

    fn expect(&mut self, text: &str) -> Result<(), Fault> {
        if self.skip(text) { Ok(()) } else { Err(Fault::Xml) }
    }

    fn skip(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        self.at += if there { text.len() } else { 0 };
        there
    }

    fn space(&mut self) -> usize {
        let spaces = self.rest().bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += spaces;
        spaces
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

/// Of `a:b` the hash of `b`: what a prefix stands for is not looked up.
fn local_hash(name: &str) -> u64 {
    rules::hash(name.rsplit(':').next().unwrap_or(name).as_bytes())
}

fn append<'t>(text: &mut Cow<'t, str>, piece: Cow<'t, str>) {
    if text.is_empty() {
        *text = piece;
    } else if !piece.is_empty() {
        text.to_mut().push_str(&piece);
    }
}

/// A byte that XML has only as a reference, if at all.
fn is_forbidden(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Puts references in the place of what is not a text's or an attribute's.
fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}

/// Puts characters in the place of references to them.
fn unescape(text: &str) -> Result<Cow<'_, str>, Fault> {
    if text.bytes().any(is_forbidden) {
        return Err(Fault::Xml);
    }
    let mut pieces = text.split('&');
    let first = pieces.next().unwrap_or_default();
    if first.len() == text.len() {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = first.to_owned();
    for piece in pieces {
        let (reference, rest) = piece.split_once(';').ok_or(Fault::Xml)?;
        decoded.push(character(reference).ok_or(Fault::Xml)?);
        decoded.push_str(rest);
    }
    Ok(Cow::Owned(decoded))
}

fn character(reference: &str) -> Option<char> {
    match reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = reference.strip_prefix('#')?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
            let all = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_alphanumeric());
            char::from_u32(u32::from_str_radix(digits, radix).ok().filter(|_| all)?)
        }
    }
}
