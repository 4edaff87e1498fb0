# shellcheck shell=bash
# --promote: puts the very image that is live at another stage into this stage's registry. Nothing is built. The other stage
# may have an account and a region of its own: PROMOTE_PROFILE or PROMOTE_ROLE_ARN is used to ask what is live there. The
# image and the model are read as whoever runs this, once READERS_LAMBDA of that stage grants access.

# promote::apply: sets IMAGE_DIGEST and PROMOTED_COMMIT for the deployment that follows.
promote::apply() {
	local facts uri description source tag here
	say::step promote "what is live at stage $PROMOTE_FROM"
	source::find
	facts=$(source::ask lambda::live_image "$PROJECT_LAMBDA-$PROMOTE_FROM")
	if [[ -z $facts ]]; then
		say::fail "no version of $PROJECT_LAMBDA is live at stage $PROMOTE_FROM" "looked for in account $SOURCE_ACCOUNT, region $SOURCE_REGION" \
			"bash pipeline.sh -s $PROMOTE_FROM -r -p $MODEL -d; if it is elsewhere, export PROMOTE_REGION, PROMOTE_PROFILE or PROMOTE_ROLE_ARN"
	fi
	IFS=$'\t' read -r uri description <<<"$facts"
	IMAGE_DIGEST=${uri#*@}
	source=${uri%@*}
	PROMOTED_COMMIT=$(commit::of "$description")
	promote::check_commit "$PROMOTED_COMMIT"
	here=$(ecr::image_tag "$REPOSITORY" "$IMAGE_DIGEST")
	if [[ -n $here ]]; then
		say::result unchanged
		return
	fi
	image::need_repository
	# the image comes last: if it is there, so is everything that it needs
	promote::copy_model
	tag=$(source::ask ecr::image_tag "${source#*/}" "$IMAGE_DIGEST")
	if ! execute::try promote::copy "$source" "$IMAGE_REPOSITORY" "$IMAGE_DIGEST" "$tag"; then
		say::fail "cannot copy the image to $IMAGE_REPOSITORY" "$(execute::said)" "$(promote::let_in)$(say::again)"
	fi
	say::result "copied $IMAGE_DIGEST"
}

promote::copy_model() {
	local from
	if [[ -z $MODEL_S3_URI || $MODEL_S3_URI != "s3://$BUCKET/"* ]]; then return; fi
	from=$(s3::bucket_of "$PROJECT_LAMBDA-$PROMOTE_FROM" "$SOURCE_ACCOUNT" "$SOURCE_REGION")
	source::in_its_region s3::download "s3://$from/${MODEL_S3_URI#"s3://$BUCKET/"}" "$RUN_DIR/model" "$(promote::let_in)$(say::again)"
	s3::upload "$RUN_DIR/model" "$MODEL_S3_URI"
}

# promote::let_in: what must be done in another account before it can be read.
promote::let_in() {
	if [[ $SOURCE_ACCOUNT == "$ACCOUNT" ]]; then return; fi
	printf 'in account %s: READERS_LAMBDA=%s bash pipeline.sh -s %s -m %s -r; then ' "$SOURCE_ACCOUNT" "$ACCOUNT" "$PROMOTE_FROM" "$MODEL"
}

# The passwords of both registries come on stdin: an ECR token is valid for one region.
promote::copy() {
	if option DRY; then
		execute::run python "$ROOT/tools" images.registry_copy "$@"
		return
	fi
	{
		source::in_its_region ecr::password
		ecr::password
	} | python "$ROOT/tools" images.registry_copy "$@"
}

# promote::check_commit NAME: what is promoted must be an ancestor of what is checked out, whose events it is compared with.
# So a branch that was only tried at the other stage does not slip through.
promote::check_commit() {
	if commit::is_here "$1"; then return; fi
	say::fail "what is live at stage $PROMOTE_FROM is made from $1, which is not in what is checked out here" '' \
		"check out what you mean to promote, with its history: git fetch --unshallow; or deploy this to $PROMOTE_FROM first"
}
