#!/usr/bin/env python3
"""count_tests.py TESTLOG MESON_STATUS: sums the single test cases of a meson test log.

Every program says how many cases it ran: cmocka by its "[  PASSED  ] N test(s)" lines, Python's unittest by "Ran N
tests" and "FAILED (failures=N, errors=N)". A program that says nothing is one case; one that died is one failure more
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
    return (passed, failed, skipped) if run else None


def unittest(text):
    ran = re.findall(r"^Ran (\d+) tests? in", text, re.M)
    if not ran:
        return None
    counts = {word: sum(int(n) for n in re.findall(word + r"=(\d+)", text.rsplit("Ran ", 1)[1]))
              for word in ("failures", "errors", "skipped")}
    failed = counts["failures"] + counts["errors"]
    return int(ran[-1]) - failed - counts["skipped"], failed, counts["skipped"]


def count(test):
    text = test.get("stdout", "") + "\n" + test.get("stderr", "")
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    if test["result"] == "SKIP":
        return 0, 0, 1
    passed, failed, skipped = cmocka(text) or unittest(text) or (int(good), 0, 0)
    if not good and failed == 0:
        failed = 1
    return passed, failed, skipped


def main(path, status):
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except OSError as error:
        print(f"no test log: {error}", file=sys.stderr)
        tests = []
    totals = [sum(column) for column in zip(*(count(t) for t in tests))] or [0, 0, 0]
    passed, failed, skipped = totals
    if failed == 0 and (status != 0 or not tests):
        failed = 1
    for test in tests:
        if test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP"):
            print(f"failed: {test['name']} ({test['result']})")
    if skipped:
        print(f"{skipped} skipped (the reasons are in meson-logs/testlog.txt)")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
