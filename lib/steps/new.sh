# shellcheck shell=bash
# --new: makes a model folder from a file. It needs no stage and no AWS, and an engine only to run a stranger's code.

new::make() {
	new::check
	say::begin "a new model $NEW_NAME from $NEW_FROM"
	locks::with tools setup::venv
	local kind flags=()
	if [[ -n $NEW_SAMPLES ]]; then flags+=(--samples "$NEW_SAMPLES"); fi
	if [[ -n $NEW_PREPROCESS ]]; then flags+=("--preprocess=$NEW_PREPROCESS"); fi
	if [[ -n $NEW_ARCH ]]; then flags+=(--arch "$NEW_ARCH"); fi
	if [[ -n $NEW_INPUTS ]]; then flags+=(--inputs "$NEW_INPUTS"); fi
	if [[ -n $NEW_SIGNATURE ]]; then flags+=(--signature "$NEW_SIGNATURE"); fi
	if option DRY; then
		execute::show python "$ROOT/tools" models.new "$NEW_NAME" "$NEW_FROM" "$PIPELINE_HOME/cache" "${flags[@]}"
		return
	fi
	if [[ -n $NEW_LABELS ]]; then flags+=(--labels "$NEW_LABELS"); fi
	if [[ -t 0 ]] && ! option YES; then flags+=(--ask); fi
	new::ask models.kinds "$NEW_FROM"
	kind=$(<"$RUN_DIR/answer")
	if [[ $kind == @(keras|sklearn|torch) ]]; then
		new::convert "$kind" "${flags[@]}"
		flags+=(--converted "$RUN_DIR/converted")
	fi
	new::ask models.new "$NEW_NAME" "$NEW_FROM" "$PIPELINE_HOME/cache" "${flags[@]}"
	say::result "./$NEW_NAME"
	say::note "next: bash pipeline.sh -s local -r -p ./$NEW_NAME -d"
}

# new::ask PROGRAM WORD...: runs it, with its answer in $RUN_DIR/answer. A refusal ends the run.
new::ask() {
	if ! python "$ROOT/tools" "$@" >"$RUN_DIR/answer"; then new::refused "$RUN_DIR/answer"; fi
}

# new::refused FILE: ends the run with what, why and what to do, one line each.
new::refused() {
	local lines
	# a container's answer may come from a stranger's code
	head -n 3 "$1" | LC_ALL=C tr '\000-\011\013-\037\177' ' ' | cut -c 1-1200 >"$RUN_DIR/refusal"
	mapfile -t lines <"$RUN_DIR/refusal"
	say::fail "${lines[0]:-$NEW_FROM cannot be turned into a model folder}" "${lines[1]-}" "${lines[2]-}"
}

# Checks that need no look into the file.
new::check() {
	local why file
	why=$(names::complaint "$NEW_NAME")
	if [[ -n $why ]]; then say::fail "a model cannot be called $NEW_NAME" "$why" 'choose another name'; fi
	if [[ -e $NEW_NAME || -L $NEW_NAME ]]; then
		say::fail "there is a $NEW_NAME here already" '' 'choose another name, or remove it'
	fi
	for file in "$NEW_FROM" "$NEW_SAMPLES" "$NEW_LABELS"; do
		if [[ -n $file && ! -e $file ]]; then say::fail "there is no $file" '' 'mend the path'; fi
	done
}

# new::convert FRAMEWORK FLAG...: turns a file that holds code into one that holds only data, where the code can do no harm.
new::convert() {
	local framework=$1 packages status=0 minutes=30 why
	shift
	say::warn "$NEW_FROM may hold its author's code. That runs in a container that has no network and none of your files."
	new::ask models.new --request "$NEW_NAME" "$NEW_FROM" "$PIPELINE_HOME/cache" "$@"
	mv "$RUN_DIR/answer" "$RUN_DIR/request"
	setup::engine
	new::base
	new::ask models.environment "$framework" "$PIPELINE_HOME/cache" "$(engine::architecture)"
	packages=$(<"$RUN_DIR/answer")
	engine::isolated "$((minutes * 60))" "$((4 << 30))" "$BASE_HERE" "$packages" "tools.models.readers.$framework" \
		<"$RUN_DIR/request" >"$RUN_DIR/converted" 2>"$RUN_DIR/log" || status=$?
	case $status in
	0) return ;;
	3) new::refused "$RUN_DIR/converted" ;;
	123) why='the result is larger than 4 GB' ;;
	124) why="the conversion takes more than $minutes minutes" ;;
	137) why='the conversion takes more memory than there is, or more than 6 GB' ;;
	*) why=$(execute::said 3) ;;
	esac
	say::fail "$NEW_FROM cannot be converted" "$why" 'convert it to .onnx by hand, and give that file'
}

# new::base: the Python image for the conversion, the same as at stage local.
new::base() {
	STAND_IN_ALLOWED=1 ARCHITECTURE_LAMBDA=$(engine::architecture)
	base_image::choose
	base_image::ensure
}
