"""serving.py - starts `coord serve` on a free port with a folder of its own, and talks to it."""
import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import time

from support import COORD, environment

DEADLINE_S = 120
TERMINAL = ("completed", "failed")


def session(i=0, **more):
    return {"source_ip": f"198.51.100.{i % 250 + 1}", "timestamp": f"2025-07-28T10:{i // 60 % 60:02d}:{i % 60:02d}Z",
            "payload": f"GET /admin{i % 5} HTTP/1.1\r\nHost: x", "target_port": 80, "protocol": "HTTP", **more}


def sessions(n=4):
    return [session(i) for i in range(n)]


def eventually(condition, what, deadline_s=DEADLINE_S):
    """Waits for a condition, not for a time."""
    until = time.monotonic() + deadline_s
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    logs = "".join(f"\n--- {server.url}\n{server.errors()}" for server in Server.running)
    raise AssertionError(f"not within {deadline_s} s: {what}{logs}")


class Answer:
    def __init__(self, response, body):
        self.status, self.headers, self.body = response.status, response.headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {self.body[:1000]!r}>"


class Server:
    """A running server; `settings` are environment variables over the defaults."""
    running = []  # whose logs are shown when something does not come

    def __init__(self, folder, open_files=None, **settings):
        self.folder = folder
        self.log = open(os.path.join(folder, "log"), "ab")
        values = {"COORD_STATE_DIR": os.path.join(folder, "state"), "COORD_LISTEN": "127.0.0.1:0", "COORD_WORKERS": "1",
                  "COORD_RATE_PER_MINUTE": "100000000", **settings}
        self.key = None
        self.process = subprocess.Popen([COORD, "serve"], env=environment(**values), stdout=subprocess.PIPE,
                                        stderr=self.log, stdin=subprocess.DEVNULL, cwd=folder)
        Server.running.append(self)
        self.greeting = b""
        until = time.monotonic() + DEADLINE_S
        while b"http://" not in self.greeting or not self.greeting.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not piece:
                self.stop()
                raise AssertionError("did not start: " + self.errors())
            self.greeting += piece
        self.url = re.search(rb"http://\S+", self.greeting).group().decode()
        self.port = int(self.url.rsplit(":", 1)[1])
        key = re.search(rb"coord_[\w-]+", self.greeting)
        self.key = key.group().decode() if key else None

    def errors(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as f:
            return f.read()[-4000:]

    def stop(self, sig=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        if self in Server.running:
            Server.running.remove(self)
        self.process.stdout.close()
        self.log.close()
        return self.process.returncode

    def connect(self, timeout=DEADLINE_S):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def request(self, method, path, body=None, key=True, headers=(), connection=None):
        """key: True the server's own, a text another one, None none."""
        headers = dict(headers)
        if key:
            headers.setdefault("Authorization", "Bearer " + (self.key if key is True else key))
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        c = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            c.request(method, path, body=body, headers=headers)
            response = c.getresponse()
            return Answer(response, response.read())
        finally:
            if connection is None:
                c.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body, **more):
        return self.request("POST", path, body=body, **more)

    def submit(self, body=None, path="/analyze/coordination", **more):
        answer = self.post(path, body if body is not None else {"attack_sessions": sessions(),
                                                               "analysis_depth": "minimal"}, **more)
        assert answer.status == 200, answer
        return answer.json()["analysis_id"]

    def finished(self, analysis_id, key=True):
        def look():
            answer = self.get("/analyze/" + analysis_id, key=key)
            assert answer.status == 200, answer
            return answer.json() if answer.json()["status"] in TERMINAL else None
        return eventually(look, f"{analysis_id} finished")

    def raw(self, data, timeout=DEADLINE_S, half_close=False):
        """Sends bytes as they are and returns all that comes until the server closes."""
        with self.connect(timeout) as s:
            try:
                s.sendall(data)
                if half_close:
                    s.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the server has seen enough already
            return read_all(s)


def read_all(s):
    got = b""
    while True:
        try:
            piece = s.recv(65536)
        except ConnectionResetError:
            return got
        if not piece:
            return got
        got += piece


def new_folder(test):
    folder = tempfile.mkdtemp(prefix="coord-serve-")
    test.addClassCleanup(lambda: subprocess.run(["rm", "-rf", folder], check=False))
    return folder
