#!/usr/bin/env bash
# fuzz.sh SECONDS - builds the fuzz targets with clang (libFuzzer, ASan, UBSan) in build-fuzz/ and runs each for SECONDS
# from its corpus in tests/fuzz/corpus/<target>/. New inputs stay in build-fuzz/corpus/; a crash leaves its input in
# build-fuzz/crash-<target>-* and fails the run.
set -euo pipefail

seconds=${1:-60}
build="build-fuzz"
[ -f "$build/build.ninja" ] || CC=clang CXX=clang++ meson setup "$build" -Dfuzz=true -Db_lundef=false -Db_pie=false
ninja --quiet -C "$build"
failed=0
ran=0
shopt -s nullglob
for target in "$build"/tests/fuzz/fuzz_*; do
	[ -f "$target" ] && [ -x "$target" ] || continue
	name=$(basename "$target")
	name=${name#fuzz_}
	grown=$build/corpus/$name
	seeds=tests/fuzz/corpus/$name
	mkdir -p "$grown"
	dirs=("$grown")
	[ -d "$seeds" ] && dirs+=("$seeds")
	ran=$((ran + 1))
	if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -verbosity=0 -print_final_stats=1 \
		-artifact_prefix="$build/crash-$name-" "${dirs[@]}" >"$build/$name.log" 2>&1; then
		printf 'fuzz: %-20s %s runs, no failure\n' "$name" \
			"$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log")"
	else
		tail -n 40 "$build/$name.log"
		printf 'fuzz: %-20s FAILED\n' "$name"
		failed=$((failed + 1))
	fi
done
[ "$ran" -gt 0 ] || { echo "fuzz: no target was built" >&2; exit 1; }
[ "$failed" -eq 0 ]
