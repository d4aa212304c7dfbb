"""rows.py - one function a row of the table in docs/reliability.md. Each builds an installation, lets clients submit, does the harm at a
random moment, mends what a supervisor of processes would mend (starts again what died), and then asks load.check what became of everything
that was accepted. A row returns a note for the table and fails by an AssertionError."""
import contextlib
import datetime
import http.client
import http.server
import json
import os
import random
import signal
import socket
import struct
import subprocess
import threading
import time
import zlib

from load import Load, body_of, check, done
from stack import Stack, eventually
import servers  # tests/support/, where stack.py looks

ROWS = {}


def row(title):
    def keep(function):
        ROWS[function.__name__] = (title, function)
        return function
    return keep


def some_time(rng, least=0.1, most=1.0):
    time.sleep(rng.uniform(least, most))


def told(load, more=""):
    again = check(load)
    note = f"{len(load.accepted)} accepted, {load.refused} refused, {load.broken} broken, {again} tried again"
    return note + (f"; {more}" if more else "")


def kill_api(stack, rng):
    load = Load(stack)
    load.wait_accepted(5)
    for _ in range(2):
        some_time(rng)
        stack.apis[0].kill()
        stack.apis[0].start()
        stack.wait_ready(stack.ports[0])
    some_time(rng)
    return told(load.stop())


@row("kill -9 of the API (SQLite)")
def api_sqlite(coord, rng):
    with Stack(coord, workers=2) as stack:
        return kill_api(stack, rng)


@row("kill -9 of the API (PostgreSQL, Redis)")
def api_scaled(coord, rng):
    with Stack(coord, scaled=True, workers=2) as stack:
        return kill_api(stack, rng)


