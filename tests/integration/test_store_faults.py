#!/usr/bin/env python3
"""A PostgreSQL that is killed, stopped and started under a writing store: nothing acknowledged is lost, and it goes on by itself."""
import os
import subprocess
import sys
import unittest

from support import environment

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import servers  # noqa: E402

TOOL = os.environ.get("STORE_TOOL", "build/tests/integration/store_tool")


class Client:
    """A writing process, and what it has said."""

    def __init__(self, url):
        self.process = subprocess.Popen([TOOL, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=environment(), text=True)
        self.stored, self.away = [], []

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the client ended: " + self.process.stderr.read())
        word, _, rest = line.rstrip("\n").partition(" ")
        (self.stored if word == "stored" else self.away).append(rest)
        return word

    def until_stored(self, more):
        end = len(self.stored) + more
        while len(self.stored) < end:
            self.read()

    def until_away(self):
        while self.read() != "away":
            pass

    def end(self):
        self.process.stdin.close()
        for line in self.process.stdout:
            if line.startswith("stored "):
                self.stored.append(line.split()[1])
        complaint = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        return self.process.wait(60), complaint


class Restarts(unittest.TestCase):
    def setUp(self):
        try:
            self.server = servers.Postgres(durable=True)
        except servers.Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.server.close)

    def check(self, client):
        status, told = client.end()
        # libpq prints this by itself when a connection is cut while it is still being made
        self.assertEqual((0, ""), (status, told.replace("FATAL:  terminating connection due to administrator command\n", "")))
        for table in ("analyses", "jobs"):
            kept = set(self.server.psql(f"SELECT id FROM {table}", "coord").split())
            self.assertEqual(set(), set(client.stored) - kept, f"acknowledged, but not in {table}")
        self.assertEqual(self.server.psql("SELECT count(*) FROM analyses", "coord"),
                         self.server.psql("SELECT count(*) FROM requests", "coord"))
        for why in client.away:
            self.assertNotIn(servers.PASSWORD, why)

    def test_killed_and_started_again(self):
        client = Client(self.server.url)
        for _ in range(3):
            client.until_stored(40)
            self.server.kill()
            client.until_away()
            self.server.start()
            client.until_stored(40)
        self.check(client)

    def test_stopped_and_started_again(self):
        client = Client(self.server.socket_url)
        client.until_stored(20)
        self.server.stop()
        client.until_away()
        self.server.start()
        client.until_stored(20)
        self.check(client)

    def test_connections_cut_by_an_administrator(self):
        client = Client(self.server.url)
        for _ in range(5):
            client.until_stored(10)
            self.server.psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'coord'")
        client.until_stored(10)
        self.check(client)


if __name__ == "__main__":
    unittest.main()
