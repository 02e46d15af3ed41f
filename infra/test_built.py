"""What infra/built.py finds wrong with a bootstrap, by `infra/test.sh`."""

import sys
import unittest
from unittest import mock

import built

# A function in few words: it asks, says VERB under its event's id with the body ANSWER, and asks again.
FUNCTION = """
import os, urllib.request
base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/"
urllib.request.urlopen(base + "invocation/next").read()
urllib.request.urlopen(base + "invocation/1/VERB", data=b'ANSWER').read()
urllib.request.urlopen(base + "invocation/next").read()
"""


def started(program):
    built.answers("Processor", [sys.executable, "-c", program], {"LIMIT": 1})


class Built(unittest.TestCase):
    def test_a_function_that_answers_as_it_should_is_right(self):
        started(FUNCTION.replace("VERB", "response").replace("ANSWER", '{"batchItemFailures": []}'))

    def test_a_function_that_fails_or_answers_otherwise_is_wrong(self):
        for verb, answer, said in (
            ("error", "{}", "invocation/1/error"),
            ("response", '{"batchItemFailures": [1]}', "not"),
            ("response", "null", "not"),
        ):
            with self.subTest(verb, answer=answer), self.assertRaisesRegex(AssertionError, said):
                started(FUNCTION.replace("VERB", verb).replace("ANSWER", answer))

    def test_a_program_that_ends_or_waits_is_wrong_and_its_words_are_shown(self):
        with mock.patch.object(built, "SECONDS", 1), self.assertRaisesRegex(AssertionError, "(?s)does not ask.*no such key"):
            started("print('no such key')")

    def test_a_newer_glibc_and_another_processor_are_wrong(self):
        self.assertGreater(built.linked(sys.executable), (2, 0))
        with mock.patch.object(built, "GLIBC", (2, 1)), self.assertRaisesRegex(AssertionError, "Lambda has 2.1"):
            built.linked(sys.executable)
        with mock.patch.object(built, "MACHINE", "Z80"), self.assertRaisesRegex(AssertionError, "not for Z80"):
            built.linked(sys.executable)
