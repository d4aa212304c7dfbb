#!/usr/bin/env python3
"""Where logs come from and in what shape: files, folders, patterns, standard input, compressed, damaged, hostile."""
import gzip
import json
import os
import resource
import shutil
import subprocess
import unittest

from support import COORD, DONE, FAILED, REFUSED, Case, background, coord, cowrie_session, environment, ndjson


class Input(Case):
    def sessions(self, *args, status=DONE, **more):
        result = self.status(status, coord("ingest", *args, **more))
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_a_file(self):
        events = cowrie_session("abcdef012345", "198.18.0.1", 0, [("root", "x")], ["uname -a"])
        rows = self.sessions(self.file("cowrie.json", ndjson(events)))
        self.assertEqual(1, len(rows))
        self.assertEqual("198.18.0.1", rows[0]["source_ip"])
        self.assertEqual("abcdef012345", rows[0]["id"])
        self.assertEqual("ssh", rows[0]["service"])
        self.assertEqual(22, rows[0]["target_port"])
        self.assertEqual({"credential", "command"}, {item["kind"] for item in rows[0]["items"]})

    def test_every_way_in_gives_the_same_sessions(self):
        data = ndjson(background())
        plain = self.file("plain/cowrie.json", data)
        expected = coord("ingest", plain).stdout
        self.assertEqual(60, expected.count(b"\n"))
        ways = {"gzip": [self.file("c.gz", gzip.compress(data))],
                "gzip of several members": [self.file("m.gz", gzip.compress(data[:5000]) + gzip.compress(data[5000:]))],
                "folder": [os.path.dirname(plain)],
                "pattern": [self.path("plain/*.json")],
                "empty file beside": [plain, self.file("empty", b"")],
                "twice the same": [plain, plain],
                "CRLF": [self.file("crlf", data.replace(b"\n", b"\r\n"))],
                "no last newline": [self.file("cut", data[:-1])],
                "byte order mark": [self.file("bom", b"\xef\xbb\xbf" + data)]}
        if shutil.which("zstd"):
            subprocess.run(["zstd", "-q", plain, "-o", self.path("c.zst")], check=True)
            ways["zstd"] = [self.path("c.zst")]
        for name, args in ways.items():
            with self.subTest(name):
                self.assertEqual(expected, self.status(DONE, coord("ingest", *args)).stdout)
        for name, stdin in {"stdin": data, "stdin gzip": gzip.compress(data)}.items():
            with self.subTest(name):
                self.assertEqual(expected, self.status(DONE, coord("ingest", "-", stdin=stdin)).stdout)

    def test_order_and_split_change_nothing(self):
        events = background()
        expected = coord("ingest", self.file("all", ndjson(events))).stdout
        shuffled = sorted(events, key=lambda e: hash_of(json.dumps(e)))
        self.assertEqual(expected, coord("ingest", self.file("shuffled", ndjson(shuffled))).stdout)
        a, b = self.file("s/a", ndjson(events[::2])), self.file("s/b", ndjson(events[1::2]))
        self.assertEqual(expected, coord("ingest", a, b).stdout)
        self.assertEqual(expected, coord("ingest", b, a, "--threads", 1).stdout)

    def test_normal_form_reads_back(self):
        first = coord("ingest", self.file("a", ndjson(background()))).stdout
        again = self.status(DONE, coord("ingest", self.file("b", first))).stdout
        self.assertEqual(first, again)

    def test_csv(self):
        lines = self.status(DONE, coord("ingest", "-f", "csv", self.file("a", ndjson(background(5))))).stdout.splitlines()
        self.assertEqual(6, len(lines))
        self.assertIn(b"source_ip", lines[0])

    def test_sensor_is_forced(self):
        one = self.file("one", ndjson(background(3)))
        two = self.file("two", ndjson(background(3, seed=2)))
        rows = self.sessions("--sensor", "east=" + one, "--sensor", "west=" + two)
        self.assertEqual({"east", "west"}, {r["sensor"] for r in rows})

    def test_time_range(self):
        path = self.file("a", ndjson(cowrie_session("a", "198.18.0.1", 0) + cowrie_session("b", "198.18.0.2", 3600)))
        self.assertEqual(["b"], [r["id"] for r in self.sessions("--from", "2024-01-26T12:30:00Z", path)])
        self.assertEqual(["a"], [r["id"] for r in self.sessions("--to", "2024-01-26T13:00:00Z", path)])
        self.assertEqual(2, len(self.sessions("--from", "2024-01-26", "--to", "2024-01-27", path)))

    def test_bad_lines_are_told_and_the_rest_is_done(self):
        good = ndjson(background(3))
        path = self.file("mixed", good + b'{"eventid":"cowrie.session.connect","session":"x"\n' + b'{"a":1}\n' + good)
        result = self.status(REFUSED, coord("ingest", path))
        self.assertEqual(3, result.stdout.count(b"\n"))
        text = result.stderr.decode()
        self.assertIn("refused 2 of ", text)
        self.assertRegex(text, r"mixed:\d+:\d+: not_json")
        self.assertIn("not_recognised", text)
        self.assertEqual(b"", self.status(REFUSED, coord("ingest", "--quiet", path)).stderr)

    def test_ten_bad_lines_are_shown_or_a_hundred(self):
        path = self.file("mixed", ndjson(background(2)) + b"{\n" * 150)
        brief = self.status(REFUSED, coord("ingest", path)).stderr.decode()
        self.assertIn("refused 150 of ", brief)
        self.assertEqual(10, brief.count("not_json: "))
        self.assertIn("and 140 more (--verbose", brief)
        full = self.status(REFUSED, coord("ingest", "--verbose", path)).stderr.decode()
        self.assertEqual(100, full.count("not_json: "))

    def test_hostile_bytes_do_not_reach_the_terminal(self):
        path = self.file("evil\x1b[31m.json", ndjson(background(2)) + b'{"eventid":"\x1b[2J\n' + b"\x1b]0;x\x07\n")
        result = self.status(REFUSED, coord("ingest", path))
        self.assertNotIn(b"\x1b", result.stderr)
        self.assertNotIn(b"\x1b", result.stdout)

    def test_nothing_to_read(self):
        for name, args in {"missing": [self.path("none")], "empty": [self.file("empty", b"")],
                           "empty folder": [os.path.dirname(self.file("d/.hidden", b""))],
                           "binary": [self.file("junk", bytes(range(256)) * 100)],
                           "empty stdin": ["-"], "pattern without files": [self.path("*.none")]}.items():
            with self.subTest(name):
                result = self.status(FAILED, coord("ingest", *args))
                self.assertEqual(b"", result.stdout)
                self.assertTrue(result.stderr.startswith(b"coord ingest: "), result.stderr)

    def test_unreadable_file(self):
        path = self.file("secret", ndjson(background(2)))
        os.chmod(path, 0)
        if os.access(path, os.R_OK):
            self.skipTest("root reads everything")
        self.status(FAILED, coord("ingest", path))

    def test_truncated_gzip_keeps_what_came_before(self):
        data = gzip.compress(ndjson(background(200)))
        result = self.status(REFUSED, coord("ingest", self.file("cut.gz", data[:len(data) // 2])))
        self.assertGreater(result.stdout.count(b"\n"), 20)
        self.assertIn(b"truncated", result.stderr)

    def test_nul_bytes_invalid_utf8_and_absurd_times(self):
        good = ndjson(background(2))
        bad = [b"\x00" * 40, b'{"eventid":"cowrie.session.connect","src_ip":"198.18.0.9","session":"\xff\xfe",'
               b'"timestamp":"0001-01-01T00:00:00Z"}',
               b'{"eventid":"cowrie.session.connect","src_ip":"198.18.0.9","session":"q","timestamp":"99999-99-99"}']
        result = self.status(REFUSED, coord("ingest", self.file("odd", good + b"\n".join(bad) + b"\n")))
        self.assertEqual(2, result.stdout.count(b"\n"))

    def test_a_line_that_never_ends(self):
        path = self.path("long")
        with open(path, "wb") as f:
            f.write(ndjson(background(2)))
            for _ in range(40):
                f.write(b"x" * (1 << 20))
            f.write(b"\n" + ndjson(cowrie_session("after", "198.18.0.77", 0)))
        result = self.status(REFUSED, coord("ingest", path))
        self.assertEqual(3, result.stdout.count(b"\n"))
        self.assertIn(b"too_long", result.stderr)

    def test_a_gigabyte_line_in_a_gigabyte_of_memory(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

        if subprocess.run([COORD, "version"], capture_output=True, preexec_fn=limit, check=False).returncode != DONE:
            self.skipTest("this build needs more address space than that (a sanitizer's)")
        block = b'{"eventid":"cowrie.login.failed","password":"' + b"x" * (1 << 20)
        with subprocess.Popen([COORD, "ingest", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, preexec_fn=limit, env=environment()) as process:
            process.stdin.write(ndjson(background(2)))
            for _ in range(1024):
                process.stdin.write(block)
            process.stdin.write(b"\n" + ndjson(cowrie_session("after", "198.18.0.77", 0)))
            out, err = process.communicate()
        self.assertEqual(REFUSED, process.returncode, err)
        self.assertEqual(3, out.count(b"\n"))
        self.assertIn(b'"198.18.0.77"', out)
        self.assertIn(b"too_long", err)
        line = ndjson(background(2)).count(b"\n") + 1
        self.assertRegex(err.decode(), rf"\b{line}\b[^\n]*longer than")


def hash_of(text):
    value = 0
    for c in text.encode():
        value = (value * 131 + c) % (1 << 61)
    return value


if __name__ == "__main__":
    unittest.main()
