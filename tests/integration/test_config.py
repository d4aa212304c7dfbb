#!/usr/bin/env python3
"""`coord config`: the table of settings as people and programs read it."""
import json
import os
import re
import unittest

from support import DONE, SOURCE, USAGE, Case, coord, environment


class Config(Case):
    def shown(self, *args, **settings):
        return self.status(DONE, coord("config", *args, env=environment(**settings))).stdout.decode()

    def names(self):
        with open(os.path.join(SOURCE, "src/config/settings.def"), encoding="utf-8") as f:
            return re.findall(r'X\(\w+, "(\w+)"', f.read())

    def test_every_setting_is_shown(self):
        names = self.names()
        self.assertGreater(len(names), 40)
        self.assertEqual(names, [row["name"] for row in json.loads(self.shown("--format", "json"))])
        self.assertEqual(names, re.findall(r"(?m)^\| `(\w+)` \|", self.shown("--format", "markdown")))
        self.assertEqual(names, re.findall(r"(?m)^(?:# )?([A-Z_]+)=", self.shown()))

    def test_values(self):
        rows = {r["name"]: r for r in json.loads(self.shown("--format", "json", "--set", "COORD_LEASE=120s", COORD_LEASE="7s",
                                                            REDIS_URL="redis://:hunter2@h", COORD_WORKERS="5"))}
        self.assertEqual(("2m", "30s", "duration"), tuple(rows["COORD_LEASE"][k] for k in ("value", "default", "type")))
        self.assertEqual("5", rows["COORD_WORKERS"]["value"])
        self.assertEqual("(set)", rows["REDIS_URL"]["value"])
        self.assertEqual("(not set)", rows["COORD_API_KEYS"]["value"])

    def test_text_is_an_environment_file(self):
        text = self.shown(COORD_WORKERS="5")
        pairs = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
        self.assertEqual("5", pairs["COORD_WORKERS"])
        self.assertIn("\n# How long a worker may be silent before its job is given to another.\nCOORD_LEASE=30s\n", text)
        self.assertIn("\n# One of debug|info|warning|error.\nCOORD_LOG_LEVEL=info\n", text)
        self.assertEqual(text, self.shown(**pairs), "what it prints means the same when it is read")

    def test_every_line_of_the_table_has_its_cells(self):
        for line in self.shown("--format", "markdown").splitlines():
            self.assertEqual(6, len(re.findall(r"(?<!\\)\|", line)), line)

    def test_wrong(self):
        result = self.status(USAGE, coord("config", env=environment(COORD_LEASE="30")))
        self.assertIn(b"COORD_LEASE: expected a duration such as", result.stderr)
        result = self.status(USAGE, coord("config", "--set", "COORD_NONE=1"))
        self.assertIn(b'there is no setting "COORD_NONE"', result.stderr)
        secret = self.file("secret", b"redis://:hunter2@h\nmore")
        result = self.status(USAGE, coord("config", env=environment(REDIS_URL_FILE=secret)))
        self.assertNotIn(b"hunter2", result.stderr + result.stdout)


if __name__ == "__main__":
    unittest.main()
