#!/usr/bin/env python3
"""scripts/count_tests.py: what the last line of `make test` says about what the test programs printed."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.environ.get("COORD_SOURCE", os.path.join(os.path.dirname(__file__), "../..")))
CMOCKA = """[==========] a: Running 5 test(s).
[  PASSED  ] 3 test(s).
[  SKIPPED ] a: 1 test(s), skipped
[  SKIPPED ] 1 test(s), listed below:
[  FAILED  ] 1 test(s), listed below:
"""


def unit(ran, summary, before=""):
    return f"{before}\n{'-' * 70}\nRan {ran} tests in 0.1s\n\n{summary}\n"


class Count(unittest.TestCase):
    def totals(self, *programs, status=0):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as log:
            for result, text in programs:
                log.write(json.dumps({"name": "x", "result": result, "stdout": "", "stderr": text}) + "\n")
            log.flush()
            script = os.path.join(ROOT, "scripts", "count_tests.py")
            ran = subprocess.run([sys.executable, script, log.name, str(status)], capture_output=True, text=True)
        line = ran.stdout.splitlines()[-1]
        self.assertEqual(ran.returncode, 0 if line.endswith(" 0 failed") else 1, ran.stdout)
        return line

    def test_each_kind_of_program(self):
        cases = [
            ("OK", "", "1 passed, 0 failed"),
            ("FAIL", "", "0 passed, 1 failed"),
            ("TIMEOUT", "", "0 passed, 1 failed"),
            ("SKIP", "", "0 passed, 0 failed"),
            ("FAIL", CMOCKA, "3 passed, 1 failed"),
            ("OK", unit(7, "OK"), "7 passed, 0 failed"),
            ("FAIL", unit(7, "FAILED (failures=2, errors=1)"), "4 passed, 3 failed"),
            # a known gap is no failure, and none that passed either; one that closed has to be told
            ("OK", unit(16, "OK (expected failures=5)"), "11 passed, 0 failed"),
            ("OK", unit(16, "OK (skipped=2, expected failures=5)"), "9 passed, 0 failed"),
            ("FAIL", unit(3, "FAILED (expected failures=1, unexpected successes=1)"), "1 passed, 1 failed"),
            ("FAIL", unit(9, "FAILED (failures=1, skipped=2, expected failures=3)"), "3 passed, 1 failed"),
            # a class without its data runs none of its tests, and its skip is one more than ran
            ("OK", unit(8, "OK (skipped=9)", "setUpClass (__main__.A) ... skipped 'none'"), "0 passed, 0 failed"),
            ("FAIL", unit(2, "FAILED (errors=1)", "setUpClass (__main__.A) ... ERROR"), "2 passed, 1 failed"),
            # what a test prints about failures is not its summary
            ("OK", unit(2, "OK", "failures=4"), "2 passed, 0 failed"),
        ]
        for result, text, line in cases:
            with self.subTest(text=text):
                self.assertEqual(self.totals((result, text)), line)

    def test_programs_add_up_and_a_silent_failure_is_seen(self):
        good = ("OK", unit(2, "OK"))
        self.assertEqual(self.totals(good, ("FAIL", CMOCKA), ("OK", "")), "6 passed, 1 failed")
        self.assertEqual(self.totals(good, status=1), "2 passed, 1 failed")
        self.assertEqual(self.totals(), "0 passed, 1 failed")


if __name__ == "__main__":
    unittest.main()
