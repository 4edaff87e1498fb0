# shellcheck shell=bash
# --prune: deletes versions and images that nobody needs any more. tools/releases/prune.py decides which are needed.

prune::apply() {
	local kind name plan gone_versions=0 gone_images=0
	deploy::need_stack
	stack::settle "$TEMPLATE_LAMBDA"
	say::step prune "versions before the last $PRUNE_KEEP, and images that no version runs"
	plan=$(python "$ROOT/tools" releases.prune "$PROJECT_LAMBDA" "$STAGE" "$REPOSITORY" "$PRUNE_KEEP" "$(release::newest)" \
		"${STACK_OUTPUTS[LiveVersion]}" "${STACK_OUTPUTS[PreviousVersion]}" "${STACK_OUTPUTS[CanaryVersion]}" "$(beanstalk::image)")
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
