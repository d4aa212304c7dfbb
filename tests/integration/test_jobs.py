#!/usr/bin/env python3
"""`coord jobs`: dead letters listed, inspected, requeued; what waits or runs cancelled. On a real database, and with the queue in a real Redis."""
import json
import os
import sqlite3
import subprocess
import sys
import unittest

from support import DONE, FAILED, USAGE, Case, background, coord, environment, ndjson

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import servers  # noqa: E402

TOOL = os.environ["JOB_TOOL"]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


class Jobs(Case):
    extra = {}

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("state"))
        self.log = self.file("log.ndjson", ndjson(background(5)))
        self.url = "sqlite:" + self.path("state/coord.db")

    def run_coord(self, *args):
        return coord(*args, env=environment(COORD_STATE_DIR=self.path("state"), **self.extra))

    def jobs(self, *args):
        return json.loads(self.status(DONE, self.run_coord("jobs", "list", "--format", "json", *args)).stdout)

    def submit(self, n=1):
        ran = subprocess.run([TOOL, self.url, "submit", "standard", "{}", str(n), self.log], capture_output=True, check=False)
        self.assertEqual(0, ran.returncode, ran.stderr)
        return ran.stdout.decode().split()

    def sql(self, text, *args):
        with sqlite3.connect(self.path("state/coord.db"), timeout=60) as db:
            return db.execute(text, args).fetchall()

    def kill(self, analysis, error="killed by signal 11"):
        """As the store leaves a job after its last attempt."""
        self.sql("UPDATE analyses SET status = 3, dead = 1, attempts = 3, error = ?, finished_us = created_us + 1 WHERE id = ?",
                 error, analysis)
        self.sql("DELETE FROM jobs WHERE id = ?", analysis)

    def waiting(self):
        return sorted(row[0] for row in self.sql("SELECT id FROM jobs"))


class Listed(Jobs):
    def test_states(self):
        ids = self.submit(3)
        self.kill(ids[1], "out of \x1b[31mmemory")
        self.assertEqual({ids[0], ids[2]}, {j["analysis_id"] for j in self.jobs("--state", "queued")})
        self.assertEqual([], self.jobs("--state", "processing"))
        dead, = self.jobs()
        self.assertEqual((ids[1], "dead", 3, "out of \x1b[31mmemory"),
                         (dead["analysis_id"], dead["state"], dead["attempts"], dead["error"]))
        text = self.status(DONE, self.run_coord("jobs", "list")).stdout.decode()
        self.assertRegex(text, rf"{ids[1]}  dead +interactive +3 +\d+  20\S+ +out of \?\[31mmemory\n$")
        self.assertNotIn("\x1b", text)

    def test_limit_and_pages(self):
        ids = self.submit(450)
        self.assertEqual(100, len(self.jobs("--state", "queued")))
        self.assertEqual(set(ids), {j["analysis_id"] for j in self.jobs("--state", "queued", "--limit", "1000")})
        self.assertEqual(7, len(self.jobs("--state", "queued", "--limit", "7")))

    def test_show(self):
        analysis, = self.submit()
        self.kill(analysis)
        shown = json.loads(self.status(DONE, self.run_coord("jobs", "show", analysis, "--format", "json")).stdout)
        self.assertEqual((analysis, "dead", "killed by signal 11"), (shown["analysis_id"], shown["state"], shown["error"]))
        self.assertEqual("queued", shown["events"][0]["type"])
        text = self.status(DONE, self.run_coord("jobs", "show", analysis)).stdout.decode()
        self.assertRegex(text, r"(?m)^state +dead$")
        self.assertRegex(text, r"(?m)^error +killed by signal 11$")
        result = self.status(FAILED, self.run_coord("jobs", "show", UNKNOWN))
        self.assertIn(UNKNOWN.encode(), result.stderr)

    def test_usage(self):
        self.status(USAGE, self.run_coord("jobs", "requeue"))
        self.status(USAGE, self.run_coord("jobs", "requeue", "--all", UNKNOWN))
        self.status(USAGE, self.run_coord("jobs", "cancel"))
        self.status(USAGE, self.run_coord("jobs", "list", "--state", "lost"))


class Changed(Jobs):
    def test_requeue(self):
        ids = self.submit(2)
        for i in ids:
            self.kill(i)
        self.status(DONE, self.run_coord("jobs", "requeue", ids[0]))
        self.assertEqual([ids[0]], self.waiting())
        self.assertEqual([(0, 0)], self.sql("SELECT attempts, dead FROM analyses WHERE id = ?", ids[0]))
        result = self.status(FAILED, self.run_coord("jobs", "requeue", ids[0]))
        self.assertIn(b"dead letter", result.stderr)
        self.status(FAILED, self.run_coord("jobs", "requeue", UNKNOWN))
        self.assertEqual([("cli", "job.requeue", ids[0], "ok")], self.sql("SELECT actor, action, subject, outcome FROM audit"))

    def test_requeue_all(self):
        ids = self.submit(250)
        for i in ids:
            self.kill(i)
        self.status(DONE, self.run_coord("jobs", "requeue", "--all"))
        self.assertEqual(sorted(ids), self.waiting())
        self.assertEqual([], self.jobs())
        self.status(DONE, self.run_coord("jobs", "requeue", "--all"))

    def test_cancel(self):
        ids = self.submit(3)
        self.kill(ids[2])
        self.status(DONE, self.run_coord("jobs", "cancel", ids[0]))
        self.assertEqual([ids[1]], self.waiting())
        self.assertEqual([(4,)], self.sql("SELECT status FROM analyses WHERE id = ?", ids[0]))
        for ended in (ids[0], ids[2]):
            result = self.status(FAILED, self.run_coord("jobs", "cancel", ended))
            self.assertIn(b"has ended", result.stderr)
        self.assertEqual(3, self.sql("SELECT count(*) FROM analyses")[0][0])


class InRedis(Jobs):
    @classmethod
    def setUpClass(cls):
        try:
            cls.redis = servers.Redis(password="for-tests")
            cls.redis.__enter__()
        except servers.Missing as e:
            raise unittest.SkipTest(str(e))
        cls.addClassCleanup(cls.redis.__exit__, None, None, None)
        cls.extra = {"REDIS_URL": cls.redis.url}

    def test_told(self):
        analysis, = self.submit()
        self.kill(analysis)
        result = self.status(DONE, self.run_coord("jobs", "requeue", analysis))
        self.assertEqual(b"", result.stderr)
        result = self.status(DONE, self.run_coord("jobs", "cancel", analysis))
        self.assertEqual(b"", result.stderr)

    def test_not_told(self):
        analysis, = self.submit()
        self.kill(analysis)
        self.redis.kill()
        result = self.status(DONE, self.run_coord("jobs", "requeue", analysis))
        self.redis.start()
        self.assertIn(b"done, but the queue could not be told: queue: redis at", result.stderr)
        self.assertNotIn(b"for-tests", result.stderr)
        self.assertEqual([analysis], self.waiting())


if __name__ == "__main__":
    unittest.main()
