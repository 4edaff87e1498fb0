# shellcheck shell=bash
# How the model is doing: -o, --versions, --status and --logs; with --json, for programs.

watch::outputs() {
	if option JSON; then
		address::print_outputs | python "$ROOT/tools" command.output_as_json
	else
		address::print_outputs
	fi
}

# watch::versions: a table of all versions.
watch::versions() {
	deploy::need_stack
	python "$ROOT/tools" releases.versions "${STACK_OUTPUTS[FunctionName]}" "$BUCKET" ${OPTIONS[JSON]:+--json}
}

watch::status() {
	deploy::need_stack
	python "$ROOT/tools" watching.status "${STACK_OUTPUTS[FunctionName]}" "$STAGE" "${STACK_OUTPUTS[LiveVersion]}" \
		"${STACK_OUTPUTS[PreviousVersion]}" "${STACK_OUTPUTS[CanaryVersion]}" "${STACK_OUTPUTS[CanaryShare]}" "$STACK_STATUS" \
		"${STACK_OUTPUTS[ApiUrl]}" "$BUCKET" ${OPTIONS[JSON]:+--json}
}

watch::logs() {
	local flags=()
	deploy::need_stack
	if option FOLLOW; then flags+=(--follow); fi
	python "$ROOT/tools" watching.logs "/aws/lambda/${STACK_OUTPUTS[FunctionName]}" "${flags[@]}"
}
