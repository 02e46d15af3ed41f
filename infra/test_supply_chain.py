"""What comes from outside is pinned, and the checks of a commit are those of CI, by `infra/test.sh`."""

import re
import tomllib
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = {path.name: path.read_text() for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
# `on` is a boolean to YAML 1.1.
PARSED = {name: yaml.load(text, yaml.BaseLoader) for name, text in WORKFLOWS.items()}
STEPS = [
    (name, key, step) for name, flow in PARSED.items() for key, job in flow["jobs"].items() for step in job["steps"]
]


class SupplyChain(unittest.TestCase):
    def test_the_workflows_are_there(self):
        self.assertEqual(set(WORKFLOWS), {"check.yml", "codeql.yml", "deploy.yml", "release.yml", "test.yml"})

    def test_each_action_is_pinned_to_a_commit_and_names_its_version(self):
        for name, text in WORKFLOWS.items():
            for line in re.findall(r"^.*uses:.*$", text, re.M):
                self.assertRegex(line, r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", name)

    def test_one_action_has_one_version(self):
        pins = {}
        for _, _, step in STEPS:
            if "uses" in step:
                action, commit = step["uses"].split("@")
                pins.setdefault("/".join(action.split("/")[:2]), set()).add(commit)
        self.assertEqual([action for action, commits in pins.items() if len(commits) > 1], [])

    def test_a_workflow_may_nothing_and_each_job_says_what_it_needs(self):
        for name, flow in PARSED.items():
            self.assertEqual(flow["permissions"], {}, name)
            for key, job in flow["jobs"].items():
                self.assertIn("permissions", job, f"{name} {key}")
                self.assertIn("timeout-minutes", job, f"{name} {key}")

    def test_only_a_job_with_an_environment_may_sign_deploy_or_publish(self):
        for name, flow in PARSED.items():
            for key, job in flow["jobs"].items():
                strong = {right for right, level in job["permissions"].items() if level == "write"} - {"security-events"}
                self.assertEqual(bool(strong), "environment" in job, f"{name} {key}: {strong}")

    def test_nothing_runs_on_the_word_of_a_stranger_with_rights(self):
        for name, flow in PARSED.items():
            self.assertLessEqual(set(flow["on"]), {"pull_request", "push", "schedule", "workflow_dispatch"}, name)

    def test_a_checkout_leaves_no_token_behind(self):
        for name, key, step in STEPS:
            if step.get("uses", "").startswith("actions/checkout@"):
                self.assertEqual(step["with"]["persist-credentials"], "false", f"{name} {key}")

    def test_no_workflow_reads_a_secret(self):
        for name, text in WORKFLOWS.items():
            self.assertNotIn("secrets.", text, name)

    def test_the_compiler_is_the_one_that_the_workspace_asks_for(self):
        wanted = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]
        for name, text in WORKFLOWS.items():
            for version in re.findall(r"rustup (?:toolchain install|default) (\S+)", text):
                self.assertEqual(version, f"{wanted}.0", name)

    def test_ci_runs_the_commands_of_the_readme(self):
        for name, command in (("test.yml", "make test"), ("check.yml", "make check")):
            self.assertIn(command, [step.get("run") for flow, _, step in STEPS if flow == name])

    def test_each_hook_is_a_check_of_ci(self):
        checks = set(re.findall(r'\bcheck(?:_beside)? "([^"$]+)"', (ROOT / "infra/check.sh").read_text()))
        config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
        for repository in config["repos"]:
            self.assertEqual(repository["repo"], "local", "a hook from elsewhere is not a check of CI")
            for hook in repository["hooks"]:
                script, *names = hook["entry"].split()
                self.assertEqual(script, "infra/check.sh")
                self.assertLessEqual(set(names), checks, hook["id"])

    def test_every_tool_is_pinned(self):
        for path in sorted((ROOT / "infra").glob("requirements-*.txt")):
            for line in path.read_text().splitlines():
                if line and not line.startswith(("#", " ")):
                    self.assertRegex(line, r"^[\w.-]+(\[[\w,-]+\])?==[\w.+-]+( ; .+)?( \\)?$", path.name)

    def test_updates_are_proposed_for_everything_that_is_pinned(self):
        updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
        found = {(update["package-ecosystem"], update["directory"]) for update in updates}
        self.assertEqual(found, {("cargo", "/"), ("cargo", "/fuzz"), ("github-actions", "/"), ("pip", "/infra")})

    def test_what_has_an_owner_exists(self):
        for line in (ROOT / ".github/CODEOWNERS").read_text().splitlines():
            if line and not line.startswith(("#", "*")):
                pattern = line.split()[0].strip("/")
                self.assertTrue(list(ROOT.glob(pattern)), pattern)

    def test_deployments_are_one_environment_each(self):
        deploy = PARSED["deploy.yml"]
        options = deploy["on"]["workflow_dispatch"]["inputs"]["environment"]["options"]
        environments = set(tomllib.loads((ROOT / "samconfig.toml").read_text())) - {"version", "default", "local"}
        self.assertEqual(set(options), environments)
        self.assertEqual(deploy["jobs"]["deploy"]["environment"], "${{ inputs.environment }}")


if __name__ == "__main__":
    unittest.main()
