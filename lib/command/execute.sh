# shellcheck shell=bash
# Every change goes through here; a dry run prints the command instead of running it.

# execute::run COMMAND...
execute::run() {
	if option DRY; then
		execute::show "$@"
	else
		"$@"
	fi
}

# execute::show COMMAND...: prints it as one would type it.
execute::show() {
	local typed
	printf -v typed ' %q' "$@"
	printf '%s\n' "${typed# }"
}

# execute::try COMMAND...: like execute::run, but keeps all that COMMAND prints for execute::said.
# A dry run still enters our own functions: their changes pass through here as well.
execute::try() {
	if option DRY && [[ $1 == *::* ]]; then
		"$@"
	elif option DRY; then
		execute::run "$@"
	else
		say::while "$RUN_DIR/log" "$@"
	fi
}

execute::said() {
	grep -v '^[[:space:]]*$' "$RUN_DIR/log" | tail -n "${1:-8}" || true
}

# execute::must WHAT NEXT COMMAND...: like execute::try, but a failure ends the run.
execute::must() {
	local what=$1 next=$2
	shift 2
	if ! execute::try "$@"; then say::fail "$what" "$(execute::said)" "${next:-$(say::again)}"; fi
}

# execute::until_stopped COMMAND...: runs it on this run's terminal. Ctrl-C and a stop signal end the command, which may
# still say how far it came, and not this run.
execute::until_stopped() {
	local status=0 pid='' stopped=''
	trap 'stopped=1; kill -TERM "$pid" 2>/dev/null || true' INT TERM
	"$@" <&0 &
	pid=$!
	wait "$pid" || status=$?
	if [[ -n $stopped ]]; then
		status=0
		wait "$pid" || status=$?
	fi
	workspace::end_on_signals
	return "$status"
}

# execute::beside COMMAND...: runs COMMAND in the background until execute::join waits for it. One at a time.
execute::beside() {
	execute::apart "$@" &
	BESIDE=$!
}

# execute::apart COMMAND...: runs it with files of its own; call it in a subshell.
execute::apart() {
	local RUN_DIR=$RUN_DIR/beside BESIDE=here
	mkdir "$RUN_DIR"
	"$@"
}

execute::join() {
	local status=0
	wait "$BESIDE" || status=$?
	BESIDE=''
	if ((status)); then
		SAID=1
		exit "$status"
	fi
}

# execute::daemon LOG COMMAND...: starts a process that outlives this run and holds none of its locks.
execute::daemon() {
	local log=$1
	shift
	if option DRY; then
		execute::run "$@"
		return
	fi
	(
		locks::leave
		exec "${PYTHON:-python}" -c 'import os, sys; os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])' "$@"
	) >"$log" 2>&1 </dev/null &
}
