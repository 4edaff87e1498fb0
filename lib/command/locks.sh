# shellcheck shell=bash
# Who may run now. The kernel gives a lock back when the run that holds it ends, by kill -9 too.

LOCKS=()

# locks::take NAME: one run at a time, until this one ends; a second one says whom it waits for. A path is a lock of the
# whole machine, any other name one of this home.
locks::take() {
	if option DRY; then return; fi
	local fd file=$PIPELINE_HOME/lock/$1
	if [[ $1 == /* ]]; then file=$1; fi
	exec {fd}>>"$file"
	if ! locks::acquire -n "$fd"; then
		say::warn "waiting for another run, which has $1: $(<"$file")"
		locks::acquire "$fd"
	fi
	printf 'process %s since %(%H:%M:%S)T\n' "$$" -1 >"$file"
	LOCKS+=("$fd")
}

# locks::with NAME COMMAND...: the same for one COMMAND only.
locks::with() {
	local name=$1 fd
	shift
	locks::take "$name"
	"$@"
	if option DRY; then return; fi
	fd=${LOCKS[-1]}
	unset 'LOCKS[-1]'
	exec {fd}>&-
}

# locks::leave: for a process that outlives this run.
locks::leave() {
	local fd
	for fd in "${LOCKS[@]}"; do exec {fd}>&-; done
}

readonly LOCKS_IN_PYTHON='
import fcntl, sys
try: fcntl.flock(int(sys.argv[-1]), fcntl.LOCK_EX | fcntl.LOCK_NB * ("-n" in sys.argv))
except BlockingIOError: sys.exit(1)'

# locks::acquire [-n] FD: a lock belongs to the open file, whichever process asked for it. Linux has a program for that;
# elsewhere Python, which is needed anyway, asks the kernel the same. With -n it fails rather than wait.
locks::acquire() {
	if command -v flock >/dev/null; then
		flock "$@"
	elif command -v python3 >/dev/null; then
		python3 -I -S -c "$LOCKS_IN_PYTHON" "$@"
	else
		say::fail 'there is neither flock nor python3 on this machine' '' 'install Python 3 with the package manager of this system'
	fi
}
