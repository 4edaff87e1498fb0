# shellcheck shell=bash
# CloudFormation: reading and changing a stack. stack.sh knows what a stack's states mean.

# cloudformation::stack NAME: the status, then KEY=VALUE of every output, one per line; nothing if there is no stack.
cloudformation::stack() {
	aws::find ValidationError cloudformation describe-stacks --stack-name "$1" \
		--query 'Stacks[0].[[[StackStatus]], Outputs[].[join(`=`, [OutputKey, OutputValue])]][]'
}

# cloudformation::set_parameters STACK NAME=VALUE...: begins an update of the stack as it stands. Other parameters take the
# template's default, which is the value that was deployed.
cloudformation::set_parameters() {
	local stack=$1 pair parameters=()
	shift
	for pair in "$@"; do parameters+=("ParameterKey=${pair%%=*},ParameterValue=${pair#*=}"); done
	aws::change "stack $stack cannot be updated" '' cloudformation update-stack --stack-name "$stack" --use-previous-template \
		--capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameters "${parameters[@]}"
}

# cloudformation::deploy TEMPLATE NAME PARAMETER...: uses a change set; execute::said has its output.
cloudformation::deploy() {
	local template=$1 name=$2
	shift 2
	aws::try cloudformation deploy --template-file "$template" --stack-name "$name" --no-fail-on-empty-changeset \
		--capabilities CAPABILITY_IAM --tags "Project=$PROJECT_LAMBDA" "Stage=$STAGE" --parameter-overrides "$@"
}

# cloudformation::reasons STACK: why what has just been tried did not succeed: what was refused before it began, or else
# what failed first in the stack's newest operation.
cloudformation::reasons() {
	if grep -q DescribeEvents "$RUN_DIR/log" 2>/dev/null; then
		cloudformation::refusals "$1" | head -n 4
	else
		cloudformation::failures "$1" | head -n 4
	fi
}

# cloudformation::refusals STACK: the resources that CloudFormation refuses without trying, and why, as `NAME: REASON`.
# Whoever may not ask for them still reads what it said itself.
cloudformation::refusals() {
	{ aws --output json cloudformation describe-events --stack-name "$1" --filters FailedEvents=true 2>/dev/null || true; } |
		python "$ROOT/tools" stacks.failures
}

# cloudformation::failures STACK [TOKEN]: the resources that failed in that operation, or else in the newest, and why: one
# `NAME: REASON` per line. An operation on many resources has hundreds of events, and the first failures are among the last.
cloudformation::failures() {
	aws::find ValidationError cloudformation describe-stack-events --stack-name "$1" --max-items 1000 --output json |
		python "$ROOT/tools" stacks.failures "${@:2}"
}

# cloudformation::operate STACK VERB TOKEN: begins an operation on a stack as it is; all of its events carry TOKEN.
cloudformation::operate() {
	aws::change "stack $1 refuses $2" '' cloudformation "$2" --stack-name "$1" --client-request-token "$3"
}

# cloudformation::import_log STACK TEMPLATE GROUP: begins a new stack that adopts the existing log group as its resource Logs.
cloudformation::import_log() {
	local change=(--stack-name "$1" --change-set-name take-over) why="stack $1 cannot take over the log group $3"
	aws::change "$why" '' cloudformation create-change-set "${change[@]}" --change-set-type IMPORT --template-body "file://$2" \
		--resources-to-import "ResourceType=AWS::Logs::LogGroup,LogicalResourceId=Logs,ResourceIdentifier={LogGroupName=$3}"
	aws::change "$why" '' cloudformation wait change-set-create-complete "${change[@]}"
	aws::change "$why" '' cloudformation execute-change-set "${change[@]}"
}
