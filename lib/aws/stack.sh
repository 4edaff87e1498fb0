# shellcheck shell=bash
# A CloudFormation stack: what it is in, whether it is what we want, getting it out of a state that blocks.

# stack::read NAME: sets STACK_STATUS (empty: no stack) and the map STACK_OUTPUTS; a state that is not as it should be is
# told, whatever the command.
stack::read() {
	stack::look "$1"
	stack::tell "$1"
}

declare -A STACK_OUTPUTS=()
stack::look() {
	local answer line lines=()
	STACK_NAME=$1
	answer=$(cloudformation::stack "$1")
	mapfile -t lines <<<"$answer"
	STACK_STATUS=${lines[0]}
	STACK_OUTPUTS=()
	for line in "${lines[@]:1}"; do
		if [[ $line == *=* ]]; then STACK_OUTPUTS[${line%%=*}]=${line#*=}; fi
	done
}

# stack::tell NAME: what its state means, once.
declare -A STACK_TOLD=()
stack::tell() {
	local means
	case $STACK_STATUS in
	REVIEW_IN_PROGRESS) means='a change set was made and never executed; there is nothing in it' ;;
	*_IN_PROGRESS) means='something is being done to it' ;;
	ROLLBACK_COMPLETE) means='it could not be made, and what there was of it is deleted again' ;;
	ROLLBACK_FAILED) means='it could not be made, and not all that there was of it could be deleted again' ;;
	CREATE_FAILED) means='it could not be made, and what there is of it has been left' ;;
	DELETE_FAILED) means='it is half deleted' ;;
	UPDATE_FAILED) means='an update failed and has been left half done' ;;
	IMPORT_ROLLBACK_COMPLETE) means='an import failed, and it is as it was before' ;;
	IMPORT_ROLLBACK_FAILED) means='an import failed, and so did going back to what was before' ;;
	UPDATE_ROLLBACK_FAILED) means='an update failed, and so did going back to what was before' ;;
	*) return 0 ;;
	esac
	if [[ ${STACK_TOLD[$1]-} == "$STACK_STATUS" ]]; then return; fi
	STACK_TOLD[$1]=$STACK_STATUS
	say::warn "stack $1 is in $STACK_STATUS: $means"
}

# stack::release TEMPLATE OUTPUT PARAMETER... [-- PARAMETER...]: writes what is to be deployed, prints the mark it is known by.
stack::release() {
	if aws::absent; then return; fi
	python "$ROOT/tools" stacks.template "$@"
}

# stack::deploy TEMPLATE NAME RELEASE PARAMETER...: the AWS CLI gives up if AWS would not say how far the stack is; that is
# not the end of what it began.
stack::deploy() {
	if cloudformation::deploy "$1" "$2" "${@:4}" "Release=$3"; then return; fi
	stack::follow "$2"
	[[ $STACK_STATUS == @(CREATE|UPDATE)_COMPLETE && ${STACK_OUTPUTS[Release]-} == "$3" ]]
}

# stack::is NAME RELEASE: the stack stands and holds just that.
stack::is() {
	stack::read "$1"
	[[ $STACK_STATUS == @(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE && ${STACK_OUTPUTS[Release]-} == "$2" ]]
}

# stack::await NAME: after stack::read; an operation that an earlier run began is waited for.
stack::await() {
	if ! stack::is_busy; then return; fi
	say::note 'waiting until that has ended'
	stack::follow "$1"
	stack::tell "$1"
}

# A stack in REVIEW_IN_PROGRESS waits for somebody who executes its change set, perhaps for ever.
stack::is_busy() {
	[[ $STACK_STATUS == *_IN_PROGRESS && $STACK_STATUS != REVIEW_IN_PROGRESS ]]
}

# stack::follow NAME: until nothing is done to it any more.
stack::follow() {
	local until=$((SECONDS + 3600)) looks
	if option DRY; then return; fi
	stack::look "$1"
	for ((looks = 0; ; looks++)); do
		if ! stack::is_busy; then break; fi
		if ((SECONDS > until)); then
			say::fail "stack $1 is still in $STACK_STATUS after an hour" "$(cloudformation::reasons "$1")" "$(say::again)"
		fi
		say::progress "$STACK_STATUS"
		polling::pause "$looks"
		stack::look "$1"
	done
	say::progress_ends
}

# stack::settle NAME: after stack::read; a stack that CloudFormation will not update can be updated afterwards, or is out
# of the way.
stack::settle() {
	stack::await "$1"
	case $STACK_STATUS in
	UPDATE_FAILED | UPDATE_ROLLBACK_FAILED) stack::go_back "$1" ;;
	REVIEW_IN_PROGRESS | ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED) stack::replace "$1" ;;
	# one that begins with an import has no outputs yet; what has some was whole before, and an update may lead on
	IMPORT_ROLLBACK_COMPLETE | IMPORT_ROLLBACK_FAILED) if ((${#STACK_OUTPUTS[@]} == 0)); then stack::replace "$1"; fi ;;
	'') stack::need_maker "$1" ;;
	esac
}

# stack::go_back NAME: takes a failed update back. That is what CloudFormation was about to do itself, so nobody is asked.
stack::go_back() {
	local failed names
	say::note 'going back to what was before the update'
	if [[ $STACK_STATUS == UPDATE_FAILED ]]; then stack::operate "$1" rollback-stack; fi
	if [[ $STACK_STATUS == UPDATE_ROLLBACK_FAILED ]]; then stack::operate "$1" continue-update-rollback; fi
	if option DRY || [[ $STACK_STATUS == UPDATE_ROLLBACK_COMPLETE ]]; then return; fi
	failed=$(cloudformation::failures "$1" "$STACK_OPERATION")
	names=$(stack::names "$failed")
	say::fail "stack $1 cannot go back to what was before its last update" "${failed:-it is in $STACK_STATUS}" "mend what it says, then $(say::again)${names:+
to leave as it is what cannot go back: $(aws::typed cloudformation continue-update-rollback --stack-name "$1" --resources-to-skip) $names && $(say::again)}"
}

