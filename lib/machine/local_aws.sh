# shellcheck shell=bash
# Stage local: an AWS in one process on this machine.

# local_aws::up: the local AWS answers afterwards; sets LOCAL_PORT.
local_aws::up() {
	locks::with aws local_aws::start
}

local_aws::start() {
	local subnet
	if LOCAL_PORT=$(python "$ROOT/tools" local_aws.process port); then return; fi
	say::step aws 'start the local AWS (MiniStack)'
	if option DRY; then
		execute::run python "$ROOT/tools" local_aws.process start --subnet "(of the engine's bridge)"
		LOCAL_PORT=4566 ENDPOINT_ABSENT=1
		return
	fi
	subnet=$(engine::subnet)
	if ! LOCAL_PORT=$(python "$ROOT/tools" local_aws.process start --subnet "$subnet" 2>"$RUN_DIR/local.err"); then
		say::fail 'the local AWS does not start' "$(<"$RUN_DIR/local.err")" "look into $PIPELINE_HOME/aws/log"
	fi
	say::result "on port $LOCAL_PORT"
}

# A MiniStack or a --rie that was killed has left its containers.
local_aws::down() {
	local python=$PIPELINE_HOME/venv/bin/python name
	if [[ -x $python && -d $PIPELINE_HOME/aws ]]; then
		say::step aws 'stop the local AWS'
		name=$("$python" "$ROOT/tools" local_aws.process name)
		execute::run "$python" "$ROOT/tools" local_aws.process stop
		if engine::answers; then engine::remove_containers ministack.instance "$name:*"; fi
		say::result stopped
	fi
	if engine::answers; then engine::remove_containers pipeline "$PIPELINE_HOME"; fi
	engine::stop
}
