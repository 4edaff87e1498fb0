# shellcheck shell=bash
# --doctor: whether everything that a deployment needs is there. This file collects facts; tools/doctor judges them.

doctor::run() {
	local flags=(--name "$(names::complaint "$PROJECT_LAMBDA")") engine=''
	if ! engine::answers; then
		engine=$(engine::complaint)
		flags+=(--engine "$engine")
		if setup::can_bring_engine; then flags+=(--brings-engine); fi
	fi
	if [[ $STAGE == local && -n $engine ]]; then
		flags+=(--no-aws)
	else
		stage::surround
		AWS_REGION=$(aws::region)
		export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION
	fi
	if option JSON; then flags+=(--json); fi
	export PROJECT_LAMBDA
	if ! python "$ROOT/tools" doctor.examination "$MODEL" "$STAGE" "${flags[@]}"; then
		say::fail "$PROJECT_LAMBDA cannot be deployed at stage $STAGE as things are" 'each problem above would stop it' \
			"what stands beside each; then $(say::again)"
	fi
}
