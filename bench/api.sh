#!/usr/bin/env bash
# api.sh BUILD_DIR: the REST API beside FastAPI + Celery + Redis + PostgreSQL, and nginx for reads (bench/api/api.py).
set -euo pipefail
scripts/setup.sh bench
/usr/bin/python3 bench/api/api.py "$1/coord" --seconds "${COORD_BENCH_SECONDS:-5}" --rounds "${COORD_BENCH_ROUNDS:-3}"
