"""support.py - starts the real program, and writes small logs for it to read."""
import datetime
import json
import os
import shutil
import subprocess
import tempfile
import unittest

COORD = os.environ.get("COORD", "build/coord")
SOURCE = os.environ.get("COORD_SOURCE", os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.path.dirname(os.path.abspath(COORD))
DONE, FAILED, USAGE, REFUSED = 0, 1, 2, 3
DEADLINE_S = 240
QUICK = os.environ.get("COORD_TEST_QUICK", "") not in ("", "0")  # under sanitizers: few draws, the same paths


def environment(**extra):
    """Nothing of the caller's surroundings but where programs and sanitizers' options are."""
    keep = {k: v for k, v in os.environ.items() if k == "PATH" or k.endswith("SAN_OPTIONS")}
    return {**keep, "LC_ALL": "C", "TERM": "dumb", **extra}


def coord(*args, stdin=b"", env=None, cwd=None):
    return subprocess.run([COORD, *map(str, args)], input=stdin, capture_output=True, env=env or environment(),
                          cwd=cwd, timeout=DEADLINE_S, check=False)


def commands():
    """The commands as the program lists them."""
    text = coord("help").stdout.decode()
    block = text.split("Commands:\n")[1].split("\n\n")[0]
    return [line[2:24].strip() for line in block.splitlines()]


def stamp(second):
    start = datetime.datetime(2024, 1, 26, 12, 0, 0)
    return (start + datetime.timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def cowrie_session(name, source, second, users=(("root", "123456"),), lines=(), sensor="sensor-a"):
    """The events of one Cowrie session, as dictionaries."""
    def event(kind, after, **more):
        return {"eventid": "cowrie." + kind, "session": name, "src_ip": source, "sensor": sensor,
                "timestamp": stamp(second + after), **more}
    events = [event("session.connect", 0, src_port=40000 + second % 20000, dst_ip="192.0.2.1", dst_port=2222,
                    protocol="ssh"),
              event("client.version", 1, version="SSH-2.0-Go")]
    events += [event("login.failed", 2, username=u, password=p) for u, p in users]
    events += [event("command.input", 3 + i, input=line) for i, line in enumerate(lines)]
    events.append(event("session.closed", 10, duration=10.0))
    return events


def background(n=60, seed=1):
    """Sessions of many unrelated sources, deterministic."""
    events = []
    for i in range(n):
        second = (i * 7919 * seed) % 86400
        users = [("root", f"pw{(i * 31) % 17}"), ("admin", f"pw{(i * 13) % 11}")]
        events += cowrie_session(f"{seed:02x}{i:010x}", f"198.18.{i % 7}.{i % 250 + 1}", second, users,
                                 ["uname -a"] if i % 3 == 0 else ["cat /proc/cpuinfo"])
    return events


def ndjson(events):
    return b"".join(json.dumps(e).encode() + b"\n" for e in events)


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="coord-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content)
        return path

    def status(self, expected, result):
        self.assertEqual(expected, result.returncode,
                         msg=f"{result.args}\n{result.stdout[-2000:]!r}\n{result.stderr.decode(errors='replace')[-4000:]}")
        return result
