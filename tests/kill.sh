#!/usr/bin/env bash
# Kills the pipeline at all twenty points of a run and all twenty of its releases, one by one. tests/run.sh tries
# a few of them.
# Usage: bash tests/kill.sh [PYTEST_ARGUMENT ...]        one point alone: bash tests/kill.sh -k 'push-0.5'
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash pipeline.sh -s local -m ./xgboost-example -r
PATH=${PIPELINE_HOME:-$PWD/.pipeline}/test-venv/bin:$PATH
exec python -m pytest tests/pipeline/test_kill.py tests/pipeline/test_kill_releases.py -m every_kill_point -v "$@"
