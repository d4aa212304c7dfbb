#!/usr/bin/env python3
"""Server-sent events: what happens to an analysis, live, resumed, and when the server or the analysis goes."""
import http.client
import re
import signal
import threading
import unittest

from serving import DEADLINE_S, Server, eventually, new_folder, session, sessions


class Stream:
    """A reader of one stream; events as (id, type, data)."""

    def __init__(self, server, analysis, after=None):
        headers = {"Authorization": "Bearer " + server.key, "Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE_S)
        self.connection.request("GET", f"/analyze/{analysis}/events", headers=headers)
        self.response = self.connection.getresponse()

    def close(self):
        self.connection.close()

    def lines(self):
        while True:
            line = self.response.readline()
            if not line:
                return
            yield line.decode().rstrip("\n")

    def events(self, most=1000):
        """Until the stream ends, or `most` came."""
        found, current = [], {}
        for line in self.lines():
            if line == "" and "event" in current:
                found.append((int(current.get("id", 0)), current["event"], current["data"]))
                current = {}
                if len(found) == most:
                    break
            elif line and not line.startswith(":"):
                key, _, value = line.partition(": ")
                current[key] = value
        return found


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(new_folder(cls))
        cls.addClassCleanup(cls.server.stop)

    def stream(self, analysis, **more):
        s = Stream(self.server, analysis, **more)
        self.addCleanup(s.close)
        return s

    def test_from_the_beginning_to_the_end(self):
        analysis = self.server.submit({"attack_sessions": sessions(200), "analysis_depth": "standard"})
        s = self.stream(analysis)
        self.assertEqual(200, s.response.status)
        self.assertEqual("text/event-stream", s.response.headers["Content-Type"])
        self.assertEqual("no", s.response.headers["X-Accel-Buffering"])
        self.assertEqual("no-cache, no-transform", s.response.headers["Cache-Control"])
        events = s.events()
        self.assertEqual("queued", events[0][1])
        self.assertEqual("completed", events[-1][1])
        ids = [e[0] for e in events]
        self.assertEqual(list(range(1, len(ids) + 1)), ids)
        self.assertEqual("completed", self.server.get("/analyze/" + analysis).json()["status"])

    def test_a_stream_begins_with_a_hint_for_coming_again(self):
        analysis = self.server.submit()
        self.assertEqual("retry: 2000", next(self.stream(analysis).lines()))

    def test_resumed_behind_the_last_seen(self):
        analysis = self.server.submit()
        self.server.finished(analysis)
        whole = self.stream(analysis).events()
        self.assertGreaterEqual(len(whole), 2)
        for event in whole[:-1]:
            self.assertEqual([e for e in whole if e[0] > event[0]], self.stream(analysis, after=event[0]).events())
        self.assertEqual(204, self.stream(analysis, after=whole[-1][0]).response.status)
        self.assertEqual(whole, self.stream(analysis, after="nonsense").events())

    def test_many_listeners_see_the_same(self):
        analysis = self.server.submit({"attack_sessions": sessions(100)})
        found = []
        threads = [threading.Thread(target=lambda: found.append(self.stream(analysis).events())) for _ in range(20)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(DEADLINE_S)
        self.assertEqual(20, len(found))
        self.assertTrue(all(f == found[0] for f in found))

    def test_unknown(self):
        self.assertEqual(404, self.stream("00000000-0000-4000-8000-000000000000").response.status)
        self.assertEqual(404, self.stream("x").response.status)


class WithoutWorkers(unittest.TestCase):
    def setUp(self):
        self.server = Server(new_folder(self.__class__), COORD_WORKERS="0")
        self.addCleanup(self.server.stop)

    def streams(self):
        found = re.search(r"^coordination_http_event_streams (\d+)", self.server.get("/metrics").body.decode(), re.M)
        return int(found.group(1))

    def test_a_waiting_stream_is_counted_and_pinged(self):
        s = Stream(self.server, self.server.submit())
        self.addCleanup(s.close)
        eventually(lambda: self.streams() == 1, "it is counted")
        for line in s.lines():
            if line == ": ping":
                break
        s.close()
        eventually(lambda: self.streams() == 0, "it is forgotten")

    def test_cancelling_ends_it(self):
        analysis = self.server.submit()
        s = Stream(self.server, analysis)
        self.addCleanup(s.close)
        self.assertEqual([(1, "queued")], [e[:2] for e in s.events(1)])
        self.server.request("DELETE", "/analyze/" + analysis)
        self.assertEqual("failed", s.events()[-1][1])

    def test_a_stop_ends_streams_with_a_hint(self):
        s = Stream(self.server, self.server.submit())
        self.addCleanup(s.close)
        s.events(1)
        self.server.process.send_signal(signal.SIGTERM)
        rest = list(s.lines())
        self.assertIn("retry: 1000", rest)
        self.assertEqual(0, self.server.stop())

    def test_more_analyses_than_one_look_covers(self):
        """Each of 300 streams hears of its own analysis, though a look takes 200 at most."""
        body = [[session(i)] for i in range(100)]
        ids = [i for _ in range(3) for i in self.server.post("/analyze/bulk", body).json()["analysis_ids"]]
        streams = [Stream(self.server, i) for i in ids]
        for s in streams:
            self.addCleanup(s.close)
        eventually(lambda: self.streams() == 300, "all are open")
        for i in ids:
            self.server.request("DELETE", "/analyze/" + i)
        for s in streams:
            self.assertEqual("failed", s.events()[-1][1])


if __name__ == "__main__":
    unittest.main()
