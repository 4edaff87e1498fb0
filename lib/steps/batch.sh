# shellcheck shell=bash
# --batch: a whole input through the version that is live. What is counted and compared is in tools/batch; the state machine
# that has it done is batch.yaml's.

batch::run() {
	local batch=''
	batch::names
	setup::tools
	stage::enter
	if ! option BATCH_STOP; then programs::open batch.{quote,pack,missing,watch,collect}; fi
	deploy::need_stack
	if [[ ${STACK_OUTPUTS[LiveVersion]} == none ]]; then
		say::fail "no version of $PROJECT_LAMBDA is live at stage $STAGE" '' "bash pipeline.sh -s $STAGE -r -p $MODEL -d"
	fi
	if ! option BATCH && ! option BATCH_RESUME; then batch::find_machine; fi
	if option BATCH_STATUS; then
		batch::tell "$BATCH_ID"
	elif option BATCH_STOP; then
		batch::stop "$BATCH_ID"
	else
		batch::need_machine
		if option BATCH; then batch::prepare; else batch=$BATCH_ID; fi
		if ! option DRY; then batch::go "$batch"; fi
	fi
}

# batch::find_machine: sets BATCH_MACHINE.
batch::find_machine() {
	stack::read "$TEMPLATE_BATCH"
	BATCH_MACHINE=${STACK_OUTPUTS[MachineArn]-}
	if [[ -n $BATCH_MACHINE ]] || option DRY; then return; fi
	say::fail "$PROJECT_LAMBDA has no batches at stage $STAGE" '' "bash pipeline.sh -s $STAGE -m $MODEL --batch INPUT"
}

# batch::need_machine: its stack, made or brought up to date. A deployment does the same for itself, one after the other.
batch::need_machine() {
	local function=${STACK_OUTPUTS[FunctionName]} live=${STACK_OUTPUTS[LiveVersion]} path
	path=$(address::path)
	deploy::need_policy batches-boundary ''
	locks::with "$STAGE-$PROJECT_LAMBDA" batch::deploy "$function"
	batch::find_machine
	BATCH_ABOUT=("$BUCKET" "$function" "$live" "$path")
}

# batch::deploy FUNCTION
batch::deploy() {
	local template=$RUN_DIR/batch.yaml parameters release role
	role=$(lambda::role "$1")
	parameters=("Project=$PROJECT_LAMBDA" "Stage=$STAGE" "BucketName=$BUCKET" "FunctionRole=$role" "LogDays=$LOG_DAYS_LAMBDA")
	release=$(stack::release "$ROOT/batch.yaml" "$template" "${parameters[@]}")
	if stack::is "$TEMPLATE_BATCH" "$release"; then return; fi
	say::step machine "stack $TEMPLATE_BATCH"
	stack::settle "$TEMPLATE_BATCH"
	if ! stack::deploy "$template" "$TEMPLATE_BATCH" "$release" "${parameters[@]}"; then
		say::fail "stack $TEMPLATE_BATCH could not be made" "$(cloudformation::reasons "$TEMPLATE_BATCH")
$(execute::said 3)" "$(say::again)"
	fi
	say::result made
}

# batch::prepare: the quote, the question, and the input in the bucket. Sets batch.
batch::prepare() {
	local flags=() at_once
	if option CHUNK; then flags+=(--chunk "$BATCH_CHUNK"); fi
	if option BUDGET; then flags+=(--budget "$BATCH_BUDGET"); fi
	say::step quote "$BATCH_INPUT"
	if option DRY; then return; fi
	batch::need_parquet
	at_once=$(batch::at_once "${BATCH_ABOUT[1]}")
	if ! batch=$(programs::ask batch.quote "$RUN_DIR" "${BATCH_ABOUT[@]}" "$BATCH_INPUT" "$BATCH_OUT" \
		"$at_once" "${flags[@]}" 2>"$RUN_DIR/batch.err"); then
		batch::told_quote
		say::fail "there is no batch of $BATCH_INPUT" "$(<"$RUN_DIR/batch.err")" "mend it, then $(say::again)"
	fi
	if [[ ! -e $RUN_DIR/quote ]]; then
		say::result "batch $batch, begun before"
		return
	fi
	batch::told_quote
	say::result "batch $batch"
	if ! say::agreed 'Go on? [y/N] '; then
		say::fail 'not begun' 'nobody has said yes' "$(say::again) -y"
	fi
	say::step pack "into bucket $BUCKET"
	if ! BATCH_TOLD=$(programs::ask batch.pack "$RUN_DIR" "$BUCKET" 2>"$RUN_DIR/batch.err"); then
		say::fail "$BATCH_INPUT cannot be packed" "$(<"$RUN_DIR/batch.err")" "mend it, then $(say::again)"
	fi
	say::result packed
}

# batch::need_parquet: what reads and writes it, if this batch has any: it takes a while the first time, and says so.
batch::need_parquet() {
	if [[ ${BATCH_INPUT,,} != *.parquet && $BATCH_OUT != *.parquet ]]; then return; fi
	if ! python "$ROOT/tools" batch.parquet >"$RUN_DIR/parquet"; then
		say::fail 'what reads and writes Parquet cannot be installed' "$(<"$RUN_DIR/parquet")" \
			"check the network and the room, or write CSV or JSON lines; then $(say::again)"
	fi
}

batch::told_quote() {
	local line
	if [[ ! -e $RUN_DIR/quote ]]; then return; fi
	while IFS= read -r line; do say::note "$line"; done <"$RUN_DIR/quote"
}

