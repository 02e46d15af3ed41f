//! `KEY=VALUE` lines that say how to reach the local stack: for shells, tests and this tool.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::local::layout::absent;

/// Variables by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EnvFile(BTreeMap<String, String>);

impl EnvFile {
    /// Adds a variable. A value that a shell would read as another is refused.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) -> anyhow::Result<()> {
        let value = value.into();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+@%,=".contains(&byte);
        if !value.bytes().all(plain) {
            bail!("the value of {name} cannot stand in an env file");
        }
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All variables.
    pub(crate) fn into_vars(self) -> BTreeMap<String, String> {
        self.0
    }

    /// Reads the file; `None` if there is none.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self::parse(&text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
        }
    }

    /// Writes the file, whole or not at all, for its owner only.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let new = path.with_extension("new");
        let write = || {
            absent(fs::remove_file(&new))?;
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
            file.write_all(self.text().as_bytes())?;
            fs::rename(&new, path)
        };
        write().with_context(|| format!("write {}", path.display()))
    }

    fn parse(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let vars = lines.filter_map(|line| line.split_once('='));
        Self(vars.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn text(&self) -> String {
        let mut text = "# The local stack. Written by tollgate up.\n".to_owned();
        for (name, value) in &self.0 {
            text.extend([name, "=", value, "\n"]);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file() -> EnvFile {
        let mut file = EnvFile::default();
        file.set("TOLLGATE_URL", "http://127.0.0.1:4566/_aws/execute-api/a1/api").unwrap();
        file.set("AWS_REGION", "eu-west-1").unwrap();
        file
    }

    #[test]
    fn it_is_lines_that_a_shell_reads() {
        assert_eq!(
            file().text(),
            "# The local stack. Written by tollgate up.\nAWS_REGION=eu-west-1\n\
             TOLLGATE_URL=http://127.0.0.1:4566/_aws/execute-api/a1/api\n"
        );
    }

    #[test]
    fn what_is_written_is_read_and_private() {
        let path = std::env::temp_dir().join(format!("tollgate-env-{}", std::process::id()));
        assert_eq!(EnvFile::read(&path).unwrap(), None);
        file().write(&path).unwrap();
        file().write(&path).unwrap();
        assert_eq!(EnvFile::read(&path).unwrap(), Some(file()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_value_cannot_run_anything() {
        for value in ["$(id)", "a b", "a;b", "`id`", "a\nB=c", "\"", "'"] {
            assert!(EnvFile::default().set("A", value).is_err(), "{value}");
        }
    }

    #[test]
    fn comments_and_blank_lines_are_no_variables() {
        assert_eq!(
            EnvFile::parse("# a=b\n\n A=b=c \nword\n").into_vars(),
            BTreeMap::from([("A".to_owned(), "b=c".to_owned())])
        );
    }
}
