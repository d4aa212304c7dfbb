#!/usr/bin/env python3
"""growth.py COORD [PYTHON]: processor time and memory of a whole analysis against the number of sessions, stage by stage, with the
exponent that fits (time ~ N^x); beside it, where PYTHON has scikit-learn and igraph, two groupings as users write them.
The batches are generated: a source for ten sessions, 30 days, the same three planted groups in each."""
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

LIMIT = int(os.environ.get("COORD_BENCH_LIMIT", "300"))
MOST = int(os.environ.get("COORD_BENCH_MOST", "1000000"))
PLANTED = ["C1:standard:20:10", "H2b:standard:10:8", "HN1:standard:20:5"]
PLANTED_SESSIONS = 500
FASTEST = 0.005  # seconds; shorter stages are the clock's noise and no part of a fit


def run(command):
    """(seconds, CPU seconds, peak MB, standard error), or None past the limit or when it failed (out of memory)."""
    with tempfile.TemporaryFile("w+") as told:
        begin = time.monotonic()
        process = subprocess.Popen(["timeout", str(LIMIT), *command], stdin=subprocess.DEVNULL, stdout=told, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begin
        told.seek(0)
        if process.returncode not in (0, 3):
            return None
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, told.read()


def generate(coord, folder, n):
    background = max(n - PLANTED_SESSIONS, n // 2)
    plants = [word for group in PLANTED for word in ("--plant", group)]
    subprocess.run([coord, "generate", "-q", "--seed", "11", "--days", "30", "-f", "ndjson", "-o", folder,
                    "--sources", str(max(n // 10, 50)), "--sessions", str(background), *plants], check=True)
    return os.path.join(folder, "sessions.ndjson")


def exponent(points):
    """Slope of ln(value) against ln(n) by least squares."""
    points = [(math.log(n), math.log(value)) for n, value in points if value is not None and value >= FASTEST]
    if len(points) < 2:
        return "-"
    x, y = (sum(column) / len(points) for column in zip(*points))
    return f"{sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points):.2f}"


def last_step(sizes, values):
    """The exponent between the two largest sizes alone: start-up no longer hides growth there."""
    return exponent([(n, v) for n, v in zip(sizes, values)][-2:]) if None not in values[-2:] else "-"


def measure(coord, log, result):
    """Rows of one size: name -> value. Times in seconds, memory in MB."""
    rows = {}
    for depth in ("minimal", "standard"):
        out = run([coord, "analyze", "-q", "--profile", "--depth", depth, "-f", "json", "-o", result, log])
        if out is None:
            rows[f"{depth}: the whole answer"] = None
            continue
        wall, cpu, memory, told = out
        # processor time, so that the exponents of a busy machine are those of an idle one
        stages = re.findall(r"^profile: (.*?) +[0-9.]+ s +([0-9.]+) s of processor time$", told, re.M)
        analysis = sum(float(seconds) for name, seconds in stages if not name.startswith(("analysis in all", "of it")))
        rows[f"{depth}: the whole answer, wall"] = wall
        rows[f"{depth}: the whole answer"] = cpu
        rows[f"{depth}: peak memory, MB"] = memory
        if depth == "minimal":
            rows["  reading, folding, writing"] = cpu - analysis
            rows.update({f"  {name}": float(seconds) for name, seconds in stages if name != "analysis in all"})
        else:
            rows.update({f"  {name} (standard)": float(s) for name, s in stages if name.startswith("null worlds")})
    return rows


def measure_peer(python, method, log):
    out = run([python, "bench/growth_peer.py", method, log])
    if out is None:
        return {f"peer: {method}": None}
    return {f"peer: {method}": float(out[3].split()[-1]), f"peer: {method}, peak MB": out[2]}


def show(sizes, table):
    names = list(dict.fromkeys(name for rows in table for name in rows))
    print(f"{'sessions':52}" + "".join(f"{n:>11,}" for n in sizes) + "     N^    N^ in the last step")
    for name in names:
        cells = ""
        for rows in table:
            value = rows.get(name)
            shown = f"over {LIMIT} s" if name in rows and value is None else "" if value is None else f"{value:.3f}"
            cells += f"{shown:>11}"
        values = [rows.get(name) for rows in table]
        print(f"{name:52}{cells}   {exponent(list(zip(sizes, values))):>4}  {last_step(sizes, values):>4}")


def main():
    coord, python = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    largest = 10_000_000 if os.environ.get("COORD_BENCH_LARGE") == "1" else MOST
    sizes = [n for n in (1000, 10_000, 100_000, 1_000_000, 10_000_000) if n <= largest]
    folder = tempfile.mkdtemp(prefix="growth-", dir=os.path.dirname(coord))
    table, alive = [], {"DBSCAN (scikit-learn)": python, "MinHash (numpy) + Leiden (igraph)": python}
    try:
        for n in sizes:
            log = generate(coord, folder, n)
            rows = measure(coord, log, os.path.join(folder, "result.json"))
            for method in [m for m, usable in alive.items() if usable]:
                peer = measure_peer(python, method, log)
                alive[method] = peer[f"peer: {method}"] is not None  # what did not survive a size is not asked for more
                rows.update(peer)
            table.append(rows)
            print(f"-- {n:,} sessions measured", flush=True)
    finally:
        shutil.rmtree(folder)
    print("\nseconds of processor time unless it says wall or MB; the peers' times are grouping alone, from features in memory"
          "\nto groups: beside them stand 'pairs and edges' and the grouping with all channels; one run a size, so small times are rough\n")
    show(sizes, table)


if __name__ == "__main__":
    main()
