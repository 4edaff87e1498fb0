# shellcheck shell=bash
# -t: the folder's events, sent to the deployed model.

events::send() {
	say::step test "$MODEL/events"
	if option DRY; then return; fi
	deploy::need_address
	if ! python "$ROOT/tools" releases.events "${STACK_OUTPUTS[ApiUrl]}" "$MODEL/events"; then
		say::fail "$PROJECT_LAMBDA does not answer as expected at stage $STAGE" '' \
			"compare with $MODEL/events; deploy anew: bash pipeline.sh -s $STAGE -p $MODEL -d -t"
	fi
	say::result 'all as expected'
}
