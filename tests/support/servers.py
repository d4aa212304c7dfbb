#!/usr/bin/env python3
"""Real PostgreSQL and Redis servers for tests, from Debian's packages, in a temporary folder, stopped by their process ids.

From a shell or from meson: the servers live as long as the command, whose exit status is passed on.

    tests/support/servers.py [--postgres] [--redis] [--durable] -- COMMAND...

    COORD_TEST_POSTGRES   postgresql://coord:...@127.0.0.1:PORT/coord   (also by socket: COORD_TEST_POSTGRES_SOCKET)
    COORD_TEST_POSTGRES_PID, COORD_TEST_REDIS_PID                        for tests that stop a server in the middle
    COORD_TEST_REDIS      redis://127.0.0.1:PORT/0

A server that is not installed: prints the reason and exits with 77, which meson counts as skipped.

From Python:

    with servers.Postgres() as pg:              # servers.Missing when it is not installed: skip with its text
        env["DATABASE_URL"] = pg.url
        other = pg.database()                   # the URL of one more, empty database
        pg.kill(); pg.start()                   # kill -9, and up again on the same port with the same data
    with servers.Redis(appendonly=True, password="x") as redis:
        env["REDIS_URL"] = redis.url

As root the servers run as the user postgres (or redis, or nobody). They die with the process that started them.
"""
import atexit
import ctypes
import glob
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PASSWORD = "for-tests-only"
DEADLINE = 120


class Missing(Exception):
    """A server that is not installed here."""


