# shellcheck shell=bash
# --dev: runs the folder's handler on this machine, without a container or a stage, and reloads it after each save.

# The exit status of tools/dev/loop.py if a saved file requires dev::prepare to run again.
readonly DEV_AGAIN=75

dev::run() {
	# The stage that settings refer to if none is named; its stand-in weights are allowed.
	STAGE=local STAND_IN_ALLOWED=1
	local status=$DEV_AGAIN
	dev::check
	model_folder::find
	say::begin "$PROJECT_LAMBDA on this machine"
	locks::with tools setup::venv
	dev::choose_python
	if option DRY && [[ ! -x $VENV/bin/python ]]; then setup::without_tools; fi
	DEV_HOME=$PIPELINE_HOME/dev/$PROJECT_LAMBDA
	while ((status == DEV_AGAIN)); do
		locks::with "dev-$PROJECT_LAMBDA" dev::prepare
		status=0
		dev::serve || status=$?
	done
	if ((status)); then
		say::fail "$PROJECT_LAMBDA cannot be served here" 'the reason is above' "PORT=… $(say::again) chooses another port"
	fi
	say::result stopped
}

# The runtimes are called through their libraries, and a folder's lock holds those for Linux.
dev::check() {
	if [[ $(uname -s) == Linux ]]; then return; fi
	say::fail '--dev needs Linux' "this is $(uname -s), for which the runtimes in serving/ have no library" \
		"the image itself, without reloading: bash pipeline.sh -s local -p $MODEL_PATH --rie"
}

# dev::choose_python: sets PYTHON, to the version of the images if it is installed.
dev::choose_python() {
	local version
	PYTHON=$(setup::find_python "python$PYTHON_OF_IMAGES") || setup::python
	version=$("$PYTHON" -c 'import platform; print(platform.python_version())')
	say::note "Python $version, in $("$PYTHON" -c 'import sys; print(sys.base_prefix)')"
	if [[ $version == "$PYTHON_OF_IMAGES".* ]]; then return; fi
	say::warn "the image runs Python $PYTHON_OF_IMAGES, and this machine has $version: differences between the two do not show here"
	say::note "install python$PYTHON_OF_IMAGES with its venv module to have the same"
}

# Made once, and again when the sources change.
dev::prepare() {
	local lock
	lock::check
	lock=$(python "$ROOT/tools" images.context lock "$MODEL" "BACKEND=$BACKEND")
	dev::environment packages "$lock"
	unset MODEL_FOLDER
	if [[ -f $MODEL/requirements-export.txt ]]; then dev::export; fi
}

# dev::environment NAME LOCK: makes the private Python environment NAME from LOCK, unless it is up to date.
dev::environment() {
	local environment=$DEV_HOME/$1
	if cmp -s "$2" "$environment/made-from" && "$environment/bin/python" -c '' 2>/dev/null &&
		[[ $("$environment/bin/python" -V) == "$("$PYTHON" -V)" ]]; then return; fi
	say::step "$1" "install $2 into a private environment"
	execute::run mkdir -p "$DEV_HOME"
	UV=$VENV/bin/uv UV_CACHE_DIR=$PIPELINE_HOME/cache/uv execute::must "cannot install $2" "check the network, the hashes and the room, then $(say::again)
or run the image itself: bash pipeline.sh -s local -p $MODEL --rie" \
		bash "$ROOT/tools/environment/install.sh" "$2" "$environment" "$PYTHON"
	say::result installed
}

# dev::export: exports the model from the weights that its image would have. Sets MODEL_FOLDER.
dev::export() {
	local made status=0 program
	locks::with weights image::choose_weights
	program=(python "$ROOT/tools" dev.exported "$MODEL" "$DEV_HOME/model" "${WEIGHTS_CHOSEN[@]}" "BACKEND=$BACKEND"
		"ARCHITECTURE=$ARCHITECTURE_LAMBDA")
	made=$("${program[@]}") || status=$?
	if ((status)); then
		dev::environment framework "$MODEL/requirements-export.txt"
		if option DRY; then
			execute::show "${program[@]}" --framework "$DEV_HOME/framework"
			return
		fi
		say::step export 'make the model that is served, and hold it to the framework'
		if ! say::while "$RUN_DIR/log" "${program[@]}" --framework "$DEV_HOME/framework"; then
			say::fail "the export of $PROJECT_LAMBDA fails" "$(execute::said 12)" "mend $MODEL/export, then $(say::again)"
		fi
		made=$("${program[@]}")
		say::result "${made##*/}"
	fi
	export MODEL_FOLDER=$made
}

# dev::serve: serves until Ctrl-C or a stop signal, which count as success. The handler keeps the terminal.
dev::serve() {
	if option DRY; then
		execute::show python "$ROOT/tools" dev.loop "$MODEL" "$DEV_HOME/packages"
		return
	fi
	say::step dev 'Ctrl-C ends it'
	MODEL_NAME=$PROJECT_LAMBDA execute::until_stopped python "$ROOT/tools" dev.loop "$MODEL" "$DEV_HOME/packages"
}
