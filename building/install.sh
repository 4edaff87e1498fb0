#!/bin/sh
# install.sh FOLDER: what requirements.txt locks, out of wheels/, both beside this script, into FOLDER.
# Nothing comes from a network: the wheels were fetched, and held to their hashes, before the build.
set -eu
cd "$(dirname "$0")"

# Where settings name the machine that will run it, the wheels may be of another machine than this one:
# pip puts them in their places and runs nothing of them.
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
