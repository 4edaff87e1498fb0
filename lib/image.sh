# shellcheck shell=bash
# -p: from a folder to an image in the registry. The content decides the tag; what is there is not made again.

# image::prepare: what can be known and fetched before anything is changed.
image::prepare() {
	image::choose_base
	BUILD_ARGS=("BASE_IMAGE=$BASE_IMAGE" "RUN_IMAGE=$RUN_IMAGE" "BACKEND=$BACKEND")
	IMAGE_TAG=$(python "$ROOT/tools/context.py" tag "$MODEL" "${BUILD_ARGS[@]}" "ARCHITECTURE=$ARCHITECTURE_LAMBDA")
	IMAGE=$IMAGE_REPOSITORY:$IMAGE_TAG
	IMAGE_DIGEST=$(aws::image_digest "$REPOSITORY" "$IMAGE_TAG")
	if [[ -z $IMAGE_DIGEST ]] || option RIE; then base::ensure; fi
}

# The image that runs is the slim twin of the one that builds, where there is one.
image::choose_base() {
	BASE_IMAGE=${BASE_IMAGE:-python:3.11-buster}
	if [[ -n ${STAND_IN_ALLOWED-} ]]; then base::stand_in; fi
	RUN_IMAGE=$BASE_IMAGE
	if [[ $BASE_IMAGE =~ ^python:([0-9.]+)-([a-z]+)$ ]]; then
		RUN_IMAGE=python:${BASH_REMATCH[1]}-slim-${BASH_REMATCH[2]}
	fi
}

image::push() {
	say::step image "$PROJECT_LAMBDA:$IMAGE_TAG"
	if [[ -n $IMAGE_DIGEST ]]; then
		say::result unchanged
		return
	fi
	image::build
	if option DRY; then
		engine::push "$IMAGE" "$REGISTRY_HOST" </dev/null
		IMAGE_DIGEST='sha256:(known after the push)'
		return
	fi
	local pushed
	aws::manifests "$REPOSITORY" "$RUN_DIR/before.json"
	if ! change::try image::send; then
		say::fail "cannot push the image to $REGISTRY_HOST" "$(change::said)" \
			"is the registry there? bash pipeline.sh -s $STAGE -m $MODEL -r, then $(say::again)"
	fi
	aws::manifests "$REPOSITORY" "$RUN_DIR/after.json"
	pushed=$(python "$ROOT/tools/pushed.py" "$RUN_DIR/before.json" "$RUN_DIR/after.json")
	IMAGE_DIGEST=$(aws::image_digest "$REPOSITORY" "$IMAGE_TAG")
	say::result "pushed $pushed bytes: $IMAGE_DIGEST"
}

image::send() {
	aws::registry_password | engine::push "$IMAGE" "$REGISTRY_HOST"
}

image::build() {
	local wheels context=$RUN_DIR/context.tar
	if option DRY; then
		engine::build /dev/null "$IMAGE" "$(image::platform)" "${BUILD_ARGS[@]}"
		return
	fi
	wheels=$(image::wheels)
	python "$ROOT/tools/context.py" tar "$MODEL" --wheels "$wheels" "${BUILD_ARGS[@]}" >"$context"
	if ! change::try engine::build "$context" "$IMAGE" "$(image::platform)" "${BUILD_ARGS[@]}"; then
		say::fail "the image of $PROJECT_LAMBDA does not build" "$(change::said 12)" "mend $MODEL/Dockerfile, then $(say::again)"
	fi
	rm -f "$context"
	say::result built
}

image::wheels() {
	local requirements=$MODEL/requirements-$BACKEND.txt
	if [[ ! -f $requirements ]]; then requirements=$MODEL/requirements.txt; fi
	if ! python "$ROOT/tools/wheels.py" "$requirements" "$ARCHITECTURE_LAMBDA" "$PIPELINE_HOME/cache" 2>"$RUN_DIR/wheels.err"; then
		say::fail "cannot fetch the wheels of $requirements" "$(tail -n 6 "$RUN_DIR/wheels.err")" \
			"check the network, the room and the hashes, then $(say::again)"
	fi
}

image::platform() {
	case $ARCHITECTURE_LAMBDA in
	arm64) printf linux/arm64 ;;
	*) printf linux/amd64 ;;
	esac
}
