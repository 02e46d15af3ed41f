"""The page of costs is what the calculator says, and its counts are those of tests, by `infra/test.sh`."""

import re
import unittest
from pathlib import Path

import controls
import cost

ROOT = Path(__file__).resolve().parent.parent


class Cost(unittest.TestCase):
    def test_the_page_is_what_the_calculator_says(self):
        self.assertEqual((ROOT / "docs/cost.md").read_text(), cost.page(), "write it again: python3 infra/cost.py --page")

    def test_each_count_is_asserted_by_a_test(self):
        tests, _, _ = controls.places()
        for _, test in cost.COUNTED.values():
            self.assertIn(test, tests)

    def test_each_price_is_positive_and_says_where_and_when_it_was_read(self):
        for name, price in cost.PRICES.items():
            self.assertGreater(price.dollars, 0, name)
            self.assertTrue(re.search(r"20\d\d|undated", price.read), name)

    def test_what_grows_with_traffic_grows_the_bill(self):
        total = lambda lines: sum(amount for _, amount in lines)
        self.assertGreater(total(cost.variable(kb=500)), total(cost.variable(kb=3)))
        self.assertGreater(total(cost.variable()), total(cost.variable(waf=False)))
        self.assertGreater(total(cost.fixed(zones=3)), total(cost.fixed(zones=2)))
        self.assertAlmostEqual(total(cost.fixed(zones=3)) - total(cost.fixed(zones=2)), 29.2)


if __name__ == "__main__":
    unittest.main()
