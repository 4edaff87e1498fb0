# shellcheck shell=bash
# --promote: the very image that is live at another stage, put into this stage's registry. Nothing is built.

# promote::apply: sets IMAGE_DIGEST and ORIGIN for the deployment that follows.
promote::apply() {
	local facts uri description source tag here from
	say::step promote "what is live at stage $PROMOTE_FROM"
	facts=$(lambda::live_image "$PROJECT_LAMBDA-$PROMOTE_FROM")
	if [[ -z $facts ]]; then
		say::fail "nothing of $PROJECT_LAMBDA is live at stage $PROMOTE_FROM" '' \
			"bash pipeline.sh -s $PROMOTE_FROM -r -p $MODEL -d"
	fi
	IFS=$'\t' read -r uri description <<<"$facts"
	IMAGE_DIGEST=${uri#*@}
	source=${uri%@*}
	if [[ $description =~ ^([^ ]+)\ by\  ]]; then PROMOTED_COMMIT=${BASH_REMATCH[1]}; fi
	promote::check_commit "${PROMOTED_COMMIT:-unknown}"
	here=$(ecr::image_tag "$REPOSITORY" "$IMAGE_DIGEST")
	if [[ -n $here ]]; then
		say::result unchanged
		return
	fi
	image::need_repository
	tag=$(ecr::image_tag "${source#*/}" "$IMAGE_DIGEST")
	if ! execute::try promote::copy "$source" "$IMAGE_REPOSITORY" "$IMAGE_DIGEST" "$tag"; then
		say::fail "cannot copy the image to $IMAGE_REPOSITORY" "$(execute::said)" "$(say::again)"
	fi
	if [[ -n $MODEL_S3_URI && $MODEL_S3_URI == "s3://$BUCKET/"* ]]; then
		from=$(s3::bucket_of "$PROJECT_LAMBDA-$PROMOTE_FROM" "$ACCOUNT" "$REGION")
		s3::copy "s3://$from/${MODEL_S3_URI#"s3://$BUCKET/"}" "$MODEL_S3_URI"
	fi
	say::result "copied $IMAGE_DIGEST"
}

# The registry's password comes on stdin.
promote::copy() {
	ecr::password | execute::run python "$ROOT/tools" images.registry_copy "$@"
}

# promote::check_commit NAME: what is promoted must be part of what is checked out, whose events it is compared with. A
# branch that was only tried at the other stage does not slip through.
promote::check_commit() {
	local commit=${1%-dirty}
	if [[ $commit == unknown ]] || git -C "$MODEL" merge-base --is-ancestor "$commit" HEAD 2>/dev/null; then return; fi
	say::fail "what is live at stage $PROMOTE_FROM is made from $1, which is not in what is checked out here" '' \
		"check out what you mean to promote, with its history: git fetch --unshallow; or deploy this to $PROMOTE_FROM first"
}
