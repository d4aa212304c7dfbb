#!/usr/bin/env python3
"""`coord migrate`, `coord backup` and `coord restore` on real databases: SQLite always, PostgreSQL where it is installed."""
import json
import os
import sqlite3
import stat
import subprocess
import sys
import unittest

from support import COORD, DONE, FAILED, USAGE, Case, coord, environment

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import servers  # noqa: E402


class Store(Case):
    def run_coord(self, *args, state="state", **extra):
        return coord(*args, env=environment(COORD_STATE_DIR=self.path(state), **extra))

    def says(self, status, needle, result):
        self.assertIn(needle.encode(), self.status(status, result).stderr)

    def migrations(self, *args, **extra):
        return json.loads(self.status(DONE, self.run_coord("migrate", "--format", "json", *args, **extra)).stdout)


class Migrate(Store):
    def test_sqlite(self):
        self.says(FAILED, "No such file", self.run_coord("migrate", "--list"))
        self.assertFalse(os.path.exists(self.path("state/coord.db")), "looking makes nothing")
        made = self.migrations()
        self.assertEqual(list(range(1, len(made) + 1)), [m["version"] for m in made])
        self.assertTrue(all(m["applied"] for m in made))
        self.assertEqual(made, self.migrations())
        text = self.status(DONE, self.run_coord("migrate", "--list")).stdout.decode()
        self.assertRegex(text, r"^001  first  +\d{4}-\d\d-\d\dT")

    def test_a_schema_from_the_future(self):
        self.migrations()
        with sqlite3.connect(self.path("state/coord.db")) as db:
            db.execute("INSERT INTO migrations VALUES (999, 'future', 'x', 1)")
        self.says(USAGE, "newer", self.run_coord("migrate"))
        self.says(FAILED, "newer", self.run_coord("keys", "list"))

    def test_a_migration_with_another_text(self):
        self.migrations()
        with sqlite3.connect(self.path("state/coord.db")) as db:
            db.execute("UPDATE migrations SET sha256 = replace(sha256, substr(sha256, 1, 8), '00000000')")
        self.says(USAGE, "another text", self.run_coord("migrate"))

    def test_bad_urls_keep_their_secrets(self):
        for url in ("postgresql://me:hush@127.0.0.1:1/x", "postgresql://me:hush@[127.0.0.1/x", "mysql://me:hush@h/x"):
            result = self.run_coord("migrate", DATABASE_URL=url)
            self.assertNotEqual(DONE, result.returncode)
            self.assertNotIn(b"hush", result.stderr + result.stdout)

    def test_postgresql(self):
        try:
            server = servers.Postgres()
        except servers.Missing as why:
            self.skipTest(str(why))
        with server:
            url = server.database()
            self.assertFalse(any(m["applied"] for m in self.migrations("--list", DATABASE_URL=url)))
            self.says(FAILED, "coord migrate", self.run_coord("keys", "list", DATABASE_URL=url))
            together = [subprocess.Popen([COORD, "migrate"], env=environment(DATABASE_URL=url), stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE) for _ in range(5)]
            for process in together:
                _, complaint = process.communicate(timeout=120)
                self.assertEqual(DONE, process.returncode, complaint)
            self.assertTrue(all(m["applied"] for m in self.migrations("--list", DATABASE_URL=url)))
            self.status(DONE, self.run_coord("keys", "create", "ci", DATABASE_URL=url))
            self.status(DONE, self.run_coord("audit", "verify", DATABASE_URL=url))
            self.says(USAGE, "pg_dump", self.run_coord("backup", self.path("b"), DATABASE_URL=url))
            self.says(USAGE, "pg_restore", self.run_coord("restore", self.path("b"), DATABASE_URL=url))


class Backup(Store):
    def keys(self, **extra):
        rows = json.loads(self.status(DONE, self.run_coord("keys", "list", "--format", "json", **extra)).stdout)
        return [k["name"] for k in rows]

    def setUp(self):
        super().setUp()
        self.status(DONE, self.run_coord("keys", "create", "first"))
        self.copy = self.path("copy.db")
        self.status(DONE, self.run_coord("backup", self.copy))
        self.status(DONE, self.run_coord("keys", "create", "second"))

    def test_a_backup_is_one_private_file(self):
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.copy).st_mode))
        self.assertEqual([], [n for n in os.listdir(os.path.dirname(self.copy)) if n.startswith("copy.db") and n != "copy.db"])
        with sqlite3.connect(self.copy) as db:
            self.assertEqual("ok", db.execute("PRAGMA integrity_check").fetchone()[0])

    def test_onto_a_new_machine(self):
        self.status(DONE, self.run_coord("restore", self.copy, state="new"))
        self.assertEqual(["first"], self.keys(state="new"))
        self.status(DONE, self.run_coord("audit", "verify", state="new"))

    def test_over_what_is_there(self):
        self.says(USAGE, "--replace", self.run_coord("restore", self.copy))
        self.assertEqual(["first", "second"], self.keys())
        self.status(DONE, self.run_coord("restore", "--replace", self.copy))
        self.assertEqual(["first"], self.keys())

    def test_not_while_it_is_in_use(self):
        with sqlite3.connect(self.path("state/coord.db")) as db:
            db.execute("SELECT count(*) FROM keys").fetchone()
            self.says(USAGE, "in use", self.run_coord("restore", "--replace", self.copy))
        db.close()
        self.assertEqual(["first", "second"], self.keys())

    def test_what_is_no_backup(self):
        with open(self.copy, "rb") as f:
            good = f.read()
        damaged = bytearray(good)
        damaged[len(damaged) // 2:len(damaged) // 2 + 20000] = b"\xa5" * 20000
        other = self.path("other.db")
        with sqlite3.connect(other) as db:
            db.execute("CREATE TABLE t (a)")
        db.close()
        for name, content, needle in [("empty", b"", "no database"), ("text", b"not a database at all\n" * 100, "no sound backup"),
                                      ("half", good[:len(good) // 2], "backup"), ("damaged", bytes(damaged), "backup"),
                                      ("other", open(other, "rb").read(), "no database of coord")]:
            path = self.path(name + ".bad")
            with open(path, "wb") as f:
                f.write(content)
            with self.subTest(name):
                self.says(USAGE, needle, self.run_coord("restore", "--replace", path))
        self.says(USAGE, "No such file", self.run_coord("restore", "--replace", self.path("nowhere")))
        self.assertEqual(["first", "second"], self.keys())

    def test_nowhere_to_put_it(self):
        self.says(FAILED, "No such file", self.run_coord("backup", self.path("no/such/folder/copy.db")))


if __name__ == "__main__":
    unittest.main()
