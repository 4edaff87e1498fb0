# shellcheck shell=bash
# -p: from a folder to an image in the registry. The content decides the tag; an existing image is not made again.

# image::prepare: computes and fetches what it can before anything is changed.
image::prepare() {
	lock::check
	base_image::choose
	locks::with weights image::choose_weights
	# What the tag depends on besides the files; the model's name is in its logs and on its page.
	SETTINGS=("BASE_IMAGE=$BASE_IMAGE" "RUN_IMAGE=$RUN_IMAGE" "BACKEND=$BACKEND" "MODEL_NAME=$PROJECT_LAMBDA"
		"ARCHITECTURE=$ARCHITECTURE_LAMBDA")
	if [[ -n $MODEL_S3_URI ]]; then
		SETTINGS+=("MODEL_IN=bucket")
		image::check_bucket
	fi
	IMAGE_TAG=$(python "$ROOT/tools" images.context tag "$MODEL" "${WEIGHTS_CHOSEN[@]}" "${SETTINGS[@]}")
	IMAGE=$IMAGE_REPOSITORY:$IMAGE_TAG
	IMAGE_DIGEST=$(ecr::image_digest "$REPOSITORY" "$IMAGE_TAG")
	if [[ -z $IMAGE_DIGEST ]] || option RIE || option SBOM || option TUNE; then base_image::ensure; fi
	if option RIE || [[ -n ${STAND_IN_ALLOWED-} ]]; then image::check_architecture; fi
}

# An image for another architecture runs here only if the kernel has an emulator for it.
image::check_architecture() {
	local host
	host=$(engine::architecture)
	if [[ $ARCHITECTURE_LAMBDA == "$host" ]] || option DRY || ! { option DEPLOY || option RIE; }; then return; fi
	base_image::ensure
	if execute::try engine::can_run "$RUN_HERE"; then return; fi
	say::fail "this machine does not run images for $ARCHITECTURE_LAMBDA" "$(execute::said 1)" \
		"on Debian and Ubuntu: apt-get install qemu-user-static binfmt-support; or ARCHITECTURE_LAMBDA=$host $(say::again)"
}

# image::choose_weights: takes WEIGHTS from the folder's catalogue, or WEIGHTS_FILE with LABELS_FILE and
# WEIGHTS_ARCHITECTURE. A folder without a catalogue holds its model itself.
image::choose_weights() {
	WEIGHTS_CHOSEN=()
	if [[ ! -f $MODEL/weights.toml ]]; then return; fi
	local chosen status=0 flags=()
	if [[ -n ${WEIGHTS_FILE-} ]]; then flags+=(--file "$WEIGHTS_FILE"); fi
	if [[ -n ${LABELS_FILE-} ]]; then flags+=(--labels "$LABELS_FILE"); fi
	if [[ -n ${WEIGHTS_ARCHITECTURE-} ]]; then flags+=(--architecture "$WEIGHTS_ARCHITECTURE"); fi
	if [[ -n ${STAND_IN_ALLOWED-} ]]; then flags+=(--or-stand-in); fi
	if option DRY; then flags+=(--dry-run); fi
	say::step weights "${WEIGHTS_FILE:-$WEIGHTS}"
	say::while "$RUN_DIR/log" image::call_weights "${flags[@]}" || status=$?
	if ((status == 3)); then
		say::fail "the weights $WEIGHTS cannot be had" "$(execute::said 1)" \
			"check the network; or name a file that you have: WEIGHTS_FILE=… $(say::again)
or take those that ship with the folder: WEIGHTS=… $(say::again); $MODEL/weights.toml lists them all"
	elif ((status)); then
		say::fail "the weights ${WEIGHTS_FILE:-$WEIGHTS} cannot be used" "$(execute::said 1)" "mend it, then $(say::again)"
	fi
	chosen=$(<"$RUN_DIR/weights.name")
	if [[ -z ${WEIGHTS_FILE-} && $chosen != "$WEIGHTS" ]]; then
		say::warn "the weights $WEIGHTS cannot be had here. THE MODEL WILL ANSWER WITH THE WEIGHTS $chosen."
		say::note "Stages on AWS never do that. Weights that you have: WEIGHTS_FILE=…"
	fi
	say::result "$chosen"
	WEIGHTS_CHOSEN=(--weights "$RUN_DIR/weights")
}

