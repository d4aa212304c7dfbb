#!/usr/bin/env python3
"""faults.py COORD [--rounds N] [--rows NAME,...] [--seed S] [--list]: harms a running installation in every way of the table, at random moments,
and counts what was lost or done twice. Ends with the table as docs/reliability.md has it and the line "N passed, N failed". A row that failed
names its seed: --rows NAME --seed SEED --rounds 1 repeats the random choices (the processes' own timing stays theirs)."""
import argparse
import os
import random
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rows import ROWS  # noqa: E402
import servers  # noqa: E402


def once(name, coord, seed):
    """(held, note)"""
    try:
        return True, ROWS[name][1](coord, random.Random(seed))
    except servers.Missing as missing:
        return True, f"skipped: {missing}"
    except (AssertionError, OSError, RuntimeError) as error:
        traceback.print_exc()
        return False, f"seed {seed}: {error}"[:300]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coord")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    if args.list:
        for name, (title, _) in ROWS.items():
            print(f"{name:16} {title}")
        return 0
    seed = args.seed if args.seed is not None else int(time.time())
    passed = failed = 0
    table = []
    for name in args.rows.split(","):
        held, notes = 0, []
        for i in range(args.rounds):
            begin = time.monotonic()
            good, note = once(name, os.path.abspath(args.coord), seed + i)
            print(f"{name:16} round {i + 1}: {'held' if good else 'FAILED'} ({time.monotonic() - begin:.0f} s): {note}", flush=True)
            held += good
            passed, failed = passed + good, failed + (not good)
            notes.append(note)
        table.append((ROWS[name][0], held, args.rounds, notes[-1]))
    print("\n| fault | held | of | the last round |\n|---|---:|---:|---|")
    for title, held, rounds, note in table:
        print(f"| {title} | {held} | {rounds} | {note} |")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
