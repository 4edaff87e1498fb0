#!/usr/bin/env bash
# Trains the model: makes the environment that train.py needs, once, and runs it.
# Arguments go to train.py; --help lists them.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
python=${PYTHON:-python3.11}
cache=${PIPELINE_HOME:-$root/.pipeline}/train/$(basename "$(dirname "$here")")
venv=$cache/venv
made_from=$venv/made-from.txt

if ! command -v "$python" >/dev/null; then
	echo "train: no $python here. Install Python 3.11, or name one: PYTHON=/path/to/python3.11 bash $0" >&2
	exit 1
fi

# The copy of the lock file is written last. It says that the environment is whole and
# what it was made from: after a killed run, or with a new lock file, it is made again.
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if ! cmp --silent "$here/requirements.txt" "$made_from"; then
	echo "train: making an environment in $venv" >&2
	rm -rf "$venv"
	"$python" -m venv "$venv"
	"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
		--require-hashes --only-binary :all: --requirement "$here/requirements.txt" >&2
	cp "$here/requirements.txt" "$made_from"
fi
flock --unlock 9

# One thread: sums in another order are other sums, and the files would differ.
PYTHONPATH=$here/..:$root OMP_NUM_THREADS=1 exec "$venv/bin/python" -m train.train "$@"
