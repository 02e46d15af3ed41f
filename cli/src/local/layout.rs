//! Where things lie.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::problem::Problem;

/// The project and the folder of one local stack in it.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The folder that holds `template.yaml`.
    root: Option<PathBuf>,
    /// The folder of the local stack.
    dir: PathBuf,
}

impl Layout {
    /// The stack in `dir`, else in `.local` beside `template.yaml`, which is here or above.
    pub(crate) fn find(dir: Option<&Path>) -> anyhow::Result<Self> {
        let here = env::current_dir().context("find the current folder")?;
        let is_root = |folder: &&Path| {
            folder.join("template.yaml").is_file() && folder.join("samconfig.toml").is_file()
        };
        let root = here.ancestors().find(is_root).map(Path::to_path_buf);
        match (dir, &root) {
            (Some(dir), _) => Ok(Self { dir: here.join(dir), root }),
            (None, Some(project)) => Ok(Self { dir: project.join(".local"), root }),
            (None, None) => {
                Err(Problem::not_found("no local stack: there is no template.yaml here or above")
                    .advice(
                        "go into the project's folder, name one with --dir, or a deployed stack with --stack",
                    )
                    .into())
            }
        }
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> anyhow::Result<&Path> {
        let missing = || {
            Problem::not_found("there is no template.yaml here or above")
                .advice("go into the project's folder")
        };
        Ok(self.root.as_deref().ok_or_else(missing)?)
    }

    /// The Python environments of the project's local stacks.
    pub(crate) fn python(&self) -> anyhow::Result<PathBuf> {
        Ok(self.root()?.join(".local/python"))
    }

    /// The release binary of this name.
    pub(crate) fn binary(&self, name: &str) -> anyhow::Result<PathBuf> {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        Ok(self.root()?.join(target).join("release").join(name))
    }

    /// How to reach the stack.
    pub(crate) fn env_file(&self) -> PathBuf {
        self.dir.join("env")
    }

    /// The private key of an endpoint, by which the tool signs as its provider.
    pub(crate) fn signing_key(&self, endpoint: &str) -> PathBuf {
        self.dir.join("signing").join(format!("{endpoint}.pem"))
    }

    /// What is deployed.
    pub(crate) fn stack(&self) -> PathBuf {
        self.dir.join("stack")
    }

    /// What the emulator keeps while it runs.
    pub(crate) fn emulator(&self) -> PathBuf {
        self.dir.join("emulator")
    }

    /// The process that was started.
    pub(crate) fn pid_file(&self) -> PathBuf {
        self.dir.join("emulator.pid")
    }

    /// The stamp of what was deployed last.
    pub(crate) fn stack_stamp(&self) -> PathBuf {
        self.dir.join("stack.stamp")
    }

    /// The stamp of its templates alone.
    pub(crate) fn templates_stamp(&self) -> PathBuf {
        self.dir.join("templates.stamp")
    }

    /// What a tool printed.
    pub(crate) fn log(&self, tool: &str) -> PathBuf {
        self.dir.join(format!("{tool}.log"))
    }

    /// Makes the folder, and takes it for this process as long as the result lives.
    pub(crate) fn take(&self) -> anyhow::Result<File> {
        fs::create_dir_all(&self.dir).with_context(|| format!("make {}", self.dir.display()))?;
        let lock = File::create(self.dir.join("lock")).context("make the lock of the local stack")?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => {
                Err(Problem::failed(format!("another tollgate up is at work in {}", self.dir.display()))
                    .into())
            }
            Err(TryLockError::Error(error)) => Err(error).context("take the lock of the local stack"),
        }
    }

    /// Removes what belongs to a run; logs and what was installed stay.
    pub(crate) fn remove_state(&self) -> anyhow::Result<()> {
        for path in [self.env_file(), self.pid_file(), self.stack_stamp(), self.templates_stamp()] {
            absent(fs::remove_file(&path)).with_context(|| format!("remove {}", path.display()))?;
        }
        for path in [self.emulator(), self.stack(), self.dir.join("signing")] {
            absent(fs::remove_dir_all(&path)).with_context(|| format!("remove {}", path.display()))?;
        }
        Ok(())
    }
}

/// What is not there need not be removed.
pub(crate) fn absent(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
