//! `tollgate`, run on the stack as an operator does.

use std::{
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::stack::{FOLDER, Stack, root};

impl Stack {
    /// Runs the tool on this stack: exit code, standard output, standard error.
    pub(crate) fn tollgate(arguments: &[&str], input: &str) -> (i32, String, String) {
        Self::finish(Self::started(Path::new(FOLDER), arguments, input))
    }

    /// Starts the tool on the stack of this folder, and says `input` to it.
    pub(crate) fn started(folder: &Path, arguments: &[&str], input: &str) -> Child {
        let mut tool = Command::new(root().join("target/release/tollgate"));
        tool.args(arguments).arg("--dir").arg(folder).current_dir(root());
        let mut running =
            tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Who does not read it has ended already.
        let _ = running.stdin.take().unwrap().write_all(input.as_bytes());
        running
    }

    /// Starts the tool on this stack.
    pub(crate) fn start(arguments: &[&str]) -> Child {
        Self::started(Path::new(FOLDER), arguments, "")
    }

    /// Waits for the tool: exit code, standard output, standard error.
    pub(crate) fn finish(running: Child) -> (i32, String, String) {
        let done = running.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
    }

    /// The JSON that the tool prints about this stack, when it ends with 0.
    pub(crate) fn tollgate_json(arguments: &[&str], input: &str) -> serde_json::Value {
        let (code, printed, errors) = Self::tollgate(&[arguments, &["--json"]].concat(), input);
        assert_eq!(code, 0, "{arguments:?}: {errors}");
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {printed}"))
    }
}
