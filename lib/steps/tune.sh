# shellcheck shell=bash
# --tune: at stage local, measures each build that the folder declares at each memory size; nothing is pushed or deployed.
# At a stage on AWS, measures the deployed function, in versions that are made for the purpose and deleted.

# Settings that the caller exported are not varied. This is read before the folder's own settings.
TUNE_PINNED=()
if [[ -n ${BACKEND-} ]]; then TUNE_PINNED+=(BACKEND); fi
if [[ -n ${WEIGHTS-}${WEIGHTS_FILE-} ]]; then TUNE_PINNED+=(WEIGHTS); fi

tune::run() {
	locks::take "$STAGE-$PROJECT_LAMBDA"
	setup::tools
	stage::enter
	events::check
	if [[ $STAGE == local ]]; then
		tune::check_machine
		tune::build_all
		deploy::fill_unasked
		say::step tune "$PROJECT_LAMBDA, with 128 to 10,240 MB; builds: ${#TUNE_BUILDS[@]}"
		tune::measure --emulator "$VENV/bin/aws-lambda-rie" -- "${TUNE_BUILDS[@]}"
	else
		tune::need_live
		deploy::fill none
		say::step tune "$PROJECT_LAMBDA as it is deployed, with 128 to 10,240 MB"
		tune::measure --function "${STACK_OUTPUTS[FunctionName]}" -- "${TUNE_LIVE:7:12}"
	fi
}

# tune::need_live: sets TUNE_LIVE, the live digest. Versions are made from the newest image, so that must be the live one.
tune::need_live() {
	local image newest
	deploy::need_stack
	image=$(lambda::live_image "${STACK_OUTPUTS[FunctionName]}")
	newest=$(lambda::image "${STACK_OUTPUTS[FunctionName]}" "\$LATEST")
	image=${image%%$'\t'*}
	TUNE_LIVE=${image#*@}
	if [[ ${newest#*@} == "$TUNE_LIVE" ]]; then return; fi
	say::fail "the newest image of $PROJECT_LAMBDA is not live at stage $STAGE" \
		'--tune measures versions of the newest one, which has not passed its gate or was rolled back' \
		"bash pipeline.sh -s $STAGE -p $MODEL -d, then $(say::again)"
}

# tune::put_back: restores the function if an earlier --tune was killed before it could.
tune::put_back() {
	if option DRY || ! lambda::is_tuned "$1"; then return; fi
	say::note 'the function is put back to what it was before a --tune that was killed'
	if ! python "$ROOT/tools" tuning.trials "$1" 2>"$RUN_DIR/trials.err"; then
		say::fail "function $1 cannot be put back to what it was before --tune" "$(tail -n 1 "$RUN_DIR/trials.err")" "$(say::again)"
	fi
}

# Times measured on an emulated processor mean nothing.
tune::check_machine() {
	local host
	host=$(engine::architecture)
	if [[ $ARCHITECTURE_LAMBDA == "$host" ]]; then return; fi
	say::fail "--tune measures on this machine, which is $host" "ARCHITECTURE_LAMBDA=$ARCHITECTURE_LAMBDA" \
		"tune on a machine of that kind, or for this one: ARCHITECTURE_LAMBDA=$host $(say::again)"
}

# tune::build_all: sets TUNE_BUILDS, each an image with the settings that it was built with.
tune::build_all() {
	local build words builds=() settings=()
	TUNE_BUILDS=()
	words=$(python "$ROOT/tools" tuning.builds "$MODEL" "$BACKEND" "${WEIGHTS-}" "${TUNE_PINNED[@]}")
	mapfile -t builds <<<"$words"
	for build in "${builds[@]}"; do
		IFS=$'\t' read -r -a settings <<<"$build"
		export "${settings[@]}"
		image::prepare
		if ! engine::has_image "$IMAGE"; then
			say::step image "$PROJECT_LAMBDA:$IMAGE_TAG, ${settings[*]}"
			image::build
		fi
		TUNE_BUILDS+=("$IMAGE"$'\t'"$build")
	done
}

# tune::measure HOW... -- BUILD...
tune::measure() {
	local status=0 flags=()
	if option P99; then flags+=(--p99 "$TUNE_P99"); fi
	if option JSON; then flags+=(--json); fi
	if option APPLY; then flags+=(--apply); fi
	# Ctrl-C ends the measurement, which then reports what it has.
	execute::until_stopped python "$ROOT/tools" tuning.tune "$MODEL" "$RUN_DIR/template.yaml" "$REGION" "$PIPELINE_HOME/tuning" \
		"${flags[@]}" "$@" || status=$?
	if ((status == 0)); then
		say::result measured
	elif ((status == 1)); then
		say::fail "no setting of $PROJECT_LAMBDA can be chosen" 'the reason for each is above' \
			"set another goal with --p99 MS, or mend what the reasons name, then $(say::again)"
	else
		SAID=1
		exit "$status"
	fi
}
