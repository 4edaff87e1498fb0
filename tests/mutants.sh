#!/usr/bin/env bash
# Changes serving in one small place at a time and lists the changes that no test notices. A full run takes hours;
# CONTRIBUTING.md says how to do it in parts. tests/run.sh tries the changes of a few files.
# Usage: bash tests/mutants.sh [FILE_OR_FOLDER ...] [--tests TESTS ...] [--sample NUMBER [--seed SEED]] [--results FILE]
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PATH=${PIPELINE_HOME:-$PWD/.pipeline}/test-venv/bin:$PATH
exec python tests/mutation "$@"
