#!/usr/bin/env bash
# Locks what is asked for (requirements*.in) into what is installed (requirements*.txt), hashes included.
# Needs uv. Usage: bash tools/lock.sh [FILE.in ...]
set -Eeuo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if (($# == 0)); then set -- tools/requirements.in */requirements*.in; fi

for asked in "$@"; do
	printf '%s\n' "$asked" >&2
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate \
		--no-emit-index-url --custom-compile-command 'bash tools/lock.sh' "$asked" --output-file "${asked%.in}.txt"
done
