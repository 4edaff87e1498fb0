# shellcheck shell=bash
# --rie: the image on its own under the runtime interface emulator, within Lambda's limits.

emulator::run() {
	local event
	image::ensure
	say::step rie "$IMAGE on port $RIE_PORT"
	if python "$ROOT/tools" local_aws.process taken "$RIE_PORT"; then
		say::fail "port $RIE_PORT is taken" 'by another program, or by an emulator that a killed run left' \
			"choose another: --rie $((RIE_PORT + 1)); or stop what is left: bash pipeline.sh -s local --down"
	fi
	event=$(python "$ROOT/tools" releases.events --first "$MODEL/events")
	say::note "memory $MEMORY_LAMBDA MB, $(engine::cpus "$MEMORY_LAMBDA") processors, read-only but for 512 MB of /tmp, no /dev/shm"
	say::note 'Ctrl-C stops it; type in another terminal:'
	say::note "curl -XPOST http://localhost:$RIE_PORT/2015-03-31/functions/function/invocations -d '$event'"
	emulator::serve
	say::result stopped
}

# Ctrl-C and a stop signal are the normal ways to end; anything else is the image's fault.
emulator::serve() {
	local status=0 stopped=''
	trap 'stopped=1; engine::stop_container "rie-$$"' INT TERM
	engine::emulate "$IMAGE" "rie-$$" "$RIE_PORT" "$MEMORY_LAMBDA" "$VENV/bin/aws-lambda-rie" >&2 &
	wait "$!" || status=$?
	if [[ -n $stopped ]]; then wait "$!" || true; fi
	if [[ -z $stopped ]] && ((status != 0)); then
		say::fail "the image ended with status $status" 'its output is above' "mend $MODEL, then $(say::again)"
	fi
}
