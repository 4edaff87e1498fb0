# shellcheck shell=bash
# -r: the registry stack, an ECR repository and an S3 bucket.

registry::apply() {
	local template=$RUN_DIR/registry.yaml parameters=("Project=$PROJECT_LAMBDA" "Stage=$STAGE" "BucketName=$BUCKET"
		"Readers=$READERS_LAMBDA") release why
	say::step registry "stack $TEMPLATE_REGISTRY"
	release=$(stack::release "$ROOT/registry.yaml" "$template" "${parameters[@]}")
	if stack::is "$TEMPLATE_REGISTRY" "$release" && registry::stands; then
		say::result unchanged
		return
	fi
	registry::keep_bucket
	stack::settle "$TEMPLATE_REGISTRY"
	if ! stack::deploy "$template" "$TEMPLATE_REGISTRY" "$release" "${parameters[@]}"; then
		why=$(registry::why)
		say::fail "stack $TEMPLATE_REGISTRY could not be made" "$why" "$(registry::next "$why")"
	fi
	say::result "repository $REPOSITORY, bucket $BUCKET"
}

registry::why() {
	cloudformation::reasons "$TEMPLATE_REGISTRY"
	execute::said 3
}

# registry::next WHY: S3 does not release the name of a deleted bucket at once. Only S3's own sentence says so, which
# CloudFormation passes on; another -x would have nothing to delete.
registry::next() {
	if [[ $1 == *@(OperationAborted|'conflicting conditional operation')* ]]; then
		printf 'a bucket of that name was deleted a moment ago, and S3 keeps the name for up to an hour: wait, then %s' "$(say::again)"
	else
		printf 'if the repository or the bucket is left from before: bash pipeline.sh -s %s -m %s -x, then %s' "$STAGE" "$MODEL" "$(say::again)"
	fi
}

# If the bucket that the stack names does not exist, or this caller may not see it, the stack must not make another in its
# place, which would abandon the contents.
registry::keep_bucket() {
	if [[ ${STACK_OUTPUTS[BucketName]:-$BUCKET} != "$BUCKET" ]]; then registry::lost; fi
}

# A killed -x may have deleted what the stack still lists.
registry::stands() {
	if s3::has_bucket "$BUCKET" && ecr::has_repository "$REPOSITORY"; then return; fi
	registry::lost
}

registry::lost() {
	say::fail "stack $TEMPLATE_REGISTRY has lost its repository or its bucket" \
		'a deletion was begun and not finished, or someone deleted them' \
		"bash pipeline.sh -s $STAGE -m $MODEL -x, then $(say::again)"
}
