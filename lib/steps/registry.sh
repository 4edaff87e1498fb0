# shellcheck shell=bash
# -r: the registry stack, an ECR repository and an S3 bucket.

registry::apply() {
	local template=$RUN_DIR/registry.yaml parameters=("Project=$PROJECT_LAMBDA" "Stage=$STAGE" "BucketName=$BUCKET"
		"Readers=$READERS_LAMBDA") release
	say::step registry "stack $TEMPLATE_REGISTRY"
	release=$(stack::release "$ROOT/registry.yaml" "$template" "${parameters[@]}")
	if stack::is "$TEMPLATE_REGISTRY" "$release" && registry::stands; then
		say::result unchanged
		return
	fi
	registry::keep_bucket
	stack::settle "$TEMPLATE_REGISTRY"
	if ! stack::deploy "$template" "$TEMPLATE_REGISTRY" "$release" "${parameters[@]}"; then
		say::fail "stack $TEMPLATE_REGISTRY could not be made" "$(registry::why)" \
			"if the repository or the bucket is left from before: bash pipeline.sh -s $STAGE -m $MODEL -x, then $(say::again)"
	fi
	say::result "repository $REPOSITORY, bucket $BUCKET"
}

registry::why() {
	cloudformation::reasons "$TEMPLATE_REGISTRY"
	execute::said 3
}

# What the stack calls its bucket and is not found under that name is gone, or not this caller's to see: another one in its
# place would leave behind what is in it.
registry::keep_bucket() {
	if [[ ${STACK_OUTPUTS[BucketName]:-$BUCKET} != "$BUCKET" ]]; then registry::lost; fi
}

# A killed -x may have deleted what the stack believes to have.
registry::stands() {
	if s3::has_bucket "$BUCKET" && ecr::has_repository "$REPOSITORY"; then return; fi
	registry::lost
}

registry::lost() {
	say::fail "stack $TEMPLATE_REGISTRY has lost its repository or its bucket" \
		'a deletion was begun and not finished, or someone deleted them' \
		"bash pipeline.sh -s $STAGE -m $MODEL -x, then $(say::again)"
}