image::call_weights() {
	python "$ROOT/tools" images.weights "$MODEL" "$PIPELINE_HOME/cache" "$RUN_DIR/weights" "$WEIGHTS" "$@" >"$RUN_DIR/weights.name"
}

# image::has_changed: whether the image differs from the live one, or from the one at the git ref REF.
image::has_changed() {
	local live then
	if [[ -n $CHANGED_SINCE ]]; then
		then=$(image::tag_at "$CHANGED_SINCE") || exit 1
		if [[ $then != "$IMAGE_TAG" ]]; then return; fi
		say::note "$PROJECT_LAMBDA is as it was at $CHANGED_SINCE"
		return 1
	fi
	live=$(lambda::live_image "$PROJECT_LAMBDA-$STAGE") || exit
	live=${live%%$'\t'*}
	if [[ -z $IMAGE_DIGEST || ${live#*@} != "$IMAGE_DIGEST" ]]; then return; fi
	say::note "$PROJECT_LAMBDA is what stage $STAGE runs"
	return 1
}

# image::tag_at REF: the tag of the image at REF, computed by the code of REF from the files of REF.
image::tag_at() {
	local folder
	folder=$(git -C "$MODEL" rev-parse --show-prefix) || say::fail "$MODEL is in no git repository" '' '--changed without REF'
	mkdir -p "$RUN_DIR/then"
	if ! git -C "$ROOT" archive --format=tar "$1" 2>"$RUN_DIR/git.err" | tar -x -C "$RUN_DIR/then"; then
		say::fail "git does not know $1" "$(<"$RUN_DIR/git.err")" "name a commit, a tag or a branch that is here: git fetch"
	fi
	# A commit without images.context built different images in any case.
	if [[ ! -f $RUN_DIR/then/$folder/Dockerfile || ! -f $RUN_DIR/then/tools/images/context.py ]]; then return; fi
	python "$RUN_DIR/then/tools" images.context tag "$RUN_DIR/then/$folder" "${WEIGHTS_CHOSEN[@]}" "${SETTINGS[@]}"
}

image::push() {
	say::step image "$PROJECT_LAMBDA:$IMAGE_TAG"
	if [[ -n $IMAGE_DIGEST ]]; then
		say::result unchanged
		return
	fi
	image::need_repository
	image::build
	if option DRY; then
		engine::push "$IMAGE" "$REGISTRY_HOST" </dev/null
		IMAGE_DIGEST='sha256:(known after the push)'
		return
	fi
	local pushed
	ecr::manifests "$REPOSITORY" "$RUN_DIR/before.json"
	if ! execute::try image::send; then
		say::fail "cannot push the image to $REGISTRY_HOST" "$(execute::said)" \
			"is the registry there? bash pipeline.sh -s $STAGE -m $MODEL -r, then $(say::again)"
	fi
	ecr::manifests "$REPOSITORY" "$RUN_DIR/after.json"
	pushed=$(python "$ROOT/tools" images.pushed_bytes "$RUN_DIR/before.json" "$RUN_DIR/after.json")
	IMAGE_DIGEST=$(ecr::image_digest "$REPOSITORY" "$IMAGE_TAG")
	say::result "pushed $(say::size "$pushed"): $IMAGE_DIGEST"
}

# Checked before the build, which may take minutes.
image::need_repository() {
	if option DRY || ecr::has_repository "$REPOSITORY"; then return; fi
	say::fail "there is no repository $REPOSITORY to push to" '' \
		"bash pipeline.sh -s $STAGE -m $MODEL -r, then $(say::again)"
}

image::send() {
	ecr::password | engine::push "$IMAGE" "$REGISTRY_HOST"
}

# image::ensure: makes sure that this machine has the image; so far it may be only in a registry.
image::ensure() {
	if engine::has_image "$IMAGE"; then return; fi
	say::step image "$PROJECT_LAMBDA:$IMAGE_TAG"
	image::build
}

image::build() {
	local platform lock found files=() context=$RUN_DIR/context.tar
	platform=$(engine::platform "$ARCHITECTURE_LAMBDA")
	BUILD_ARGS=("BASE_IMAGE=$BASE_HERE" "RUN_IMAGE=$RUN_HERE" "BACKEND=$BACKEND" "MODEL_NAME=$PROJECT_LAMBDA")
	if option DRY; then
		engine::build /dev/null "$IMAGE" "$platform" "${BUILD_ARGS[@]}"
		return
	fi
	lock=$(python "$ROOT/tools" images.context lock "$MODEL" "BACKEND=$BACKEND")
	found=$(image::wheels "$lock" "$ARCHITECTURE_LAMBDA")
	files=(--wheels "$found")
	# Needed only by the build, on the building machine: the framework that exports the model.
	if [[ -f $MODEL/requirements-export.txt ]]; then
		found=$(image::wheels "$MODEL/requirements-export.txt" "$(engine::architecture)")
		files+=(--framework "$found")
	fi
	python "$ROOT/tools" images.context tar "$MODEL" "${files[@]}" "${WEIGHTS_CHOSEN[@]}" "${SETTINGS[@]}" >"$context"
	if ! execute::try engine::build "$context" "$IMAGE" "$platform" "${BUILD_ARGS[@]}"; then
		say::fail "the image of $PROJECT_LAMBDA does not build" "$(execute::said 12)" "mend $MODEL/Dockerfile or what goes into it, then $(say::again)"
	fi
	say::result built
	if [[ -n $MODEL_S3_URI ]]; then image::upload_model "$context" "$platform"; fi
	# Emptied by bash itself: for a program ended by a signal, bash would print a message of its own.
	: >"$context"
}

# Such an image cannot run on its own; and its model needs a bucket.
image::check_bucket() {
	if option RIE || option TUNE; then
		say::fail '--rie and --tune run the image alone, and this one takes its model from a bucket' "MODEL_S3_URI=$MODEL_S3_URI" \
			"take MODEL_S3_URI out of $MODEL/model.env, then $(say::again)"
	fi
	if [[ ! -f $MODEL/requirements-export.txt ]]; then
		say::fail "$PROJECT_LAMBDA exports no model that could go to a bucket" "it has no requirements-export.txt; MODEL_S3_URI=$MODEL_S3_URI" \
			"take MODEL_S3_URI out of $MODEL/model.env, then $(say::again)"
	fi
	if [[ $MODEL_S3_URI != "s3://$BUCKET/"* ]] || option REGISTRY || option DRY; then return; fi
	if ! s3::has_bucket "$BUCKET"; then
		say::fail "there is no bucket $BUCKET to put the model into" '' "bash pipeline.sh -s $STAGE -m $MODEL -r, then $(say::again)"
	fi
}

# image::upload_model CONTEXT PLATFORM: uploads what the build left in /layers/upload. The model's name is its sha256, which
# the image knows, so every version of the function finds its own model.
image::upload_model() {
	say::step model "$MODEL_S3_URI"
	if ! execute::try engine::copy_out "$1" "$IMAGE-build" build "$2" /layers/upload/. "$RUN_DIR/upload" "${BUILD_ARGS[@]}"; then
		say::fail "the image of $PROJECT_LAMBDA gives no model to upload" "$(execute::said 6)" \
			"building/export.sh leaves it in the stage build of $MODEL/Dockerfile; or take MODEL_S3_URI out of $MODEL/model.env"
	fi
	s3::upload "$RUN_DIR/upload" "$MODEL_S3_URI"
	say::result "$(ls "$RUN_DIR/upload")"
}

# image::wheels LOCK ARCHITECTURE: prints the folder with the wheels of a lock file.
image::wheels() {
	if ! python "$ROOT/tools" images.wheels "$1" "$2" "$PIPELINE_HOME/cache" 2>"$RUN_DIR/wheels.err"; then
		say::fail "cannot fetch the wheels of $1" "$(tail -n 6 "$RUN_DIR/wheels.err")" \
			"check the network, the room and the hashes, then $(say::again)"
	fi
}
