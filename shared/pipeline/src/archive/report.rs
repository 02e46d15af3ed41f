//! What a verification of the archive found.

use super::Flaw;

/// What was found of some days of the archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Segments that are there.
    pub segments: u64,
    /// Lines in those that are proven.
    pub deliveries: u64,
    /// Bytes of those that were read.
    pub bytes: u64,
    /// Manifests that hold.
    pub manifests: u64,
    /// Objects that could not be read, since they lie in cold storage. That is no finding.
    pub cold: u64,
    /// Days older than what is kept: a part of what was written on them may be gone, and is not missed.
    pub expired: u64,
    /// What is not as it was written. Empty: the archive is intact.
    pub findings: Vec<Finding>,
}

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The object.
    pub key: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with an object of the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be proven. Never [`Flaw::Cold`], which is counted.
    Unproven(Flaw),
    /// It is another object than the one that its manifest lists, though the archiver wrote it.
    Changed,
    /// Its manifest lists it, and it is not there.
    Missing,
    /// It is there, and its manifest does not list it.
    Added,
    /// The day ended hours ago, or a later day has a manifest, and it has none.
    NoManifest,
    /// It does not follow the manifest before it.
    Chain,
}

impl Fault {
    /// One word for people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unproven(Flaw::Cold) => "cold",
            Self::Unproven(Flaw::Absent) | Self::Missing => "missing",
            Self::Unproven(Flaw::NoMac | Flaw::TooLarge) | Self::Added => "added",
            Self::Unproven(Flaw::Mac | Flaw::Unreadable | Flaw::Name) | Self::Changed => "changed",
            Self::NoManifest => "no-manifest",
            Self::Chain => "chain",
        }
    }

    /// A sentence for people.
    pub fn says(self) -> &'static str {
        match self {
            Self::Unproven(flaw) => flaw.as_str(),
            Self::Changed => "it is not the object that its day's manifest lists",
            Self::Missing => "its day's manifest lists it, and it is not there",
            Self::Added => "its day's manifest does not list it",
            Self::NoManifest => "its day has no manifest",
            Self::Chain => "it does not follow the manifest of the day before",
        }
    }
}

impl Report {
    /// Whether everything is as it was written.
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }

    /// An object that could not be proven.
    pub(super) fn unproven(&mut self, key: &str, flaw: Flaw) {
        if flaw == Flaw::Cold {
            self.cold += 1;
        } else {
            self.finding(key, Fault::Unproven(flaw));
        }
    }

    pub(super) fn finding(&mut self, key: &str, fault: Fault) {
        self.findings.push(Finding { key: key.to_owned(), fault });
    }
}
