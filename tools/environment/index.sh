# shellcheck shell=bash
# Where packages come from, for uv, which does not read pip's settings: use_pips_index PYTHON.

use_pips_index() {
	local index=${PIP_INDEX_URL-}
	if [[ -z $index ]]; then index=$("$1" -m pip config get global.index-url 2>/dev/null) || true; fi
	if [[ -n $index ]]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}; fi
	export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
}
