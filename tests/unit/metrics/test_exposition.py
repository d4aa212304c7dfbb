#!/usr/bin/env python3
"""What others make of our exposition: promtool's linter, the parsers of the Python client, and the rules that neither checks."""
import os
import re
import shutil
import subprocess
import unittest

DUMP = os.environ["METRICS_DUMP"]
SOURCE = os.environ["COORD_SOURCE"]


def dump(form):
    return subprocess.run([DUMP, form], capture_output=True, check=True).stdout.decode("utf-8")


class Exposition(unittest.TestCase):
    def test_promtool_finds_nothing(self):
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("promtool is not installed (package prometheus)")
        ran = subprocess.run([promtool, "check", "metrics"], input=dump("text").encode(), capture_output=True, check=False)
        self.assertEqual("", ran.stdout.decode() + ran.stderr.decode())
        self.assertEqual(0, ran.returncode)

    def test_promtool_would_find_something(self):
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("promtool is not installed (package prometheus)")
        bad = dump("text").replace("coordination_jobs_total", "coordination_jobs")
        ran = subprocess.run([promtool, "check", "metrics"], input=bad.encode(), capture_output=True, check=False)
        self.assertNotEqual(0, ran.returncode)

    def test_python_client_reads_both_the_same(self):
        try:
            from prometheus_client import openmetrics, parser
            from prometheus_client.openmetrics import parser as open_parser
        except ImportError:
            self.skipTest("the Python client is not installed (package python3-prometheus-client)")
        del openmetrics
        plain = {f.name: f for f in parser.text_string_to_metric_families(dump("text"))}
        opened = {f.name: f for f in open_parser.text_string_to_metric_families(dump("openmetrics"))}
        self.assertEqual(set(plain), set(opened))
        for name, family in plain.items():
            self.assertEqual(family.type, opened[name].type)
            if name.startswith("process_"):
                continue
            norm = lambda f: {(s.name, tuple(sorted((k, float(v) if k == "le" else v) for k, v in s.labels.items()))): s.value
                              for s in f.samples}
            self.assertEqual(norm(family), norm(opened[name]), name)

    def test_every_family_of_the_table_is_there(self):
        with open(os.path.join(SOURCE, "src/metrics/families.def"), encoding="utf-8") as f:
            names = re.findall(r'^FAMILY\(\w+, \w+, "(\w+)"', f.read(), flags=re.M)
        self.assertGreater(len(names), 20)
        found = re.findall(r"^# TYPE (\w+) ", dump("text"), flags=re.M)
        self.assertEqual(names, [n for n in found if n.startswith("coordination_")])

    def test_no_series_twice_and_the_last_line_ends(self):
        for form in ("text", "openmetrics"):
            text = dump(form)
            self.assertTrue(text.endswith("\n") and not text.endswith("\n\n"))
            series = [line.rsplit(" ", 1)[0] for line in text.splitlines() if not line.startswith("#")]
            self.assertEqual(len(series), len(set(series)))

    def test_buckets_rise_to_the_count(self):
        series = {}
        for line in dump("text").splitlines():
            m = re.match(r'(\w+)_bucket\{(?:(.*),)?le="([^"]+)"\} (\d+)$', line)
            if m:
                series.setdefault((m.group(1), m.group(2) or ""), []).append((float(m.group(3)), int(m.group(4))))
            m = re.match(r"(\w+)_count(?:\{(.*)\})? (\d+)$", line)
            if m:
                buckets = series[(m.group(1), m.group(2) or "")]
                self.assertEqual(buckets, sorted(buckets))
                self.assertEqual(float("inf"), buckets[-1][0])
                self.assertEqual(int(m.group(3)), buckets[-1][1])
                self.assertEqual([c for _, c in buckets], sorted(c for _, c in buckets))
        self.assertGreater(len(series), 50)


if __name__ == "__main__":
    unittest.main()
