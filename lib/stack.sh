# shellcheck shell=bash
# A CloudFormation stack: what it is in, whether it is what we want, getting it out of a state that blocks.

# stack::read NAME: sets STACK_STATUS (empty: no stack), STACK_RELEASE and the map STACK_OUTPUTS.
declare -A STACK_OUTPUTS=()
stack::read() {
	local answer line lines=()
	answer=$(aws::stack "$1")
	mapfile -t lines <<<"$answer"
	STACK_STATUS=${lines[0]} STACK_RELEASE=${lines[1]-}
	STACK_OUTPUTS=()
	for line in "${lines[@]:2}"; do
		if [[ $line == *=* ]]; then STACK_OUTPUTS[${line%%=*}]=${line#*=}; fi
	done
}

# stack::release TEMPLATE OUTPUT PARAMETER...: writes what is to be deployed, prints the mark it is known by.
stack::release() {
	if aws::absent; then return; fi
	python "$ROOT/tools/release.py" "$@"
}

# stack::is NAME RELEASE: the stack stands and holds just that.
stack::is() {
	stack::read "$1"
	[[ $STACK_STATUS == @(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE && $STACK_RELEASE == "$2" ]]
}

# stack::await NAME: after stack::read; an operation that an earlier run began is waited for.
stack::await() {
	case $STACK_STATUS in
	CREATE_IN_PROGRESS | ROLLBACK_IN_PROGRESS) stack::wait "$1" stack-create-complete ;;
	DELETE_IN_PROGRESS) stack::wait "$1" stack-delete-complete ;;
	UPDATE_ROLLBACK*_IN_PROGRESS) stack::wait "$1" stack-rollback-complete ;;
	UPDATE_*IN_PROGRESS) stack::wait "$1" stack-update-complete ;;
	esac
}

# stack::settle NAME: after stack::read; a stack that CloudFormation will not update is out of the way afterwards.
stack::settle() {
	stack::await "$1"
	case $STACK_STATUS in
	ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED)
		say::note "stack $1 is in $STACK_STATUS, which no update leads out of: it is deleted and made anew"
		stack::delete "$1"
		;;
	UPDATE_ROLLBACK_FAILED)
		say::fail "stack $1 is in UPDATE_ROLLBACK_FAILED" "$(aws::stack_reasons "$1")" \
			"aws cloudformation continue-update-rollback --stack-name $1"
		;;
	esac
}

stack::wait() {
	say::note "stack $1 is in $STACK_STATUS: waiting"
	aws::await_stack "$1" "$2"
	stack::read "$1"
}

stack::delete() {
	aws::change "cannot delete stack $1" '' cloudformation delete-stack --stack-name "$1"
	aws::change "stack $1 is not deleted" "aws cloudformation describe-stack-events --stack-name $1" \
		cloudformation wait stack-delete-complete --stack-name "$1"
	STACK_STATUS=''
}
