# shellcheck shell=bash
# --all: every model folder, each in a run of its own, as many in parallel as there are processors. A failure
# neither stops the others nor is hidden by them.

fleet::run() {
	local folder names=() running=0 most
	most=$(getconf _NPROCESSORS_ONLN)
	say::begin "every model at stage $STAGE, $most at a time"
	mkdir "$RUN_DIR/fleet"
	for folder in "$ROOT"/*/app/main.py; do
		folder=${folder%/app/main.py}
		if [[ ! -f $folder/Dockerfile ]]; then continue; fi
		names+=("${folder##*/}")
		if ((running == most)); then
			wait -n || true
			running=$((running - 1))
		fi
		fleet::one "$folder" &
		running=$((running + 1))
	done
	wait
	fleet::tell "${names[@]}"
}

# fleet::one FOLDER: runs the pipeline for it, with the folder's name before every line on stderr.
fleet::one() {
	local name=${1##*/} began status=0 flags=()
	began=$(say::now)
	fleet::flags "$1"
	bash "$ROOT/pipeline.sh" "${flags[@]}" 2>&1 >"$RUN_DIR/fleet/$name.out" | fleet::prefix "$name: " >&2 || status=$?
	printf '%s %s\n' "$status" "$(($(say::now) - began))" >"$RUN_DIR/fleet/$name.status"
}

# fleet::prefix WORDS: copies stdin, with WORDS before every line.
fleet::prefix() {
	local line
	while IFS= read -r line || [[ -n $line ]]; do printf '%s%s\n' "$1" "$line"; done
}

# fleet::flags FOLDER: sets flags, this run's command line for one folder.
fleet::flags() {
	local word
	flags=(-m "$1")
	for word in "${COMMAND_LINE[@]}"; do
		case $word in
		--all) ;;
		--json) if (($(options::documents))); then flags+=(--json); fi ;;
		*) flags+=("$word") ;;
		esac
	done
}

# fleet::tell NAME...: a table of the results on stderr; on stdout what each run printed, after its name. Fails if one did.
fleet::tell() {
	local name status ms line failed=0
	printf '\n%-28s %-10s %8s  %s\n' MODEL RESULT SECONDS ADDRESS >&2
	for name in "$@"; do
		read -r status ms <"$RUN_DIR/fleet/$name.status"
		line=$(sed -n 's/^API_URL=//p' "$RUN_DIR/fleet/$name.out" | tail -n 1)
		if ((status)); then failed=$((failed + 1)); fi
		printf '%-28s %-10s %8s  %s\n' "$name" "$(fleet::word "$status")" "$((ms / 1000)).$((ms % 1000 / 100))" "$line" >&2
		if ! option JSON; then fleet::prefix "$name " <"$RUN_DIR/fleet/$name.out"; fi
	done
	if option JSON; then python "$ROOT/tools" command.output_as_json "$RUN_DIR/fleet" "$@"; fi
	if ((failed)); then
		say::fail "$failed of $# models failed" 'the output of each is above, after its name' "$(say::again)"
	fi
}

fleet::word() {
	case $1 in
	0) printf done ;;
	*) printf 'FAILED (%s)' "$1" ;;
	esac
}
