"""workers.py - starts `coord worker`, puts jobs into its store as the API would, and waits for what comes out."""
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import time

import support
from support import COORD, Case, environment

JOB_TOOL = os.environ.get("JOB_TOOL", os.path.join(support.BUILD, "tests/integration/job_tool"))
# A sanitizer needs addresses and system calls that limits and fences refuse: the program leaves them out then.
SANITIZED = os.environ.get("COORD_SANITIZER", "none") != "none"
QUEUED, PROCESSING, COMPLETED, FAILED, CANCELLED = range(5)


def sessions(n, seed=1, sources=200):
    """Free-form sessions of many sources, NDJSON."""
    draw = random.Random(seed)
    lines = []
    for _ in range(n):
        host = draw.randrange(sources)
        lines.append(json.dumps({
            "source_ip": f"10.{host % 200}.{host // 200 % 200}.{1 + host % 250}",
            "timestamp": f"2025-07-{draw.randrange(1, 29):02d}T{draw.randrange(24):02d}:{draw.randrange(60):02d}:{draw.randrange(60):02d}Z",
            "payload": draw.choice(["GET /admin HTTP/1.1", f"uname -a; cat /tmp/x{draw.randrange(10)}",
                                    f"POST /login user={draw.randrange(30)}"]),
            "target_port": draw.choice([22, 23, 80]), "protocol": draw.choice(["ssh", "telnet", "http"])}))
    return ("\n".join(lines) + "\n").encode()


def alive(pid):
    """It runs: neither gone nor a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def status_of(pid, key):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        for line in f:
            if line.startswith(key + ":"):
                return line.split(":", 1)[1].split()
    return None


class Worker:
    """A `coord worker` and its children."""

    def __init__(self, case, log, **settings):
        self.log_path = log
        self.log = open(log, "ab")
        self.process = subprocess.Popen([COORD, "worker"], stdout=self.log, stderr=self.log, cwd=case.folder,
                                        stdin=subprocess.DEVNULL,
                                        env=environment(COORD_LOG_FORMAT="json", COORD_LOG_LEVEL="debug", **settings))
        case.addCleanup(self.kill)

    def children(self):
        found = []
        try:
            for task in os.listdir(f"/proc/{self.process.pid}/task"):
                with open(f"/proc/{self.process.pid}/task/{task}/children", encoding="utf-8") as f:
                    found += map(int, f.read().split())
        except OSError:
            pass
        return sorted(p for p in found if alive(p))

    def lines(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return [json.loads(line) for line in f if line.startswith("{") and line.endswith("\n")]

    def kill(self):
        children = self.children()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.log.close()


class WorkerCase(Case):
    DEADLINE_S = 200

    def setUp(self):
        super().setUp()
        self.url = "sqlite:" + self.path("coord.db")
        self.settings = {"DATABASE_URL": self.url, "COORD_RETRY_BASE": "100ms", "COORD_RETRY_MOST": "1s",
                         "COORD_WORKERS": "2"}
        self.tool_settings = {}
        self.small = self.file("small.json", sessions(40))
        self.large = self.file("large.json", sessions(4000, sources=3000))

    def start(self, **settings):
        return Worker(self, self.path("log"), **{**self.settings, **settings})

    def tool(self, *args, url=None, fails=False, **env):
        result = subprocess.run([JOB_TOOL, url or self.url, *map(str, args)], capture_output=True, check=False,
                                timeout=self.DEADLINE_S, env=environment(**self.tool_settings, **env))
        if not fails:
            self.assertEqual(0, result.returncode, result.stderr.decode())
        return result.stdout

    def submit(self, depth="minimal", options="{}", count=1, file=None, **env):
        return self.tool("submit", depth, options, count, file or self.small, **env).decode().split()

    def get(self, ident):
        return json.loads(self.tool("get", ident))

    def wait(self, what, condition):
        """The deadline is generous: it is there so that a failure ends, never a measurement."""
        end = time.monotonic() + self.DEADLINE_S
        while True:
            got = condition()
            if got:
                return got
            if time.monotonic() > end:
                self.fail(f"waited in vain for {what}\n{self.log_text()[-4000:]}")
            time.sleep(0.05)

    def log_text(self):
        try:
            with open(self.path("log"), encoding="utf-8", errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def wait_state(self, ident, *states):
        def reached():
            got = self.get(ident)
            return got if got["state"] in states else None
        return self.wait(f"{ident} in state {states}", reached)

    def submit_endless(self):
        """One that no machine ends within a test: it is there to be stopped, cancelled or cut off."""
        ident, = self.submit(depth="deep", options='{"worlds":99999}', file=self.large)
        return ident

    def wait_running(self, worker, ident):
        """The pid of the child that says it has it in hand."""
        def begun():
            children = worker.children()
            pids = [line["pid"] for line in worker.lines()
                    if line.get("event") == "analysis begins" and line["analysis_id"] == ident]
            return next((pid for pid in reversed(pids) if pid in children), None)
        return self.wait(f"a worker on {ident}", begun)

    def stop_midway(self, worker):
        """A job that will end, and the pid of the child that is stopped (SIGSTOP) in the middle of it: a fast one may be done before, then the
        next is tried."""
        for _ in range(50):
            ident, = self.submit(depth="standard", options='{"worlds":500}', file=self.large)
            pid = self.wait_running(worker, ident)
            os.kill(pid, signal.SIGSTOP)
            if self.get(ident)["state"] == PROCESSING and self.writable():
                return ident, pid
            os.kill(pid, signal.SIGCONT)
        self.fail("no job could be stopped in its middle")

    def writable(self):
        """Nobody was stopped while it held SQLite's lock."""
        if not self.url.startswith("sqlite:"):
            return True
        with contextlib.closing(sqlite3.connect(self.url.removeprefix("sqlite:"), timeout=5, isolation_level=None)) as db:
            try:
                db.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            db.execute("ROLLBACK")
        return True

    @staticmethod
    def ticks(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])
        except OSError:
            return 0

    def events(self, ident):
        return self.tool("events", ident).decode().split()

    def assert_once(self, ident):
        events = self.events(ident)
        self.assertEqual(1, events.count("completed"), events)
        self.assertEqual(0, events.count("failed"), events)
