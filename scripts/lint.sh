#!/usr/bin/env bash
# lint.sh format|tidy|cppcheck|shell|all|fix - what the compilers do not say. `fix` rewrites the sources in the
# committed format.
set -euo pipefail

build="build-clang"
mapfile -t sources < <(git ls-files -co --exclude-standard '*.c' '*.h' | grep -E '^(src|tests|bench)/' | sort)
mapfile -t scripts < <(git ls-files -co --exclude-standard '*.sh' '.ci/run' | sort)

format() {
	clang-format --dry-run --Werror "${sources[@]}"
}

configure() {
	[ -f "$build/build.ninja" ] || CC=clang CXX=clang++ meson setup "$build" -Dwerror=true >/dev/null
}

tidy() {
	local units
	configure
	mapfile -t units < <(printf '%s\n' "${sources[@]}" | grep -E '^src/.*\.c$')
	printf '%s\n' "${units[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build" 2> >(grep -v 'warnings\? \(generated\|treated\)' >&2)
	scripts/dead_stores.py "$build"
}

run_cppcheck() {
	cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches --suppress=unknownMacro \
		--error-exitcode=1 -j "$(nproc)" -Isrc -D_POSIX_C_SOURCE=200809L -DCOORD_VERSION='"0"' \
		$(printf '%s\n' "${sources[@]}" | grep -E '^src/.*\.c$')
}

shell() {
	local script
	for script in "${scripts[@]}"; do
		bash -n "$script"
	done
	if command -v shellcheck >/dev/null 2>&1; then
		shellcheck --severity=warning --exclude=SC2046,SC2100 "${scripts[@]}"
	else
		echo "lint: shellcheck is not installed: only the syntax was checked" >&2
	fi
}

case "${1:-all}" in
format) format ;;
tidy) tidy ;;
cppcheck) run_cppcheck ;;
shell) shell ;;
fix) clang-format -i "${sources[@]}" ;;
all)
	status=0
	for check in format tidy run_cppcheck shell; do
		if (set -e; "$check"); then
			echo "lint: ${check#run_}: clean"
		else
			echo "lint: ${check#run_}: FAILED" >&2
			status=1
		fi
	done
	exit "$status"
	;;
*)
	sed -n '2s/^# //p' "$0" >&2
	exit 2
	;;
esac
