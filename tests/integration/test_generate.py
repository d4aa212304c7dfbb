#!/usr/bin/env python3
"""Labelled samples: same seed, same bytes; what is written reads back whole."""
import csv
import json
import os
import unittest

from support import DONE, USAGE, Case, coord


class Generate(Case):
    def make(self, name, *args):
        folder = self.path(name)
        self.status(DONE, coord("generate", "--quiet", "-o", folder, *args))
        content = {}
        for file in sorted(os.listdir(folder)):
            with open(os.path.join(folder, file), "rb") as f:
                content[file] = f.read()
        return folder, content

    def test_same_seed_same_bytes(self):
        self.assertEqual(self.make("a", "--seed", 7)[1], self.make("b", "--seed", 7)[1])
        self.assertNotEqual(self.make("a", "--seed", 7)[1], self.make("c", "--seed", 8)[1])

    def test_every_format_reads_back_with_every_label(self):
        for form, file in (("cowrie", "cowrie.json"), ("ndjson", "sessions.ndjson"), ("attack-session", "sessions.json")):
            with self.subTest(form):
                folder, content = self.make(form, "--format", form)
                self.assertEqual({file, "labels.csv", "manifest.json"}, set(content))
                rows = [json.loads(line) for line in
                        self.status(DONE, coord("ingest", os.path.join(folder, file))).stdout.splitlines()]
                labels = list(csv.DictReader(content["labels.csv"].decode().splitlines()))
                self.assertEqual(len(labels), len(rows))
                self.assertGreater(len(rows), 2000)
                json.loads(content["manifest.json"])

    def test_logs_of_other_sensors_are_read(self):
        for form, file in (("webhoneypot", "webhoneypot.json"), ("ufw", "ufw.log"), ("suricata", "eve.json")):
            with self.subTest(form):
                folder, content = self.make(form, "--format", form)
                rows = self.status(DONE, coord("ingest", os.path.join(folder, file))).stdout.splitlines()
                sources = {row["source"] for row in csv.DictReader(content["labels.csv"].decode().splitlines())}
                self.assertEqual(sources, {json.loads(row)["source_ip"] for row in rows})

    def test_planted_groups_are_told(self):
        result = self.status(DONE, coord("generate", "-o", self.path("x"), "--plant", "C1:easy:10", "--plant", "hn1"))
        self.assertIn(b"g1-C1", result.stdout)
        self.assertIn(b"g2-HN1", result.stdout)
        nothing = self.status(DONE, coord("generate", "-o", self.path("y"), "--plant", "none")).stdout
        self.assertEqual(1, nothing.count(b"\n"))

    def test_real_backgrounds(self):
        logs, _ = self.make("logs", "--seed", 9, "--plant", "none")
        source = os.path.join(logs, "cowrie.json")
        before = [json.loads(line) for line in self.status(DONE, coord("ingest", source)).stdout.splitlines()]
        for mode in "RN":
            with self.subTest(mode):
                folder, content = self.make(mode, "--background", mode, "--real", source, "--format", "ndjson",
                                            "--plant", "C1:standard:10:10")
                rows = [json.loads(line) for line in content["sessions.ndjson"].splitlines()]
                labels = list(csv.DictReader(content["labels.csv"].decode().splitlines()))
                planted = {row["session"] for row in labels if row["truth"] != "none"}
                self.assertEqual(len(before), sum(row["truth"] == "none" for row in labels))
                self.assertGreater(len(planted), 50)
                untouched = [row for row in rows if row["id"] not in planted]
                self.assertEqual(len(before), len(untouched))
                self.assertEqual(mode == "R", before == untouched)
                manifest = json.loads(content["manifest.json"])
                self.assertEqual({"R": "real", "N": "null"}[mode], manifest["background"]["mode"])

    def test_real_backgrounds_need_logs(self):
        folder, _ = self.make("logs", "--plant", "none")
        self.status(USAGE, coord("generate", "-o", self.path("x"), "--background", "N"))
        self.status(USAGE, coord("generate", "-o", self.path("x"), "--real", folder))
        self.status(USAGE, coord("generate", "-o", self.path("x"), "--background", "R", "--real", folder + "/cowrie.json",
                                 "--plant", "C1"))

    def test_wrong_usage(self):
        self.status(USAGE, coord("generate"))
        for plan in ("C9", "C1:brutal", "C1:easy:x", "C1:easy:1:1:1", ""):
            self.status(USAGE, coord("generate", "-o", self.path("x"), "--plant", plan))
        self.assertFalse(os.path.exists(self.path("x")))


if __name__ == "__main__":
    unittest.main()
