#!/usr/bin/env python3
"""look_alikes.py COORD [SENSOR...] - the table of docs/self-evaluation.md, "What it says of a real sensor": look-alikes
planted into real sessions without coordination, and how often anything was called at 0.9 or more. The logs lie in COORD_DATA
or ../shared/data. SENSOR: only these columns. Ten minutes on two cores."""

import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

DATA = pathlib.Path(os.environ.get("COORD_DATA", "../shared/data"))
# name: (reference from, up to, judged, from, seeds)
SENSORS = {
    "cowrie-2018": ("cowrie-2018", "2018-06-10", "cowrie-2018", "2018-06-10", 24),
    "cowrie-tpot-2020": ("cowrie-tpot-2020", "2020-02-12", "cowrie-tpot-2020", "2020-02-12", 12),
    "cowrie-aws-2022 by cowrie-2018": ("cowrie-2018", None, "cowrie-aws-2022", None, 6),
}


def run(arguments):
    """One command; refused records (status 3) are no reason to stop."""
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(map(str, arguments))}: status {done.returncode}")
    return done.stdout


def false_alarms(coord, reference, logs, since, seed):
    window = ["--from", since] if since else []
    document = json.loads(run([coord, "evaluate", "self", "-q", "--quick", "--threads", "1", "--seed", str(seed), "-f", "json",
                               "-r", reference, *window, DATA / logs]))
    found = document["false_alarms"]
    return [(row["structure"], row["at_0.9"]) for row in found["lookalikes"]] + [
        ("nothing", found["without_coordination"]["at_0.9"])]


def sensor(coord, name, work):
    """Hits and batches by what was planted; None where the logs are not there."""
    source, until, logs, since, seeds = SENSORS[name]
    if not (DATA / source).is_dir() or not (DATA / logs).is_dir():
        return None
    reference = work / f"{source}.ref"
    run([coord, "reference", "build", "-q", *(["--to", until] if until else []), "-o", reference, DATA / source])
    counts = collections.defaultdict(lambda: [0, 0])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for rows in pool.map(lambda seed: false_alarms(coord, reference, logs, since, seed), range(1, seeds + 1)):
            for planted, rate in rows:
                counts[planted][0] += rate["hits"]
                counts[planted][1] += rate["n"]
    return counts


def main():
    coord, names = sys.argv[1], sys.argv[2:] or list(SENSORS)
    table = {}
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            counts = sensor(coord, name, pathlib.Path(work))
            if counts is None:
                print(f"{name}: skipped, not in {DATA}", file=sys.stderr)
            else:
                table[name] = counts
    if not table:
        return
    print("| planted | " + " | ".join(table) + " |\n|---|" + "---:|" * len(table))
    for planted in sorted(next(iter(table.values()))):
        print(f"| {planted} | " + " | ".join("{} of {}".format(*counts[planted]) for counts in table.values()) + " |")


if __name__ == "__main__":
    main()
