#!/usr/bin/env bash
# coverage.sh - runs the tests on a build with --coverage (build-cov/) and prints the line coverage of every room, and
# whether detect/, ingest/ and session/ reach the 90 % that is asked of them. Status 1 when one does not.
set -euo pipefail

build="build-cov"
[ -f "$build/build.ninja" ] || meson setup "$build" -Db_coverage=true --buildtype=debug
find "$build" -name '*.gcda' -delete
COORD_TEST_QUICK=1 scripts/test.sh "$build" --no-suite real # what the real logs cover, the unit tests cover too
gcovr --root . --filter 'src/' --object-directory "$build" --exclude-unreachable-branches \
	--gcov-ignore-parse-errors --json-summary "$build/coverage.json" --json-summary-pretty --txt "$build/coverage.txt" >/dev/null
python3 - "$build/coverage.json" <<'PYTHON'
import json
import sys

rooms = {}
for entry in json.load(open(sys.argv[1], encoding="utf-8"))["files"]:
    room = entry["filename"].split("/")[1]
    covered, total = rooms.get(room, (0, 0))
    rooms[room] = covered + entry["line_covered"], total + entry["line_total"]
short = []
for room, (covered, total) in sorted(rooms.items()):
    percent = 100 * covered / total if total else 0
    bound = 90 if room in ("detect", "ingest", "session") else None
    verdict = "" if bound is None else "ok, 90 % asked" if percent >= bound else "TOO LOW, 90 % asked"
    if bound is not None and percent < bound:
        short.append(room)
    print(f"coverage: {room:12} {covered:6} of {total:6} lines  {percent:5.1f} %  {verdict}")
sys.exit(1 if short else 0)
PYTHON
