#!/usr/bin/env bash
# queue.sh BUILD_DIR - claims a second of the queue in SQLite and in Redis, how soon a waiting worker hears of a job, and what waiting costs.
# Aim: 2,700 claim + done a second (twice what Celery 5.2 takes and acknowledges through the same Redis: 1,282 a second).
set -euo pipefail

build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if command -v redis-server >/dev/null; then
	# shellcheck disable=SC2016
	python3 tests/support/servers.py --redis -- sh -c '"$0" "$1" "$COORD_TEST_REDIS"' "$build/bench/bench_queue" "$work"
else
	echo "-- redis-server is not installed: SQLite only"
	"$build/bench/bench_queue" "$work"
fi
