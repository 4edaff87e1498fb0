# shellcheck shell=bash
# Stage local: an AWS of one process on this machine.

readonly LOCAL_NAME_LABEL=ministack.instance

# local::up: it answers afterwards; the port is in LOCAL_PORT.
local::up() {
	home::exclusive aws local::start
}

local::start() {
	local subnet
	if LOCAL_PORT=$(python "$ROOT/tools/local_aws.py" port); then return; fi
	say::step aws 'start the local AWS (MiniStack)'
	subnet=$(engine::subnet)
	if option DRY; then
		change::run python "$ROOT/tools/local_aws.py" start --subnet "$subnet"
		LOCAL_PORT=4566 ENDPOINT_ABSENT=1
		return
	fi
	if ! LOCAL_PORT=$(python "$ROOT/tools/local_aws.py" start --subnet "$subnet" 2>"$RUN_DIR/local.err"); then
		say::fail 'the local AWS does not start' "$(<"$RUN_DIR/local.err")" "look into $PIPELINE_HOME/aws/log"
	fi
	say::result "on port $LOCAL_PORT"
}

local::down() {
	local venv=$PIPELINE_HOME/venv name
	if [[ -x $venv/bin/python && -d $PIPELINE_HOME/aws ]]; then
		say::step aws 'stop the local AWS'
		name=$("$venv/bin/python" "$ROOT/tools/local_aws.py" name)
		change::run "$venv/bin/python" "$ROOT/tools/local_aws.py" stop
		if engine::answers; then engine::remove_labelled "$LOCAL_NAME_LABEL=$name"; fi
		say::result stopped
	fi
	if engine::answers; then engine::remove_labelled "pipeline=$PIPELINE_HOME"; fi
	engine::stop
}
