#!/usr/bin/env bash
# ingest.sh BUILD_DIR - MB/s and sessions/s of every reader beside line counting, inflating, bare simdjson and Python. The real
# Cowrie log of COORD_DATA (../shared/data) is measured where it is there.
set -euo pipefail

data=${COORD_DATA:-../shared/data}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
args=(tests/data)
if [ -d "$data/cowrie-tpot-2020" ]; then
	zcat "$data"/cowrie-tpot-2020/cowrie.json.2020-02-*.gz | head -n 300000 >"$work/cowrie.json" || true # head ends first
	args+=("$work/cowrie.json")
fi
"$1/bench/bench_ingest" "${args[@]}"
