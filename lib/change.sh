# shellcheck shell=bash
# The one gate that every change passes: a dry run prints the command instead.

# change::run COMMAND...
change::run() {
	if option DRY; then
		printf '%q ' "$@" | sed 's/ $/\n/'
	else
		"$@"
	fi
}

# change::try COMMAND...: like change::run, with all that COMMAND prints kept for change::said.
# A function of ours is entered in a dry run too: its own changes pass through here.
change::try() {
	if option DRY && [[ $1 == *::* ]]; then
		"$@"
	elif option DRY; then
		change::run "$@"
	else
		say::while "$RUN_DIR/log" "$@"
	fi
}

change::said() {
	grep -v '^[[:space:]]*$' "$RUN_DIR/log" | tail -n "${1:-8}" || true
}

# change::must WHAT NEXT COMMAND...: like change::try, but a failure ends the run.
change::must() {
	local what=$1 next=$2
	shift 2
	if ! change::try "$@"; then say::fail "$what" "$(change::said)" "${next:-$(say::again)}"; fi
}

# change::daemon LOG COMMAND...: a process that outlives this run and holds none of its locks.
change::daemon() {
	local log=$1 fd
	shift
	if option DRY; then
		change::run "$@"
		return
	fi
	(
		for fd in "${LOCKS[@]}"; do exec {fd}>&-; done
		exec setsid --fork "$@" >"$log" 2>&1 </dev/null
	)
}
