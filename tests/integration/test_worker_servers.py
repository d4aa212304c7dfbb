#!/usr/bin/env python3
"""`coord worker` on PostgreSQL and Redis: the same promises when a server dies, forgets, or delivers twice."""
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

import servers  # noqa: E402  (tests/support/servers.py)
from support import coord, environment  # noqa: E402
from workers import COMPLETED, FAILED, PROCESSING, QUEUED, WorkerCase  # noqa: E402


class Servers(WorkerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.postgres = servers.Postgres()
            cls.addClassCleanup(cls.postgres.__exit__, None, None, None)
            cls.postgres.__enter__()
            cls.redis = servers.Redis()
            cls.addClassCleanup(cls.redis.__exit__, None, None, None)
            cls.redis.__enter__()
        except servers.Missing as missing:
            raise unittest.SkipTest(str(missing))

    def setUp(self):
        super().setUp()
        self.url = self.postgres.database()
        self.settings.update({"DATABASE_URL": self.url, "REDIS_URL": self.redis.url, "COORD_LEASE": "10s"})
        self.tool_settings = {"JOB_TOOL_QUEUE": self.redis.url}
        migrated = coord("migrate", env=environment(DATABASE_URL=self.url))
        self.assertEqual(0, migrated.returncode, migrated.stderr)

    def assert_all_once(self, idents):
        for ident in idents:
            self.wait_state(ident, COMPLETED, FAILED)
            self.assert_once(ident)

    def test_jobs_are_done_by_two_supervisors(self):
        idents = self.submit(count=20)
        workers = [self.start(), self.start()]
        self.assert_all_once(idents)
        self.assertFalse(any("fewer fences" in str(line) for w in workers for line in w.lines()))

    def test_what_is_delivered_again_is_not_done_again(self):
        self.start()
        ident, = self.submit()
        got = self.wait_state(ident, COMPLETED)
        self.tool("deliver", ident)
        after, = self.submit()
        self.wait_state(after, COMPLETED)
        self.wait("an empty queue", lambda: b'"claimed": 0' in self.depth() and b'"ready": 0' in self.depth())
        self.assertEqual(got, self.get(ident))
        self.assert_once(ident)

    def depth(self):
        return self.tool("depth")

    def test_a_queue_that_forgot_everything_loses_nothing(self):
        idents = self.submit(count=6)
        self.redis.kill()
        self.redis.start()
        self.start()
        self.assert_all_once(idents)

    def test_a_killed_worker_is_replaced_and_its_job_done_once(self):
        worker = self.start()
        ident, victim = self.stop_midway(worker)
        os.kill(victim, signal.SIGKILL)
        got = self.wait_state(ident, COMPLETED, FAILED)
        self.assertEqual((COMPLETED, 2), (got["state"], got["attempts"]), got["error"])
        self.assert_once(ident)

    def test_servers_that_die_and_come_back(self):
        worker = self.start()
        first, = self.submit(depth="standard", options='{"worlds":500}', file=self.large)
        self.wait_running(worker, first)
        idents = self.submit(count=6)
        for server in (self.postgres, self.redis):
            server.kill()
            self.wait("the worker's complaint", lambda: any("away" in str(line) for line in worker.lines()))
            server.start()
        more = self.submit(count=4)
        self.assert_all_once([first, *idents, *more])

    def test_a_whole_machine_dies(self):
        worker = self.start()
        slow, = self.submit(depth="standard", options='{"worlds":500}', file=self.large)
        self.wait_running(worker, slow)
        idents = self.submit(count=10)
        worker.kill()
        self.postgres.kill()
        self.redis.kill()
        self.postgres.start()
        self.redis.start()
        self.start()
        self.assert_all_once([slow, *idents])

    def test_sigterm_hands_back_what_does_not_fit(self):
        worker = self.start(COORD_STOP_DEADLINE="1s")
        ident = self.submit_endless()
        self.wait_running(worker, ident)
        worker.process.terminate()
        self.assertEqual(0, worker.process.wait(self.DEADLINE_S))
        got = self.get(ident)
        self.assertEqual((QUEUED, 0), (got["state"], got["attempts"]))
        again = self.start()
        self.wait_running(again, ident)
        self.assertEqual(PROCESSING, self.get(ident)["state"])

    def test_postgres_without_redis_is_refused_with_the_reason(self):
        other = coord("worker", env=environment(DATABASE_URL=self.url))
        self.assertEqual(2, other.returncode)
        self.assertIn(b"REDIS_URL", other.stderr)
        self.assertNotIn(servers.PASSWORD.encode(), other.stderr)


if __name__ == "__main__":
    unittest.main()
