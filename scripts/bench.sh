#!/usr/bin/env bash
# bench.sh - builds for speed in build-bench/ and runs every bench/*.sh with that folder as its argument.
set -euo pipefail

build="build-bench"
[ -f "$build/build.ninja" ] || meson setup "$build" --buildtype=release -Dbench=true
ninja --quiet -C "$build"
shopt -s nullglob
for script in bench/*.sh; do
	printf '\n== %s\n' "$script"
	bash "$script" "$build"
done
