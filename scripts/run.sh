#!/usr/bin/env bash
# run.sh COORD SAMPLE_DIR [LOGS...] [-- ARGS...] - the recipe of `make run`: analyses LOGS, or, when none are given, a
# labelled sample written first with a fixed seed (background, two planted campaigns, one copy-cat crowd), beside the
# reference of a month in which nothing was planted: what normal looks like is asked of other days than those judged.
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
	"$coord" generate --quiet --seed 8 --plant none --days 30 --sources 1600 --sessions 8000 -o "$sample/background"
	"$coord" reference build --quiet -o "$sample/background.ref" "$sample/background/cowrie.json"
	logs=("$sample/cowrie.json")
	set -- --reference "$sample/background.ref" "$@"
	printf '\n%s analyze %s %s\n\n' "$coord" "$*" "${logs[0]}"
fi

status=0
"$coord" analyze "${logs[@]}" "$@" || status=$?
# 3: done, but some input was refused; the program has said which
[ "$status" -eq 3 ] && exit 0
exit "$status"
