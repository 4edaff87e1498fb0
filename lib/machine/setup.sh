# shellcheck shell=bash
# Sets up what a fresh machine lacks: the private Python environment and a container engine.

readonly PYTHON_MINIMUM=3.11
# The version that every image's wheels are for: tools/images/locks.py.
readonly PYTHON_OF_IMAGES=3.11

setup::tools() {
	if ! command -v tar >/dev/null; then
		say::fail 'tar is not installed' '' 'install tar with the package manager of this system'
	fi
	setup::names
	if setup::venv_is_whole || option DRY; then
		locks::with tools setup::venv
		if option DRY && [[ ! -x $VENV/bin/aws ]]; then setup::without_tools; fi
		setup::engine
	else
		# The two are independent, but both may need the distribution's packages, which are installed one at a time.
		setup::python
		execute::beside locks::with tools setup::venv
		setup::engine
		execute::join
	fi
}

setup::names() {
	VENV=$PIPELINE_HOME/venv
	LOCK_OF_TOOLS=$ROOT/tools/environment/requirements.txt
	if [[ :$PATH: != *:$VENV/bin:* ]]; then PATH=$VENV/bin:$PATH; fi
}

setup::venv_is_whole() {
	cmp -s "$LOCK_OF_TOOLS" "$VENV/made-from"
}

setup::venv() {
	setup::names
	if setup::venv_is_whole; then return; fi
	say::step tools 'install aws, sam and MiniStack into a private environment'
	setup::python
	execute::must "cannot install the Python tools" "check the network, and the room: $(workspace::space "$PIPELINE_HOME" | tail -n 1)
$(say::again)" bash "$ROOT/tools/environment/install.sh" "$LOCK_OF_TOOLS" "$VENV" "$PYTHON"
	say::result installed
}

# A dry run before anything is installed cannot ask anybody, so it assumes that nothing exists yet.
setup::without_tools() {
	ENDPOINT_ABSENT=1
	python() { "$PYTHON" "$@"; }
}

# Sets PYTHON: new enough, and able to make environments. Debian's own can only once python3-venv is installed.
setup::python() {
	if PYTHON=$(setup::find_python); then return; fi
	if command -v apt-get >/dev/null && ((EUID == 0)) && [[ ${PIPELINE_INSTALL-} != never ]]; then
		setup::apt python3-venv
	fi
	if ! PYTHON=$(setup::find_python) && ! option DRY; then
		say::fail "no Python $PYTHON_MINIMUM or newer that can make environments" '' \
			'install python3 and its venv module (on Debian and Ubuntu: apt-get install python3-venv)'
	fi
}

# setup::find_python [NAME...]: the first of these, or of the usual names, that can make environments.
setup::find_python() {
	local name
	if (($# == 0)); then set -- python3 python3.11 python3.12 python3.13; fi
	for name; do
		if "$name" -c "import sys, ensurepip; sys.exit(sys.version_info < (${PYTHON_MINIMUM/./, }))" 2>/dev/null; then
			printf '%s' "$name"
			return
		fi
	done
	return 1
}

# Uses an engine that answers as it is. Otherwise starts one or, for root on Debian and Ubuntu, installs it.
setup::engine() {
	if engine::answers; then return; fi
	if [[ -n ${DOCKER_HOST-} ]]; then
		say::fail "the container engine at $DOCKER_HOST does not answer" "$(engine::complaint)" \
			'start it, or unset DOCKER_HOST to use the one of this machine'
	fi
	if [[ ${PIPELINE_INSTALL-} == never ]]; then
		say::fail 'no container engine answers' "$(engine::complaint)
PIPELINE_INSTALL=never: nothing is installed or started" 'start or install Docker'
	fi
	if ((EUID != 0)); then
		say::fail 'no container engine answers' "$(engine::complaint)" \
			"start Docker, or install it: sudo apt-get install docker.io && sudo usermod -aG docker $(id -un)"
	fi
	# The engine belongs to the machine: two homes must not start it at once.
	locks::with /var/run/pipeline-engine setup::bring_engine
}

# setup::can_bring_engine: whether a run would start or install an engine.
setup::can_bring_engine() {
	if [[ -n ${DOCKER_HOST-} || ${PIPELINE_INSTALL-} == never ]] || ((EUID != 0)); then return 1; fi
	command -v dockerd >/dev/null || command -v apt-get >/dev/null
}

setup::bring_engine() {
	if engine::answers; then return; fi
	setup::install_engine
	engine::start
}

setup::install_engine() {
	if command -v dockerd >/dev/null; then return; fi
	if ! command -v apt-get >/dev/null; then
		say::fail 'no container engine is installed' '' 'install Docker: it is the one thing the pipeline cannot install on this system'
	fi
	say::step engine 'install Docker from the distribution (apt-get install docker.io)'
	if [[ -t 0 ]] && ! option YES && ! option DRY; then
		local answer
		read -r -p "          Docker is not installed. Install the package docker.io? [Y/n] " answer
		if [[ $answer == [nN]* ]]; then
			say::fail 'no container engine is installed' '' 'install Docker, then run this again'
		fi
	fi
	setup::apt docker.io
	say::result installed
}

# setup::apt PACKAGE...: first repairs a package that a killed run left half-configured.
setup::apt() {
	local next="apt-get update && apt-get install $*"
	execute::must 'dpkg cannot finish what an earlier run began' 'dpkg --configure -a' \
		dpkg --configure -a
	execute::must "cannot read the distribution's package lists" "$next" \
		apt-get -q -o DPkg::Lock::Timeout=120 update
	execute::must "cannot install $*" "$next" \
		env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"
}
