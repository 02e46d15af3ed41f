"""The page of controls is true today, by `infra/test.sh`."""

import datetime
import re
import tomllib
import unittest
from pathlib import Path

import controls

ROOT = Path(__file__).resolve().parent.parent
SOURCE = tomllib.loads((ROOT / "infra/controls.toml").read_text())


class Controls(unittest.TestCase):
    def test_the_page_is_what_the_source_says(self):
        self.assertTrue((ROOT / "docs/controls.md").read_text() == controls.page(), "write it again: python3 infra/controls.py")

    def test_each_control_is_proven_or_decided(self):
        rows = {name: control for name, control in SOURCE.items() if name != "sections"}
        counts = {"A": 12, "B": 8, "C": 10, "D": 5, "E": 5, "F": 10, "G": 9, "H": 13, "I": 9, "J": 13}
        self.assertEqual(set(rows), {f"{letter}{number}" for letter, count in counts.items() for number in range(1, count + 1)})
        for name, control in rows.items():
            self.assertTrue(control.get("proof") or {"decision", "see"} <= set(control), name)
            self.assertTrue(control.get("by") or "decision" in control, name)
            self.assertLessEqual(set(control), {"control", "by", "proof", "decision", "see", "open"}, name)

    def test_what_does_not_exist_is_refused(self):
        known = controls.places()
        for wrong in (
            {"by": ["no/such/file.rs"], "proof": ["check clippy"]},
            {"by": ["NoSuchResource"], "proof": ["check clippy"]},
            {"by": ["Cargo.toml"], "proof": ["no_such_test"]},
            {"by": ["Cargo.toml"], "proof": ["check no such thing"]},
            {"by": ["Cargo.toml"], "proof": []},
            {"decision": "a", "see": "ARCHITECTURE.md: nothing of the kind stands there"},
        ):
            with self.subTest(**wrong), self.assertRaises(controls.Unknown):
                controls.row("Z1", {"control": "a", **wrong}, known)

    def test_an_old_review_is_noticed(self):
        reviewed = datetime.date.fromisoformat(re.search(r"Last reviewed: (\S+?)\.", (ROOT / "SECURITY.md").read_text())[1])
        controls.review(reviewed + datetime.timedelta(days=180))
        for days in (181, -1):
            with self.assertRaises(SystemExit):
                controls.review(reviewed + datetime.timedelta(days=days))

    def test_the_page_of_security_promises_what_it_must(self):
        text = " ".join((ROOT / "SECURITY.md").read_text().split())
        for promise in (
            "| answer that it was received | 24 hours |", "72 hours |", "every 7 days |", "| mended: critical | 48 hours |", "30 to 90 days |",
            "Report a vulnerability privately", "## Supported versions", "## Threats", "## Who is responsible", "## Incidents",
            "within 24 hours if critical, 7 days if high, 30 days if medium, with the next release if low", "is not certified for anything",
        ):
            self.assertIn(promise, text)


if __name__ == "__main__":
    unittest.main()
