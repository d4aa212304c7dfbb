#!/usr/bin/env python3
"""From logs to a verdict: the answer's forms, its schema, and that it depends on nothing but the input."""
import csv
import json
import os
import random
import re
import shutil
import unittest

import mmdb
from support import DONE, FAILED, QUICK, REFUSED, SOURCE, USAGE, Case, background, coord, cowrie_session, environment, ndjson

try:
    import jsonschema
except ImportError:
    jsonschema = None

FAST = ("--depth", "minimal", "--worlds", 9) if QUICK else ("--worlds", 19)  # where draws and worlds are not the point
VERDICTS = {"coordinated_campaign", "single_actor_multiple_sources", "coincidental", "insufficient_evidence"}


class Analyze(Case):
    @classmethod
    def setUpClass(cls):
        import tempfile
        cls.shared = tempfile.mkdtemp(prefix="coord-sample-")
        assert coord("generate", "--quiet", "--seed", 7, "-o", cls.shared).returncode == DONE
        cls.sample = os.path.join(cls.shared, "cowrie.json")
        cls.whole = coord("analyze", "--format", "json", *(("--worlds", 39) if QUICK else ()), cls.sample)
        cls.answer = coord("analyze", "--format", "json", *FAST, cls.sample)
        assert cls.whole.returncode == cls.answer.returncode == DONE, cls.answer.stderr

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared, ignore_errors=True)

    def json(self, *args, status=DONE):
        return json.loads(self.status(status, coord("analyze", "--format", "json", *FAST, *args)).stdout)

    # the document

    def test_answer_follows_the_schema(self):
        if jsonschema is None:
            self.skipTest("python3-jsonschema is not installed")
        with open(os.path.join(SOURCE, "docs/result.schema.json"), encoding="utf-8") as f:
            schema = json.load(f)
        jsonschema.Draft202012Validator.check_schema(schema)
        for document in (json.loads(self.whole.stdout), self.json(self.file("few", ndjson(background(5)))),
                         self.json("--group", self.file("set", ndjson(background(20)))),
                         self.json(self.file("bad", ndjson(background(5)) + b"{\n"), status=REFUSED)):
            jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)

    def test_answer_holds_together(self):
        document = json.loads(self.answer.stdout)
        self.assertIn(document["verdict"], VERDICTS)
        with open(os.path.join(self.shared, "labels.csv"), "rb") as f:
            self.assertEqual(f.read().count(b"\n") - 1, document["input"]["sessions"])
        ids = [c["id"] for c in document["campaigns"]]
        self.assertEqual(len(ids), len(set(ids)))
        for campaign in document["campaigns"]:
            self.assertIn(campaign["verdict"], VERDICTS)
            self.assertEqual(len(campaign["sources"]), len(set(campaign["sources"])))
            if campaign["confidence"] is not None:
                low, high = campaign["confidence_interval"]
                self.assertTrue(0 <= low <= campaign["confidence"] <= high <= 1)

    def test_planted_groups_are_told_from_the_crowd(self):
        with open(os.path.join(self.shared, "labels.csv"), encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        members = {}
        for row in rows:
            members.setdefault(row["group"], set()).add(row["source"])
        document = json.loads(self.whole.stdout)
        found = [(c, set(c["sources"])) for c in document["campaigns"]
                 if c["verdict"] in ("coordinated_campaign", "single_actor_multiple_sources")]
        for group in ("g1-C1", "g2-H2b"):
            best = max((len(members[group] & s) / len(members[group]) for _, s in found), default=0)
            self.assertGreaterEqual(best, 0.8, group)
        for campaign, sources in found:
            self.assertLess(len(members["g3-HN1"] & sources), 0.2 * len(sources), campaign["id"])

    # determinism

    def test_threads_change_nothing(self):
        for threads in (1, 2, 5):
            self.assertEqual(self.answer.stdout,
                             self.status(DONE, coord("analyze", *FAST, "-f", "json", "--threads", threads, self.sample)).stdout)

    def test_order_of_lines_changes_nothing(self):
        with open(self.sample, "rb") as f:
            lines = f.readlines()
        random.Random(1).shuffle(lines)
        shuffled, whole = self.json(self.file("cowrie.json", b"".join(lines))), json.loads(self.answer.stdout)
        self.assertNotEqual(shuffled["input"].pop("paths"), whole["input"].pop("paths"))
        self.assertEqual(whole, shuffled)

    def test_split_into_files_changes_only_their_count(self):
        with open(self.sample, "rb") as f:
            lines = f.readlines()
        parts = [self.file(f"part{i}", b"".join(lines[i::3])) for i in range(3)]
        split, whole = self.json(*reversed(parts)), json.loads(self.answer.stdout)
        self.assertEqual(3, split["input"].pop("files"))
        self.assertEqual(1, whole["input"].pop("files"))
        self.assertEqual([3, 1], [len(d["input"].pop("paths")) for d in (split, whole)])
        self.assertEqual(whole, split)

    def test_surroundings_change_nothing(self):
        other = environment(LC_ALL="C.UTF-8", TZ="Asia/Tokyo", COLUMNS="200", HOME="/")
        self.assertEqual(self.answer.stdout,
                         coord("analyze", *FAST, "-f", "json", self.sample, env=other, cwd=self.folder).stdout)

    def test_seed_is_named_and_kept(self):
        document = self.json("--seed", 12345, self.sample)
        self.assertIn("12345", json.dumps(document["provenance"]))
        self.assertNotEqual(document["analysis_id"], json.loads(self.answer.stdout)["analysis_id"])

    # forms

    def test_text_fits_a_terminal_and_is_plain_when_piped(self):
        text = self.status(DONE, coord("analyze", *FAST, self.sample)).stdout.decode("ascii")
        self.assertNotIn("\x1b", text)
        self.assertEqual([], [line for line in text.splitlines() if len(line) > 80])
        narrow = coord("analyze", *FAST, self.sample, env=environment(COLUMNS="60")).stdout.decode()
        self.assertEqual([], [line for line in narrow.splitlines() if len(line) > 60])

    def test_colour_on_demand(self):
        self.assertIn(b"\x1b[", coord("analyze", *FAST, "--color", "always", self.sample).stdout)
        self.assertNotIn(b"\x1b", coord("analyze", *FAST, "--color", "never", self.sample).stdout)
        self.assertIn(b"\x1b[", coord("analyze", *FAST, "--color", "always", self.sample, env=environment(NO_COLOR="1")).stdout)

    def test_html_is_one_file_that_asks_for_nothing(self):
        page = self.status(DONE, coord("analyze", *FAST, "-f", "html", self.sample)).stdout.decode()
        self.assertTrue(page.lstrip().lower().startswith("<!doctype html>"))
        self.assertEqual([], re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page))
        self.assertNotIn("@import", page)

    def test_csv_and_stix(self):
        rows = list(csv.reader(coord("analyze", *FAST, "-f", "csv", self.sample).stdout.decode().splitlines()))
        self.assertGreater(len(rows), 1)
        self.assertEqual({len(rows[0])}, set(map(len, rows)))
        bundle = json.loads(coord("analyze", *FAST, "-f", "stix", self.sample).stdout)
        self.assertEqual("bundle", bundle["type"])
        self.assertEqual(len(bundle["objects"]), len({o["id"] for o in bundle["objects"]}))

    def test_to_a_file(self):
        self.assertEqual(b"", self.status(DONE, coord("analyze", *FAST, "-f", "json", "-o", self.path("r.json"), self.sample)).stdout)
        with open(self.path("r.json"), "rb") as f:
            self.assertEqual(self.answer.stdout, f.read())

    def test_profile_goes_to_standard_error(self):
        result = self.status(DONE, coord("analyze", *FAST, "-f", "json", "--profile", self.sample))
        self.assertEqual(self.answer.stdout, result.stdout)
        self.assertRegex(result.stderr, rb"(?m)^profile: analysis in all +[0-9.]+ s +[0-9.]+ s of processor time$")

    def test_explain(self):
        result = self.file("r.json", self.answer.stdout)
        first = json.loads(self.answer.stdout)["campaigns"][0]
        text = self.status(DONE, coord("explain", result)).stdout
        self.assertGreater(len(text), 100)
        self.assertEqual(text, self.status(DONE, coord("explain", result, first["id"])).stdout)
        self.assertEqual(text, self.status(DONE, coord("explain", result, first["key"])).stdout)
        self.assertEqual(text, self.status(DONE, coord("explain", "-", stdin=self.answer.stdout)).stdout)
        self.status(FAILED, coord("explain", result, "c99999"))
        self.status(FAILED, coord("explain", self.file("x.json", b"{}")))
        self.status(FAILED, coord("explain", self.path("none.json")))

    # input

    def test_refused_lines_are_in_the_answer(self):
        document = self.json(self.file("bad", ndjson(background(30)) + b"{\n" * 3), status=REFUSED)
        self.assertEqual(3, document["input"]["refused"])
        self.assertEqual(3, len(document["input"]["refused_records"]))

    def test_little_input_is_insufficient(self):
        for n in (1, 2, 5):
            document = self.json(self.file("few", ndjson(background(n))))
            self.assertEqual("insufficient_evidence", document["verdict"])
        one = b"".join(ndjson(cowrie_session(f"{i:012x}", "198.18.0.1", i * 40)) for i in range(200))
        self.assertIn(self.json(self.file("one", one))["verdict"], ("insufficient_evidence", "coincidental"))

    def test_nothing_is_no_answer(self):
        self.assertEqual(b"", self.status(FAILED, coord("analyze", self.file("empty", b""))).stdout)

    def test_hostile_text_is_escaped_everywhere(self):
        evil = "\x1b[2J<script>alert(1)</script>'\"&;$(reboot)\u202e\x07"
        events = background(30)
        for i in range(12):
            events += cowrie_session(f"e{i:011x}", f"203.0.113.{i + 1}", 600 + i * 30, [(evil, evil)], [f"wget {evil}"] * 4,
                                     sensor=evil)
        path = self.file("evil", ndjson(events))
        for form in ("text", "json", "html", "csv", "stix"):
            out = self.status(DONE, coord("analyze", *FAST, "-f", form, path)).stdout
            self.assertNotIn(b"\x1b", out, form)
            self.assertNotIn(b"\x07", out, form)
            if form != "csv":
                self.assertNotIn(b"<script>alert", out, form)

    # options

    def test_group_mode(self):
        with open(os.path.join(self.shared, "labels.csv"), encoding="utf-8") as f:
            wanted = {r["source"] for r in csv.DictReader(f) if r["group"] == "g1-C1"}
        with open(self.sample, "rb") as f:
            lines = [line for line in f if json.loads(line)["src_ip"] in wanted]
        path = self.file("group", b"".join(lines))
        document = self.json("--group", path)
        self.assertEqual(1, len(document["campaigns"]))
        self.assertEqual(wanted, set(document["campaigns"][0]["sources"]))
        chosen = self.json("--group", "--selected-by", "behavior", path)
        self.assertNotEqual(document["provenance"], chosen["provenance"])
        self.status(USAGE, coord("analyze", "--selected-by", "behavior", path))

    def test_depths(self):
        for depth in ("minimal", "standard"):
            self.assertIn(self.json("--depth", depth, self.sample)["verdict"], VERDICTS)
        self.status(USAGE, coord("analyze", "--depth", "deepest", self.sample))

    def test_as_database(self):
        path = self.file("asn.mmdb", mmdb.build({"198.18.0.0/15": {"autonomous_system_number": mmdb.u32(64500)}}))
        self.assertIn(self.json("--asn", path, self.sample)["verdict"], VERDICTS)
        result = self.status(FAILED, coord("analyze", "--asn", self.sample, self.sample))
        self.assertIn(b"cowrie.json: no database that is known here (.mmdb", result.stderr)
        self.status(FAILED, coord("analyze", "--asn", self.path("none.mmdb"), self.sample))

    def test_reference_has_to_be_one(self):
        self.status(FAILED, coord("analyze", "--reference", self.sample, self.sample))
        self.status(FAILED, coord("analyze", "--reference", self.path("none"), self.sample))


