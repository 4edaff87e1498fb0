# shellcheck shell=bash
# --prune: versions and images that nobody needs any more. What is needed, tools/releases/prune.py knows.

prune::apply() {
	local kind name plan gone_versions=0 gone_images=0
	deploy::need_stack
	stack::settle "$TEMPLATE_LAMBDA"
	say::step prune "versions before the last $PRUNE_KEEP, and images that no version runs"
	plan=$(python "$ROOT/tools" releases.prune "$PROJECT_LAMBDA" "$STAGE" "$REPOSITORY" "$PRUNE_KEEP" "$(release::newest)" \
		"${STACK_OUTPUTS[LiveVersion]}" "${STACK_OUTPUTS[PreviousVersion]}" "${STACK_OUTPUTS[CanaryVersion]}" "$(beanstalk::image)")
	# Versions come first: an image that one of them still runs is never gone before it.
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
