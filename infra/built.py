"""What `sam build` made: for each function of the template a bootstrap for this machine, which needs no newer glibc than
Lambda's Amazon Linux has, starts with the variables that the template gives it, and answers an event.

    .local/python/template/bin/python infra/built.py FOLDER

Lambda's side of it, the Runtime API, is played here on 127.0.0.1; nothing is behind the address of AWS.
"""

import http.server
import json
import platform
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

import render

# provided.al2023.
GLIBC = (2, 34)
MACHINE = {"x86_64": "Advanced Micro Devices X86-64", "aarch64": "AArch64"}[platform.machine()]
# Events that need nothing of AWS, and what they are answered: a media type that no provider sends, and empty batches.
HTML = {"httpMethod": "POST", "multiValueHeaders": {"Content-Type": ["text/html"]}, "body": "<p>", "pathParameters": {"endpoint": "shop"}}
EVENTS = {"Webhook": (HTML, {"statusCode": 415})}
EMPTY = ({"Records": []}, {"batchItemFailures": []})
SECONDS = 30


class RuntimeApi(http.server.ThreadingHTTPServer):
    """Gives one event to whoever asks first. `.said` tells what was asked for, and with which body."""

    daemon_threads = True

    def __init__(self, event):
        super().__init__(("127.0.0.1", 0), Invocations)
        self.event, self.said, self.ended = json.dumps(event).encode(), queue.Queue(), threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """Whoever hangs up has been killed below."""


class Invocations(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        event, self.server.event = self.server.event, None
        self.server.said.put((self.path.removeprefix("/2018-06-01/runtime/"), None))
        if event is None:  # It waits for the next one, as between deliveries.
            self.server.ended.wait()
            self.close_connection = True
            return
        self.answer(200, event)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.said.put((self.path.removeprefix("/2018-06-01/runtime/"), body))
        self.answer(202, b"")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
        self.send_header("Lambda-Runtime-Deadline-Ms", "4102444800000")
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", f"arn:aws:lambda:{render.REGION}:{render.ACCOUNT}:function:built")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def readelf(option, bootstrap):
    return subprocess.run(["readelf", "-W", option, bootstrap], check=True, capture_output=True, text=True).stdout


def linked(bootstrap):
    """Fails unless it is for this machine and for a glibc that is old enough; returns the newest that it needs."""
    header = readelf("--file-header", bootstrap)
    assert re.search(rf"Machine:\s+{re.escape(MACHINE)}$", header, re.M), f"it is not for {MACHINE}"
    versions = re.findall(r"\bGLIBC_(\d+)\.(\d+)", readelf("--version-info", bootstrap))
    newest = max(((int(major), int(minor)) for major, minor in versions), default=(0, 0))
    assert newest > (0, 0), "it needs no glibc at all: was it linked otherwise?"
    assert newest <= GLIBC, f"it needs glibc {shown(newest)}, and Lambda has {shown(GLIBC)}"
    return newest


def shown(version):
    return ".".join(map(str, version))


def answers(name, command, variables):
    """Fails unless what is started asks for an event, answers it as it should, and asks for the next."""
    event, expected = EVENTS.get(name, EMPTY)
    api = RuntimeApi(event)
    environment = {key: str(value) for key, value in variables.items()} | {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_REGION": render.REGION,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_ENDPOINT_URL": "https://127.0.0.1:1",
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    failure = None
    try:
        assert api.said.get(timeout=SECONDS) == ("invocation/next", None)
        what, body = api.said.get(timeout=SECONDS)
        assert what == "invocation/1/response", f"{what} {body}"
        answer = json.loads(body)
        assert isinstance(answer, dict) and expected.items() <= answer.items(), f"it answers {answer}, not {expected}"
        assert api.said.get(timeout=SECONDS) == ("invocation/next", None)
    except (AssertionError, ValueError, queue.Empty) as error:
        failure = str(error) or "it does not ask for an event"
    process.kill()
    log = process.communicate()[0].decode(errors="replace")
    api.ended.set()
    api.shutdown()
    api.server_close()
    assert not failure, f"{failure}\n{log}"


def main(folder):
    resources = yaml_parse((folder / "template.yaml").read_text())["Resources"]
    code = {name: each["Properties"]["CodeUri"] for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"}
    assert len(code) == 4, f"functions: {', '.join(code)}"
    stack = render.render("local")
    for name, path in code.items():
        bootstrap = folder / path / "bootstrap"
        try:
            needs = linked(bootstrap)
            answers(name, [bootstrap], stack.resources[name]["Properties"]["Environment"]["Variables"])
        except (AssertionError, OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"{name}: {error}")
        print(f"{name}: answers, and needs glibc {shown(needs)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
