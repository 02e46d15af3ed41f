"""Looks for secrets with gitleaks and the rules of .gitleaks.toml, after it has shown that each rule bites.

    secret_scan.py GITLEAKS              the whole history and what is not committed yet
    secret_scan.py GITLEAKS --staged     what is about to be committed
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / ".gitleaks.toml"

# Joined only when they are used, so that no file of the repository holds one.
RANDOM = "q7Zt4Xw9" "Lm2Vb8Rk" "5Hs1Nd6P" "c3Jf0GyT"
HEX = "9f86d081" "884c7d65" "9a2feaa0" "c55ad015"
SAMPLES = {
    "webhook-secret": "whsec_" + RANDOM,
    "stripe-key": "sk_live_" + RANDOM,
    "square-token": "EAAA" + RANDOM + RANDOM,
    "braintree-token": "access_token$production$" + HEX[:16] + "$" + HEX,
    "adyen-api-key": "AQE" + RANDOM + "-" + RANDOM + "=-" + RANDOM[:12],
    "shopify-secret": "shpss_" + HEX,
    "razorpay-key": "rzp_live_" + RANDOM[:14],
    "mollie-key": "live_" + RANDOM,
    "flutterwave-key": "FLWSECK-" + HEX + "-X",
    "paddle-secret": "pdl_ntfset_" + HEX[:26] + "_" + RANDOM,
    "mercadopago-token": "APP_USR-" + "8" * 16 + "-112233-" + HEX + "-" + "4" * 9,
    "xendit-key": "xnd_production_" + RANDOM,
    "private-key-block": "-----BEGIN EC " + "PRIVATE KEY-----\n" + RANDOM + RANDOM,
}
# (path, sample, whether it may stand there)
PLACES = [
    ("shared/verification/vectors/acme.json", "webhook-secret", True),
    ("shared/verification/tests/endpoint.rs", "webhook-secret", True),
    ("shared/verification/tests/endpoint.rs", "stripe-key", False),
    ("shared/verification/tests/endpoint.rs", "private-key-block", False),
    ("shared/verification/src/endpoint.rs", "webhook-secret", False),
    ("docs/providers.md", "square-token", False),
    ("docs/deploy.md", "webhook-secret", False),
    ("samconfig.toml", "mollie-key", False),
]


def findings(gitleaks, *arguments, folder):
    """(rule, file, line, commit) of what it found."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [gitleaks, *arguments, "--no-banner", "--log-level=error", "--redact", "--exit-code=0"]
        command += ["--config", CONFIG, "--report-format=json", "--report-path", report.name, "."]
        subprocess.run(command, cwd=folder, check=True)
        found = json.loads(Path(report.name).read_text() or "[]")
    return [(each["RuleID"], each["File"], each["StartLine"], each["Commit"][:12]) for each in found]


def shown_to_bite(gitleaks):
    rules = {rule["id"] for rule in tomllib.loads(CONFIG.read_text())["rules"]}
    if rules != set(SAMPLES):
        sys.exit(f"rules without a sample, or samples without a rule: {rules ^ set(SAMPLES)}")
    with tempfile.TemporaryDirectory() as folder:
        for rule, sample in SAMPLES.items():
            (Path(folder) / f"{rule}.txt").write_text(f"key: {sample}\n")
        found = {(rule, Path(path).stem) for rule, path, *_ in findings(gitleaks, "dir", folder=folder)}
        missed = [rule for rule in SAMPLES if (rule, rule) not in found]
        if missed:
            sys.exit(f"rules that do not find their sample: {', '.join(missed)}")
    with tempfile.TemporaryDirectory() as folder:
        for number, (path, rule, _) in enumerate(PLACES):
            file = Path(folder) / str(number) / path
            file.parent.mkdir(parents=True)
            file.write_text(f"key: {SAMPLES[rule]}\n")
        for number, (path, rule, allowed) in enumerate(PLACES):
            if allowed == any(each == rule for each, *_ in findings(gitleaks, "dir", folder=Path(folder) / str(number))):
                sys.exit(f"{rule} in {path} is {'refused' if allowed else 'allowed'}")


def main():
    gitleaks = str(Path(sys.argv[1]).resolve())
    if sys.argv[2:] == ["--staged"]:
        found = findings(gitleaks, "git", "--staged", folder=ROOT)
    else:
        shown_to_bite(gitleaks)
        found = findings(gitleaks, "git", folder=ROOT) + findings(gitleaks, "git", "--pre-commit", folder=ROOT)
    for rule, path, line, commit in found:
        print(f"{path}:{line}: {rule}" + (f" (in {commit})" if commit else ""))
    if found:
        sys.exit(
            "Take the secret out and roll it where it came from: what was committed counts as published.\n"
            "If it is none, .gitleaks.toml takes an exception by path and rule, with its reason."
        )
    print(f"no secret; {len(SAMPLES)} rules found their samples")


main()
