//! A function's binary.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context;
use flate2::{Compression, write::DeflateEncoder};

use crate::cloud::Cloud;

/// What is deployed.
pub(crate) struct Binary {
    /// The function's name.
    pub(crate) name: &'static str,
    path: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Binary {
    /// The binary of this name, which calls `cloud`.
    pub(crate) fn new(folder: &Path, name: &'static str, cloud: &Cloud) -> Binary {
        let mut environment = tests::environment(&cloud.url());
        environment.push(("TOLLGATE_TRUST_PEM", cloud.certificate.clone()));
        Binary { name, path: folder.join(name), environment }
    }

    /// Starts it with nothing in its environment but what a function has.
    pub(crate) fn command(&self) -> Command {
        self.command_under(&[])
    }

    /// The same with other values for some variables.
    pub(crate) fn command_with(&self, values: &[(&str, &str)]) -> Command {
        let mut command = self.command();
        command.envs(values.iter().copied());
        command
    }

    /// Starts it under a tool.
    pub(crate) fn command_under(&self, tool: &[&str]) -> Command {
        let mut words = tool.iter().map(std::ffi::OsStr::new).chain([self.path.as_os_str()]);
        let mut command = Command::new(words.next().unwrap_or(self.path.as_os_str()));
        command.args(words).env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::null());
        command
    }

    /// The file of this ending beside it.
    pub(crate) fn beside(&self, ending: &str) -> PathBuf {
        self.path.with_extension(ending)
    }

    /// Size of the file.
    pub(crate) fn file_bytes(&self) -> anyhow::Result<u64> {
        let missing = || format!("{} is not built: cargo build --release", self.path.display());
        Ok(fs::metadata(&self.path).with_context(missing)?.len())
    }

    /// Size in a zip file, deflated as well as it goes; a zip adds about 130 bytes.
    pub(crate) fn zip_bytes(&self) -> anyhow::Result<u64> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&fs::read(&self.path)?)?;
        Ok(u64::try_from(encoder.finish()?.len())?)
    }
}
