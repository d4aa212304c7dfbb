#!/usr/bin/env python3
"""elastic.py - a cluster that is none: GET / and POST /_bulk of Elasticsearch 8 or OpenSearch 2 as the reference describes them (section 3), with their faults.

    with Elastic(faults=["busy"]) as cluster: ... cluster.url, cluster.documents, cluster.requests

A fault is used up by one bulk request (the probe takes those that begin with "probe_"); the last one of `faults` stays when `forever`. What is created is kept:
"create" of an id that is there is 409, as in the real ones."""
import base64
import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw=="
EXCEPTION = {400: "illegal_argument_exception", 401: "security_exception", 403: "security_exception", 413: "content_too_long_exception",
             429: "es_rejected_execution_exception", 503: "unavailable_shards_exception"}


def error(status, reason):
    cause = {"type": EXCEPTION[status], "reason": reason}
    return {"error": {"root_cause": [cause], **cause}, "status": status}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if self.server.cluster.product == "elasticsearch" and not headers.pop("bare", False):
            self.send_header("X-Elastic-Product", "Elasticsearch")
        headers.pop("bare", None)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def allowed(self):
        cluster, said = self.server.cluster, self.headers.get("Authorization", "")
        if cluster.authorization is None or said == cluster.authorization:
            return True
        self.answer(401, error(401, "unable to authenticate user" if said else "missing authentication credentials"))
        return False

    def do_GET(self):
        cluster = self.server.cluster
        cluster.record(self, b"")
        fault = cluster.fault(probe=True)
        if not self.allowed():
            return
        if self.path != "/":
            self.answer(400, error(400, "no handler found"))
        elif fault == "probe_busy":
            self.answer(503, error(503, "starting"), **{"Retry-After": "0"})
        elif fault == "probe_html":
            self.answer(200, b"<html>hello</html>", **{"Content-Type": "text/html"})
        elif cluster.product == "opensearch":
            self.answer(200, {"name": "n", "version": {"distribution": "opensearch", "number": "2.15.0"},
                              "tagline": "The OpenSearch Project: https://opensearch.org/"})
        else:
            self.answer(200, {"name": "n", "version": {"number": "8.15.0"}, "tagline": "You Know, for Search"}, bare=fault == "probe_bare")

    def do_POST(self):
        cluster = self.server.cluster
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw
        cluster.record(self, body)
        if not self.allowed():
            return
        wrong = self.wrong(body)
        if wrong:
            self.answer(400, error(400, wrong))
            return
        fault = cluster.fault(probe=False)
        if fault == "busy":
            self.answer(429, error(429, "rejected execution of coordinating operation [coordinating_and_primary_bytes=0]"), **{"Retry-After": "1"})
        elif fault == "forbidden":
            self.answer(403, error(403, "action [indices:data/write/bulk] is unauthorized"))
        elif fault == "hang":
            cluster.stopped.wait(60)
            self.close_connection = True
        elif fault == "large" and body.count(b"\n") > 2:
            self.answer(413, error(413, "too large"))
        else:
            self.bulk(body, fault)

    def wrong(self, body):
        if self.path.split("?")[0] != "/_bulk" or self.headers.get("Content-Type") != "application/x-ndjson":
            return "no bulk request"
        return None if body.endswith(b"\n") else "The bulk request must be terminated by a newline [\\n]"

    def bulk(self, body, fault):
        cluster, lines, items = self.server.cluster, body.split(b"\n")[:-1], []
        for number, (action, source) in enumerate(zip(lines[::2], lines[1::2])):
            create = json.loads(action)["create"]
            items.append({"create": cluster.create(create["_index"], create["_id"], json.loads(source), fault if number == 0 else None)})
        answer = {"took": 3, "errors": any(i["create"]["status"] > 299 for i in items), "items": items}
        if fault == "lost":  # taken, but the answer never comes
            self.close_connection = True
            return
        if fault == "malformed":
            self.answer(200, b'{"took":3,"errors":false,"items":[{"create"')
            return
        if fault == "short":
            answer["items"] = items[:-1]
        self.answer(200, answer)


class Elastic:
    def __init__(self, product="elasticsearch", faults=(), forever=False, key=None, user=None):
        self.product, self.faults, self.forever = product, list(faults), forever
        self.authorization = None
        if key:
            self.authorization = "ApiKey " + key
        if user:
            self.authorization = "Basic " + base64.b64encode(user.encode()).decode()
        self.lock, self.stopped = threading.Lock(), threading.Event()
        self.documents, self.writes, self.requests = {}, [], []

    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.cluster = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def record(self, handler, body):
        with self.lock:
            self.requests.append({"method": handler.command, "path": handler.path, "headers": {k.lower(): v for k, v in handler.headers.items()},
                                  "body": body})

    def bulks(self):
        with self.lock:
            return [r for r in self.requests if r["method"] == "POST"]

    def fault(self, probe):
        with self.lock:
            if not self.faults or self.faults[0].startswith("probe_") != probe:
                return None
            return self.faults[0] if self.forever and len(self.faults) == 1 else self.faults.pop(0)

    def create(self, index, ident, source, fault):
        failed = {"item_busy": (429, "es_rejected_execution_exception", "rejected execution"),
                  "item_mapping": (400, "document_parsing_exception", "failed to parse field [coordination.confidence]\x1b[31m")}.get(fault)
        with self.lock:
            base = {"_index": index, "_id": ident}
            if failed:
                return {**base, "status": failed[0], "error": {"type": failed[1], "reason": failed[2], "index": index}}
            if (index, ident) in self.documents:
                return {**base, "status": 409, "error": {"type": "version_conflict_engine_exception", "reason": f"[{ident}]: version conflict, document already exists"}}
            self.documents[index, ident] = source
            self.writes.append(ident)
            return {**base, "_version": 1, "result": "created", "status": 201, "_seq_no": len(self.writes), "_primary_term": 1}
