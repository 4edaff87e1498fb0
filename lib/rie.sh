# shellcheck shell=bash
# --rie: the image alone, under the runtime interface emulator, within Lambda's limits.

rie::run() {
	local event
	if [[ -z $(engine::digests "$IMAGE" 2>/dev/null) ]] && ! engine::has_image "$IMAGE"; then
		say::step image "$PROJECT_LAMBDA:$IMAGE_TAG"
		image::build
	fi
	say::step rie "$IMAGE on port $RIE_PORT"
	if python "$ROOT/tools/local_aws.py" taken "$RIE_PORT"; then
		say::fail "port $RIE_PORT is taken" '' "choose another: --rie $((RIE_PORT + 1))"
	fi
	say::note "memory $MEMORY_LAMBDA MB, $(engine::cpus "$MEMORY_LAMBDA") processors, read-only but for 512 MB of /tmp, no /dev/shm"
	say::note 'type in another terminal:'
	event=$(python "$ROOT/tools/events.py" --first "$MODEL/events")
	say::note "curl -XPOST http://localhost:$RIE_PORT/2015-03-31/functions/function/invocations -d '$event'"
	say::note 'Ctrl-C stops it'
	engine::emulate "$IMAGE" "$RIE_PORT" "$MEMORY_LAMBDA" "$VENV/bin/aws-lambda-rie" >&2 || rie::ended $?
}

# Stopped by Ctrl-C or by a signal is what was meant to happen.
rie::ended() {
	if (($1 == 130 || $1 == 137 || $1 == 143)); then return; fi
	say::fail "the image ended with status $1" '' "$(say::again)"
}
