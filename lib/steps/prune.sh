# shellcheck shell=bash
# --prune: deletes versions and images that nobody needs any more. tools/releases/prune.py decides which are needed.

prune::apply() {
	local kind name plan gone_versions=0 gone_images=0 needed=()
	deploy::need_stack
	stack::settle "$TEMPLATE_LAMBDA"
	say::step prune "versions before the last $PRUNE_KEEP, and images that no version runs"
	prune::batches
	plan=$(python "$ROOT/tools" releases.prune "$PROJECT_LAMBDA" "$STAGE" "$REPOSITORY" "$PRUNE_KEEP" "$(release::newest)" \
		"${STACK_OUTPUTS[LiveVersion]}" "${STACK_OUTPUTS[PreviousVersion]}" "${STACK_OUTPUTS[CanaryVersion]}" "$(beanstalk::image)" "${needed[@]}")
	# Versions come first, so that no image is deleted while a version still runs it.
	while read -r kind name; do
		case $kind in
		version)
			lambda::delete_version "${STACK_OUTPUTS[FunctionName]}" "$name"
			gone_versions=$((gone_versions + 1))
			;;
		image)
			ecr::delete_image "$REPOSITORY" "$name"
			gone_images=$((gone_images + 1))
			;;
		esac
	done <<<"$plan"
	say::result "$gone_versions versions and $gone_images images deleted"
}

# prune::batches: sets needed, to the versions of batches that are not all done. Each goes on with its own.
prune::batches() {
	local version batches unfinished=$RUN_DIR/unfinished
	if ! python "$ROOT/tools" batch.unfinished "$BUCKET" >"$unfinished" 2>"$unfinished.err"; then
		say::fail "cannot tell which versions are needed by batches in $BUCKET" "$(tail -n 1 "$unfinished.err")" "$(say::again)"
	fi
	while read -r version batches; do
		needed+=("$version")
		say::note "version $version is kept, for this is not all done: batch $batches"
		say::note "to finish it: bash pipeline.sh -s $STAGE -m $MODEL --batch-resume ${batches%% *}"
		say::note "to give it up: aws s3 rm --recursive s3://$BUCKET/batches/${batches%% *}/"
	done <"$unfinished"
}
