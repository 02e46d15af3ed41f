"""What the documents refer to is there, by `infra/test.sh`."""

import fnmatch
import json
import re
import subprocess
import unittest
from pathlib import Path

import yaml
from render import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
RUNBOOKS = ROOT / "docs/runbooks"
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md")] + sorted((ROOT / "docs").rglob("*.md"))


def kebab(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def heading(line):
    """The anchor that a page of the repository has for a heading."""
    return re.sub(r"[^\w\- ]", "", line.lstrip("# ").strip().lower()).replace(" ", "-")


class Documents(unittest.TestCase):
    def test_every_alarm_has_a_runbook_and_every_runbook_an_alarm(self):
        resources = yaml_parse((ROOT / "infra/alarms.yaml").read_text())["Resources"]
        kinds = {"AWS::CloudWatch::Alarm", "AWS::Events::Rule"}
        alarms = {kebab(name) for name, resource in resources.items() if resource["Type"] in kinds}
        pages = {page.stem for page in RUNBOOKS.glob("*.md")} - {"README"}
        self.assertEqual(alarms, pages)
        index = (RUNBOOKS / "README.md").read_text()
        for alarm in alarms:
            self.assertIn(f"({alarm}.md)", index)

    def test_a_runbook_says_how_bad_it_is_as_the_composites_do(self):
        resources = yaml_parse((ROOT / "infra/alarms.yaml").read_text())["Resources"]
        rules = {name: yaml.safe_dump(resources[name]["Properties"]["AlarmRule"]) for name in ("Critical", "Warning")}
        for page in RUNBOOKS.glob("*.md"):
            severity = re.search(r"^\*\*(critical|warning)\*\* · ", page.read_text(), re.M)
            if page.stem in ("README", "key-endangered"):
                continue
            name = next(name for name in resources if kebab(name) == page.stem)
            self.assertTrue(severity, page.stem)
            self.assertIn("${" + name + "}", rules[severity[1].title()], page.stem)

    def test_a_runbook_has_its_parts(self):
        for page in RUNBOOKS.glob("*.md"):
            if page.stem != "README":
                text = page.read_text()
                for part in (f"# {page.stem}\n", "\n## Look\n\n```\n", "| you find | then |", "\nOver when "):
                    self.assertIn(part, text, page.stem)

    def test_the_stack_policies_name_all_that_holds_state(self):
        policies = re.findall(r"--stack-policy-body '(.*?)'", (ROOT / "docs/deploy.md").read_text(), re.S)
        kinds = {"AWS::KMS::Key", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Events::EventBus"}
        self.assertEqual(len(policies), 2)
        for policy, file in zip(policies, ("template.yaml", "infra/data.yaml")):
            allow, deny = json.loads(policy)["Statement"]
            self.assertEqual((allow["Effect"], deny["Effect"], deny["Action"]), ("Allow", "Deny", ["Update:Replace", "Update:Delete"]))
            patterns = [each.removeprefix("LogicalResourceId/") for each in deny["Resource"]]
            for name, resource in yaml_parse((ROOT / file).read_text())["Resources"].items():
                if resource["Type"] in kinds or name == "Data":
                    self.assertTrue(any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns), name)

    def test_every_link_leads_somewhere(self):
        for page in PAGES:
            for target in re.findall(r"\]\(([^)#\s]+)?(?:#([\w-]+))?\)", page.read_text()):
                path, anchor = target
                if path.startswith(("http:", "https:")):
                    continue
                linked = (page.parent / path).resolve() if path else page
                self.assertTrue(linked.exists(), f"{page.name}: {path}")
                if anchor:
                    anchors = {heading(line) for line in linked.read_text().splitlines() if line.startswith("#")}
                    self.assertIn(anchor, anchors, page.name)

    def test_every_page_that_the_tool_names_exists(self):
        for source in sorted((ROOT / "cli/src").rglob("*.rs")):
            for path in re.findall(r"\bdocs/[\w/-]+\.md", source.read_text()):
                self.assertTrue((ROOT / path).exists(), f"{source.name}: {path}")

    def test_every_section_that_is_named_exists(self):
        """`docs/operate.md, Dead letters` names a page and its heading."""
        for page in [*PAGES, *sorted((ROOT / "cli/src").rglob("*.rs"))]:
            for path, section in re.findall(r"(docs/[a-z]+\.md), ([A-Z][a-z]+(?: [a-z]+)*)", page.read_text()):
                headings = [line.lstrip("# ") for line in (ROOT / path).read_text().splitlines() if line.startswith("#")]
                self.assertTrue(any(section.startswith(each) or each == section for each in headings), f"{page.name}: {path}, {section}")

    def test_every_log_line_that_is_searched_for_is_written(self):
        source = "".join(path.read_text() for folder in ("functions", "shared") for path in (ROOT / folder).rglob("*.rs"))
        for page in PAGES:
            for message in re.findall(r'\$\.message = "([^"]+)"', page.read_text()):
                self.assertTrue(f'"{message}"' in source, f"{page.name}: {message}")

    def test_every_command_of_the_tool_exists(self):
        (commands,) = re.findall(r"enum Command \{(.*?)\n\}", (ROOT / "cli/src/commands.rs").read_text(), re.S)
        names = {kebab(name) for name in re.findall(r"^    ([A-Z]\w+)\(", commands, re.M)}
        files = [ROOT / "cli/src/commands.rs", *sorted((ROOT / "cli/src/commands").rglob("*.rs"))]
        names |= {name for path in files for name in re.findall(r'alias = "([a-z-]+)"', path.read_text())}
        for page in PAGES:
            text = page.read_text().split("\n## Roadmap\n")[0]
            code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.S))
            for command in re.findall(r"\btollgate ([a-z][a-z-]*)", code):
                self.assertIn(command, names, page.name)

    def test_every_output_and_parameter_that_is_named_exists(self):
        template = yaml_parse((ROOT / "template.yaml").read_text())
        for page in PAGES:
            text = page.read_text()
            for output in re.findall(r"tollgate_output (\w+)", text):
                self.assertTrue(output in template["Outputs"], f"{page.name}: {output}")
            for parameter in re.findall(r"`([A-Z][a-z][A-Za-z0-9]+)=[^`]*`", text):
                self.assertTrue(parameter in template["Parameters"], f"{page.name}: {parameter}")

    def test_nothing_of_the_workshop_is_left_in_a_page(self):
        tracked = subprocess.run(["git", "ls-files", "*.md", "*.toml", "*.yaml"], cwd=ROOT, capture_output=True, text=True).stdout.split()
        for path in tracked:
            self.assertNotRegex((ROOT / path).read_text(), r"/(?:tmp|work|root|home)/\w", path)


if __name__ == "__main__":
    unittest.main()
