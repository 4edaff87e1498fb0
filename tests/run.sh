#!/usr/bin/env bash
# Sets up and runs everything: the README's first command, the linters, the tests.
# Usage: bash tests/run.sh [PYTEST_ARGUMENT ...]
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export PIPELINE_HOME=${PIPELINE_HOME:-$PWD/.pipeline}
was_up=''
if python3 tools local_aws.process port >/dev/null 2>&1; then was_up=1; fi

# A fresh machine is set up by the same command that the README gives.
bash pipeline.sh -s local -r -p ./xgboost-example -d -t
PATH=$PIPELINE_HOME/test-venv/bin:$PATH
if ! cmp -s tests/requirements.txt "$PIPELINE_HOME/test-venv/made-from"; then
	printf 'packages  install pytest, linters and what the tests serve into an environment of their own\n' >&2
	bash tools/environment/install.sh tests/requirements.txt "$PIPELINE_HOME/test-venv" >/dev/null
fi

# The page is tested in a real browser, the server behind a real nginx; the tests start both.
# The shell code is also tested with another family of programs, busybox.
packages=()
if ! command -v chromedriver >/dev/null; then packages+=(chromium chromium-driver); fi
if ! command -v nginx /usr/sbin/nginx >/dev/null; then packages+=(nginx-light); fi
# LightGBM's wheel relies on the system's OpenMP.
if [[ $(ldconfig -p) != *libgomp.so.1* ]]; then packages+=(libgomp1); fi
if ! command -v busybox >/dev/null; then packages+=(busybox); fi
if ((${#packages[@]} && EUID == 0)) && command -v apt-get >/dev/null; then
	printf 'packages  install %s from the distribution\n' "${packages[*]}" >&2
	apt-get -qq update
	RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "${packages[@]}" >/dev/null
fi

# At most twenty gigabytes at a time, mostly images. On a full disk, tests would fail at random and for odd reasons.
room::check() {
	local place free
	for place in "$PIPELINE_HOME" "${TMPDIR:-/tmp}" "$(docker info --format '{{.DockerRootDir}}')"; do
		if [[ ! -d $place ]]; then continue; fi
		free=$(df -Pk "$place" | awk 'NR == 2 { print int($4 / 1048576) }')
		if ((free < 22)); then
			printf 'error: all tests together need 22 GB of disk\n  why:  %d GB are free at %s\n  next: %s\n' "$free" "$place" \
				'make room (docker system prune), or run fewer tests: bash tests/run.sh tests/serving' >&2
			exit 1
		fi
	done
}
if ! (($#)); then room::check; fi

bash tests/lint.sh

# Images without names: the stages of builds.
images::unnamed() { docker image ls --filter dangling=true --quiet --no-trunc | sort -u; }
before=$(images::unnamed)

# As for the pipeline's own programs: lib/command/workspace.sh.
export PYTHONPYCACHEPREFIX=$PIPELINE_HOME/bytecode
unset PYTHONDONTWRITEBYTECODE

# One seed for the kill points of this run, shared by all of its processes.
export KILL_SEED=${KILL_SEED:-$RANDOM}
status=0
if (($#)); then
	python -m pytest --numprocesses 3 --dist loadfile "$@" || status=$?
else
	python -m pytest --numprocesses 3 --dist loadfile -m 'not alone' || status=$?
	# Tests that measure time get the machine to themselves.
	if ((status == 0)); then python -m pytest -m alone || status=$?; fi
	# Images with large frameworks take ten minutes to build: python -m bench --check
	if ((status == 0)); then python -m bench --check xgboost-example || status=$?; fi
fi

# The tests leave gigabytes of such images; those that a container uses stay.
mapfile -t made < <(comm -13 <(printf '%s\n' "$before") <(images::unnamed))
if ((${#made[@]})); then docker image rm "${made[@]}" >/dev/null 2>&1 || true; fi

if [[ -z $was_up ]]; then bash pipeline.sh -s local --down; fi
exit "$status"
