#!/usr/bin/env bash
# growth.sh BUILD_DIR - time and memory against the number of sessions, beside two peers in Python. The peers are test tools:
# they go into a virtual environment in the build folder, and where no package index can be reached they are left out.
# COORD_BENCH_MOST=100000 ends earlier than a million; COORD_BENCH_LARGE=1 goes on to ten million (16 GB of memory, 16 GB
# of disk, a quarter of an hour); COORD_BENCH_LIMIT is the time limit of one run in seconds (300).
set -euo pipefail

build=$1
peers=$build/peers
if [ ! -f "$peers/ready" ]; then
	rm -rf "$peers"
	if python3 -m venv "$peers" >"$build/peers.log" 2>&1 &&
		timeout 300 "$peers/bin/pip" install -q scikit-learn igraph >>"$build/peers.log" 2>&1; then
		touch "$peers/ready"
	else
		echo "-- the peers are left out: $(tail -n 1 "$build/peers.log")"
		rm -rf "$peers"
	fi
fi
if [ -f "$peers/ready" ]; then
	exec python3 bench/growth.py "$build/coord" "$peers/bin/python"
fi
exec python3 bench/growth.py "$build/coord"
