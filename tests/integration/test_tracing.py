#!/usr/bin/env python3
"""Spans of a running service as a collector gets them: the request, and the analysis that a worker process does for it, in one trace. And that the
service's own numbers move."""
import http.server
import json
import re
import threading
import unittest

from serving import Server, eventually, new_folder

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.spans, self.bodies, self.resources = [], [], []
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def named(self, name):
        return [s for s in list(self.spans) if s["name"] == name]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        collector = self.server
        collector.bodies.append((self.path, self.headers["Content-Type"], body.decode()))
        for resource in json.loads(body)["resourceSpans"]:
            collector.resources.append({a["key"]: a["value"] for a in resource["resource"]["attributes"]})
            for scope in resource["scopeSpans"]:
                collector.spans += scope["spans"]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


class Traced(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector()
        cls.addClassCleanup(cls.collector.shutdown)
        cls.server = Server(new_folder(cls), OTEL_EXPORTER_OTLP_ENDPOINT=cls.collector.url())
        cls.addClassCleanup(cls.server.stop)

    def attributes(self, span):
        return {a["key"]: a["value"].get("stringValue", a["value"].get("intValue")) for a in span["attributes"]}

    def spans_of(self, name, analysis):
        return eventually(lambda: [s for s in self.collector.named(name) if self.attributes(s).get("coord.analysis_id") == analysis],
                          f"span {name} of {analysis}")

    def test_request_and_analysis_in_the_callers_trace(self):
        analysis = self.server.submit(headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        self.server.finished(analysis)
        request, = self.spans_of("POST coordination", analysis)
        work, = self.spans_of("analysis", analysis)
        self.assertEqual((TRACE, PARENT, 2), (request["traceId"], request["parentSpanId"], request["kind"]))
        self.assertEqual((TRACE, request["spanId"], 5), (work["traceId"], work["parentSpanId"], work["kind"]))
        self.assertEqual("200", self.attributes(request)["http.response.status_code"])
        self.assertEqual(("minimal", "4", "1"), tuple(self.attributes(work)[k] for k in ("coord.depth", "coord.sessions", "coord.attempt")))
        self.assertLessEqual(int(work["startTimeUnixNano"]), int(work["endTimeUnixNano"]))
        self.assertEqual(1, work["status"]["code"])

    def test_a_trace_begins_here(self):
        analysis = self.server.submit(headers={"traceparent": f"00-{TRACE}-{PARENT}"})  # no traceparent
        request, = self.spans_of("POST coordination", analysis)
        work, = self.spans_of("analysis", analysis)
        self.assertNotIn("parentSpanId", request)
        self.assertNotEqual(TRACE, request["traceId"])
        self.assertRegex(request["traceId"], "^[0-9a-f]{32}$")
        self.assertEqual((request["traceId"], request["spanId"]), (work["traceId"], work["parentSpanId"]))

    def test_a_caller_who_does_not_sample_is_not_recorded(self):
        unsampled = self.server.submit(headers={"traceparent": f"00-{TRACE[::-1]}-{PARENT}-00"})
        self.server.finished(unsampled)
        sampled = self.server.submit()
        self.spans_of("analysis", sampled)
        self.assertFalse([s for s in self.collector.spans if s["traceId"] == TRACE[::-1]])

    def test_form_and_discretion(self):
        analysis = self.server.submit()
        self.spans_of("analysis", analysis)
        for path, kind, body in list(self.collector.bodies):
            self.assertEqual(("/v1/traces", "application/json"), (path, kind))
            self.assertNotIn("198.51.100.", body, "addresses stay here")
            self.assertNotIn("/admin", body, "payloads stay here")
            self.assertNotIn(self.server.key, body)
        self.assertEqual({"coord"}, {r["service.name"]["stringValue"] for r in self.collector.resources})


class Counted(unittest.TestCase):
    def test_store_and_queue(self):
        server = Server(new_folder(type(self)))
        self.addCleanup(server.stop)
        server.finished(server.submit())

        def value(name):
            text = server.get("/metrics", key=None).body.decode()
            return sum(float(v) for v in re.findall(rf"(?m)^{name}(?:{{[^}}]*}})? (\S+)$", text))
        for name in ('coordination_store_duration_seconds_count', 'coordination_queue_duration_seconds_count',
                     'coordination_jobs_total', 'coordination_analyses_accepted_total',
                     'coordination_verdicts_total'):
            eventually(lambda n=name: value(n) > 0, name)
        self.assertEqual(0, value("coordination_store_errors_total") + value("coordination_queue_errors_total"))


if __name__ == "__main__":
    unittest.main()
