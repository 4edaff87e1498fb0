# shellcheck shell=bash
# Calls to a Python process that stays for the whole run, for it has imported what takes long: tools/aws/exchange.py.

# exchange::call CALLS ANSWERS WORD...: sends a call and reads its answer; sets the status, out and err of its caller.
exchange::call() {
	# in a subshell: only that ends if the reader is gone
	(printf '%s\0' "$(($# - 2))" "${@:3}" >&"$1") || true
	if ! { read -r -d '' status && IFS= read -r -d '' out && IFS= read -r -d '' err; } <&"$2"; then
		status=1 out='' err=$'the process that does this has ended without an answer\n'
	fi
}

# exchange::pass_on: what has been answered, as if a program of its own had run.
exchange::pass_on() {
	printf '%s' "$out"
	printf '%s' "$err" >&2
	return "$status"
}
