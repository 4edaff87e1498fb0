#!/usr/bin/env bash
# Trains a folder's model: makes the environment that its train/requirements.txt locks, once, and runs train/train.py.
#
# Usage: bash train.sh FOLDER [ARGUMENT ...]    arguments go to train.py; --help lists them
set -Eeuo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3.11}
home=${PIPELINE_HOME:-$root/.pipeline}

stop() {
	printf 'train: %s\n' "$1" >&2
	exit "${2:-1}"
}

# The environment appears whole or not at all: a killed run leaves nothing that a later one could mistake for it.
make_environment() {
	local made=$venv.$$ said
	printf 'train: making an environment in %s\n' "$venv" >&2
	if ! said=$(UV_CACHE_DIR=$home/cache/uv bash "$root/tools/environment/install.sh" "$lock" "$made" "$python" 2>&1); then
		rm -rf "$made"
		stop "the packages cannot be installed:
$said"
	fi
	# Another run may have been faster.
	mv -n "$made" "$venv" 2>/dev/null || true
	rm -rf "$made" "${venv:?}/${made##*/}"
}

if (($# == 0)) || [[ $1 == -h || $1 == --help ]]; then
	sed -n '2,/^set/ { /^#/!d; s/^# \{0,1\}//; p; }' "$0"
	exit
fi
if [[ ! -f $1/train/train.py ]]; then stop "$1 holds no train/train.py: name a model folder that trains" 2; fi
if ! command -v "$python" >/dev/null; then
	stop "no $python here. Install Python 3.11, or name one: PYTHON=/path/to/python3.11 bash $0 $1"
fi
folder=$(cd "$1" && pwd)
shift
lock=$folder/train/requirements.txt
# The name is derived from the lock file, so a changed lock makes a new environment.
venv=$home/train/${folder##*/}-$(cksum <"$lock" | tr ' ' -)
if [[ ! -d $venv ]]; then
	mkdir -p "${venv%/*}"
	make_environment
fi

# One thread: with more, sums are added in another order, round differently, and change the files.
PYTHONPATH=$folder:$root OMP_NUM_THREADS=1 exec "$venv/bin/python" -P -m train.train "$@"
