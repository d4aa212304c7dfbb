#!/usr/bin/env bash
# serve.sh COORD STATE_DIR [ARGS...] - the recipe of `make run SERVE=1`: runs the service until Ctrl-C, with everything in
# STATE_DIR unless the environment says otherwise, and says how to use it.
set -euo pipefail

coord=$1
export COORD_STATE_DIR=${COORD_STATE_DIR:-$2}
listen=${COORD_LISTEN:-127.0.0.1:8000}
shift 2

cat <<EOF
Once it is ready, in another terminal (KEY is the one shown on the first start; \`$coord keys create NAME\` makes more,
with COORD_STATE_DIR=$COORD_STATE_DIR):

    curl -H "Authorization: Bearer \$KEY" --data-binary @cowrie.json http://$listen/ingest
    curl -H "Authorization: Bearer \$KEY" -N http://$listen/analyze/ID/events
    curl -H "Authorization: Bearer \$KEY" http://$listen/analyze/ID
    open http://$listen/docs for the rest; Ctrl-C stops it

EOF
exec "$coord" serve "$@"
