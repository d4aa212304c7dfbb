#!/usr/bin/env python3
"""power.py COORD [RUNS] - how loose may timing be before nobody can see it? Groups that act together in three of ten visits,
judged in group mode against a background with a daily rhythm and shared bursts; prints how often the synchrony channel has
p < 0.01, by members and by the spread of a joint act. The last column is a group that never acts together. Two minutes."""
import json
import os
import random
import subprocess
import sys
import tempfile

DAY, DAYS, VISITS, JOINT = 86400, 7, 15, 0.3
SPREADS = (("30 s", 30), ("2 min", 120), ("5 min", 300), ("15 min", 900), ("30 min", 1800), ("not at all", None))
MEMBERS = (3, 5, 10, 20)


def moment(rng, bursts):
    """A time of day that many prefer, one visit in five in a burst that everybody joins (a new target, a feed)."""
    if rng.random() < 0.2:
        return rng.choice(bursts) + rng.gauss(0, 1200)
    while True:
        t = rng.uniform(0, DAYS * DAY)
        if rng.random() < 0.6 + 0.4 * (1 if 6 <= t % DAY / 3600 < 18 else -0.5):
            return t


def session(source, at):
    day, second = divmod(min(max(at, 0), DAYS * DAY - 1), DAY)
    clock = f"{int(second) // 3600:02d}:{int(second) // 60 % 60:02d}:{second % 60:09.6f}"
    return json.dumps({"source_ip": source, "start": f"2025-03-{3 + int(day):02d}T{clock}Z", "service": "ssh", "sensor": "a",
                       "items": []}) + "\n"


def background(rng, bursts):
    return "".join(session(f"198.18.{i // 250}.{i % 250 + 1}", moment(rng, bursts)) for i in range(400) for _ in range(VISITS))


def group(rng, bursts, members, spread):
    joint = 0 if spread is None else round(JOINT * VISITS)
    events = [moment(rng, bursts) for _ in range(joint)]
    lines = []
    for m in range(members):
        source = f"203.0.{m}.{rng.randrange(1, 255)}"
        lines += [session(source, e + rng.gauss(0, spread)) for e in events]
        lines += [session(source, moment(rng, bursts)) for _ in range(VISITS - joint)]
    return "".join(lines)


def main(coord, runs=20):
    print("members  " + "".join(f"{name:>12}" for name, _ in SPREADS))
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        rng = random.Random(1)
        bursts = [rng.uniform(0, DAYS * DAY) for _ in range(25)]
        with open(path("back"), "w", encoding="ascii") as f:
            f.write(background(rng, bursts))
        subprocess.run([coord, "reference", "build", "-q", "-o", path("ref"), path("back")], check=True)
        for members in MEMBERS:
            row = []
            for _, spread in SPREADS:
                seen = 0
                for run in range(int(runs)):
                    rng = random.Random(f"{members} {spread} {run}")
                    with open(path("group"), "w", encoding="ascii") as f:
                        f.write(group(rng, bursts, members, spread))
                    out = subprocess.run([coord, "analyze", "-q", "--group", "--worlds", "1", "-r", path("ref"), "-f", "json",
                                          "--threads", "1", path("group")], check=True, capture_output=True).stdout
                    evidence = json.loads(out)["campaigns"][0]["evidence"]
                    p = next(e["p_value"] for e in evidence if e["channel"] == "synchrony")
                    seen += p is not None and p < 0.01
                row.append(seen / int(runs))
            print(f"{members:7}  " + "".join(f"{x:12.2f}" for x in row), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
