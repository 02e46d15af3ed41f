"""Runs a command against a local stack, records meanwhile which calls of AWS each function makes, and compares them with
the calls that its role is made for (`CALLS`, which `infra/test.sh` holds against the roles).

    .local/python/template/bin/python infra/calls.py .local/test cargo test -p tests

The emulator keeps every signed request with the access key that signed it; the key belongs to a function's process, whose
environment names the function. A call that no role is made for fails; so does one that nothing makes, unless it says why.
"""

import collections
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from checks.claims import CALLS, FUNCTIONS

# Calls that a run may be without, and why.
RARE = {
    ("Archiver", "s3:GetObject"): "only if a segment of that name is there already, or a day ends",
    ("Archiver", "s3:ListBucket"): "only when a day ends",
    ("Publisher", "sqs:SendMessage"): "only if the bus takes an event no more for an hour",
}
# What a call is called by the emulator where it is not as IAM calls the right to it.
ACTIONS = {"HeadObject": "GetObject", "ListObjects": "ListBucket"}
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/cloudtrail/aws4_request, SignedHeaders=host, Signature=0"


class Recorder:
    """Asks again and again, since the emulator remembers ten thousand requests only and processes come and go."""

    def __init__(self, folder):
        note = json.loads((Path(folder) / "emulator.pid").read_text())
        self.emulator, self.url = note["pid"], f"http://127.0.0.1:{note['port']}"
        self.functions, self.since, self.made = {}, {}, collections.defaultdict(collections.Counter)
        self.ended = threading.Event()
        self.events({"AccessKeyId": "nobody"}, 0)  # The emulator loads what keeps them when it is first asked.
        self.ask("/_ministack/config", {"cloudtrail._recording_enabled": "true"}, {})

    def ask(self, path, body, headers):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.1", **headers})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def events(self, attributes, since):
        """Newest first, fifty at once."""
        body = {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value} for key, value in attributes.items()], "StartTime": since}
        target = {"X-Amz-Target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", "Authorization": SIGNED}
        while True:
            found = self.ask("/", body, target)["Events"]
            yield from found
            if len(found) < 50:
                return
            body["EndTime"] = found[-1]["EventTime"] - 1e-6

    def look(self):
        """The functions' processes of now, and what those known have called since the last look."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if self.emulator not in ancestors(process.name):
                    continue
                environment = dict(entry.split("=", 1) for entry in (process / "environ").read_text().split("\0") if "=" in entry)
            except OSError:
                continue  # It has just ended.
            if "AWS_LAMBDA_FUNCTION_NAME" in environment:
                function = environment["AWS_LAMBDA_FUNCTION_NAME"].split("-")[-2]
                self.functions[environment["AWS_ACCESS_KEY_ID"]] = function
        for key, function in self.functions.items():
            since = self.since.get(key, 0)
            for event in self.events({"AccessKeyId": key}, since + 1e-6):
                self.since[key] = max(self.since.get(key, 0), event["EventTime"])
                self.made[function][action(event)] += 1

    def run(self):
        while not self.ended.wait(1):
            try:
                self.look()
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                continue  # Busy; it is asked again.


def ancestors(pid):
    """The processes above one."""
    above = []
    while pid not in ("0", "1") and len(above) < 10:
        pid = Path("/proc", pid, "stat").read_text().rsplit(")", 1)[1].split()[1]
        above.append(int(pid))
    return above


def action(event):
    service, name = event["EventSource"].split(".")[0], event["EventName"]
    return f"{service}:{ACTIONS.get(name, name)}"


def main():
    folder, *command = sys.argv[1:]
    recorder = Recorder(folder)
    thread = threading.Thread(target=recorder.run, daemon=True)
    thread.start()
    status = subprocess.run(command).returncode
    recorder.ended.set()
    thread.join()
    recorder.look()

    wrong = []
    print(f"\n{'function':<11}{'calls':<34}{'times':>6}")
    for function in FUNCTIONS:
        made = recorder.made[function]
        for name, times in sorted(made.items()):
            print(f"{function:<11}{name:<34}{times:>6}")
        wrong += [f"{function} calls {name}, which its role is not made for" for name in sorted(set(made) - set(CALLS[function]))]
        for name in sorted(set(CALLS[function]) - set(made)):
            why = RARE.get((function, name))
            print(f"{function:<11}{name:<34}{'none':>6}  {why or 'never seen'}")
            wrong += [] if why else [f"{function} never called {name}, which its role allows"]
    print("\n".join(wrong) or "what the functions call is what their roles are made for")
    sys.exit(status or bool(wrong))


if __name__ == "__main__":
    main()
