#!/usr/bin/env bash
# test.sh [BUILD_DIR] [MESON_TEST_ARGS...] - builds and runs all tests and ends with the line "N passed, N failed", which
# counts single test cases, not test programs. Status 1 when anything failed. COORD_MESON_OPTIONS: for a new build folder.
set -euo pipefail

build=${1:-build}
[ $# -eq 0 ] || shift
# shellcheck disable=SC2086 # several options
[ -f "$build/build.ninja" ] || meson setup "$build" ${COORD_MESON_OPTIONS:-}
# `make run` on a bare machine configures before the test packages are there
[ "$(meson introspect --tests "$build")" != "[]" ] || meson setup --reconfigure "$build"
case " $* " in
*" --suite "*) rebuild=() ;; # meson builds what those tests need, and nothing else
*) rebuild=(--no-rebuild) && ninja --quiet -C "$build" ;;
esac
log=$build/meson-logs/testlog.json
rm -f "$log"
status=0
processes=$(($(nproc) * 3 / 2)) # tests that wait for a server or a clock leave a core free
meson test -C "$build" "${rebuild[@]}" --num-processes "$processes" --print-errorlogs --timeout-multiplier 4 "$@" || status=$?
exec /usr/bin/env python3 scripts/count_tests.py "$log" "$status"