# batch::at_once FUNCTION: how many chunks. Each is a container of those that the account, or here the machine, has.
batch::at_once() {
	if option CONCURRENCY; then
		printf '%s' "$BATCH_CONCURRENCY"
	elif [[ $STAGE == local ]]; then
		getconf _NPROCESSORS_ONLN
	else
		programs::ask batch.at_once "$1"
	fi
}

# batch::go BATCH: what is missing of it, by one execution after the other; then the results.
batch::go() {
	local execution
	execution=$(states::running "$BATCH_MACHINE" "$1-")
	if [[ -z $execution ]]; then batch::start "$1"; fi
	while [[ -n $execution ]]; do
		batch::watch "$1" "$execution"
		execution=''
		if [[ -n ${BATCH_MISSING-} ]]; then batch::start "$1" --again; fi
	done
	batch::collect "$1"
}

# batch::start BATCH [--again]: what is missing of it; sets execution, to nothing if nothing is. What has just been packed
# is all missing, and what its execution is told is known.
batch::start() {
	local told=${BATCH_TOLD-} flags=("${@:2}")
	execution=''
	BATCH_TOLD=''
	if option CONCURRENCY; then flags+=(--concurrency "$BATCH_CONCURRENCY"); fi
	if [[ -z $told ]] &&
		! told=$(programs::ask batch.missing "$RUN_DIR" "$BUCKET" "$1" "${flags[@]}" 2>"$RUN_DIR/batch.err"); then
		say::fail "batch $1 cannot go on" "$(<"$RUN_DIR/batch.err")" \
			"bash pipeline.sh -s $STAGE -m $MODEL --batch INPUT, or in the stage and folder in which it was begun"
	fi
	if [[ -z $told ]]; then return; fi
	states::start "$BATCH_MACHINE" "$1-$(date +%s)" "$told" >"$RUN_DIR/execution"
	execution=$(<"$RUN_DIR/execution")
}

# batch::watch BATCH EXECUTION: Ctrl-C ends the watching, and nothing else.
batch::watch() {
	# not $1 in the trap, which runs within the function that waits
	local batch=$1 status=0 flags=()
	BATCH_MISSING=''
	if option BUDGET; then flags+=(--budget "$BATCH_BUDGET"); fi
	say::step batch "$1"
	trap 'programs::end; batch::left "$batch"' INT TERM
	programs::show batch.watch "$BUCKET" "$1" "$2" "${flags[@]}" || status=$?
	workspace::end_on_signals
	case $status in
	0) say::result ended ;;
	5)
		say::result 'ended, and something is missing'
		BATCH_MISSING=1
		;;
	3)
		states::stop "$2"
		BATCH_STOPPED="it would cost more than --budget $BATCH_BUDGET"
		say::result 'stopped: it would cost more than the budget'
		;;
	4)
		BATCH_STOPPED='somebody has stopped it'
		say::result stopped
		;;
	*)
		BATCH_STOPPED='its execution has failed, and what stands above says why'
		say::result failed
		;;
	esac
}

# batch::left BATCH: who stops watching is told how to come back.
batch::left() {
	say::progress_ends
	printf '\nbatch %s goes on\n' "$1" >&2
	printf '  to look:  %s\n  to watch, and get the results:  %s\n  to stop it:  %s\n' \
		"$(batch::command status "$1")" "$(batch::command resume "$1")" "$(batch::command stop "$1")" >&2
	SAID=1
	exit 130
}

# batch::command VERB BATCH
batch::command() {
	execute::show bash pipeline.sh -s "$STAGE" -m "$MODEL" "--batch-$1" "$2"
}

# batch::collect BATCH: how many rows have failed is in the file failed.
batch::collect() {
	local status=0 failed
	say::step results "batch $1"
	programs::show batch.collect "$RUN_DIR" "$BUCKET" "$1" "$BATCH_OUT" || status=$?
	case $status in
	0) say::result written ;;
	3)
		failed=$(<"$RUN_DIR/failed")
		say::fail "$failed" 'each says why in the results' 'mend them in the input, or the model, and ask those again'
		;;
	4) say::fail "batch $1 is not all done" "${BATCH_STOPPED:-chunks have failed}; what is done is in the results" \
		"$(batch::command resume "$1")" ;;
	*) say::fail "the results of batch $1 cannot be used" 'what stands above says why' "$(batch::command resume "$1")" ;;
	esac
}

batch::tell() {
	local running
	running=$(states::running "$BATCH_MACHINE" "$1-")
	if ! programs::show batch.watch "$BUCKET" "$1"; then
		say::fail "there is nothing to tell of batch $1" '' "bash pipeline.sh -s $STAGE -m $MODEL --batch INPUT"
	fi
	if [[ -n $running ]]; then say::note 'it is running'; else say::note "it is not running; its results: $(batch::command resume "$1")"; fi
}

batch::stop() {
	local running
	running=$(states::running "$BATCH_MACHINE" "$1-")
	if [[ -z $running ]]; then
		say::note "batch $1 is not running"
		return
	fi
	states::stop "$running"
	say::note "stopped; to go on: $(batch::command resume "$1")"
}

batch::names() {
	TEMPLATE_BATCH=$PROJECT_LAMBDA-$STAGE-batch
}

# batch::remove: before the function, whose role has a policy of that stack. Most models have no batches, and nothing is
# said of them.
batch::remove() {
	stack::look "$TEMPLATE_BATCH"
	if [[ -z $STACK_STATUS ]]; then return; fi
	say::step remove "stack $TEMPLATE_BATCH"
	stack::read "$TEMPLATE_BATCH"
	# a state machine is deleted only once nothing runs in it
	if [[ -n ${STACK_OUTPUTS[MachineArn]-} ]]; then states::stop_all "${STACK_OUTPUTS[MachineArn]}"; fi
	remove::stack "$TEMPLATE_BATCH"
}
