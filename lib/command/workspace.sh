# shellcheck shell=bash
# The folder that holds everything the pipeline keeps, and the files of one run.
#
#   $PIPELINE_HOME/venv    the Python tools        $PIPELINE_HOME/cache   wheels
#   $PIPELINE_HOME/aws     the local AWS           $PIPELINE_HOME/engine  an engine started here
#   $PIPELINE_HOME/run     the runs in progress    $PIPELINE_HOME/lock    who holds what
#   $PIPELINE_HOME/batches the results of batches  $PIPELINE_HOME/bytecode what Python has compiled

workspace::open() {
	trap workspace::close EXIT
	workspace::end_on_signals
	trap 'LAST_ERROR="$BASH_SOURCE:$LINENO: $BASH_COMMAND"' ERR
	PIPELINE_HOME=${PIPELINE_HOME:-$ROOT/.pipeline}
	export PIPELINE_HOME
	if option DRY; then
		RUN_DIR=$(mktemp -d)
		return
	fi
	local complaint
	if ! complaint=$(workspace::make 2>&1); then
		rm -rf "$PIPELINE_HOME/run/$$"
		say::fail "cannot write to $PIPELINE_HOME" "${complaint##*$'\n'}
$(workspace::space "$PIPELINE_HOME")" "make room or choose another place: PIPELINE_HOME=/path $(say::again)"
	fi
	PIPELINE_HOME=$(cd "$PIPELINE_HOME" && pwd)
	RUN_DIR=$PIPELINE_HOME/run/$$
	# Many a container tells Python to keep nothing, which doubles the time that each of its programs takes to start.
	# Kept here, it is in nobody's way.
	export PYTHONPYCACHEPREFIX=$PIPELINE_HOME/bytecode
	unset PYTHONDONTWRITEBYTECODE
}

workspace::end_on_signals() {
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# A little free space now means that the run can still report a disk that fills up later.
workspace::make() {
	mkdir -p "$PIPELINE_HOME"/{cache,lock,run} || return
	workspace::sweep
	rm -rf "$PIPELINE_HOME/run/$$"
	(umask 077 && mkdir -p "$PIPELINE_HOME/run/$$") || return
	workspace::has_room
}

workspace::has_room() {
	printf '%262144s' '' | cat >"$PIPELINE_HOME/run/$$/room" && rm "$PIPELINE_HOME/run/$$/room"
}

# A killed run leaves its files behind, among them a registry password: the next run removes them.
workspace::sweep() {
	local dir
	for dir in "$PIPELINE_HOME"/run/*; do
		if [[ -d $dir ]] && ! kill -0 "${dir##*/}" 2>/dev/null; then rm -rf "$dir"; fi
	done
}

workspace::close() {
	local status=$?
	if [[ -z ${SAID-} ]] && ((status == 130 || status == 143)); then
		printf '\ninterrupted: the same command again picks up from here\n' >&2
	elif ((status == 0)) && option DRY; then
		say::note 'dry run: nothing was changed'
	elif ((status != 0)) && [[ -z ${SAID-} && ! -e ${RUN_DIR-}/said ]]; then
		workspace::unforeseen
	fi
	if [[ ${BESIDE-} == [0-9]* ]]; then kill "$BESIDE" 2>/dev/null || true; fi
	if [[ -n ${RUN_DIR-} ]]; then rm -rf "$RUN_DIR"; fi
}

# Errors that no step has a message for: usually the disk filled up during the run.
workspace::unforeseen() {
	local what='stopped by an error that has no message of its own' why=${LAST_ERROR-} next
	next=$(say::again)
	if [[ -d ${RUN_DIR-} ]] && ! option DRY && ! workspace::has_room 2>/dev/null; then
		what='the disk is full'
		why=$(workspace::space "$RUN_DIR")
		next="make room, then $next"
	fi
	say::error "$what" "$why" "$next"
}

# workspace::space PLACE: the room that is left there.
workspace::space() {
	df -h "$1" 2>/dev/null || df -h "$ROOT"
}
