#!/usr/bin/env python3
"""What strangers send: requests framed to be misread, clients that are slow or leave, bodies too large, too deep or
compressed to burst. After each the server answers others as before."""
import gzip
import json
import os
import re
import resource
import socket
import threading
import unittest

from serving import DEADLINE_S, Server, eventually, new_folder, read_all, session, sessions


def head(*lines, method="POST", path="/analyze/coordination"):
    return ("\r\n".join((f"{method} {path} HTTP/1.1",) + lines) + "\r\n\r\n").encode()


class Hostile(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(new_folder(cls), **cls.settings)
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.auth = "Authorization: Bearer " + self.server.key

    def tearDown(self):
        """Whatever was done to it: it lives, and takes work."""
        self.assertIsNone(self.server.process.poll(), self.server.errors())
        self.assertEqual(200, self.server.get("/health", key=None).status)
        self.server.submit()

    def metric(self, line):
        found = re.search("^" + re.escape(line) + r" (\S+)", self.server.get("/metrics").body.decode(), re.M)
        return float(found.group(1)) if found else 0


class Framing(Hostile):
    settings = {"COORD_HEADER_DEADLINE": "2s"}

    def one_refusal(self, data, half_close=True):
        """Refused, and the connection ends: nothing of what followed was taken for a request. (The library writes the
        head of its own refusals twice.)"""
        got = self.server.raw(data, half_close=half_close)
        self.assertEqual({b"400"}, set(re.findall(rb"HTTP/1\.[01] (\d+)", got)), got)
        self.assertNotIn(b"alive", got)
        return got

    def test_heads_that_two_servers_could_read_differently(self):
        smuggled = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
        body = b'{"attack_sessions":[]}'
        n = f"Content-Length: {len(body)}"
        cases = {
            "two lengths": ("Host: x", n, "Content-Length: 3"),
            "two equal lengths": ("Host: x", n, n),
            "length list": ("Host: x", f"Content-Length: {len(body)}, {len(body)}"),
            "length with a sign": ("Host: x", f"Content-Length: +{len(body)}"),
            "length in hex": ("Host: x", f"Content-Length: 0x{len(body):x}"),
            "length and chunks": ("Host: x", n, "Transfer-Encoding: chunked"),
            "chunks and length": ("Host: x", "Transfer-Encoding: chunked", n),
            "two codings": ("Host: x", "Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
            "odd coding": ("Host: x", "Transfer-Encoding: xchunked"),
            "coding list": ("Host: x", "Transfer-Encoding: gzip, chunked"),
            "space before the colon": ("Host: x", f"Content-Length : {len(body)}"),
            "space in a coding's name": ("Host: x", "Transfer-Encoding : chunked"),
            "no host": (n,),
            "two hosts": ("Host: x", "Host: y", n),
            "host with a path": ("Host: x/y", n),
        }
        for name, lines in cases.items():
            with self.subTest(name):
                self.one_refusal(head(self.auth, *lines) + body + smuggled)

    def test_refusals_are_json_and_close(self):
        got = self.one_refusal(head("Host: x", "Host: y"))
        self.assertIn(b"Connection: close", got)
        self.assertIn("detail", json.loads(got.split(b"\r\n\r\n", 1)[1]))

    def test_targets(self):
        for path in ("/%00", "/analyze/x%0d%0aSet-Cookie:y", "/%zz", "/analyze?limit=%0"):
            with self.subTest(path):
                self.one_refusal(head("Host: x", method="GET", path=path))
        got = self.server.raw(head("Host: x", "Connection: close", method="GET", path="/" + "a" * 9000))
        self.assertRegex(got, b"^HTTP/1.1 414 ")
        self.assertEqual(404, self.server.get("/" + "%2e%2e/" * 5 + "etc/passwd").status)

    def test_folds_nuls_and_bare_line_feeds(self):
        line, end = b"GET /health/live HTTP/1.1\r\n", b"Connection: close\r\n\r\n"
        cases = {
            "fold": line + b"Host: x\r\nX-A: one\r\n two\r\n" + end,
            "fold at the end": line + b"Host: x\r\nX-A: one\r\n\ttwo\r\n\r\n",
            "two folds at the beginning": line + b"X-A: one\r\n two\r\n three\r\nHost: x\r\n" + end,
            "fold before all": line + b" X-A: one\r\nHost: x\r\n" + end,
            "a fold that makes a name": line + b"Host: x\r\nTransfer: chunked\r\n -Encoding\r\n" + end,
            "NUL": line + b"Host: x\r\nX-A: one\0two\r\n" + end,
            "NUL at the end": line + b"Host: x\r\nX-A: one\0two\r\n\r\n",
            "two NULs at the end": line + b"Host: x\r\nX-A: one\0\0two\r\n\r\n",
            "NUL in Host": line + b"Host: x\0y\r\n" + end,
            "NUL in a name": line + b"Host: x\r\nX\0-A: one\r\n" + end,
            "NUL in the target": line.replace(b"/live", b"\0/live") + b"Host: x\r\n" + end,
            "NUL in the version": line.replace(b"1.1", b"1.1\0") + b"Host: x\r\n" + end,
            "bare line feeds": (line + b"Host: x\r\n" + end).replace(b"\r\n", b"\n"),
            "a bare line feed": line + b"Host: x\nX-A: one\r\n" + end,
            "a bare carriage return": line + b"Host: x\r\nX-A: one\rtwo\r\n" + end,
        }
        for name, data in cases.items():
            with self.subTest(name):
                self.one_refusal(data)

    def test_heads_that_look_odd_and_are_not(self):
        for fields in (("Host: x", "X-Empty:", "X-Blanks:   ", "Connection: close"), ("Host:\tx\t ", "Connection: close"), ("Connection: close", "Host:x"),
                       ("Host: x", f"Cookie: a=b; c={'d' * 9000}", "Connection: close"), ("Host: x", *[f"X-{i}: {i}" for i in range(200)], "Connection: close")):
            with self.subTest(fields[0]), self.server.connect() as s:
                data = head(*fields, method="GET", path="/health/live?a=%20&b")
                for at in range(0, len(data), 700):
                    s.sendall(data[at:at + 700])
                self.assertRegex(read_all(s), b"^HTTP/1.1 200 ")
        self.assertRegex(self.server.raw(b"GET /health/live HTTP/1.0\r\n\r\n"), b"^HTTP/1.[01] 200 ")

    def test_a_flood_of_headers(self):
        got = self.server.raw(head("Host: x", *[f"X-{i}: {'y' * 100}" for i in range(2000)], method="GET", path="/health"))
        self.assertRegex(got, b"^(HTTP/1.1 4|$)")

    def test_garbage(self):
        for data in (b"\x00\xff\x16\x03\x01" * 100, b"GET\r\n\r\n", b"\r\n" * 1000, b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
                     b"GET / HTTP/1.1\nHost: x\n\n", os.urandom(4096)):
            got = self.server.raw(data, half_close=True)
            self.assertNotRegex(got, rb"HTTP/1.1 5\d\d (?!Not Implemented|HTTP)")

    def test_pipelined_requests_are_answered_in_order(self):
        one = head("Host: x", method="GET", path="/health/live")
        two = head("Host: x", method="GET", path="/nothing")
        last = head("Host: x", "Connection: close", method="GET", path="/health")
        got = self.server.raw(one + two + last)
        self.assertEqual([b"200", b"404", b"200"], re.findall(rb"HTTP/1\.1 (\d{3})", got))

    def test_chunked_bodies(self):
        body = json.dumps({"attack_sessions": sessions()}).encode()
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:7], body[7:100], body[100:])) + b"0\r\n\r\n"
        got = self.server.raw(head("Host: x", self.auth, "Transfer-Encoding: chunked", "Connection: close") + chunks)
        self.assertRegex(got, b"^HTTP/1.1 200 ")
        got = self.server.raw(head("Host: x", self.auth, "Transfer-Encoding: chunked") + b"zz\r\n" + body, half_close=True)
        self.assertNotIn(b" 200 ", got)

    def test_expect_continue(self):
        body = json.dumps({"attack_sessions": sessions()}).encode()
        with self.server.connect() as s:
            s.sendall(head("Host: x", self.auth, f"Content-Length: {len(body)}", "Expect: 100-continue",
                           "Connection: close"))
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 100"))
            s.sendall(body)
            self.assertIn(b" 200 OK", read_all(s))
        # who may not, is told before the body is sent
        got = self.server.raw(head("Host: x", f"Content-Length: {len(body)}", "Expect: 100-continue"))
        self.assertRegex(got, b"^HTTP/1.1 401 ")


