//! A function's binary, and the Lambda Runtime API that it talks to.

pub(crate) mod http;

use std::{
    fs,
    io::{BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use flate2::{Compression, write::DeflateEncoder};

use crate::{
    cloud::Cloud,
    events::{self, Job},
    measure::{self, Memory},
};

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
        Binary { name, path: folder.join(name), environment: events::environment(cloud) }
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

/// A process that has asked for an event, and waits.
pub(crate) struct Running {
    child: Child,
    stderr: JoinHandle<String>,
    stream: BufReader<TcpStream>,
    served: usize,
    /// From before `exec` to its first request for an event.
    pub(crate) init: Duration,
}

impl Running {
    /// Starts it and waits until it asks for its first event.
    pub(crate) fn start(mut command: Command) -> anyhow::Result<Running> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        command.env("AWS_LAMBDA_RUNTIME_API", address.to_string());
        let start = now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context("start it")?;
        let stderr = child.stderr.take().context("no standard error")?;
        let stderr = thread::spawn(move || {
            let text = std::io::read_to_string(stderr).unwrap_or_default();
            // It has ended: whoever waits for its first request meets the end of a stream instead.
            let _ = TcpStream::connect(address);
            text
        });
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let stream = BufReader::new(stream);
        let mut running = Running { child, stderr, stream, served: 0, init: Duration::ZERO };
        match running.expect_next() {
            Ok(()) => running.init = start.elapsed(),
            Err(error) => {
                running.child.kill()?;
                bail!("{error}: {}", running.stderr.join().unwrap_or_default());
            }
        }
        Ok(running)
    }

    /// Hands over an event and checks the answer. Returns the time between the two.
    pub(crate) fn invoke(&mut self, job: &Job) -> anyhow::Result<Duration> {
        self.served += 1;
        let (id, length) = (self.served, job.event.len());
        let head = format!(
            "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: {id}\r\nlambda-runtime-deadline-ms: 4102444800000\r\n\
             lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:123456789012:function:bench\r\n\
             lambda-runtime-trace-id: {trace}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n",
            trace = events::TRACE,
        );
        let message = [head.as_bytes(), job.event.as_bytes()].concat();
        let start = now();
        self.stream.get_mut().write_all(&message)?;
        let answer = self.request()?;
        let took = start.elapsed();
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        ensure!(answer.target().ends_with("/response"), "it failed: {body}");
        ensure!((job.expected)(&serde_json::from_str(&body)?), "it answered {body}");
        self.stream.get_mut().write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")?;
        self.expect_next()?;
        Ok(took)
    }

    fn expect_next(&mut self) -> anyhow::Result<()> {
        let request = self.request()?;
        ensure!(request.target().ends_with("/invocation/next"), "it asked for {}", request.target());
        Ok(())
    }

    fn request(&mut self) -> anyhow::Result<http::Request> {
        http::read(&mut self.stream)?.context("it closed the connection")
    }

    /// CPU time of its threads until now.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        measure::cpu(self.child.id())
    }

    /// Its memory now, and the most that it ever had.
    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        measure::memory(self.child.id())
    }

    /// Ends it at once.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end where it waits. Returns what it wrote to standard error, in the case of valgrind its count.
    pub(crate) fn terminate(self) -> anyhow::Result<String> {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(killed.success(), "it could not be ended");
        self.end()
    }

    /// Answers that there is no event and never will be, so that it ends by itself. Returns what it wrote to standard error.
    pub(crate) fn refuse(mut self) -> anyhow::Result<String> {
        let answer = b"HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        self.stream.get_mut().write_all(answer)?;
        self.end()
    }

    fn end(mut self) -> anyhow::Result<String> {
        drop(self.stream);
        self.child.wait()?;
        Ok(self.stderr.join().unwrap_or_default())
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn now() -> Instant {
    Instant::now()
}
