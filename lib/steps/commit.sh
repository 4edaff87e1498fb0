# shellcheck shell=bash
# The commit that a version is made from, as far as git knows.

# commit::name: what is checked out here.
commit::name() {
	git -C "$MODEL" describe --always --dirty --abbrev=12 2>/dev/null || printf unknown
}

# commit::of DESCRIPTION: the commit in the description of a version.
commit::of() {
	if [[ $1 =~ ^([^ ]+)\ by\  ]]; then printf '%s' "${BASH_REMATCH[1]}"; else printf unknown; fi
}

# commit::is_here NAME: whether it is in the history of what is checked out here.
commit::is_here() {
	[[ $1 == unknown ]] || git -C "$MODEL" merge-base --is-ancestor "${1%-dirty}" HEAD 2>/dev/null
}

# commit::can_be_missing: whether the whole history is here, so that what is not in it is nowhere in it.
commit::can_be_missing() {
	[[ $(git -C "$MODEL" rev-parse --is-shallow-repository 2>/dev/null) == false ]]
}