def free_port():
    """One that nobody has now, and that no connection to somewhere else gets before the server has it, or while it is down."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        lowest = int(f.read().split()[0])
    for port in random.sample(range(10000, lowest), 100) if lowest > 11000 else [0]:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return s.getsockname()[1]
    raise RuntimeError("a hundred ports are taken")


def unprivileged(*names):
    """Somebody to run as when this is root; None: stay who we are."""
    if os.getuid() != 0:
        return None
    for name in (*names, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Missing("there is no unprivileged user to run a server as")


def die_with_parent(number):
    parent = os.getpid()

    def ask():
        ctypes.CDLL(None).prctl(1, number)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
    return ask


def wait_for(what, ready, process, log):
    end = time.monotonic() + DEADLINE
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            with open(log, errors="replace") as f:
                raise RuntimeError(f"{what} did not start:\n{f.read()[-2000:]}")
        time.sleep(0.02)


class Server:
    """A process in a folder of its own. start() after kill() or stop() finds the same data and the same port."""
    name, stop_signal, death_signal = "server", signal.SIGTERM, signal.SIGKILL

    def __init__(self, users):
        self.user = unprivileged(*users)
        self.folder = tempfile.mkdtemp(prefix=f"coord-{self.name}-", dir="/tmp")
        os.chmod(self.folder, 0o711)
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.log = os.path.join(self.folder, "log")
        self.process = None
        self.port = free_port()
        atexit.register(self.close)

    def identity(self):
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}

    def run(self, *command, **more):
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, timeout=DEADLINE,
                              **self.identity(), **more)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
        return done.stdout

    def spawn(self, *command):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder,
                                            preexec_fn=die_with_parent(self.death_signal), **self.identity())

    @property
    def pid(self):
        return self.process.pid

    def kill(self):
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self.process.wait()
        self.gone()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.gone()

    def gone(self):
        """After the process's end."""

    def close(self):
        if self.folder:
            self.stop()
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Postgres(Server):
    """PostgreSQL with a role and a database named coord. `durable`: flush to the disk, as in production (slower)."""
    name, stop_signal, death_signal = "postgres", signal.SIGINT, signal.SIGQUIT

    def __init__(self, durable=False, settings=()):
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda p: int(p.split("/")[4]))
        if not programs:
            raise Missing("PostgreSQL is not installed (Debian's package postgresql)")
        self.bin = os.path.dirname(programs[-1])
        super().__init__(["postgres"])
        self.data = os.path.join(self.folder, "data")
        self.settings = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}",
                         "max_connections=120", "shared_buffers=32MB", f"fsync={'on' if durable else 'off'}", *settings]
        self.databases = 0
        try:
            self.initialise()
        except BaseException:
            self.close()
            raise

    def initialise(self):
        secret = os.path.join(self.folder, "password")
        with open(secret, "w") as f:
            f.write(PASSWORD + "\n")
        os.chmod(secret, 0o644)
        self.run(f"{self.bin}/initdb", "-D", self.data, "-U", "coord", "-E", "UTF8", "--locale=C", "--no-sync",
                 "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}")
        self.start()
        self.psql("CREATE DATABASE coord")

    def start(self):
        options = [word for setting in self.settings for word in ("-c", setting)]
        self.spawn(f"{self.bin}/postgres", "-D", self.data, *options)
        wait_for("PostgreSQL", self.ready, self.process, self.log)

    def ready(self):
        return subprocess.run([f"{self.bin}/pg_isready", "-q", "-h", self.folder, "-p", str(self.port)],
                              check=False).returncode == 0

    def gone(self):
        """After kill -9 the children of the postmaster need a moment to notice; the next one must not start before."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and self.children():
            time.sleep(0.02)

    def children(self):
        """Processes that work in the data folder."""
        found = []
        for cwd in glob.glob("/proc/[0-9]*/cwd") if self.process else []:
            try:
                if os.readlink(cwd).startswith(self.data):
                    found.append(cwd)
            except OSError:
                continue  # another's, or gone
        return found

    def psql(self, statement, database="postgres"):
        return self.run(f"{self.bin}/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port),
                        "-U", "coord", "-d", database, "-c", statement)

    def database(self):
        """The URL of a new, empty database."""
        self.databases += 1
        name = f"coord_{self.databases}"
        self.psql(f"CREATE DATABASE {name}")
        return f"postgresql://coord:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    @property
    def url(self):
        return f"postgresql://coord:{PASSWORD}@127.0.0.1:{self.port}/coord"

    @property
    def socket_url(self):
        return f"postgresql://coord@/coord?host={self.folder}&port={self.port}"


class Redis(Server):
    """Redis without saving, unless `appendonly`."""
    name = "redis"

    def __init__(self, appendonly=False, password=None):
        self.program = shutil.which("redis-server") or next(iter(glob.glob("/usr/bin/redis-server")), None)
        if not self.program:
            raise Missing("Redis is not installed (Debian's package redis-server)")
        super().__init__(["redis"])
        self.password = password
        self.options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder,
                        "--appendonly", "yes" if appendonly else "no"]
        if password:
            self.options += ["--requirepass", password]
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        self.spawn(self.program, *self.options)
        wait_for("Redis", self.ready, self.process, self.log)

    def ask(self, *words):
        """One command, its raw answer: enough to look at a server from a test."""
        lines = b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in (str(w).encode() for w in words))
        with socket.create_connection(("127.0.0.1", self.port), DEADLINE) as s:
            if self.password:
                s.sendall(b"*2\r\n$4\r\nAUTH\r\n$%d\r\n%s\r\n" % (len(self.password), self.password.encode()))
                s.recv(65536)
            s.sendall(b"*%d\r\n%s" % (len(words), lines))
            return s.recv(1 << 20)

    def ready(self):
        try:
            return self.ask("PING").startswith(b"+PONG")
        except OSError:
            return False

    @property
    def url(self):
        return f"redis://{':' + self.password + '@' if self.password else ''}127.0.0.1:{self.port}/0"


def main(arguments):
    if "--" not in arguments:
        sys.exit(__doc__)
    at = arguments.index("--")
    wanted, command = set(arguments[:at]), arguments[at + 1:]
    if not command or wanted - {"--postgres", "--redis", "--durable"}:
        sys.exit(__doc__)
    env = dict(os.environ)
    running = []
    try:
        if "--postgres" in wanted:
            running.append(Postgres(durable="--durable" in wanted))
            env.update(COORD_TEST_POSTGRES=running[-1].url, COORD_TEST_POSTGRES_SOCKET=running[-1].socket_url,
                       COORD_TEST_POSTGRES_PID=str(running[-1].pid))
        if "--redis" in wanted:
            running.append(Redis(appendonly="--durable" in wanted))
            env.update(COORD_TEST_REDIS=running[-1].url, COORD_TEST_REDIS_PID=str(running[-1].pid))
        return subprocess.run(command, env=env, check=False).returncode
    except Missing as why:
        print(f"skipped: {why}")
        return 77
    finally:
        for server in running:
            server.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
