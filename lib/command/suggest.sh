# shellcheck shell=bash
# What somebody may have meant who mistyped. Python knows how near two words are; without it nothing is suggested.

# suggest::nearest WORD CANDIDATE...: the one that is near enough, or nothing.
suggest::nearest() {
	python3 "$ROOT/tools" command.nearest "$@" 2>/dev/null || true
}

# suggest::words WORD CANDIDATE...: the beginning of an advice.
suggest::words() {
	local found
	found=$(suggest::nearest "$@")
	if [[ -n $found ]]; then printf 'did you mean %s? ' "$found"; fi
}

# suggest::folder PATH: of the model folders where it would be, and of those here.
suggest::folder() {
	local path=${1%/} folder parent=. known=()
	if [[ $path == */* ]]; then parent=${path%/*}; fi
	for folder in "$parent"/*/Dockerfile "$ROOT"/*/Dockerfile; do
		folder=${folder%/Dockerfile}
		known+=("${folder##*/}")
	done
	suggest::words "${path##*/}" "${known[@]}"
}
