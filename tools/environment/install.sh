#!/usr/bin/env bash
# Makes a Python environment from a lock file. It is complete once it holds the file made-from, a copy of the lock.
# Usage: bash tools/environment/install.sh LOCK ENVIRONMENT [PYTHON]
#
# uv is several times faster than pip, but does not read pip's settings, so it is told where pip looks. If uv still fails,
# pip takes over.
set -Eeuo pipefail

lock=$1 environment=$2 python=${3:-python3}
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/index.sh"
how=(--no-deps --require-hashes --only-binary :all:)

with_pip() {
	"$environment/bin/python" -m pip install --disable-pip-version-check --no-input "${OF_PIP[@]}" "${how[@]}" -r "$1"
}

with_uv() {
	local uv=$environment/bin/uv
	# A uv that is already here.
	if [[ -x ${UV-} ]]; then uv=$UV; else with_pip "$here/installer.txt" || return; fi
	use_pips_index "$environment/bin/python"
	UV_HTTP_RETRIES=1 UV_CACHE_DIR=${UV_CACHE_DIR:-${environment%/*}/cache/uv} \
		"$uv" pip install --python "$environment/bin/python" "${OF_UV[@]}" "${how[@]}" -r "$1"
}

pytorchs_index "$lock"
rm -rf "$environment"
"$python" -m venv "$environment"
if ! with_uv "$lock"; then with_pip "$lock"; fi
emulator=("$environment"/lib/python3*/site-packages/samcli/local/rapid)
case $(uname -m) in
aarch64 | arm64) emulator+=(aws-lambda-rie-arm64) ;;
*) emulator+=(aws-lambda-rie-x86_64) ;;
esac
# The emulator comes with sam, in an internal folder.
if [[ -d ${emulator[0]} ]]; then install -m 755 "${emulator[0]}/${emulator[1]}" "$environment/bin/aws-lambda-rie"; fi
cp "$lock" "$environment/made-from"
