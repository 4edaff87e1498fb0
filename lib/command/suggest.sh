# shellcheck shell=bash
# Suggestions for mistyped words. Python knows how close two words are; without it nothing is suggested.

# suggest::nearest WORD CANDIDATE...: the closest candidate, or nothing if none is close enough.
suggest::nearest() {
	python3 "$ROOT/tools" command.nearest "$@" 2>/dev/null || true
}

# suggest::words WORD CANDIDATE...: the beginning of a hint, or nothing.
suggest::words() {
	local found
	found=$(suggest::nearest "$@")
	if [[ -n $found ]]; then printf 'did you mean %s? ' "$found"; fi
}

# suggest::folder PATH: a hint from the model folders beside PATH and those of this repository.
suggest::folder() {
	local path=${1%/} folder parent=. known=()
	if [[ $path == */* ]]; then parent=${path%/*}; fi
	for folder in "$parent"/*/Dockerfile "$ROOT"/*/Dockerfile; do
		folder=${folder%/Dockerfile}
		known+=("${folder##*/}")
	done
	suggest::words "${path##*/}" "${known[@]}"
}