# stack::replace NAME: deletes what no update leads out of. Of these states only DELETE_FAILED can hold a version that
# answers, if somebody's deletion stopped before it came to that: the others are those of a stack that has never been
# made whole, and `live` comes with an update after that. Whoever deploys does not mean to take away what callers use,
# and there is no way but through the deletion; so that is left to a command that says so.
stack::replace() {
	stack::need_maker "$1"
	if [[ $STACK_STATUS == DELETE_FAILED && $1 == "$TEMPLATE_LAMBDA" ]] && lambda::is_live "$PROJECT_LAMBDA-$STAGE"; then
		say::fail "stack $1 is half deleted, and its live version is still there" "$(cloudformation::reasons "$1")
nothing but deleting it leads out of DELETE_FAILED, and callers may still be answered" \
			"to end the deletion and deploy anew: $(aws::typed cloudformation delete-stack --stack-name "$1") && $(say::again)"
	fi
	say::note 'it is deleted and made anew'
	# Going back deletes what deleting would keep: the repository and the bucket of a registry that came to nothing.
	if [[ $STACK_STATUS == CREATE_FAILED ]]; then stack::operate "$1" rollback-stack; fi
	if [[ -n $STACK_STATUS ]]; then stack::delete "$1"; fi
}

# stack::need_maker NAME: only -d makes the model's stack, so nothing else takes it away in order to make it anew.
stack::need_maker() {
	if [[ $1 != "$TEMPLATE_LAMBDA" ]] || option DEPLOY; then return; fi
	say::fail "$PROJECT_LAMBDA is not deployed at stage $STAGE" "stack $1 is ${STACK_STATUS:+in }${STACK_STATUS:-deleted}" \
		"bash pipeline.sh -s $STAGE -r -p $MODEL -d"
}

# stack::set PARAMETER...: the model's stack as it is, with other values; what is not named stays.
stack::set() {
	local pair same=1
	for pair in "$@"; do
		if [[ ${STACK_OUTPUTS[${pair%%=*}]-} != "${pair#*=}" ]]; then same=''; fi
	done
	# An update that changes nothing is an error of CloudFormation's.
	if [[ -n $same ]]; then return; fi
	cloudformation::set_parameters "$TEMPLATE_LAMBDA" "$@"
	if option DRY; then return; fi
	stack::follow "$TEMPLATE_LAMBDA"
	if [[ $STACK_STATUS != UPDATE_COMPLETE ]]; then
		say::fail "stack $TEMPLATE_LAMBDA is in $STACK_STATUS" "$(cloudformation::reasons "$TEMPLATE_LAMBDA")" "$(say::again)"
	fi
}

stack::delete() {
	local failed names
	stack::operate "$1" delete-stack
	if [[ -n $STACK_STATUS ]] && ! option DRY; then
		failed=$(cloudformation::failures "$1" "$STACK_OPERATION")
		names=$(stack::names "$failed")
		say::fail "stack $1 is not deleted" "${failed:-it is in $STACK_STATUS}" "mend what it says, then $(say::again)${names:+
to leave behind what cannot be deleted: $(aws::typed cloudformation delete-stack --stack-name "$1" --retain-resources) $names && $(say::again)}"
	fi
	# What is made anew has nothing of it.
	STACK_STATUS='' STACK_OUTPUTS=()
}

# stack::operate NAME VERB: to its end, well or not; cloudformation::failures knows it by STACK_OPERATION.
stack::operate() {
	STACK_OPERATION=pipeline-$$-$(say::now)
	cloudformation::operate "$1" "$2" "$STACK_OPERATION"
	stack::follow "$1"
}

# stack::names FAILED: the resources alone, on a line.
stack::names() {
	local failed names=''
	while read -r failed; do names+=" ${failed%%:*}"; done <<<"$1"
	printf '%s' "${names# }"
}
