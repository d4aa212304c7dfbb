#!/usr/bin/env python3
"""count_tests.py TESTLOG MESON_STATUS: sums the single test cases of a meson test log.

Every program says how many cases it ran: cmocka by its "[  PASSED  ] N test(s)" lines, Python's unittest by "Ran N
tests" and the summary after it. A program that says nothing is one case; one that died is one failure more
than it reported. The last line is exactly "N passed, N failed"; the status is 1 when anything failed.
"""
import json
import re
import sys


def cmocka(text):
    run = re.findall(r"\[==========\] (?:\S+ )?(?:Running )?(\d+) test\(s\)(?: run)?\.", text)
    passed = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test\(s\)\.", text))
    failed = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) test\(s\), listed below", text))
    skipped = sum(int(n) for n in re.findall(r"\[  SKIPPED \] (\d+) test\(s\), listed below", text))
    return (passed, failed, skipped, 0) if run else None


def unittest(text):
    """The summary is "OK" or "FAILED", then "(failures=N, errors=N, skipped=N, expected failures=N, ...)" of what there was.
    A class or module that could not be set up is among the skipped or the errors, but not among those that ran."""
    ran = re.findall(r"^Ran (\d+) tests? in", text, re.M)
    if not ran:
        return None
    summary = re.findall(r"^(?:OK|FAILED)(?: \((.*)\))?$", text.rsplit("\nRan ", 1)[-1], re.M)
    of = {name.strip(): int(n) for name, n in re.findall(r"([a-z ]+)=(\d+)", summary[-1])} if summary else {}
    failed = of.get("failures", 0) + of.get("errors", 0) + of.get("unexpected successes", 0)
    skipped, still_open = of.get("skipped", 0), of.get("expected failures", 0)
    never_ran = len(re.findall(r"^setUp(?:Class|Module) \(.*\) \.\.\. (?:skipped|ERROR)", text, re.M))
    return max(0, int(ran[-1]) + never_ran - failed - skipped - still_open), failed, skipped, still_open


def count(test):
    """(passed, failed, skipped, open): open are those a test itself expects to fail; one that passes then is a failure."""
    text = test.get("stdout", "") + "\n" + test.get("stderr", "")
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    if test["result"] == "SKIP":
        return 0, 0, 1, 0
    passed, failed, skipped, still_open = cmocka(text) or unittest(text) or (int(good), 0, 0, 0)
    if not good and failed == 0:
        failed = 1
    return passed, failed, skipped, still_open


def main(path, status):
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except OSError as error:
        print(f"no test log: {error}", file=sys.stderr)
        tests = []
    counts = [count(test) for test in tests]
    passed, failed, skipped, still_open = [sum(column) for column in zip(*counts)] or [0, 0, 0, 0]
    if failed == 0 and (status != 0 or not tests):
        failed = 1
    for test, (_, of_these, _, _) in zip(tests, counts):
        if of_these:
            print(f"failed: {test['name']} ({test['result']}, {of_these} of its cases)")
    if skipped:
        print(f"{skipped} skipped (the reasons are in meson-logs/testlog.txt)")
    if still_open:
        print(f"{still_open} expected to fail: open, counted neither as passed nor as failed")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
