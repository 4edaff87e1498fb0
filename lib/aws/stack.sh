# shellcheck shell=bash
# A CloudFormation stack: its state, whether it is what we want, and the way out of states that block updates.

# stack::read NAME: sets STACK_STATUS (empty: no stack) and the map STACK_OUTPUTS, and warns of a bad state, whatever the
# command.
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

# stack::tell NAME: warns of what its state means, once.
declare -A STACK_TOLD=()
stack::tell() {
	local means
	case $STACK_STATUS in
	REVIEW_IN_PROGRESS) means='a change set was made and never executed; the stack is empty' ;;
	*_IN_PROGRESS) means='an operation is in progress' ;;
	ROLLBACK_COMPLETE) means='it could not be made, and its resources have been deleted again' ;;
	ROLLBACK_FAILED) means='it could not be made, and some of its resources could not be deleted again' ;;
	CREATE_FAILED) means='it could not be made, and its resources have been left' ;;
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

# stack::release TEMPLATE OUTPUT PARAMETER... [-- PARAMETER...]: writes what is to be deployed, and prints its release mark.
stack::release() {
	if aws::absent; then return; fi
	python "$ROOT/tools" stacks.template "$@"
}

# stack::deploy TEMPLATE NAME RELEASE PARAMETER...: the AWS CLI gives up if AWS does not report the stack's progress; the
# operation that it began still goes on, so follow it to its end.
stack::deploy() {
	if cloudformation::deploy "$1" "$2" "${@:4}" "Release=$3"; then return; fi
	stack::follow "$2"
	[[ $STACK_STATUS == @(CREATE|UPDATE)_COMPLETE && ${STACK_OUTPUTS[Release]-} == "$3" ]]
}

# stack::is NAME RELEASE: whether the stack is complete and holds exactly this release.
stack::is() {
	stack::read "$1"
	[[ $STACK_STATUS == @(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE && ${STACK_OUTPUTS[Release]-} == "$2" ]]
}

# stack::await NAME: call it after stack::read; waits for an operation that an earlier run began.
stack::await() {
	if ! stack::is_busy; then return; fi
	say::note 'waiting until that has ended'
	stack::follow "$1"
	stack::tell "$1"
}

# A stack in REVIEW_IN_PROGRESS waits for somebody to execute its change set, perhaps for ever.
stack::is_busy() {
	[[ $STACK_STATUS == *_IN_PROGRESS && $STACK_STATUS != REVIEW_IN_PROGRESS ]]
}

# stack::follow NAME: waits until no operation is in progress.
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

# stack::settle NAME: call it after stack::read; a stack that CloudFormation refuses to update is brought back to a state
# that can be updated, or deleted.
stack::settle() {
	stack::await "$1"
	case $STACK_STATUS in
	UPDATE_FAILED | UPDATE_ROLLBACK_FAILED) stack::go_back "$1" ;;
	REVIEW_IN_PROGRESS | ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED) stack::replace "$1" ;;
	# a stack that began with an import has no outputs yet; one with outputs was complete before, and an update may repair it
	IMPORT_ROLLBACK_COMPLETE | IMPORT_ROLLBACK_FAILED) if ((${#STACK_OUTPUTS[@]} == 0)); then stack::replace "$1"; fi ;;
	'') stack::need_maker "$1" ;;
	esac
}

# stack::go_back NAME: rolls a failed update back. CloudFormation was about to do that itself, so nobody is asked.
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

# stack::replace NAME: deletes a stack in a state that no update can leave. Of these states only DELETE_FAILED can hold a
# live version, if a deletion stopped before it reached that; stacks in the others have never been complete, and `live`
# comes with a later update. Whoever deploys does not mean to take away what callers use, yet deletion is the only way
# out. So that is left to an explicit command.
stack::replace() {
	stack::need_maker "$1"
	if [[ $STACK_STATUS == DELETE_FAILED && $1 == "$TEMPLATE_LAMBDA" ]] && lambda::is_live "$PROJECT_LAMBDA-$STAGE"; then
		say::fail "stack $1 is half deleted, and its live version is still there" "$(cloudformation::reasons "$1")
nothing but deleting it leads out of DELETE_FAILED, and callers may still be answered" \
			"to end the deletion and deploy anew: $(aws::typed cloudformation delete-stack --stack-name "$1") && $(say::again)"
	fi
	say::note 'it is deleted and made anew'
	# A rollback also deletes what a deletion would retain: the repository and the bucket of a registry that was never complete.
	if [[ $STACK_STATUS == CREATE_FAILED ]]; then stack::operate "$1" rollback-stack; fi
	if [[ -n $STACK_STATUS ]]; then stack::delete "$1"; fi
}

# stack::need_maker NAME: only -d makes the model's stack, so no other step may delete it in order to make it again.
stack::need_maker() {
	if [[ $1 != "$TEMPLATE_LAMBDA" ]] || option DEPLOY; then return; fi
	say::fail "$PROJECT_LAMBDA is not deployed at stage $STAGE" "stack $1 is ${STACK_STATUS:+in }${STACK_STATUS:-deleted}" \
		"bash pipeline.sh -s $STAGE -r -p $MODEL -d"
}

# stack::set PARAMETER...: updates the model's stack with these values; all else stays.
stack::set() {
	local pair same=1
	for pair in "$@"; do
		if [[ ${STACK_OUTPUTS[${pair%%=*}]-} != "${pair#*=}" ]]; then same=''; fi
	done
	# CloudFormation treats an update that changes nothing as an error.
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
	# A stack that is made again starts with no outputs.
	STACK_STATUS='' STACK_OUTPUTS=()
}

# stack::operate NAME VERB: runs an operation to its end, successful or not; sets STACK_OPERATION.
stack::operate() {
	STACK_OPERATION=pipeline-$$-$(say::now)
	cloudformation::operate "$1" "$2" "$STACK_OPERATION"
	stack::follow "$1"
}

# stack::names FAILED: the resources alone, on one line.
stack::names() {
	local failed names=''
	while read -r failed; do names+=" ${failed%%:*}"; done <<<"$1"
	printf '%s' "${names# }"
}
