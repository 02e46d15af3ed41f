//! Private Python environments with the pinned tools: MiniStack and the SAM CLI, apart because they need different
//! versions of one library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context as _, anyhow};

use crate::clock;
use crate::local::layout::{Layout, absent};
use crate::local::process;
use crate::local::stamp::{self, Stamp};
use crate::output::Output;
use crate::problem::Problem;

/// Pythons to look for, the system's own choice first.
const PYTHONS: [&str; 5] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
/// Succeeds in a Python that can do what is needed.
const CHECK: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

/// The folders of the tools' programs.
#[derive(Debug)]
pub(crate) struct Tools {
    /// MiniStack's.
    pub(crate) emulator: PathBuf,
    /// The SAM CLI's.
    pub(crate) sam: PathBuf,
}

/// The tools, installed if they are not there as the requirement files say.
pub(crate) fn tools(layout: &Layout, output: &Output) -> anyhow::Result<Tools> {
    thread::scope(|scope| {
        let emulator = scope.spawn(|| environment(layout, "emulator", "MiniStack", output));
        let sam = environment(layout, "sam", "the SAM CLI", output);
        let emulator = emulator.join().map_err(|_| anyhow!("installing MiniStack panicked"))?;
        Ok(Tools { emulator: emulator?, sam: sam? })
    })
}

/// The environment of `infra/requirements-<name>.txt`.
fn environment(layout: &Layout, name: &str, tool: &str, output: &Output) -> anyhow::Result<PathBuf> {
    let requirements = layout.root()?.join(format!("infra/requirements-{name}.txt"));
    let folder = layout.python()?.join(name);
    let programs = folder.join("bin");
    let kept = folder.join("stamp");
    let python = python()?;

    let mut wanted = Stamp::default();
    wanted.add_file("requirements", &requirements)?;
    wanted.add("folder", folder.as_os_str().as_encoded_bytes());
    let wanted = wanted.finish();
    if stamp::holds(&kept, &wanted) && programs.join("python").exists() {
        return Ok(programs);
    }

    let start = clock::start();
    output.progress(format!("installing {tool} into {} (once, some minutes) …", folder.display()));
    absent(fs::remove_dir_all(&folder)).with_context(|| format!("remove {}", folder.display()))?;
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    install(&python, &folder, &requirements, &layout.log(&format!("pip-{name}")))?;
    stamp::keep(&kept, &wanted)?;
    output.progress(format!("  installed {tool} in {}", clock::spent(start)));
    Ok(programs)
}

fn install(python: &str, folder: &Path, requirements: &Path, log: &Path) -> anyhow::Result<()> {
    process::run(Command::new(python).args(["-m", "venv"]).arg(folder), "making a Python environment", log)?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r"]).arg(requirements);
    process::run(&mut pip, "installing Python packages", log)
}

fn python() -> anyhow::Result<String> {
    let works = |python: &&&str| {
        Command::new(**python).args(["-c", CHECK]).output().is_ok_and(|ran| ran.status.success())
    };
    match PYTHONS.iter().find(works) {
        Some(python) => Ok((*python).to_owned()),
        None => Err(anyhow!(Problem::failed("the local stack needs Python 3.11 or newer with venv").advice(
            "Debian, Ubuntu:  apt-get install python3 python3-venv\nmacOS:           brew install python"
        ))),
    }
}
