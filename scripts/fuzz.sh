#!/usr/bin/env bash
# fuzz.sh SECONDS - builds the fuzz targets with clang (libFuzzer, ASan, UBSan) in build-fuzz/ and runs each for SECONDS
# from its corpus in tests/fuzz/corpus/<target>/, as many at a time as there are processors. New inputs stay in
# build-fuzz/corpus/; a crash leaves its input in build-fuzz/crash-<target>-* and fails the run.
set -euo pipefail

export seconds=${1:-60} build="build-fuzz"
[ -f "$build/build.ninja" ] || CC=clang CXX=clang++ meson setup "$build" -Dfuzz=true -Db_lundef=false -Db_pie=false
mapfile -t targets < <(ninja -C "$build" -t targets all | sed -n 's|^\(tests/fuzz/fuzz_[^/:.]*\):.*|\1|p' | sort)
[ "${#targets[@]}" -gt 0 ] || { echo "fuzz: no target to build" >&2; exit 1; }
ninja --quiet -C "$build" "${targets[@]}"

run_target() {
	local target=$1 name dirs
	name=$(basename "$target")
	name=${name#fuzz_}
	dirs=("$build/corpus/$name")
	mkdir -p "${dirs[0]}"
	[ -d "tests/fuzz/corpus/$name" ] && dirs+=("tests/fuzz/corpus/$name")
	if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -verbosity=0 -print_final_stats=1 \
		-artifact_prefix="$build/crash-$name-" "${dirs[@]}" >"$build/$name.log" 2>&1; then
		printf 'fuzz: %-20s %s runs, no failure\n' "$name" \
			"$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log")"
	else
		tail -n 40 "$build/$name.log"
		printf 'fuzz: %-20s FAILED\n' "$name"
		return 1
	fi
}
export -f run_target

printf '%s\0' "${targets[@]/#/$build/}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'run_target "$1"' run_target
