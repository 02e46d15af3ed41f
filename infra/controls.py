"""docs/controls.md, from infra/controls.toml.

    controls.py          writes the page
    controls.py review   fails if SECURITY.md was last reviewed more than 180 days ago
"""

import datetime
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/controls.md"
DAYS = 180
HEAD = """# Controls

Each control, where it is, and the test that fails without it; or the decision by which it does not apply. Made by
`infra/controls.py` from `infra/controls.toml`; `make test` fails when something that is named here does not exist.

The numbers under a heading are those of PCI DSS 4.0.1, the trust services criteria of SOC 2, Annex A of ISO/IEC 27001:2022 and the
articles of the GDPR that the section helps with. They are pointers for whoever assesses you, no claim that anything is certified or
compliant: that depends on the account around the stack and on the people who run it.
"""


class Unknown(ValueError):
    """Something is named that does not exist."""


def tracked():
    return subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()


def places():
    """{name of a test or claim: files that have it}, {resource: templates that have it}, names of checks."""
    tests, resources = {}, {}
    for path in tracked():
        text = (ROOT / path).read_text() if path.endswith((".rs", ".py", ".yaml")) and (ROOT / path).exists() else ""
        if path.endswith(".rs"):
            found = re.findall(r"#\[(?:tokio::)?test[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:async )?fn (\w+)", text)
        elif path.startswith("infra/") and path.endswith(".py"):
            found = re.findall(r"^    def (test_\w+)|^@check\ndef (\w+)", text, re.M)
            found = [one or other for one, other in found]
        else:
            found = []
        for name in found:
            tests.setdefault(name, []).append(path)
        if path == "template.yaml" or (path.startswith("infra/") and path.endswith(".yaml")):
            resources_of = text.split("\nResources:\n")[-1].split("\nOutputs:\n")[0]
            for name in re.findall(r"^  ([A-Z]\w+):$", resources_of, re.M):
                resources.setdefault(name, []).append(path)
    checks = set(re.findall(r'\bcheck(?:_beside)? "([^"$(]+?)(?: \([^"]*\))?"', (ROOT / "infra/check.sh").read_text()))
    return tests, resources, checks


def shown_place(entry, resources):
    if (ROOT / entry).exists():
        return f"[{entry}](../{entry})"
    if entry in resources:
        return " ".join(f"`{entry}` in [{path}](../{path})" for path in resources[entry])
    raise Unknown(f"no file and no resource: {entry}")


def shown_proof(entry, tests, checks):
    if entry.startswith("check "):
        if entry.removeprefix("check ") not in checks:
            raise Unknown(f"no such check: {entry}")
        return f"`make check`: {entry.removeprefix('check ')}"
    if entry not in tests:
        raise Unknown(f"no such test: {entry}")
    # The part of the repository, not the file: a test that moves within it stays the same proof.
    folder = "/".join(tests[entry][0].split("/")[: 1 if tests[entry][0].startswith(("cli", "infra", "tests")) else 2])
    return f"`{entry}` in {folder}"


def shown_decision(control):
    page, phrase = control["see"].split(": ", 1)
    if phrase.lower() not in (ROOT / page).read_text().lower():
        raise Unknown(f"{page} does not say: {phrase}")
    link = page if page.startswith("docs/") else f"../{page}"
    return f"*Decided:* {control['decision']} ([{page}]({link.removeprefix('docs/')}))."


def row(name, control, known):
    tests, resources, checks = known
    if not (control.get("proof") or "decision" in control):
        raise Unknown(f"{name} has neither proof nor decision")
    where = [shown_place(entry, resources) for entry in control.get("by", [])]
    if "decision" in control:
        where.append(shown_decision(control))
    if "open" in control:
        where.append(f"*Open:* {control['open']}.")
    proof = [shown_proof(entry, tests, checks) for entry in control.get("proof", [])]
    return f"| {name} | {control['control']} | {'<br>'.join(where)} | {'<br>'.join(proof)} |"


def page():
    source = tomllib.loads((ROOT / "infra/controls.toml").read_text())
    known, text = places(), [HEAD]
    for letter, (title, numbers) in source["sections"].items():
        text += [f"\n## {letter}. {title}\n\n{numbers}\n", "| | control | where | proven by |", "|---|---|---|---|"]
        text += [row(name, control, known) for name, control in source.items() if re.fullmatch(letter + r"\d+", name)]
    return "\n".join(text) + "\n"


def review(today):
    reviewed = datetime.date.fromisoformat(re.search(r"^Last reviewed: (\S+?)\.", (ROOT / "SECURITY.md").read_text(), re.M)[1])
    age = (today - reviewed).days
    if not 0 <= age <= DAYS:
        sys.exit(f"SECURITY.md was last reviewed {age} days ago: read it and docs/controls.md again, and date it anew")
    print(f"SECURITY.md was reviewed {age} days ago")


if __name__ == "__main__":
    if sys.argv[1:] == ["review"]:
        review(datetime.date.today())
    else:
        try:
            PAGE.write_text(page())
        except Unknown as error:
            sys.exit(f"{error}: say in infra/controls.toml what proves it now")
