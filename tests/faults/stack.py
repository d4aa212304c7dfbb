"""stack.py - the parts of an installation as processes that can be killed one by one: APIs, workers, PostgreSQL, Redis, nginx."""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import servers  # noqa: E402

DEADLINE_S = 120


def eventually(condition, what, deadline_s=DEADLINE_S):
    until = time.monotonic() + deadline_s
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {deadline_s} s: {what}")


class Part:
    """One `coord` process that is its own process group, so that what it started can be killed with it."""

    def __init__(self, stack, words, name, **env):
        self.stack, self.words, self.name, self.env = stack, words, name, env
        self.process = None
        self.start()

    def start(self):
        with open(os.path.join(self.stack.folder, self.name + ".log"), "ab") as log:
            self.process = subprocess.Popen([self.stack.coord, *self.words], env={**self.stack.env, **self.env}, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)

    def kill(self):
        """kill -9 of it and all that it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.name} did not stop within 60 s") from None
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def children(self):
        """Its worker processes."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
            found = [int(word) for word in f.read().split()]
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{task}/children", encoding="ascii") as f:
                    found += [int(word) for word in f.read().split()]
            except OSError:
                pass
        return sorted(set(found))


class Stack:
    """An installation in a folder of its own. `scaled`: PostgreSQL and Redis, else SQLite."""

    def __init__(self, coord, scaled=False, appendonly=True, apis=1, workers=1, nginx=False, folder=None, **settings):
        self.coord = os.path.abspath(coord)
        self.folder = folder or tempfile.mkdtemp(prefix="coord-faults-")
        os.chmod(self.folder, 0o755)
        self.postgres = self.redis = self.nginx = None
        self.parts = []
        self.env = {**{k: v for k, v in os.environ.items() if not k.startswith("COORD_")}, "COORD_STATE_DIR": os.path.join(self.folder, "state"),
                    "COORD_RATE_PER_MINUTE": "0", "COORD_QUEUE_MOST": "1000000", "COORD_LEASE": "3s", "COORD_RETRY_BASE": "100ms",
                    "COORD_RETRY_MOST": "1s", "COORD_ATTEMPTS": "20", "COORD_STOP_DEADLINE": "20s", **settings}
        try:
            if scaled:
                self.postgres, self.redis = servers.Postgres(durable=True), servers.Redis(appendonly=appendonly)
                self.env.update(DATABASE_URL=self.postgres.url, REDIS_URL=self.redis.url)
                self.run("migrate")
            os.makedirs(self.env["COORD_STATE_DIR"], exist_ok=True)
            made = self.run("keys", "create", "--scopes", "submit,read,admin,all", "faults")
            self.key = re.search(r"coord_[\w-]+", made).group()
            self.ports = [servers.free_port() for _ in range(apis)]
            self.apis = [self.part(["serve"], f"api{i}", COORD_LISTEN=f"127.0.0.1:{port}", COORD_WORKERS="0")
                         for i, port in enumerate(self.ports)]
            self.workers = [self.part(["worker"], f"worker{i}", COORD_WORKERS="1") for i in range(workers)]
            for port in self.ports:
                self.wait_ready(port)
            self.front = self.start_nginx() if nginx else self.ports[0]
        except BaseException:
            self.close()
            raise

    def part(self, words, name, **env):
        self.parts.append(Part(self, words, name, **env))
        return self.parts[-1]

    def run(self, *words):
        done = subprocess.run([self.coord, *words], env=self.env, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        if done.returncode != 0:
            raise AssertionError(f"coord {' '.join(words)}: {done.stderr}")
        return done.stdout

    def wait_ready(self, port):
        def ready():
            try:
                return self.ask(port, "GET", "/health/ready")[0] == 200
            except OSError:
                return False
        eventually(ready, f"the server on port {port} is ready")

    def ask(self, port, method, path, body=None, headers=(), timeout=DEADLINE_S):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {self.key}", **({"Content-Type": "application/json"} if body else {}),
                                                    **dict(headers)})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path):
        status, data = self.ask(self.front, "GET", path)
        if status != 200:
            raise AssertionError(f"GET {path}: {status} {data[:300]!r}")
        return json.loads(data)

    def start_nginx(self):
        """The sample configuration of deploy/nginx with this installation's ports and without TLS."""
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        if not os.path.exists(program):
            raise servers.Missing("nginx is not installed (Debian's package nginx-light)")
        front = servers.free_port()
        with open(os.path.join(ROOT, "deploy", "nginx", "coord.conf"), encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{front};", text)
        text = re.sub(r"\n\tssl_[^\n]*", "", text)
        for i in range(3):
            line = rf"\n\tserver 127\.0\.0\.1:800{i + 1} [^\n]*"
            text = re.sub(line, f"\n\tserver 127.0.0.1:{self.ports[i]} max_fails=0;" if i < len(self.ports) else "", text)
        folder = os.path.join(self.folder, "nginx")
        os.makedirs(folder)
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(os.path.join(folder, "nginx.conf"), "w", encoding="utf-8") as f:
            f.write(f"pid {folder}/pid; error_log {folder}/error.log; daemon off; worker_processes 1;\n"
                    f"events {{ worker_connections 2048; }}\nhttp {{ access_log off; {temporary}\n{text}\n}}\n")
        os.chmod(folder, 0o777)
        with open(os.path.join(folder, "out"), "ab") as out:
            self.nginx = subprocess.Popen([program, "-c", os.path.join(folder, "nginx.conf"), "-p", folder], stdout=out, stderr=out)
        self.wait_ready(front)
        return front

    def close(self):
        for part in self.parts:
            part.kill()
        if self.nginx:
            self.nginx.terminate()
            self.nginx.wait()
        for server in (self.redis, self.postgres):
            if server:
                server.close()
        if not os.environ.get("COORD_FAULTS_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
