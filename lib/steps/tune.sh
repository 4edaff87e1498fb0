# shellcheck shell=bash
# --tune: each build that the folder declares, within the limits of each memory. It builds and measures; nothing is pushed
# or deployed.

# What whoever calls has chosen is not varied. Read before the folder's own settings are.
TUNE_PINNED=()
if [[ -n ${BACKEND-} ]]; then TUNE_PINNED+=(BACKEND); fi
if [[ -n ${WEIGHTS-}${WEIGHTS_FILE-} ]]; then TUNE_PINNED+=(WEIGHTS); fi

tune::run() {
	locks::take "$STAGE-$PROJECT_LAMBDA"
	setup::tools
	stage::enter
	events::check
	tune::check_machine
	tune::build_all
	tune::measure
}

# A time under an emulated processor says nothing.
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

tune::measure() {
	local status=0 flags=() pid stopped=''
	if option P99; then flags+=(--p99 "$TUNE_P99"); fi
	if option JSON; then flags+=(--json); fi
	if option APPLY; then flags+=(--apply); fi
	deploy::fill_unasked
	say::step tune "$PROJECT_LAMBDA, with 128 to 10,240 MB; builds: ${#TUNE_BUILDS[@]}"
	# Ctrl-C ends the measuring, which then tells what it has.
	trap 'stopped=1; kill -TERM "$pid" 2>/dev/null || true' INT TERM
	python "$ROOT/tools" tuning.tune "$MODEL" "$RUN_DIR/template.yaml" us-east-1 "$VENV/bin/aws-lambda-rie" \
		"$PIPELINE_HOME/tuning" "${flags[@]}" -- "${TUNE_BUILDS[@]}" &
	pid=$!
	wait "$pid" || status=$?
	if [[ -n $stopped ]]; then
		status=0
		wait "$pid" || status=$?
	fi
	if ((status == 0)); then
		say::result measured
	elif ((status == 1)); then
		say::fail "no setting of $PROJECT_LAMBDA can be chosen" 'what stands above says why of each' \
			"with another goal, --p99 MS; or mend what differs, then $(say::again)"
	else
		SAID=1
		exit "$status"
	fi
}
