# shellcheck shell=bash
# --cost: what the model costs a month, computed offline.

cost::print() {
	local region=us-east-1 flags=()
	if [[ $STAGE != local ]]; then region=$(aws::region); fi
	if [[ -n $COST_MS ]]; then flags+=(--ms "$COST_MS"); fi
	if option JSON; then flags+=(--json); fi
	deploy::fill_unasked
	python "$ROOT/tools" costs.month "$MODEL" "$STAGE" "$RUN_DIR/template.yaml" "$region" "${flags[@]}"
}
