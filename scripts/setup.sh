#!/usr/bin/env bash
# setup.sh - installs what the project needs from Debian's own packages, and only what is missing.
#
#   scripts/setup.sh build    what `make build` and `make run` need
#   scripts/setup.sh test     what `make test` needs besides
#   scripts/setup.sh check    what `make lint|sanitize|fuzz|coverage` and .ci/run need besides
#   scripts/setup.sh bench    what the peers of `make bench` need besides
#   scripts/setup.sh all      build, test and check (the default)
#
# Debian 12 and later. Run as root, or with sudo at hand. Running it again changes nothing.
set -euo pipefail

build_packages=(
	gcc g++ libc6-dev pkg-config meson ninja-build
	libsimdjson-dev zlib1g-dev libzstd-dev libssl-dev libmaxminddb-dev
	libmicrohttpd-dev libcurl4-openssl-dev libc-ares-dev libsqlite3-dev libpq-dev libhiredis-dev libseccomp-dev libbz2-dev
)
test_packages=(
	libcmocka-dev libgsl-dev libigraph-dev
	python3 python3-venv python3-jsonschema python3-prometheus-client python3-yaml groff-base gzip zstd git chromium
	postgresql redis-server nginx-light prometheus openssl
	libloc-database libloc-dev bgpdump
)
bench_packages=(
	wrk python3-fastapi uvicorn python3-uvloop python3-httptools python3-celery python3-redis
	python3-psycopg python3-psycopg-pool python3-sklearn
)
check_packages=(
	clang clang-tidy clang-format libclang-rt-14-dev cppcheck valgrind gcovr shellcheck
)

say() {
	printf 'setup: %s\n' "$*"
}

fail() {
	printf 'setup: %s\n' "$*" >&2
	exit 1
}

usage() {
	sed -n 's/^# \{0,3\}//; 2,9p' "$0"
}

# The run-time library of the sanitizers and of libFuzzer is named after clang's version.
fit_to_release() {
	local version
	version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
	[ -n "$version" ] || return 0
	check_packages=("${check_packages[@]/libclang-rt-14-dev/libclang-rt-$version-dev}")
}

installed() {
	dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

# Prints those of the named packages that are not installed.
missing_of() {
	local package
	for package in "$@"; do
		installed "$package" || printf '%s\n' "$package"
	done
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		fail "packages are missing and this is neither root nor a machine with sudo; as root, run: apt-get install ${missing[*]}"
	fi
}

# Servers are for the tests, which start their own on free ports: installing a package must not start one.
without_services() {
	local policy=/usr/sbin/policy-rc.d status=0 ours=
	if [ ! -e "$policy" ]; then
		ours=yes
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	"$@" || status=$?
	[ -z "$ours" ] || as_root rm -f "$policy"
	return "$status"
}

install_missing() {
	local what=$1
	shift
	mapfile -t missing < <(missing_of "$@")
	if [ "${#missing[@]}" -eq 0 ]; then
		say "$what: all $# packages are installed"
		return 0
	fi
	say "$what: installing ${#missing[@]} of $# packages: ${missing[*]}"
	if [ -z "${updated:-}" ]; then
		say "refreshing the package lists (apt-get update)"
		as_root apt-get -q -q update
		updated=yes
	fi
	without_services as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends "${missing[@]}" >/dev/null
	mapfile -t missing < <(missing_of "$@")
	[ "${#missing[@]}" -eq 0 ] || fail "still missing after the installation: ${missing[*]}"
	say "$what: done"
}

command -v apt-get >/dev/null 2>&1 || fail "needs Debian's apt-get; on another system install by hand: ${build_packages[*]}"

case "${1:-all}" in
build)
	install_missing build "${build_packages[@]}"
	;;
test)
	install_missing build "${build_packages[@]}"
	install_missing test "${test_packages[@]}"
	;;
check)
	fit_to_release
	install_missing check "${check_packages[@]}"
	;;
bench)
	install_missing bench "${bench_packages[@]}"
	;;
all)
	fit_to_release
	install_missing build "${build_packages[@]}"
	install_missing test "${test_packages[@]}"
	install_missing check "${check_packages[@]}"
	;;
-h | --help | help)
	usage
	;;
*)
	usage >&2
	exit 2
	;;
esac
