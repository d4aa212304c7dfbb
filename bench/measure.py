#!/usr/bin/env python3
"""measure.py [-n ROUNDS] [-m MEGABYTES] NAME COMMAND [NAME COMMAND ...]: runs shell commands in turn (A B A B ...) and prints
for each the medians of wall-clock time, processor time and peak memory, and with -m the rate. What counts is the ratio
within one run: absolute figures move with the machine and with what else it does."""
import argparse
import os
import statistics
import subprocess
import sys
import time


def once(command):
    begin = time.monotonic()
    process = subprocess.Popen(["bash", "-o", "pipefail", "-c", command], stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begin
    if process.returncode not in (0, 3):
        sys.exit(f"measure: status {process.returncode}: {command}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("-m", type=float, default=0)
    parser.add_argument("pairs", nargs="+")
    args = parser.parse_args()
    names, commands = args.pairs[::2], args.pairs[1::2]
    runs = {name: [] for name in names}
    for _ in range(args.n):
        for name, command in zip(names, commands):
            runs[name].append(once(command))
    first = statistics.median(r[0] for r in runs[names[0]])
    for name in names:
        wall, cpu, memory = (statistics.median(column) for column in zip(*runs[name]))
        rate = f"{args.m / wall:9.1f} MB/s" if args.m else ""
        print(f"{name:32} {wall:8.3f} s  {cpu:8.3f} s CPU  {memory:8.1f} MB  {wall / first:6.2f} x{rate}")


if __name__ == "__main__":
    main()