class Bodies(Hostile):
    settings = {"COORD_MAX_BODY": "1MiB", "COORD_MAX_INGEST": "2MiB", "COORD_REQUEST_MEMORY": "4MiB"}

    def test_ten_gigabytes_announced(self):
        got = self.server.raw(head("Host: x", self.auth, "Content-Length: 10737418240") + b"{" * 1000)
        self.assertRegex(got, b"^HTTP/1.1 413 ")
        self.assertIn("detail", json.loads(got.split(b"\r\n\r\n", 1)[1]))

    def test_more_and_more_chunks(self):
        """A body without an announced end is cut when it passes the limit."""
        for path in ("/analyze/coordination", "/ingest"):
            with self.server.connect() as s:
                s.sendall(head("Host: x", self.auth, "Transfer-Encoding: chunked", path=path))
                chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
                sent, refused = 0, False
                try:
                    while sent < 1000:
                        s.sendall(chunk)
                        sent += 1
                except OSError:
                    refused = True
                self.assertTrue(refused, "64 MB were taken")
                got = read_all(s)
                self.assertRegex(got, b"^(HTTP/1.1 413 |$)")

    def test_bombs(self):
        bomb = gzip.compress(b" " * (64 << 20), 9)
        self.assertLess(len(bomb), 100000)
        for path in ("/analyze/coordination", "/ingest"):
            answer = self.server.post(path, bomb, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})
            self.assertEqual(413, answer.status, answer)
        twice = gzip.compress(bomb)
        answer = self.server.post("/analyze/coordination", twice, headers={
            "Content-Encoding": "gzip", "Content-Type": "application/json"})
        self.assertEqual(422, answer.status)  # inflated once: no JSON

    def test_deep_json(self):
        for depth in (31, 60, 5000, 100000):
            body = b'{"attack_sessions":[{"a":' + b"[" * depth + b"]" * depth + b"},{}]}"
            answer = self.server.post("/analyze/coordination", body, headers={"Content-Type": "application/json"})
            self.assertEqual(422, answer.status, depth)
            self.assertEqual("json_invalid", answer.json()["detail"][0]["type"])

    def test_many_bodies_at_once(self):
        """Bodies being received take no more memory than allowed: some of many large ones are told to come again, and their room is the others'."""
        body = json.dumps({"attack_sessions": [session(i, payload="x" * 9000) for i in range(100)],
                           "analysis_depth": "minimal"}).encode()
        held, codes = [], []
        try:
            for _ in range(10):
                s = self.server.connect()
                held.append(s)
                s.sendall(head("Host: x", self.auth, f"Content-Length: {len(body)}", "Connection: close") + body[:500_000])
            for s in held:
                try:
                    s.sendall(body[500_000:-1])
                except OSError:
                    pass
            # what is held is read by the server in its own time
            eventually(lambda: self.metric('coordination_http_refused_total{why="memory"}') >= 1, "some are refused")
        finally:
            for s in held:
                try:
                    s.sendall(body[-1:])
                except OSError:
                    pass
                codes += re.findall(rb"^HTTP/1.1 (\d+)", read_all(s))
                s.close()
        self.assertIn(b"503", codes)
        self.assertIn(b"200", codes)

    def test_bad_fields_by_the_thousand(self):
        body = {"attack_sessions": [{"source_ip": "x", "target_port": 0} for _ in range(5000)]}
        answer = self.server.post("/analyze/coordination", body)
        self.assertEqual(422, answer.status)
        self.assertEqual(100, len(answer.json()["detail"]))
        self.assertGreater(answer.json()["errors_total"], 100)


