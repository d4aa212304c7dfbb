#!/usr/bin/env python3
"""What to expect on one's own sensor: the report on generated logs, in every form."""
import base64
import hashlib
import json
import os
import re
import unittest

from support import DONE, FAILED, USAGE, Case, coord


class EvaluateSelf(Case):
    def logs(self, name, *args):
        folder = self.path(name)
        self.status(DONE, coord("generate", "-q", "--plant", "none", "--site", 4, "-o", folder, *args))
        return os.path.join(folder, "cowrie.json")

    def reference(self, source):
        path = self.path("ref")
        self.status(DONE, coord("reference", "build", "-q", "-o", path, source))
        return path

    def small_sensor(self, before="2025-02-01"):
        before = self.logs("before", "--seed", 1, "--start", before, "--sources", 200, "--sessions", 800)
        return (self.logs("now", "--seed", 2, "--sources", 120, "--sessions", 500), self.reference(before))

    def run_self(self, logs, ref, *args, status=DONE):
        return self.status(status, coord("evaluate", "self", "-q", "--quick", "--worlds", 3, "--sessions", 200, "-r", ref,
                                         *args, logs)).stdout.decode()

    def test_document(self):
        logs, ref = self.small_sensor()
        doc = json.loads(self.run_self(logs, ref, "-f", "json"))
        self.assertEqual(1, doc["self_evaluation"])
        self.assertEqual(106, len(doc["batches"]))
        self.assertEqual(60, len(doc["power"]))
        self.assertIn(doc["reference_sha256"], coord("reference", "show", ref).stdout.decode())
        self.assertEqual(0, doc["input"]["share_in_reference_span"])
        self.assertFalse(any("days before" in c for c in doc["caveats"]), doc["caveats"])
        for row in doc["false_alarms"]["lookalikes"]:
            for level in row["channels"].values():
                self.assertLessEqual(level["below_0.05"] + level["at_floor"], level["groups"])
        self.assertIn("behavior", {c for row in doc["false_alarms"]["lookalikes"] for c in row["channels"]})
        nulls = doc["false_alarms"]["without_coordination"]["at_any"]
        self.assertEqual(20, nulls["n"])
        for row in doc["power"]:
            self.assertLessEqual(row["called"]["low"], row["called"]["rate"])
            self.assertLessEqual(row["called"]["rate"], row["called"]["high"])
            hits = [b for b in doc["batches"] if b["kind"] == "grid" and b["called"] and
                    b["difficulty"] == row["difficulty"] and b["artefacts_removed"] == row["artefacts_removed"] and b["members"] == row["members"] and b["visits"] == row["visits"]]
            self.assertEqual(len(hits), row["called"]["hits"])

    def test_false_alarms_are_kept(self):
        """A model that says yes too easily: each batch it was wrong in can be analysed by hand, and says the same."""
        logs, ref = self.small_sensor("2024-02-01")
        with open(os.path.join(os.environ["COORD_SOURCE"], "src/detect/judge/weights.json"), encoding="utf-8") as f:
            model = json.load(f)
        for head in model["heads"].values():
            head["coordinated"]["intercept"] += 6
        eager, kept = self.path("eager.json"), self.path("alarms")
        with open(eager, "w", encoding="utf-8") as f:
            json.dump(model, f)
        doc = json.loads(self.run_self(logs, ref, "-f", "json", "--model", eager, "--keep", kept))
        self.assertTrue(any("389 days before" in c for c in doc["caveats"]), doc["caveats"])
        named = [b for b in doc["batches"] if "alarm" in b]
        self.assertTrue(named)
        self.assertEqual(sorted(b["alarm"] + ".ndjson" for b in named), sorted(os.listdir(kept)))
        self.assertTrue(all(b["other_called"] > 0 and b["kind"] in ("lookalike", "null") for b in named))
        for batch in named:
            result = json.loads(self.status(DONE, coord(
                "analyze", "-q", "-f", "json", "--worlds", 3, "-r", ref, "--model", eager,
                os.path.join(kept, batch["alarm"] + ".ndjson"))).stdout)
            self.assertEqual(batch["sessions"], result["input"]["sessions"])
            self.assertIn(result["campaigns"][0]["verdict"], ("coordinated_campaign", "single_actor_multiple_sources"))
        self.run_self(logs, ref, "--model", eager, "--keep", os.path.join(eager, "no folder"), status=FAILED)

    def test_page_lets_nothing_in(self):
        logs, ref = self.small_sensor()
        path = self.path("page.html")
        self.run_self(logs, ref, "-f", "html", "-o", path)
        with open(path, encoding="utf-8") as f:
            page = f.read()
        style = re.search(r"<style>(.*?)</style>", page, re.S).group(1)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.assertIn(f"default-src 'none'; style-src 'sha256-{digest}'", page)
        for forbidden in ("<script", "http://", "https://", "style=", "onload", "<img", "<link"):
            self.assertNotIn(forbidden, page)

    def test_what_it_needs(self):
        logs, ref = self.small_sensor()
        self.assertIn(b"--reference FILE is needed", self.status(USAGE, coord("evaluate", "self", logs)).stderr)
        few = self.logs("few", "--sources", 20, "--sessions", 60)
        self.assertIn(b"at least 50 are needed",
                      self.status(FAILED, coord("evaluate", "self", "-q", "-r", ref, few)).stderr)
        self.assertFalse(os.path.exists(self.path("out.json")))


if __name__ == "__main__":
    unittest.main()
