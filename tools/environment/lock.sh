#!/usr/bin/env bash
# Locks what is asked for (requirements*.in) into what is installed (requirements*.txt), hashes included.
# `bash pipeline.sh --lock` runs this and provides uv, which it needs. Usage: bash tools/environment/lock.sh [FILE.in ...]
#
# A line `# without: NAME ...` in a .in file leaves packages out: the dependencies of a runtime's Python package are not
# installed if the runtime is called through its C library. A line `# instead: NAME ...` overrides the requirement that
# another package has for NAME.
set -Eeuo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tools/environment/index.sh
use_pips_index python3
if (($# == 0)); then set -- tools/environment/*.in building/runtimes/*.in tools/models/environments/*.in */requirements*.in */train/requirements*.in bench/naive/*/requirements*.in bench/fastapi/requirements.in; fi
instead=$(mktemp)
trap 'rm -f "$instead"' EXIT

for asked in "$@"; do
	printf '%s\n' "$asked" >&2
	# The tools run on any machine; everything else runs in an image. Conditions of its .in file on the image's
	# architecture are kept: tools/images/locks.py resolves them.
	target=(--python-platform x86_64-manylinux_2_28)
	if [[ $asked == tools/* || $asked == tests/* ]] || grep -q platform_machine "$asked"; then target=(--universal); fi
	while read -r -a names; do
		for name in "${names[@]}"; do target+=(--no-emit-package "$name"); done
	done < <(sed -n 's/^# without: //p' "$asked")
	pytorchs_index "$asked"
	sed -n 's/^# instead: //p' "$asked" >"$instead"
	uv pip compile --quiet --python-version 3.11 "${target[@]}" "${OF_UV[@]}" --override "$instead" --generate-hashes --no-strip-extras --no-annotate \
		--no-emit-index-url --custom-compile-command 'bash pipeline.sh --lock' "$asked" --output-file "${asked%.in}.txt"
done
