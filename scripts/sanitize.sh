#!/usr/bin/env bash
# sanitize.sh address|thread|all - builds with the sanitizers and runs the tests: address and undefined behaviour for
# all of them but the long ones on real logs, threads for those that start threads (suite "threads").
set -euo pipefail

run() {
	local build=$1 sanitizers=$2
	shift 2
	[ -f "$build/build.ninja" ] || meson setup "$build" -Db_sanitize="$sanitizers" -Db_lundef=false \
		--buildtype=debugoptimized -Doptimization=1
	scripts/test.sh "$build" --timeout-multiplier 12 "$@"
}

what=${1:-all}
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1
export COORD_TEST_QUICK=1 # the tests' heavier loops are scaled down (tests/support/batch.h)
status=0
case $what in
address | all) run build-asan address,undefined --no-suite real || status=1 ;;&
thread | all) run build-tsan thread --suite threads || status=1 ;;&
address | thread | all) ;;
*)
	echo "usage: sanitize.sh address|thread|all" >&2
	exit 2
	;;
esac
exit "$status"