class Reference(Case):
    def test_build_show_use(self):
        background_folder, batch = self.path("old"), self.path("new")
        self.status(DONE, coord("generate", "--quiet", "--seed", 3, "--plant", "none", "-o", background_folder))
        self.status(DONE, coord("generate", "--quiet", "--seed", 4, "-o", batch))
        log, snapshot = os.path.join(background_folder, "cowrie.json"), self.path("background.ref")
        self.status(DONE, coord("reference", "build", log, "-o", snapshot))
        with open(snapshot, "rb") as f:
            content = f.read()
        shown = self.status(DONE, coord("reference", "show", snapshot)).stdout.decode()
        self.status(DONE, coord("reference", "build", log, "-o", self.path("again"), "--threads", 1))
        with open(self.path("again"), "rb") as f:
            self.assertEqual(content, f.read())
        result = self.status(DONE, coord("analyze", *FAST, "-f", "json", "--reference", snapshot, os.path.join(batch, "cowrie.json")))
        named = re.findall(r"[0-9a-f]{64}", shown)
        self.assertTrue(named)
        self.assertIn(json.loads(result.stdout)["provenance"]["reference"], named)
        damaged = bytearray(content)
        damaged[len(damaged) // 2] ^= 1
        self.status(FAILED, coord("reference", "show", self.file("damaged", bytes(damaged))))
        self.status(FAILED, coord("reference", "show", self.file("short", content[:100])))
        self.status(USAGE, coord("reference", "build", log))


if __name__ == "__main__":
    unittest.main()
