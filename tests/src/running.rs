//! The Lambda Runtime API, as much of it as one process needs.
//! See <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::{
    io::{BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

use crate::{TRACE, http};

/// A process that has asked for an event, and waits.
pub struct Running {
    child: Child,
    stderr: JoinHandle<String>,
    stream: BufReader<TcpStream>,
    served: usize,
    /// From before `exec` to its first request for an event.
    pub init: Duration,
}

/// What became of an event.
pub struct Reply {
    /// Whether the function answered; else it reported an error.
    pub answered: bool,
    /// The answer or the error, as JSON.
    pub body: String,
    /// Between the event and this.
    pub took: Duration,
}

impl Running {
    /// Starts it and waits until it asks for its first event. Its standard error is kept.
    pub fn start(mut command: Command) -> anyhow::Result<Running> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        command.env("AWS_LAMBDA_RUNTIME_API", address.to_string());
        let start = now();
        let mut child = command.stderr(Stdio::piped()).spawn().context("start it")?;
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

    /// Hands over an event and waits for what becomes of it.
    pub fn invoke(&mut self, event: &str) -> anyhow::Result<Reply> {
        self.served += 1;
        let (id, length) = (self.served, event.len());
        let head = format!(
            "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: {id}\r\nlambda-runtime-deadline-ms: 4102444800000\r\n\
             lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:123456789012:function:bench\r\n\
             lambda-runtime-trace-id: {TRACE}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n",
        );
        let message = [head.as_bytes(), event.as_bytes()].concat();
        let start = now();
        self.stream.get_mut().write_all(&message)?;
        let answer = self.request()?;
        let took = start.elapsed();
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        self.stream.get_mut().write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")?;
        self.expect_next()?;
        Ok(Reply { answered: answer.target().ends_with("/response"), body, took })
    }

    fn expect_next(&mut self) -> anyhow::Result<()> {
        let request = self.request()?;
        ensure!(request.target().ends_with("/invocation/next"), "it asked for {}", request.target());
        Ok(())
    }

    fn request(&mut self) -> anyhow::Result<http::Request> {
        http::read(&mut self.stream)?.context("it closed the connection")
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end where it waits. Returns what it wrote to standard error, in the case of valgrind its count.
    pub fn terminate(self) -> anyhow::Result<String> {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(killed.success(), "it could not be ended");
        self.end()
    }

    /// Answers that there is no event and never will be, so that it ends by itself. Returns what it wrote to standard error.
    pub fn refuse(mut self) -> anyhow::Result<String> {
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

#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn now() -> Instant {
    Instant::now()
}