def kill_workers(stack, rng):
    load = Load(stack, clients=2, sessions=150, depth="standard", pause_s=0.05)
    load.wait_accepted(4)
    killed = 0
    for _ in range(3):
        some_time(rng)
        for part in stack.workers:
            for child in part.children()[:1]:
                try:
                    os.kill(child, signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    pass
    load.stop()
    return told(load, f"{killed} worker processes killed")


@row("kill -9 of a worker process in the middle of an analysis (SQLite)")
def worker_sqlite(coord, rng):
    with Stack(coord, workers=2) as stack:
        return kill_workers(stack, rng)


@row("kill -9 of a worker process in the middle of an analysis (PostgreSQL, Redis)")
def worker_scaled(coord, rng):
    with Stack(coord, scaled=True, workers=2) as stack:
        return kill_workers(stack, rng)


@row("kill -9 of a worker with its supervisor: the lease ends")
def supervisor(coord, rng):
    with Stack(coord, workers=2) as stack:
        load = Load(stack, clients=2, sessions=150, depth="standard", pause_s=0.05)
        load.wait_accepted(4)
        some_time(rng)
        stack.workers[0].kill()
        some_time(rng)
        return told(load.stop())


@row("kill -9 of PostgreSQL")
def postgres(coord, rng):
    with Stack(coord, scaled=True, workers=2) as stack:
        load = Load(stack)
        load.wait_accepted(5)
        some_time(rng)
        stack.postgres.kill()
        live = stack.ask(stack.ports[0], "GET", "/health/live")[0]
        ready = eventually(lambda: stack.ask(stack.ports[0], "GET", "/health/ready")[0] == 503, "readiness says no")
        some_time(rng)
        stack.postgres.start()
        stack.wait_ready(stack.ports[0])
        some_time(rng)
        assert live == 200 and ready, "liveness stays up, readiness says no"
        return told(load.stop())


def kill_redis(coord, rng, appendonly):
    with Stack(coord, scaled=True, appendonly=appendonly, workers=2) as stack:
        load = Load(stack)
        load.wait_accepted(5)
        some_time(rng)
        stack.redis.kill()
        some_time(rng)
        stack.redis.start()
        stack.wait_ready(stack.ports[0])
        some_time(rng)
        return told(load.stop())


@row("kill -9 of Redis with appendonly")
def redis_durable(coord, rng):
    return kill_redis(coord, rng, True)


@row("kill -9 of Redis without appendonly: it forgets everything")
def redis_forgets(coord, rng):
    return kill_redis(coord, rng, False)


@row("kill -9 of all processes at once (SQLite)")
def all_sqlite(coord, rng):
    with Stack(coord, workers=2) as stack:
        load = Load(stack)
        load.wait_accepted(5)
        some_time(rng)
        load.ending.set()
        for part in stack.parts:
            os.killpg(part.process.pid, signal.SIGKILL)
        for part in stack.parts:
            part.kill()
            part.start()
        stack.wait_ready(stack.ports[0])
        return told(load.stop())


@row("kill -9 of all processes at once, PostgreSQL and Redis too")
def all_scaled(coord, rng):
    with Stack(coord, scaled=True, workers=2) as stack:
        load = Load(stack)
        load.wait_accepted(5)
        some_time(rng)
        load.ending.set()
        for part in stack.parts:
            os.killpg(part.process.pid, signal.SIGKILL)
        stack.postgres.kill()
        stack.redis.kill()
        stack.postgres.start()
        stack.redis.start()
        for part in stack.parts:
            part.kill()
            part.start()
        stack.wait_ready(stack.ports[0])
        return told(load.stop())


@contextlib.contextmanager
def small_disk(rng, megabytes):
    """A file system of its own, so small that it can be filled; None: none may be mounted here."""
    folder = f"/tmp/coord-small-{os.getpid()}-{rng.randrange(1 << 30)}"
    os.mkdir(folder)
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=755"]
    mounted = subprocess.run(["mount", *options, "tmpfs", folder], capture_output=True, check=False).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", folder], capture_output=True, check=False)
        os.rmdir(folder)


def fill(folder):
    ballast = os.path.join(folder, "ballast")
    with open(ballast, "wb", buffering=0) as f:
        try:
            while f.write(bytes(65536)):
                pass
        except OSError:
            pass
    return ballast


NO_MOUNT = "skipped: no file system may be mounted here"


@row("disk full, then room again (SQLite)")
def disk_full(coord, rng):
    with small_disk(rng, 24) as folder:
        if folder is None:
            return NO_MOUNT
        with Stack(coord, workers=1, folder=folder) as stack:
            load = Load(stack, clients=2)
            load.wait_accepted(5)
            ballast = fill(folder)
            eventually(lambda: load.refused > 0, "a submission is refused")
            live = stack.ask(stack.ports[0], "GET", "/health/live")[0]
            os.remove(ballast)
            before = len(load.accepted)
            load.wait_accepted(before + 5)
            assert live == 200
            return told(load.stop())


@row("disk full, then room again (PostgreSQL)")
def disk_full_postgres(coord, rng):
    with small_disk(rng, 160) as folder:
        if folder is None:
            return NO_MOUNT
        with Stack(coord, scaled=True, workers=1) as stack:
            server = stack.postgres
            server.stop()
            subprocess.run(["cp", "-a", server.data, folder], check=True)
            server.data = os.path.join(folder, "data")
            server.start()
            stack.wait_ready(stack.ports[0])
            load = Load(stack, clients=2)
            load.wait_accepted(5)
            ballast = fill(folder)
            eventually(lambda: load.refused > 0, "a submission is refused")
            live = stack.ask(stack.ports[0], "GET", "/health/live")[0]
            os.remove(ballast)
            # without room for its log the server stops itself; whoever watches over it starts it again
            if not server.ready():
                server.stop()
                server.start()
            stack.wait_ready(stack.ports[0])
            before = len(load.accepted)
            load.wait_accepted(before + 5)
            assert live == 200
            return told(load.stop())


@row("a worker stops for longer than its lease, then goes on (the job was given to another)")
def redelivery(coord, rng):
    with Stack(coord, scaled=bool(rng.randrange(2)), workers=2, COORD_LEASE="1s") as stack:
        load = Load(stack, clients=2, sessions=150, depth="standard", pause_s=0.05)
        load.wait_accepted(6)
        some_time(rng, 0.05, 0.5)
        children = stack.workers[0].children()
        for child in children:
            os.kill(child, signal.SIGSTOP)
        time.sleep(2.5)
        for child in children:
            os.kill(child, signal.SIGCONT)
        return told(load.stop())


@contextlib.contextmanager
def receiver():
    """(its port, the paths that callbacks were posted to so far)"""
    came = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            came.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port, came
        finally:
            server.shutdown()
            thread.join()


@row("clock jumps (an hour forth, two hours back), callbacks go on")
def clock(coord, rng):
    library = os.path.join(os.path.dirname(coord), "tests/faults/turned_clock.so")
    if not os.path.exists(library):  # the loader would go on without it
        raise servers.Missing(f"{library} is not built: build coord without a sanitizer, and with its tests")
    name = f"/tmp/coord-clock-{os.getpid()}-{rng.randrange(1 << 30)}"
    with receiver() as (port, came), open(name, "w+b", buffering=0) as file:
        def turn(to_s):
            os.pwrite(file.fileno(), struct.pack("=q", to_s * 1000000), 0)
        try:
            turn(0)
            with Stack(coord, workers=2, LD_PRELOAD=library, TURNED_CLOCK=name, COORD_CALLBACK_HTTP="yes", COORD_CALLBACK_PORTS="*",
                       COORD_CALLBACK_PRIVATE="127.0.0.1") as stack:
                load = Load(stack)
                load.wait_accepted(5)
                for to in (3600, -7200, 0):
                    some_time(rng)
                    turn(to)
                    told_at = datetime.datetime.fromisoformat(stack.get("/health")["timestamp"]).timestamp()
                    assert abs(told_at - time.time() - to) < 600, "the clock was not turned"
                    before = len(load.accepted)
                    load.wait_accepted(before + 3)
                    path = f"/{to}"
                    submission = {**json.loads(body_of(0, 12)), "callback_url": f"http://127.0.0.1:{port}{path}"}
                    status, answer = stack.ask(stack.front, "POST", "/analyze/coordination", json.dumps(submission))
                    assert status == 200, answer
                    eventually(lambda p=path: p in came, f"a callback after the clock was turned by {to} s")
                return told(load.stop())
        finally:
            os.remove(name)


@row("two migrations at once, with three servers starting")
def migrations(coord, rng):
    with Stack(coord, scaled=True, workers=1) as stack:
        env = {**stack.env, "DATABASE_URL": stack.postgres.database()}
        runs = [subprocess.Popen([stack.coord, "migrate"], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(4)]
        out = [run.communicate(timeout=120)[0] for run in runs]
        assert all(run.returncode == 0 for run in runs), out
        fresh = {**stack.env, "COORD_STATE_DIR": os.path.join(stack.folder, "fresh"), "DATABASE_URL": "", "REDIS_URL": ""}
        fresh = {k: v for k, v in fresh.items() if v}
        runs = [subprocess.Popen([stack.coord, "keys", "list"], env=fresh, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(4)]
        out = [run.communicate(timeout=120)[0] for run in runs]
        assert all(run.returncode == 0 for run in runs), out
        load = Load(stack, clients=1)
        load.wait_accepted(2)
        return told(load.stop(), "4 migrations of PostgreSQL and 4 of SQLite at once")


@row("hostile clients: slow, half closed, floods, bombs, depth, smuggling, 2,000 idle connections")
def hostile(coord, rng):
    with Stack(coord, workers=1, COORD_HEADER_DEADLINE="2s", COORD_BODY_DEADLINE="3s", COORD_MAX_BODY="8MiB") as stack:
        load = Load(stack, clients=2, pause_s=0.05)
        load.wait_accepted(3)
        port, key, held = stack.ports[0], stack.key, []

        def raw(data, half=False, wait=20):
            with socket.create_connection(("127.0.0.1", port), timeout=wait) as s:
                try:
                    s.sendall(data)
                    if half:
                        s.shutdown(socket.SHUT_WR)
                    return s.recv(65536)
                except (ConnectionError, socket.timeout):
                    return b""
        head = f"POST /analyze/coordination HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n".encode()
        for _ in range(2000):
            try:
                held.append(socket.create_connection(("127.0.0.1", port), timeout=10))
            except OSError:
                break
        for s in held[:200]:
            s.sendall(b"GET /health HTTP/1.1\r\nHo")
        refused = {
            "two lengths": raw(head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
            "length and chunks": raw(head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "header flood": raw(b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: %s\r\n" % (i, b"a" * 100) for i in range(5000)) + b"\r\n"),
            "deep": raw(head + b"Content-Length: 200000\r\n\r\n" + b"[" * 200000),
            "10 GB announced": raw(head + b"Content-Length: 10737418240\r\n\r\n" + b"[" * 100000),
        }
        bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = bomb.compress(b"[" + b" " * (256 << 20)) + bomb.flush()
        refused["gzip bomb"] = raw(head + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)
        raw(head + b"Content-Length: 1000\r\n\r\n[", half=True)
        for what, answer in refused.items():
            assert answer == b"" or answer.split(b" ", 2)[1].startswith(b"4"), (what, answer[:200])
        # slow: a byte a moment, in head and body, until the server has had enough
        slow = socket.create_connection(("127.0.0.1", port), timeout=30)
        slow.sendall(head + b"Content-Length: 100000\r\n\r\n")
        ended = threading.Event()

        def dribble():
            try:
                while slow.send(b"["):
                    time.sleep(0.2)
            except OSError:
                ended.set()
        threading.Thread(target=dribble, daemon=True).start()
        before = len(load.accepted)
        load.wait_accepted(before + 5)
        assert ended.wait(60), "a slow client is never closed"
        assert stack.apis[0].process.poll() is None
        for s in held + [slow]:
            s.close()
        return told(load.stop(), f"{len(held)} idle connections")


@row("three APIs and four workers on PostgreSQL and Redis behind nginx, restarted one after another under load: no failed request")
def rolling(coord, rng):
    with Stack(coord, scaled=True, apis=3, workers=4, nginx=True) as stack:
        load = Load(stack, clients=4, reads=True)
        load.wait_accepted(10)
        for part in [*stack.apis, *stack.workers]:
            some_time(rng, 0.1, 0.5)
            part.stop()
            part.start()
            if part in stack.apis:
                stack.wait_ready(stack.ports[stack.apis.index(part)])
        some_time(rng)
        load.stop()
        assert load.refused == 0 and load.broken == 0, f"failed requests: {load.what}"
        return told(load, f"{load.read} reads")
