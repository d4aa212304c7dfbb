#!/usr/bin/env bash
# workflow.sh BUILD_DIR - what a step of the workflow engine costs, beside LangGraph's own runtime on the same graph. LangGraph is installed from npm into the
# build folder, as a test tool; where that is not to be had it is skipped, with the reason.
set -euo pipefail

build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "coord:"
"$build/bench/bench_workflow" "$work"

peer=$build/langgraph
if ! command -v npm > /dev/null; then
	echo "LangGraph: skipped, npm is not installed"
	exit 0
fi
mkdir -p "$peer"
echo '{"private": true, "type": "module"}' > "$peer/package.json"
if ! (cd "$peer" && npm install --no-audit --no-fund @langchain/langgraph@1 @langchain/core@1 \
	@langchain/langgraph-checkpoint-sqlite@1 > install.log 2>&1); then
	echo "LangGraph: skipped, npm could not install it: $(tail -n 1 "$peer/install.log")"
	exit 0
fi
cp bench/workflow_peer.mjs "$peer/"
echo "LangGraph $(node -p "require('$(realpath "$peer")/node_modules/@langchain/langgraph/package.json').version"):"
node "$peer/workflow_peer.mjs" "$work"
