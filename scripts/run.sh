#!/usr/bin/env bash
# run.sh COORD SAMPLE_DIR [LOGS...] [-- ARGS...] - the recipe of `make run`: analyses LOGS, or, when none are given, a
# labelled sample written first with a fixed seed (background, two planted campaigns, one copy-cat crowd).
set -euo pipefail

coord=$1
sample=$2
shift 2
logs=()
while [ $# -gt 0 ] && [ "$1" != "--" ]; do
	logs+=("$1")
	shift
done
[ $# -eq 0 ] || shift

if [ "${#logs[@]}" -eq 0 ]; then
	rm -rf "$sample"
	"$coord" generate --seed 7 -o "$sample"
	logs=("$sample/cowrie.json")
	printf '\n%s analyze %s %s\n\n' "$coord" "${logs[0]}" "$*"
fi

status=0
"$coord" analyze "${logs[@]}" "$@" || status=$?
# 3: done, but some input was refused; the program has said which
[ "$status" -eq 3 ] && exit 0
exit "$status"
