#!/usr/bin/env bash
# jobs.sh BUILD_DIR - analyses a second from submission to stored result, with two worker processes on one SQLite file; and what the same analysis costs
# without any service around it. SECONDS_EACH=5. The peer (FastAPI, Celery, Redis, PostgreSQL, a trivial analysis): 134 a second with 100 sessions, 4 at a
# time, 78 ms to a result with 1,000 sessions. Aim: 20 times as many, and 10 ms.
set -euo pipefail

build=$1
seconds=${SECONDS_EACH:-5}
work=$(mktemp -d)
worker=
trap '[ -z "$worker" ] || kill "$worker" 2>/dev/null; wait; rm -rf "$work"' EXIT

python3 - "$work" <<'EOF'
import json, random, sys
for n in (10, 100, 1000):
    draw = random.Random(n)
    with open(f"{sys.argv[1]}/{n}.json", "w", encoding="utf-8") as f:
        for _ in range(n):
            f.write(json.dumps({
                "source_ip": f"10.{draw.randrange(200)}.{draw.randrange(200)}.{draw.randrange(1, 250)}",
                "timestamp": f"2025-07-28T{draw.randrange(24):02d}:{draw.randrange(60):02d}:{draw.randrange(60):02d}Z",
                "payload": draw.choice(["GET /admin HTTP/1.1", f"uname -a; cat /tmp/x{draw.randrange(10)}",
                                        f"POST /login user={draw.randrange(30)}"]),
                "target_port": draw.choice([22, 23, 80]), "protocol": draw.choice(["ssh", "telnet", "http"])}) + "\n")
EOF

export DATABASE_URL="sqlite:$work/coord.db" COORD_WORKERS=2 COORD_LOG_LEVEL=warning
"$build/coord" worker &
worker=$!
for row in "10 minimal 4" "100 minimal 4" "1000 minimal 1" "1000 standard 1"; do
	read -r sessions depth clients <<<"$row"
	printf '%5s sessions, %-8s: ' "$sessions" "$depth"
	"$build/bench/bench_jobs" "$DATABASE_URL" "$depth" "$work/$sessions.json" "$clients" "$seconds"
done
kill "$worker"
wait "$worker" || true
worker=
for sessions in 100 1000; do
	printf '%5s sessions, minimal, the analysis alone:\n' "$sessions"
	"$build/coord" analyze --depth minimal --threads 1 --quiet --profile -o "$work/out" "$work/$sessions.json" 2>&1 | tail -1
done
