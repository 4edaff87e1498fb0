# shellcheck shell=bash
# --new: a model folder from a file. It needs no stage, no AWS and no engine.

new::make() {
	new::check
	say::begin "a new model $NEW_NAME from $NEW_FROM"
	locks::with tools setup::venv
	local refused status=0 flags=()
	if [[ -n $NEW_SAMPLES ]]; then flags+=(--samples "$NEW_SAMPLES"); fi
	if [[ -n $NEW_LABELS ]]; then flags+=(--labels "$NEW_LABELS"); fi
	if [[ -t 0 ]] && ! option YES; then flags+=(--ask); fi
	execute::run python "$ROOT/tools" models.new "$NEW_NAME" "$NEW_FROM" "$PIPELINE_HOME/cache" "${flags[@]}" \
		>"$RUN_DIR/refused" || status=$?
	if option DRY; then
		cat "$RUN_DIR/refused"
		return
	fi
	if ((status)); then
		mapfile -t refused <"$RUN_DIR/refused"
		say::fail "${refused[0]:-$NEW_FROM cannot be made a model folder}" "${refused[1]-}" "${refused[2]-}"
	fi
	say::result "./$NEW_NAME"
	say::note "next: bash pipeline.sh -s local -r -p ./$NEW_NAME -d"
}

# What needs no look into the file.
new::check() {
	local why
	why=$(names::complaint "$NEW_NAME")
	if [[ -n $why ]]; then say::fail "a model cannot be called $NEW_NAME" "$why" 'choose another name'; fi
	if [[ -e $NEW_NAME || -L $NEW_NAME ]]; then
		say::fail "there is a $NEW_NAME here already" '' 'choose another name, or take it away'
	fi
	local file
	for file in "$NEW_FROM" "$NEW_SAMPLES" "$NEW_LABELS"; do
		if [[ -n $file && ! -e $file ]]; then say::fail "there is no $file" '' 'mend the path'; fi
	done
}
