# shellcheck shell=bash
# The folder's events: a check that they can be used, and -t, which sends them to the deployed model.

# events::check: finds unusable events before anything is built. Sets EVENTS_DIGEST.
events::check() {
	if aws::absent; then return; fi
	if ! EVENTS_DIGEST=$(python "$ROOT/tools" releases.events --check "$MODEL/events" 2>"$RUN_DIR/events.err"); then
		say::fail "the events of $PROJECT_LAMBDA cannot be used" "$(<"$RUN_DIR/events.err")" "mend them, then $(say::again)
docs/events.md says what they hold"
	fi
}

events::send() {
	say::step test "$MODEL/events"
	if option DRY; then return; fi
	address::need
	local live=${STACK_OUTPUTS[LiveVersion]-} program
	program=(releases.events "$(address::root)/" "$MODEL/events")
	# Servers have no record of a gate to compare with.
	if [[ -n $live ]]; then program=(releases.kept_events address "$(address::root)/" "$live" "$BUCKET" "$MODEL/events"); fi
	if ! python "$ROOT/tools" "${program[@]}"; then
		say::fail "$PROJECT_LAMBDA does not answer as expected at stage $STAGE" '' \
			"compare with $MODEL/events; deploy anew: bash pipeline.sh -s $STAGE -p $MODEL -d -t"
	fi
	say::result 'all as expected'
}
