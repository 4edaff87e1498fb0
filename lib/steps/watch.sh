# shellcheck shell=bash
# --status and --logs: how the model is doing.

watch::status() {
	deploy::need_stack
	python "$ROOT/tools" watching.status "${STACK_OUTPUTS[FunctionName]}" "$STAGE" "${STACK_OUTPUTS[LiveVersion]}" \
		"${STACK_OUTPUTS[PreviousVersion]}" "${STACK_OUTPUTS[CanaryVersion]}" "${STACK_OUTPUTS[CanaryShare]}" "$STACK_STATUS" \
		"${STACK_OUTPUTS[ApiUrl]}" "$BUCKET"
}

watch::logs() {
	local flags=()
	deploy::need_stack
	if option FOLLOW; then flags+=(--follow); fi
	python "$ROOT/tools" watching.logs "/aws/lambda/${STACK_OUTPUTS[FunctionName]}" "${flags[@]}"
}
