# shellcheck shell=bash
# Step Functions: the executions of a state machine.

# states::start MACHINE NAME INPUT: starts an execution and prints its ARN.
states::start() {
	aws::change "the batch cannot be started" '' stepfunctions start-execution --state-machine-arn "$1" --name "$2" --input "$3" \
		--query executionArn --output text
	if ! option DRY; then execute::said 1; fi
}

# states::running MACHINE PREFIX: the running execution whose name starts with PREFIX, if there is one.
states::running() {
	local found
	found=$(aws::find StateMachineDoesNotExist stepfunctions list-executions --state-machine-arn "$1" --status-filter RUNNING \
		--query "executions[?starts_with(name, \`$2\`)].executionArn")
	printf '%s' "${found%%[[:space:]]*}"
}

# states::stop_all MACHINE
states::stop_all() {
	local executions execution
	executions=$(aws::find StateMachineDoesNotExist stepfunctions list-executions --state-machine-arn "$1" \
		--status-filter RUNNING --query 'executions[].executionArn')
	for execution in $executions; do states::stop "$execution"; done
}

# states::stop EXECUTION: an execution that has just ended by itself is no failure.
states::stop() {
	local status
	if aws::try stepfunctions stop-execution --execution-arn "$1" --cause 'stopped by pipeline.sh'; then return; fi
	status=$(aws::find '' stepfunctions describe-execution --execution-arn "$1" --query status)
	if [[ $status == RUNNING ]]; then say::fail 'the batch cannot be stopped' "$(execute::said)" "$(say::again)"; fi
}
