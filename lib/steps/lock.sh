# shellcheck shell=bash
# --lock: resolves what a folder asks for (requirements*.in) to what is installed (requirements*.txt), hashes included.

lock::run() {
	local file files=()
	if option ALL; then
		say::begin 'locking what every folder installs, and the tools'
	else
		model_folder::enter
		say::begin "locking what $MODEL installs"
		for file in "$MODEL"/requirements*.in "$MODEL"/train/requirements*.in; do
			if [[ -f $file ]]; then files+=("$file"); fi
		done
		if ((${#files[@]} == 0)); then
			say::fail "$MODEL asks for nothing of its own" "it has no requirements.in, and installs what $ROOT/building/requirements.txt locks" \
				"write $MODEL/requirements.in, a package a line, then $(say::again)"
		fi
	fi
	locks::with tools setup::venv
	execute::must 'what is asked for cannot be locked' "mend the file that it names, then $(say::again)" \
		bash "$ROOT/tools/environment/lock.sh" "${files[@]}"
	say::result 'locked: look at git diff'
}

# lock::check: a package that was added after the last --lock would be missing from the image.
lock::check() {
	local found
	# a dry run on a fresh machine
	if [[ ! -x $VENV/bin/uv ]]; then return; fi
	found=$(python "$ROOT/tools" images.stale_locks "$MODEL" "BACKEND=$BACKEND" "ARCHITECTURE=$ARCHITECTURE_LAMBDA")
	if [[ -z $found ]]; then return; fi
	say::fail "$PROJECT_LAMBDA asks for what its lock does not hold" "$found" "bash pipeline.sh --lock -m $MODEL, then $(say::again)"
}
