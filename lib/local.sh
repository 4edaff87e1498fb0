# shellcheck shell=bash
# Stage local: an AWS of one process on this machine.

# local::up: it answers afterwards; the port is in LOCAL_PORT.
local::up() {
	home::exclusive aws local::start
}

local::start() {
	local subnet
	if LOCAL_PORT=$(python "$ROOT/tools/local_aws.py" port); then return; fi
	say::step aws 'start the local AWS (MiniStack)'
	if option DRY; then
		change::run python "$ROOT/tools/local_aws.py" start --subnet "(of the engine's bridge)"
		LOCAL_PORT=4566 ENDPOINT_ABSENT=1
		return
	fi
	subnet=$(engine::subnet)
	if ! LOCAL_PORT=$(python "$ROOT/tools/local_aws.py" start --subnet "$subnet" 2>"$RUN_DIR/local.err"); then
		say::fail 'the local AWS does not start' "$(<"$RUN_DIR/local.err")" "look into $PIPELINE_HOME/aws/log"
	fi
	say::result "on port $LOCAL_PORT"
}

# A MiniStack that was killed has left its containers, and so has a killed --rie.
local::down() {
	local python=$PIPELINE_HOME/venv/bin/python name
	if [[ -x $python && -d $PIPELINE_HOME/aws ]]; then
		say::step aws 'stop the local AWS'
		name=$("$python" "$ROOT/tools/local_aws.py" name)
		change::run "$python" "$ROOT/tools/local_aws.py" stop
		if engine::answers; then engine::remove_containers ministack.instance "$name:*"; fi
		say::result stopped
	fi
	if engine::answers; then engine::remove_containers pipeline "$PIPELINE_HOME"; fi
	engine::stop
}
