#!/usr/bin/env bash
# end_to_end.sh BUILD_DIR - from files to verdict, beside what the disk and zlib cost. The real logs lie in COORD_DATA or
# ../shared/data; without them the generated sample is measured.
set -euo pipefail

coord=$1/coord
data=${COORD_DATA:-../shared/data}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
run() { python3 bench/measure.py "$@"; }

if [ -d "$data/cowrie-tpot-2020" ]; then
	set1=$data/cowrie-tpot-2020
	echo "-- set 1 of the real data (680,000 events, 102,000 sessions), gz files; aim: verdict in 10 s and 1 GB"
	run -n 3 "zcat | wc -l" "zcat $set1/*.gz | wc -l >$work/null" \
		"coord ingest" "$coord ingest -q -o $work/sessions $set1" \
		"coord analyze" "$coord analyze -q -f json -o $work/result.json $set1"
	"$coord" analyze -q --profile -f json -o "$work/result.json" "$set1" 2>&1 | grep '^profile' || true
else
	echo "-- real logs are not here ($data): only the generated sample is measured"
fi

echo "-- 1,000 sessions in group mode with 199 null worlds; aim: 0.5 s"
"$coord" generate -q --seed 5 --plant C1:standard:60 --sources 300 --sessions 1000 -o "$work/g"
"$coord" ingest -q "$work/g/cowrie.json" | head -n 1000 >"$work/thousand.ndjson"
run -n 5 "coord analyze --group" "$coord analyze -q --group --worlds 199 -f json -o $work/r.json $work/thousand.ndjson"
