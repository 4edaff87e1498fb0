# shellcheck shell=bash
# The package index for uv, which does not read pip's settings: use_pips_index PYTHON, pytorchs_index FILE.

use_pips_index() {
	local index=${PIP_INDEX_URL-}
	if [[ -z $index ]]; then index=$("$1" -m pip config get global.index-url 2>/dev/null) || true; fi
	if [[ -n $index ]]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}; fi
	export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
}

# pytorchs_index FILE: sets OF_UV and OF_PIP, the options for a file that names a CPU build of PyTorch: 2.13.0+cpu. It comes
# from where pip looks for files, or else from PyTorch's own index.
# shellcheck disable=SC2034  # for whoever sources this
pytorchs_index() {
	local index
	OF_UV=() OF_PIP=()
	if ! grep -q '+cpu' "$1"; then return; fi
	if [[ -n ${PIP_FIND_LINKS-} ]]; then
		OF_UV=(--find-links "$PIP_FIND_LINKS")
		return
	fi
	index=$(sed -n 's/^CPU_INDEX = "\(.*\)"$/\1/p' "$(dirname "${BASH_SOURCE[0]}")/../images/wheels.py")
	OF_UV=(--index "$index" --index-strategy unsafe-best-match)
	OF_PIP=(--extra-index-url "$index")
}