class Slow(Hostile):
    settings = {"COORD_HEADER_DEADLINE": "1s", "COORD_BODY_DEADLINE": "2s", "COORD_IDLE_DEADLINE": "1s"}

    def drip(self, data, first=b""):
        """A byte at a time, faster than any idle time-out, until the server ends it."""
        with self.server.connect() as s:
            s.sendall(first)
            stop = threading.Event()

            def send():
                for i in range(len(data)):
                    if stop.wait(0.1):
                        return
                    try:
                        s.sendall(data[i:i + 1])
                    except OSError:
                        return
            t = threading.Thread(target=send)
            t.start()
            try:
                return read_all(s)
            finally:
                stop.set()
                t.join()

    def test_a_head_that_never_ends(self):
        self.assertNotIn(b" 200 ", self.drip(b"x" * 10000, b"GET /health HTTP/1.1\r\nX: "))

    def test_a_body_that_never_ends(self):
        first = head("Host: x", self.auth, "Content-Length: 100000")
        self.assertNotIn(b" 200 ", self.drip(b" " * 10000, first))

    def test_silence(self):
        self.assertEqual(b"", self.server.raw(b""))

    def test_idle_after_an_answer(self):
        got = self.server.raw(head("Host: x", method="GET", path="/health"))
        self.assertEqual(1, got.count(b"HTTP/1.1 200"))

    def test_a_second_head_that_never_ends(self):
        got = self.drip(b"x" * 10000, head("Host: x", method="GET", path="/health") + b"GET /health HTTP/1.1\r\nX: ")
        self.assertEqual(1, got.count(b"HTTP/1.1 200"))

    def test_a_client_that_does_not_read(self):
        analysis = self.server.submit({"attack_sessions": [session(i, payload="x" * 9000) for i in range(1000)],
                                       "analysis_depth": "minimal"})
        with self.server.connect() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.sendall(head("Host: x", self.auth, method="GET", path=f"/analyze/{analysis}/sessions"))
            # while it is stuck, the connection is counted; then the deadline ends it
            eventually(lambda: self.metric("coordination_http_connections") <= 1, "the connection is ended")

    def test_half_closed(self):
        body = json.dumps({"attack_sessions": sessions()}).encode()
        got = self.server.raw(head("Host: x", self.auth, f"Content-Length: {len(body)}") + body, half_close=True)
        self.assertIn(got[:12], (b"HTTP/1.1 200", b""))
        self.server.raw(head("Host: x", self.auth, f"Content-Length: {len(body)}") + body[:10], half_close=True)
        self.server.raw(b"GET /hea", half_close=True)

    def test_leaving_while_it_works(self):
        body = json.dumps({"attack_sessions": sessions(), "analysis_depth": "minimal"}).encode()
        for _ in range(50):
            with self.server.connect() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                s.sendall(head("Host: x", self.auth, f"Content-Length: {len(body)}") + body)
        eventually(lambda: self.metric("coordination_http_connections") <= 1, "all are gone")


