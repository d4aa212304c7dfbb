#!/usr/bin/env python3
"""The table behind `coord version --methods`: every value is found in the source that it names, every test exists, what two
places decide by is the same; and the reports know no channel by name."""
import os
import re
import sys
import unittest

ROOT = os.path.abspath(os.environ.get("COORD_SOURCE", os.path.join(os.path.dirname(__file__), "../..")))
SRC = os.path.join(ROOT, "src")
sys.path.insert(0, os.path.join(SRC, "cli"))

import constants  # noqa: E402  (src/cli/constants.py)

TABLE = os.path.join(SRC, "cli", "constants.def")


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as f:
        return f.read()


class Methods(unittest.TestCase):
    def test_every_constant_has_a_value_a_source_and_a_test(self):
        rows = list(constants.rows(TABLE))
        self.assertGreater(len(rows), 60)
        self.assertEqual(len(rows), len({(r[0], r[1]) for r in rows}))
        for row in rows:
            with self.subTest(row=row[:2]):
                self.assertEqual(6, len(row))
                self.assertNotEqual("null", constants.find(SRC, row[0], row[1])[0], "not found: renamed?")
                self.assertTrue(os.path.exists(os.path.join(ROOT, row[5])), row[5])
                self.assertTrue(row[3] and row[4])

    def test_values_are_read_as_c_means_them(self):
        source = "enum { A = 7 * 86400, /* B = 3 */ B = 1 << 4 };\nstatic const double x = 0.5, y[] = { 1, 2e-3 };\n#define Z 0.25\n"
        for name, value in {"A": "604800", "B": "16", "x": "0.5", "y": "[1, 0.002]", "Z": "0.25", "none": "null"}.items():
            self.assertEqual(value, constants.json_value(source, name), name)

    def test_check_and_verdict_decide_by_the_same(self):
        check, verdict, score = (read("src", *p) for p in (("report", "check.c"), ("detect", "judge", "verdict.c"),
                                                            ("detect", "judge", "score.c")))
        for ours, source, theirs in (("decided_from", verdict, "coordinated_from"), ("low_least", verdict, "coordinated_low"),
                                     ("coincidental_to", verdict, "coincidental_to"), ("one_actor_from", verdict, "decided"),
                                     ("without_reference", score, "cap_reference")):
            self.assertEqual(constants.json_value(source, theirs), constants.json_value(check, ours), ours)

    def test_reports_know_no_channel_by_name(self):
        """Adding a channel touches its file and its line; the artefact channel alone has a list of its own in a result."""
        names = re.findall(r"^CHANNEL\((\w+), \w+\)", read("src", "detect", "channel", "channels.def"), re.M)
        self.assertGreaterEqual(len(names), 6)
        for folder, _, files in os.walk(os.path.join(SRC, "report")):
            for file in files:
                with open(os.path.join(folder, file), encoding="utf-8") as f:
                    used = set(re.findall(r"\bCHANNEL_([A-Z]+)\b", f.read())) - {"COUNT", "ARTEFACT"}
                self.assertEqual(set(), used & set(names), file)
        schema = read("docs", "result.schema.json")
        for name in ("synchrony", "regularity", "infrastructure"):
            self.assertNotIn(f'"{name}"', schema)


if __name__ == "__main__":
    unittest.main()
