# shellcheck shell=bash
# Programs of tools/ that call AWS, one after another in one process: to import what they need takes longer than most of them.

# programs::open ROOM.NAME...: from now on these are run by a process that imports them while this run does something else.
# Like that of the AWS CLI, it holds no lock, and ends when nobody can ask it any more.
programs::open() {
	local pipes
	if option DRY; then return; fi
	# bash has one coprocess, and this would be the second
	pipes=$(mktemp -d)
	mkfifo "$pipes/calls" "$pipes/answers"
	{
		locks::leave
		exec python "$ROOT/tools" aws.programs "$@"
	} <"$pipes/calls" >"$pipes/answers" &
	PROGRAMS=$!
	# otherwise bash would report a signal that ends it
	disown "$PROGRAMS"
	exec {PROGRAM_CALLS}>"$pipes/calls" {PROGRAM_ANSWERS}<"$pipes/answers"
	rm -r "$pipes"
}

# programs::ask ROOM.NAME ARGUMENT...: what it writes comes when it has ended.
programs::ask() {
	programs::call answered "$@"
}

# programs::show ROOM.NAME ARGUMENT...: what it writes to stderr comes at once, and to where this run's own goes.
programs::show() {
	programs::call shown "$@"
}

programs::call() {
	local status out err
	if [[ -z ${PROGRAM_CALLS-} ]]; then
		python "$ROOT/tools" "${@:2}"
		return
	fi
	exchange::call "$PROGRAM_CALLS" "$PROGRAM_ANSWERS" "$@"
	exchange::pass_on
}

# programs::end: in the middle of one too.
programs::end() {
	if [[ -n ${PROGRAMS-} ]]; then kill -TERM "$PROGRAMS" 2>/dev/null || true; fi
}
