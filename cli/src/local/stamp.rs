//! Stamps: a digest over what something was made from, kept beside it, so that it is made again only when that changed.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

/// A digest over named contents, in the order in which they are added.
#[derive(Default)]
pub(crate) struct Stamp(Sha256);

impl Stamp {
    /// Adds a content under its name.
    pub(crate) fn add(&mut self, name: &str, content: &[u8]) {
        // Lengths keep apart what stands side by side.
        for part in [name.as_bytes(), content] {
            self.0.update(part.len().to_be_bytes());
            self.0.update(part);
        }
    }

    /// Adds a file under its name.
    pub(crate) fn add_file(&mut self, name: &str, path: &Path) -> anyhow::Result<()> {
        let content = fs::read(path).with_context(|| format!("read {}", path.display()))?;
        self.add(name, &content);
        Ok(())
    }

    /// The stamp as text.
    pub(crate) fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// Whether the stamp kept at `path` is this one.
pub(crate) fn holds(path: &Path, stamp: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|kept| kept.trim() == stamp)
}

/// Keeps a stamp.
pub(crate) fn keep(path: &Path, stamp: &str) -> anyhow::Result<()> {
    fs::write(path, format!("{stamp}\n")).with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(contents: &[(&str, &str)]) -> String {
        let mut stamp = Stamp::default();
        for (name, content) in contents {
            stamp.add(name, content.as_bytes());
        }
        stamp.finish()
    }

    #[test]
    fn equal_contents_have_one_stamp() {
        assert_eq!(stamp(&[("a", "1"), ("b", "2")]), stamp(&[("a", "1"), ("b", "2")]));
    }

    #[test]
    fn any_change_changes_the_stamp() {
        let contents: [&[(&str, &str)]; 6] = [
            &[("a", "1"), ("b", "2")],
            &[("a", "1"), ("b", "3")],
            &[("a", "1"), ("c", "2")],
            &[("a", "1b"), ("", "2")],
            &[("a", "1")],
            &[],
        ];
        let stamps = contents.map(stamp);
        for (n, one) in stamps.iter().enumerate() {
            assert!(stamps.iter().skip(n + 1).all(|other| other != one), "{one}");
        }
    }

    #[test]
    fn a_stamp_holds_until_it_is_another() {
        let path = std::env::temp_dir().join(format!("tollgate-stamp-{}", std::process::id()));
        assert!(!holds(&path, "one"));
        keep(&path, "one").unwrap();
        assert!(holds(&path, "one") && !holds(&path, "two"));
        fs::remove_file(path).unwrap();
    }
}
