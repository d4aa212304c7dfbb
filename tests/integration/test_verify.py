#!/usr/bin/env python3
"""A reviewer's question: does this result come out again? And whatever was changed is found and named."""
import json
import os
import shutil
import tempfile
import unittest

from support import DONE, FAILED, QUICK, REFUSED, USAGE, Case, background, coord, ndjson

FAST = ("--depth", "minimal", "--worlds", 39) if QUICK else ("--worlds", 39)


class Verify(Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp(prefix="coord-verify-")
        make = lambda *args: coord(*args, cwd=cls.shared)
        assert make("generate", "-q", "--seed", 5, "--sources", 120, "-o", "g").returncode == DONE
        cls.log = os.path.join(cls.shared, "g", "cowrie.json")
        assert make("reference", "build", "-q", "-o", "a.ref", cls.log).returncode == DONE
        with open(os.path.join(cls.shared, "other.json"), "wb") as f:
            f.write(ndjson(background(80)))
        assert make("reference", "build", "-q", "-o", "b.ref", "other.json").returncode == DONE
        cls.plain = cls.analyse(cls.log)
        cls.whole = cls.analyse("--self-contained", cls.log)
        cls.against = cls.analyse("--reference", os.path.join(cls.shared, "a.ref"), cls.log)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared, ignore_errors=True)

    @classmethod
    def analyse(cls, *args):
        result = coord("analyze", "-q", "--format", "json", *FAST, *args)
        assert result.returncode == DONE, result.stderr
        return result.stdout

    def verify(self, document, *args, status=DONE):
        path = self.file("r.json", document if isinstance(document, bytes) else json.dumps(document).encode())
        return self.status(status, coord("verify", path, *args, cwd=self.folder)).stdout.decode()

    def last(self, *args, **more):
        return self.verify(*args, **more).splitlines()[-1]

    def test_fresh_results_are_identical(self):
        for document in (self.plain, self.whole, self.against):
            self.assertEqual("identical", self.last(document))
        self.assertEqual("identical", self.last(self.plain, self.log))
        self.assertEqual("identical\n", self.verify(self.plain, "--quiet"))
        self.assertEqual("identical", self.last(self.plain, "--threads", 1))

    def test_embedded_sessions_need_no_logs(self):
        document = json.loads(self.whole)
        self.assertEqual(document["input"]["sessions"], len(document["sessions"]))
        document["input"]["paths"][0]["path"] = "/nowhere/at/all.json"
        text = self.verify(document)
        self.assertIn("from the result itself", text)
        self.assertIn("not compared: /input", text)

    def test_group_mode_options_and_refused_lines_are_repeated(self):
        bad = self.file("bad.json", ndjson(background(60)) + b"{\n")
        for args in (("--group", "--selected-by", "dictionary"), ("--depth", "minimal"), ("--seed", 77), ("--decoordinate", 2),
                     ("--from", "2024-01-26T13:00:00Z", "--to", "2024-01-27"), ("--sensor", "east=" + bad)):
            result = coord("analyze", "-q", "--format", "json", *FAST, *args, *([] if "--sensor" in args else [bad]))
            self.status(REFUSED, result)
            self.assertEqual("identical", self.last(result.stdout), args)

    def test_flipped_digit_in_a_confidence(self):
        document = json.loads(self.plain)
        for at in (document, document["campaigns"][0]):
            key = "coordination_confidence" if at is document else "confidence"
            was = at[key]
            at[key] = round(was - 0.000004, 6)
            text = self.verify(document, status=FAILED)
            self.assertIn("/campaigns/0/confidence: the ledger's log-odds" if at is not document else
                          "/coordination_confidence: ", text)
            self.assertTrue(text.splitlines()[-1].startswith("different: /"), text)
            self.assertIn(key, text.splitlines()[-1])
            self.assertIn(str(at[key]), text.splitlines()[-1])
            self.assertIn(str(was), text.splitlines()[-1])
            at[key] = was

    def test_swapped_verdict(self):
        document = json.loads(self.plain)
        campaign = next(c for c in document["campaigns"] if c["verdict"] == "insufficient_evidence")
        index = document["campaigns"].index(campaign)
        campaign["verdict"] = "coordinated_campaign"
        text = self.verify(document, status=FAILED)
        self.assertIn(f"different: /campaigns/{index}/verdict: the result says \"coordinated_campaign\", "
                      "the repetition \"insufficient_evidence\"", text)

    def test_ledger_rewritten_consistently_is_found_by_the_repetition(self):
        document = json.loads(self.plain)
        campaign = document["campaigns"][-1]
        campaign["ledger"][0]["log_odds"] = round(campaign["ledger"][0]["log_odds"] + 0.000001, 6)
        campaign["ledger"][1]["log_odds"] = round(campaign["ledger"][1]["log_odds"] - 0.000001, 6)
        text = self.verify(document, status=FAILED)
        self.assertIn("statements about itself hold", text)
        self.assertIn("/ledger/0/log_odds: ", text.splitlines()[-1])

    def test_other_input(self):
        other = self.file("other.json", ndjson(background(60)))
        self.assertIn("different: /provenance/input_sha256: other input", self.last(self.plain, other, status=FAILED))
        document = json.loads(self.whole)
        document["sessions"][5]["items"] = []
        self.assertIn("/provenance/input_sha256: other input", self.last(document, status=FAILED))
        document["sessions"][5] = {"source_ip": "nobody", "start": "never", "items": []}
        self.assertIn("not repeated: session 6 of those in the document", self.last(document, status=FAILED))

    def test_other_reference(self):
        other = os.path.join(self.shared, "b.ref")
        self.assertIn("different: /provenance/reference: other reference", self.last(self.against, "-r", other, status=FAILED))
        self.assertIn("/provenance/reference", self.last(self.plain, "-r", other, status=FAILED))
        self.assertEqual("identical", self.last(self.against, "-r", os.path.join(self.shared, "a.ref")))
        document = json.loads(self.against)
        document["provenance"]["files"][0]["path"] = "gone.ref"
        self.assertIn("not repeated: the reference that the result names is not at gone.ref",
                      self.last(document, status=FAILED))

    def test_lists_and_feeds_are_repeated(self):
        feed = self.file("feed.txt", b"198.18.3.4\n198.51.100.7\n")
        known = self.file("scanners.csv", b"organisation,kind,value\nExample,network,198.18.0.0/24\n")
        document = self.analyse("--feed", "blocklist=" + feed, "--scanners", known, self.log)
        self.assertEqual("identical", self.last(document))
        self.assertEqual(["scanners", "feed"], [f["role"] for f in json.loads(document)["provenance"]["files"]])
        self.file("feed.txt", b"198.18.3.5\n")
        self.assertIn("/provenance/files: other feed", self.last(document, status=FAILED))
        os.remove(feed)
        self.assertIn("give it with --feed", self.last(document, status=FAILED))

    def test_what_is_missing_is_named(self):
        document = json.loads(self.plain)
        document["input"]["paths"][0]["path"] = "/nowhere/at/all.json"
        self.assertIn("not at /nowhere/at/all.json: give them", self.last(document, status=FAILED))
        self.assertEqual("identical", self.last(document, self.log))
        document["input"]["paths"] = []
        self.assertIn("names no logs", self.last(document, status=FAILED))
        piped = coord("analyze", "-q", "-f", "json", *FAST, "-", stdin=ndjson(background(40))).stdout
        self.assertIn("not at -: give them", self.last(piped, status=FAILED))

    def test_other_version_is_reported_as_such(self):
        document = json.loads(self.plain)
        document["provenance"]["version"] = "0.0.9"
        text = self.verify(document, status=FAILED)
        self.assertIn("made by coord 0.0.9; this is coord", text)

    def test_configuration_is_the_documents(self):
        document = json.loads(self.plain)
        self.assertEqual(39, document["provenance"]["configuration"]["worlds"])
        document["provenance"]["configuration"]["prior"] = 0.5
        text = self.verify(document, status=FAILED)
        self.assertIn("/provenance/configuration_sha256: the configuration's SHA-256 is", text)
        self.assertIn("different: /", text)

    def test_document_alone(self):
        self.assertIn("nothing was repeated", self.last(self.plain, "--document-only"))
        document = json.loads(self.plain)
        document["batch"]["edges"] = -1
        self.assertIn("/batch/edges: expected a whole number", self.verify(document, "--document-only", status=FAILED))

    def test_methods_for_programs(self):
        methods = json.loads(self.status(DONE, coord("version", "--methods")).stdout)
        names = {c["name"] for c in methods["channels"]}
        document = json.loads(self.plain)
        self.assertEqual(names, {e["channel"] for e in document["campaigns"][0]["evidence"]})
        self.assertEqual(set(methods["features"]), set(document["campaigns"][0]["features"]))
        self.assertEqual(methods["model"], document["provenance"]["model"])
        known = {n["name"] for n in methods["nulls"]}
        self.assertLessEqual(set(document["provenance"]["methods"]["nulls"]), known)
        constants = {c["name"]: c for c in methods["constants"]}
        self.assertEqual(document["provenance"]["configuration"]["fdr"], constants["SEARCH_FDR"]["value"])
        self.assertTrue(all(c["value"] is not None and c["source"] and c["test"] for c in methods["constants"]))

    def test_what_is_no_result(self):
        for text in (b"", b"[]", b"{}", b"\xff"):
            self.assertEqual(b"", self.status(FAILED, coord("verify", self.file("x.json", text))).stdout)
        self.status(FAILED, coord("verify", self.path("none.json")))
        self.status(USAGE, coord("verify"))
        self.status(USAGE, coord("analyze", "--self-contained", self.log))


if __name__ == "__main__":
    unittest.main()
