#!/bin/sh
# install.sh FOLDER installs the packages locked in requirements.txt into FOLDER, from wheels/; both are beside this
# script. It needs no network: the wheels were downloaded, and their hashes checked, before the build.
set -eu
cd "$(dirname "$0")"

# If settings name the target platform, the wheels may be for another machine than this one: pip only unpacks them and
# runs none of their code.
# shellcheck source=/dev/null
if [ -f settings ]; then
	. ./settings
	export PIP_PLATFORM="$WHEEL_PLATFORMS"
fi
python3 -m venv /build/pip
/build/pip/bin/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --require-hashes --no-compile \
	--find-links wheels --requirement requirements.txt --target "$1"
rm -r /build/pip

if [ -f trim.sh ]; then
	sh ./trim.sh "$1"
	python3 ./strip.py "$1"
	sh ./seal.sh /layers/packages
fi
