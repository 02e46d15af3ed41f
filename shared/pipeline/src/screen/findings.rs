//! What was found in a body: where and of which class, never the value.

use super::{DataClass, path::PATH_LIMIT};
use crate::Redaction;

/// Room for all redactions of a delivery, in bytes of JSON. More are counted only.
pub(super) const REDACTIONS_LIMIT: usize = 12 * 1024;

/// What was found in a body.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Findings {
    pub(super) redactions: Vec<Redaction>,
    /// What `redactions` takes, in bytes of JSON.
    recorded: usize,
    pub(super) more_redactions: u32,
    pub(super) exempted: u32,
    /// The class of what was found last, recorded or counted.
    last: Option<DataClass>,
}

impl Findings {
    pub(super) fn record(&mut self, path: String, class: DataClass) {
        self.last = Some(class);
        let redaction = Redaction { path: cut(path), class: class.as_str().to_owned() };
        let size = serde_json::to_vec(&redaction).map_or(REDACTIONS_LIMIT, |json| json.len() + 1);
        if self.recorded + size > REDACTIONS_LIMIT {
            self.more_redactions += 1;
        } else {
            self.recorded += size;
            self.redactions.push(redaction);
        }
    }
}

/// How much was found at some time.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    redactions: usize,
    recorded: usize,
    more_redactions: u32,
    exempted: u32,
    last: Option<DataClass>,
}

impl Findings {
    pub(super) fn mark(&self) -> Mark {
        let Self { recorded, more_redactions, exempted, last, .. } = *self;
        Mark { redactions: self.redactions.len(), recorded, more_redactions, exempted, last }
    }

    /// A class of what was found since, if anything was.
    pub(super) fn class_since(&self, mark: Mark) -> Option<DataClass> {
        let is_more = self.redactions.len() > mark.redactions || self.more_redactions > mark.more_redactions;
        self.last.filter(|_| is_more)
    }

    /// Forgets what was found since.
    pub(super) fn return_to(&mut self, mark: Mark) {
        self.redactions.truncate(mark.redactions);
        self.recorded = mark.recorded;
        self.more_redactions = mark.more_redactions;
        self.exempted = mark.exempted;
        self.last = mark.last;
    }
}

fn cut(mut path: String) -> String {
    if path.len() > PATH_LIMIT {
        path.truncate(path.floor_char_boundary(PATH_LIMIT - '…'.len_utf8()));
        path.push('…');
    }
    path
}
