"""Holds the rendered stack against AWS Control Tower's proactive controls, with cfn-guard and the rules of its npm package.

A resource that is meant to break a rule says so beside itself, as for checkov:
`Metadata: {guard: {skip: [{id: RULE, comment: why}]}}`. A skip that nothing needs is an error.

    python infra/control_tower.py GUARD RULES RENDERED.json
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def main():
    guard, rules, rendered = sys.argv[1:]
    stacks = json.loads(Path(rendered).read_text())
    skips = {}
    with tempfile.TemporaryDirectory() as folder:
        for part, stack in stacks.items():
            Path(folder, f"{part or 'Root'}.json").write_text(json.dumps({"Resources": stack["Resources"]}))
            for name, resource in stack["Resources"].items():
                for skip in resource.get("Metadata", {}).get("guard", {}).get("skip", []):
                    assert skip["comment"], f"{name}: a skip without a reason"
                    skips[part or "Root", name, skip["id"]] = False
        command = [guard, "validate", "--rules", rules, "--data", folder, "--show-summary", "none", "--output-format", "json", "--structured"]
        run = subprocess.run(command, capture_output=True, text=True)
    files = json.loads(run.stdout)
    wrong, passed = [], 0
    for file in files:
        part = Path(file["name"]).stem
        passed += len(file["compliant"])
        for broken in file["not_compliant"]:
            rule = broken["Rule"]["name"]
            for name in sorted(set(re.findall(r'"/Resources/(\w+)', json.dumps(broken)))):
                if (part, name, rule) in skips:
                    skips[part, name, rule] = True
                else:
                    wrong.append(f"{part}.{name}: {rule}")
    wrong += [f"{part}.{name}: skips {rule}, which holds" for (part, name, rule), used in skips.items() if not used]
    print("\n".join(wrong) or f"{passed} rules hold, {len(skips)} skipped")
    sys.exit(bool(wrong) or len(files) != len(stacks))


if __name__ == "__main__":
    main()
