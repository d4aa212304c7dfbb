#!/usr/bin/env bash
# trie.sh BUILD_DIR - a table of 1,000,000 prefixes from an MRT dump: reading it, opening its cache, look-ups a second.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 tests/support/mrt.py "$work/table.mrt" --prefixes 1000000 --peers 4
"$1/bench/bench_trie" "$work/table.mrt" "$work/table.routes"
