# shellcheck shell=bash
# Which version callers get. A new version first has to answer the folder's events; then the stack moves the alias `live`,
# the only thing that the address knows.

# release::offer: the newest version goes live, unless it already is, once it answers as expected.
release::offer() {
	local version live=${STACK_OUTPUTS[LiveVersion]-none} previous=${STACK_OUTPUTS[PreviousVersion]-none}
	version=$(release::newest)
	if [[ $version == "$live" ]]; then
		release::ask_again "$version"
		return
	fi
	if [[ $version == "$previous" ]]; then
		say::fail "version $version of $PROJECT_LAMBDA has been rolled back, and there is no newer one" \
			"version $live is live, $IMAGE_DIGEST is not" \
			"to put version $version back: bash pipeline.sh -s $STAGE -m $MODEL --rollback; else push what mends it, then $(say::again)"
	fi
	release::gate "$version" "$live"
	if option CANARY; then release::canary "$version" "$live" "$previous"; fi
	release::point "$version" "$live"
}

# release::need_not_rolled_back: an image that was rolled back does not return just because a setting changed.
# If the previous version is newer than the live one, it has been rolled back.
release::need_not_rolled_back() {
	local live=${STACK_OUTPUTS[LiveVersion]-none} previous=${STACK_OUTPUTS[PreviousVersion]-none} image
	if [[ $live == none || $previous == none ]] || ((previous < live)); then return; fi
	image=$(lambda::image "$PROJECT_LAMBDA-$STAGE" "$previous")
	if [[ ${image#*@} != "$IMAGE_DIGEST" ]]; then return; fi
	say::warn "version $previous, which has been rolled back, runs this very image: $IMAGE_DIGEST"
	if option DRY || say::agreed 'Deploy it again? [y/N] '; then return; fi
	say::fail "the image of version $previous of $PROJECT_LAMBDA has been rolled back at stage $STAGE" \
		"version $live stays live; only settings differ from what was taken out of service" \
		"push what mends it: bash pipeline.sh -s $STAGE -p $MODEL -d; or, if a setting was at fault: $(say::again) -y"
}

# release::ask_again VERSION: the version is live and stays so, but the folder's events have changed since it passed.
release::ask_again() {
	if option DRY || [[ $(s3::gate_events "$BUCKET" "$1") == "$EVENTS_DIGEST" ]]; then return; fi
	say::step gate "version $1 is live; the events have changed since it passed"
	if ! python "$ROOT/tools" releases.gate "${STACK_OUTPUTS[FunctionName]}" "$1" "$MODEL/events" "$BUCKET" "$(address::path)"; then
		say::fail "version $1 of $PROJECT_LAMBDA, which is live at stage $STAGE, does not answer the events as they are now" '' \
			"push a model that does; or, if what it answers is right, $(release::record_command)"
	fi
	say::result 'all as expected'
}

release::record_command() {
	printf 'write it down: bash pipeline.sh -s %s -m %q --record' "$STAGE" "$MODEL"
}

# release::record: the newest version's answers become what the events expect, after they are shown and agreed to.
release::record() {
	local version status=0
	deploy::need_stack
	version=$(release::newest)
	say::step record "what version $version answers to $MODEL/events"
	if option DRY; then return; fi
	local program=(python "$ROOT/tools" releases.record "${STACK_OUTPUTS[FunctionName]}" "$version" "$MODEL/events")
	"${program[@]}" || status=$?
	if ((status == 0)); then
		say::result 'the events expect just that'
	elif ((status != 3)); then
		say::fail "version $version cannot be asked" '' "$(say::again)"
	elif say::agreed 'Write these answers into the events? [y/N] '; then
		"${program[@]}" --write 2>/dev/null
		say::result "written: look at git diff $MODEL/events"
	else
		say::result 'nothing written; -y writes without asking'
	fi
}

# release::newest: the version that the stack published last.
release::newest() {
	local arn=${STACK_OUTPUTS[FunctionVersion]-}
	if [[ -n $arn ]]; then printf '%s' "${arn##*:}"; elif option DRY; then printf '(known after the deployment)'; fi
}

# release::gate VERSION LIVE: ends the run if the version's answers differ from what the folder's events expect.
release::gate() {
	say::step gate "version $1 answers $MODEL/events, before it is live"
	if option DRY; then return; fi
	if ! python "$ROOT/tools" releases.gate "${STACK_OUTPUTS[FunctionName]}" "$1" "$MODEL/events" "$BUCKET" "$(address::path)"; then
		# A canary run that was killed may have left it a share of the requests.
		stack::set "LiveVersion=$2" "PreviousVersion=${STACK_OUTPUTS[PreviousVersion]-none}" CanaryVersion=none CanaryShare=0
		say::fail "version $1 of $PROJECT_LAMBDA does not answer as expected at stage $STAGE" "$(release::unmoved "$2")" \
			"mend the model, then $(say::again); or, if what it answers is right, $(release::record_command)"
	fi
	say::result 'all as expected'
}

release::unmoved() {
	if [[ $1 == none ]]; then
		printf 'it gets no requests; nothing is live yet'
	else
		printf 'it gets no requests; version %s stays live' "$1"
	fi
}

# release::canary VERSION LIVE PREVIOUS: sends a share of the requests to the version on trial, and compares its figures
# with those of the live version. Ends the run if they are worse, or cannot be compared.
release::canary() {
	local why status=0
	if [[ $2 == none ]]; then
		say::note 'nothing is live yet to compare a canary with'
		return
	fi
	say::step canary "$CANARY_PERCENT % of the requests to version $1, for $CANARY_MINUTES minutes"
	stack::set "LiveVersion=$2" "PreviousVersion=$3" "CanaryVersion=$1" "CanaryShare=$(printf '0.%02d' "$CANARY_PERCENT")"
	if option DRY; then return; fi
	why=$(python "$ROOT/tools" releases.canary "${STACK_OUTPUTS[FunctionName]}" "$2" "$1" \
		"$(address::root)/" "$(address::path)" "$MODEL/events" "$CANARY_MINUTES") || status=$?
	if ((status == 0)); then
		say::result 'no worse'
		return
	fi
	stack::set "LiveVersion=$2" "PreviousVersion=$3" CanaryVersion=none CanaryShare=0
	if ((status == 3)); then
		say::fail "version $1 of $PROJECT_LAMBDA does worse than version $2 at stage $STAGE" "$why
$(release::unmoved "$2")" "look into its log: bash pipeline.sh -s $STAGE -m $MODEL --logs; push what mends it, then $(say::again)"
	fi
	say::fail "cannot tell whether version $1 of $PROJECT_LAMBDA does worse than version $2 at stage $STAGE" "$why
$(release::unmoved "$2")" "$(say::again)"
}

# release::point VERSION PREVIOUS: callers get VERSION from now on.
release::point() {
	say::step live "version $1"
	stack::set "LiveVersion=$1" "PreviousVersion=$2" CanaryVersion=none CanaryShare=0
	if [[ $2 == none ]]; then say::result 'live, the first one'; else say::result "live, after version $2"; fi
}

# release::still_answers VERSION LIVE: checks VERSION before a rollback to it, as it may have been idle for weeks. With -y
# the rollback goes ahead in any case.
release::still_answers() {
	if option DRY; then return; fi
	if python "$ROOT/tools" releases.kept_events version "${STACK_OUTPUTS[FunctionName]}" "$1" "$BUCKET" "$MODEL/events"; then return; fi
	if option YES; then
		say::warn "version $1 does not answer as it did; -y goes back to it all the same"
		return
	fi
	say::fail "version $1 of $PROJECT_LAMBDA does not answer at stage $STAGE as when it passed" "version $2 stays live" \
		"look into its log: bash pipeline.sh -s $STAGE -m $MODEL --logs; to go back all the same: $(say::again) -y"
}

# release::rollback: the previous version is live again; a second time returns to where one was. A run that was killed
# half way has recorded its intent, and the same command then finishes instead of swapping back.
release::rollback() {
	local live previous intent
	deploy::need_stack
	stack::settle "$TEMPLATE_LAMBDA"
	live=${STACK_OUTPUTS[LiveVersion]} previous=${STACK_OUTPUTS[PreviousVersion]}
	if [[ ${STACK_OUTPUTS[CanaryVersion]} != none ]]; then
		say::step rollback "version ${STACK_OUTPUTS[CanaryVersion]}, which was on trial"
		stack::set "LiveVersion=$live" "PreviousVersion=$previous" CanaryVersion=none CanaryShare=0
		say::result "version $live has all the requests"
		return
	fi
	say::step rollback "version $live to version $previous"
	if [[ $previous == none ]]; then
		say::fail "there is no version of $PROJECT_LAMBDA to go back to at stage $STAGE" "version $live is the only one that has been live" \
			"bash pipeline.sh -s $STAGE -m $MODEL --versions"
	fi
	intent=$(s3::recall "$BUCKET" rollback)
	if [[ $intent == "$previous to $live" ]]; then
		say::result "an earlier run had done that: version $live is live"
	else
		release::still_answers "$previous" "$live"
		s3::remember "$BUCKET" rollback "$live to $previous"
		stack::set "LiveVersion=$previous" "PreviousVersion=$live" CanaryVersion=none CanaryShare=0
		say::result "version $previous is live"
	fi
	s3::forget "$BUCKET" rollback
}