class Many(Hostile):
    COUNT = 1000

    def test_idle_connections(self):
        """A thousand connections that say nothing keep nobody from being answered."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < self.COUNT + 200:
            self.skipTest("too few files may be open here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        held = [self.server.connect() for _ in range(self.COUNT)]
        try:
            eventually(lambda: self.metric("coordination_http_connections") >= self.COUNT, "all are counted")
            self.server.finished(self.server.submit())
        finally:
            for s in held:
                s.close()
        eventually(lambda: self.metric("coordination_http_connections") <= 2, "all are gone")

    def test_many_clients_at_once(self):
        failures = []

        def work():
            try:
                for _ in range(10):
                    self.server.submit()
                    self.server.get("/analyze?limit=1")
            except Exception as e:  # noqa: every fault of any thread fails the test
                failures.append(repr(e))
        threads = [threading.Thread(target=work) for _ in range(16)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(DEADLINE_S)
        self.assertEqual([], failures[:3])


class Caps(Hostile):
    settings = {"COORD_CONNECTIONS": "16"}

    def tearDown(self):
        eventually(lambda: self.server.get("/health", key=None).status == 200, "answers again")

    def test_no_more_connections_than_allowed(self):
        held = [self.server.connect() for _ in range(40)]
        for s in held:
            s.close()


if __name__ == "__main__":
    unittest.main()
