#!/usr/bin/env python3
"""`coord keys` and `coord audit verify` on a real database: what is printed, what is kept, what tampering leaves behind."""
import json
import os
import re
import sqlite3
import stat
import unittest

from support import DONE, FAILED, USAGE, Case, coord, environment

SECRET = re.compile(rb"coord_[A-Za-z0-9_-]{43}\n")


class Kept(Case):
    def run_coord(self, *args, **extra):
        return coord(*args, env=environment(COORD_STATE_DIR=self.path("state"), **extra))

    def create(self, name, *args):
        result = self.status(DONE, self.run_coord("keys", "create", name, *args))
        self.assertRegex(result.stdout, b"^" + SECRET.pattern + b"$")
        return result.stdout.decode().strip()

    def keys(self):
        return json.loads(self.status(DONE, self.run_coord("keys", "list", "--format", "json")).stdout)

    def database(self):
        return sqlite3.connect(self.path("state/coord.db"))

    def everything_kept(self):
        kept = b""
        for name in os.listdir(self.path("state")):
            with open(self.path("state/" + name), "rb") as f:
                kept += f.read()
        return kept


class Keys(Kept):
    def test_a_life_of_a_key(self):
        first = self.create("ci")
        self.create("soc", "--scopes", "read,all", "--days", "90", "--rate", "5", "--quota", "1000")
        ci, soc = self.keys()
        self.assertEqual(("ci", "living", "submit,read", None), (ci["name"], ci["state"], ci["scopes"], ci["expires"]))
        self.assertEqual(("read,all", 5, 1000), (soc["scopes"], soc["rate_per_minute"], soc["quota_per_day"]))
        self.assertIsNotNone(soc["expires"])
        second = self.status(DONE, self.run_coord("keys", "rotate", "ci", "--format", "json"))
        second = json.loads(second.stdout)["secret"]
        self.assertNotEqual(first, second)
        self.assertEqual(2, len(self.keys()), "what rotation left is not shown")
        self.status(DONE, self.run_coord("keys", "revoke", soc["id"]))
        self.assertEqual(["living", "revoked"], [k["state"] for k in self.keys()])
        text = self.status(DONE, self.run_coord("keys", "list")).stdout.decode()
        self.assertRegex(text, rf"{ci['id']} +living .* ci\n")
        kept = self.everything_kept()
        self.assertIn(ci["id"].encode(), kept)
        for secret in (first, second):
            self.assertNotIn(secret.encode(), kept)
            self.assertNotIn(secret[6:].encode(), kept)

    def test_only_the_owner_reads_the_database(self):
        self.create("ci")
        self.assertEqual(0o700, stat.S_IMODE(os.stat(self.path("state")).st_mode))
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.path("state/coord.db")).st_mode))

    def test_what_is_refused(self):
        self.create("ci")
        for args, needle in [(["create", "ci"], "there is a key named"), (["create", "k_x"], "a key's name"),
                             (["create", "x", "--scopes", "root"], "submit, read, admin, all"),
                             (["create", "x", "--days", "0"], "from 1 to 36500")]:
            with self.subTest(args=args):
                result = self.status(USAGE, self.run_coord("keys", *args))
                self.assertIn(needle, result.stderr.decode())
                self.assertEqual(b"", result.stdout)
        for verb in ("revoke", "rotate"):
            result = self.status(FAILED, self.run_coord("keys", verb, "nobody"))
            self.assertIn("no living key named", result.stderr.decode())
        result = self.status(USAGE, self.run_coord("keys", "list", "--set", "COORD_WORKERS=many"))
        self.assertIn("COORD_WORKERS", result.stderr.decode())
        result = self.status(USAGE, self.run_coord("keys", "list", "--set", "COORD_NOTHING=1"))
        self.assertIn("COORD_NOTHING", result.stderr.decode())
        result = self.status(USAGE, self.run_coord("keys", "create", "x", COORD_PEPPER="short"))
        self.assertIn("COORD_PEPPER", result.stderr.decode())

    def test_a_pepper_of_the_operator_is_not_in_the_database(self):
        pepper = "a pepper that nobody guesses"
        self.status(DONE, self.run_coord("keys", "create", "ci", COORD_PEPPER=pepper))
        self.assertNotIn(pepper.encode(), self.everything_kept())
        with self.database() as db:
            self.assertEqual([], db.execute("SELECT key FROM small_values WHERE key = 'pepper'").fetchall())


class Audit(Kept):
    def verify(self, expected, *args):
        return self.status(expected, self.run_coord("audit", "verify", *args))

    def head(self):
        return re.search(r"head (\d+:[0-9a-f]{64})\n", self.verify(DONE).stdout.decode()).group(1)

    def filled(self):
        for name in "abc":
            self.create(name)

    def test_it_holds_and_tells_its_head(self):
        self.assertIn(b"empty", self.verify(DONE).stdout)
        self.filled()
        result = self.verify(DONE)
        self.assertIn(b"holds: 3 rows, 1 to 3\n", result.stdout)
        head = self.head()
        self.status(DONE, self.run_coord("keys", "revoke", "b"))
        self.verify(DONE, "--head", head)
        with self.database() as db:
            rows = db.execute("SELECT actor, action, outcome FROM audit ORDER BY seq").fetchall()
        self.assertEqual([("cli", "key.create", "ok")] * 3 + [("cli", "key.revoke", "ok")], rows)

    def test_tampering_is_seen(self):
        for number, (change, row) in enumerate([("UPDATE audit SET subject = 'k_other' WHERE seq = 2", 2),
                                                ("DELETE FROM audit WHERE seq = 2", 3),
                                                ("UPDATE audit SET time_us = time_us - 1 WHERE seq = 3", 3)]):
            with self.subTest(change=change):
                self.folder += f"/{number}"
                os.mkdir(self.folder)
                self.filled()
                with self.database() as db:
                    db.execute(change)
                result = self.verify(FAILED)
                self.assertIn(f"broken at row {row}:", result.stderr.decode())

    def test_a_tail_cut_off_is_seen_by_the_head(self):
        self.filled()
        head = self.head()
        with self.database() as db:
            db.execute("DELETE FROM audit WHERE seq = 3")
        self.verify(DONE)
        self.assertIn("row 3 is gone", self.verify(FAILED, "--head", head).stderr.decode())
        self.create("d")
        self.assertIn("row 3 is not the one", self.verify(FAILED, "--head", head).stderr.decode())
        self.verify(USAGE, "--head", "3:abc")


if __name__ == "__main__":
    unittest.main()
