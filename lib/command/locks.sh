# shellcheck shell=bash
# Locks between runs. The kernel releases a lock when the run that holds it ends, even by kill -9.

LOCKS=()

# locks::take NAME: holds the lock until this run ends. A second run says which run it waits for. A path is a lock for
# the whole machine; any other name is a lock within this PIPELINE_HOME.
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

# locks::with NAME COMMAND...: holds the lock for one COMMAND only.
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

# locks::leave: closes all locks in a process that outlives this run.
locks::leave() {
	local fd
	for fd in "${LOCKS[@]}"; do exec {fd}>&-; done
}

readonly LOCKS_IN_PYTHON='
import fcntl, sys
try: fcntl.flock(int(sys.argv[-1]), fcntl.LOCK_EX | fcntl.LOCK_NB * ("-n" in sys.argv))
except BlockingIOError: sys.exit(1)'

# locks::acquire [-n] FD: a lock belongs to the open file, whichever process asked for it. Linux has flock for this;
# elsewhere Python, which is needed anyway, makes the same system call. With -n it fails instead of waiting.
locks::acquire() {
	if command -v flock >/dev/null; then
		flock "$@"
	elif command -v python3 >/dev/null; then
		python3 -I -S -c "$LOCKS_IN_PYTHON" "$@"
	else
		say::fail 'there is neither flock nor python3 on this machine' '' 'install Python 3 with the package manager of this system'
	fi
}
